/* SPDX-License-Identifier: MIT
 * dfukit leave: starts the application.
 */
#include "cli/session.h"

static int leave(struct run *run, const struct given_number *addr)
{
    struct dfk_device *device = NULL;
    struct dfk_report report = {0};
    int status = cli_open(run, &device);
    if (status == 0 && run->ui->device->mode == DFK_MODE_RUNTIME) {
        run->ui->calls->hint(run->ui, "the board runs its application: there is nothing to leave");
    } else if (status == 0) {
        status = dfk_leave(device, addr->given ? &addr->value : NULL, &report, &run->err);
    }
    if (status == 0) {
        run->ui->calls->done(run->ui, &(struct outcome){"leave", &report, NULL, NULL});
    }
    cli_close(run, device);
    return status;
}

static int run_leave(struct run *run)
{
    struct given_number addr = {0};
    if (run->arguments.operand_count == 1 && !take_number(run->arguments.operands[0], &addr)) {
        cli_fail(&run->err, DFK_E_USAGE, "\"%s\" is not an address, such as 0x08000000",
                 run->arguments.operands[0]);
        return cli_fail_next(&run->err, "dfukit leave --help");
    }
    return leave(run, &addr);
}

const struct command command_leave = {
    .name = "leave",
    .operands = "[ADDR]",
    .summary = "start the application",
    .about = "Ends DFU mode and starts the application at ADDR, or at the start of the first "
             "writeable memory. A board that is gone from the bus afterwards has done just that.",
    .example = "dfukit leave\ndfukit leave 0x08020000",
    .opens_device = true,
    .operands_max = 1,
    .run = run_leave,
};
