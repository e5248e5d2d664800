/* SPDX-License-Identifier: MIT
 * dfukit verify: compares a board with firmware files.
 */
#include "cli/files.h"
#include "cli/session.h"

#define FIELD(name) offsetof(struct arguments, name)

static const struct option_row options[] = {
    {.name = "at",
     .kind = OPTION_NUMBER,
     .argument = "ADDR",
     .field = FIELD(at),
     .help = "where raw bytes belong; for one of several files: FILE@ADDR"},
    {.name = "keep",
     .kind = OPTION_RANGE,
     .argument = "RANGE",
     .field = FIELD(keep),
     .help = "refuse a file that has bytes in this range; repeatable"},
    {.name = "only",
     .kind = OPTION_RANGE,
     .argument = "RANGE",
     .field = FIELD(only),
     .help = "compare only this range; repeatable"},
    {.name = "any-device",
     .kind = OPTION_FLAG,
     .field = FIELD(any_device),
     .help = "accept a file whose suffix names another vendor or product"},
    FILES_OPTIONS,
    {0},
};

static int verify(struct run *run, struct dfk_device *device, const struct dfk_image *image)
{
    struct dfk_flash_options how = cli_flash_options(&run->arguments);
    struct dfk_report report = {0};
    run->ui->calls->job(run->ui, &(struct job){"verify", &how, false});
    int status = dfk_verify(device, image, &how, &report, &run->err);
    if (status == 0) {
        run->ui->calls->done(
            run->ui, &(struct outcome){"verify", &report, &how, dfk_image_get_info(image)->file});
    }
    return status;
}

static int run_verify(struct run *run)
{
    return cli_with_image(run, verify);
}

const struct command command_verify = {
    .name = "verify",
    .operands = "FILE...",
    .summary = "compare a board with firmware files",
    .about = "Compares every byte of the files with what the board holds and changes nothing. The "
             "board stays in DFU mode.",
    .example = "dfukit verify firmware.dfu",
    .options = options,
    .opens_device = true,
    .operands_min = 1,
    .operands_max = SIZE_MAX,
    .run = run_verify,
};
