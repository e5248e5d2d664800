/* SPDX-License-Identifier: MIT
 * dfukit detach: brings a board from its application into DFU mode.
 */
#include "cli/session.h"

static int run_detach(struct run *run)
{
    struct dfk_device *device = NULL;
    struct dfk_report report = {0};
    int status = cli_open(run, &device);
    if (status == 0) {
        status = cli_detach(run, device);
    }
    if (status == 0) {
        run->ui->calls->done(run->ui, &(struct outcome){"detach", &report, NULL, NULL});
    }
    cli_close(run, device);
    return status;
}

const struct command command_detach = {
    .name = "detach",
    .operands = "",
    .summary = "bring a board from its application into DFU mode",
    .about =
        "Sends DETACH to an application with a DFU interface and waits until the board is back "
        "on the bus in DFU mode. The other commands do so themselves where it is needed.",
    .example = "dfukit detach -d 1209:abd1",
    .opens_device = true,
    .run = run_detach,
};
