/* SPDX-License-Identifier: MIT
 * dfukit info: everything that is known of one device.
 */
#include "cli/session.h"

static int run_info(struct run *run)
{
    struct dfk_device *device = NULL;
    int status = cli_open_quietly(run, &device);
    if (status == 0) {
        run->ui->calls->info(run->ui, dfk_device_get_info(device));
    }
    cli_close(run, device);
    return status;
}

const struct command command_info = {
    .name = "info",
    .operands = "",
    .summary = "show everything about one device",
    .about =
        "Shows chip and bootloader version, descriptors, memory layout, and the known faults of "
        "this silicon with what dfukit does about each and where it is documented.",
    .example = "dfukit info\ndfukit info -d 0483:df11 --json",
    .opens_device = true,
    .run = run_info,
};
