/* SPDX-License-Identifier: MIT
 * dfukit list: the DFU devices on a bus, usable or not.
 */
#include "cli/command.h"

static void hint(const struct run *run, size_t count)
{
    const struct ui_calls *calls = run->ui->calls;
    if (count == 0) {
        calls->hint(run->ui,
                    "no DFU device was found: plug the board in, put it in DFU mode (often: "
                    "hold BOOT or BOOT0 while it starts), then run: dfukit list");
        calls->hint(run->ui, "without a board: dfukit twin, then dfukit list --bus "
                             "usbip://127.0.0.1");
    } else if (count > 1) {
        calls->hint(run->ui, "choose one of them in other commands: -p PATH or -S SERIAL");
    }
}

static int run_list(struct run *run)
{
    struct dfk_device_list *list = NULL;
    int status = dfk_device_list_get(&run->arguments.select, &list, &run->err);
    if (status != 0) {
        return status;
    }
    size_t count = dfk_device_list_count(list);
    for (size_t i = 0; i < count; i++) {
        run->ui->calls->listed(run->ui, dfk_device_list_at(list, i));
    }
    hint(run, count);
    dfk_device_list_free(list);
    return 0;
}

const struct command command_list = {
    .name = "list",
    .operands = "",
    .summary = "show the DFU devices that are there",
    .about =
        "Shows every DFU device on the bus with its path, ids, mode and alternate settings, and "
        "says of those that cannot be used why not and what to do. Nothing is changed on any "
        "device. Ends with exit code 0 also when there is none.",
    .example = "dfukit list\ndfukit list --bus usbip://127.0.0.1",
    .opens_device = true,
    .run = run_list,
};
