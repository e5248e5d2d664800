/* SPDX-License-Identifier: MIT
 * dfukit read: saves memory of a board to a file.
 */
#include <inttypes.h>

#include "cli/files.h"
#include "cli/session.h"

#define FIELD(name) offsetof(struct arguments, name)

static const struct option_row options[] = {
    {.name = "output",
     .letter = 'o',
     .kind = OPTION_TEXT,
     .argument = "FILE",
     .field = FIELD(output),
     .help = "where to; the format is by its ending; - is standard output"},
    {.name = "at",
     .kind = OPTION_NUMBER,
     .argument = "ADDR",
     .field = FIELD(at),
     .help = "first address, together with --length, instead of RANGE"},
    {.name = "length",
     .kind = OPTION_NUMBER,
     .argument = "BYTES",
     .field = FIELD(length),
     .help = "how much, together with --at; K and M are taken"},
    {.name = "format",
     .kind = OPTION_FORMAT,
     .argument = "FORMAT",
     .field = FIELD(format),
     .help = "of the file: dfuse, dfu, bin, hex or uf2"},
    {.name = "overwrite",
     .kind = OPTION_FLAG,
     .field = FIELD(overwrite),
     .help = "replace the file if it exists"},
    {0},
};

/* Finds out which range is meant; *count is 0 for "all of it". */
static int find_range(struct run *run, struct range_list *ranges)
{
    const struct arguments *a = &run->arguments;
    if (a->operand_count == 1 && !take_range(a->operands[0], ranges)) {
        cli_fail(&run->err, DFK_E_USAGE,
                 "\"%s\" is not a range: START-END, START+LENGTH or START:LENGTH", a->operands[0]);
    } else if (a->at.given != a->length.given) {
        cli_fail(&run->err, DFK_E_USAGE, "--at and --length only make sense together");
    } else if (a->at.given && a->operand_count == 1) {
        cli_fail(&run->err, DFK_E_USAGE, "a range and --at are two ways to say the same: give one");
    } else if (a->at.given &&
               (a->length.value == 0 || a->length.value - 1 > UINT32_MAX - a->at.value)) {
        cli_fail(&run->err, DFK_E_USAGE,
                 "%" PRIu32 " bytes at 0x%08" PRIX32 " are not a range within 2^32",
                 a->length.value, a->at.value);
    } else {
        if (a->at.given) {
            ranges->list[ranges->count++] = (struct dfk_range){a->at.value, a->length.value};
        }
        return 0;
    }
    return cli_fail_next(&run->err, "dfukit read --help");
}

static int save(struct run *run, const struct dfk_image *image)
{
    struct dfk_write_options how = {.format = run->arguments.format,
                                    .overwrite = run->arguments.overwrite};
    int status = dfk_image_write(image, run->arguments.output, &how, &run->err);
    if (status == 0) {
        run->ui->calls->written(run->ui, &(struct written){"read", run->arguments.output, image});
    }
    return status;
}

static int read_and_save(struct run *run, const struct range_list *ranges)
{
    struct dfk_device *device = NULL;
    struct dfk_image *image = NULL;
    int status = cli_open_for_dfu(run, &device);
    if (status == 0) {
        status =
            dfk_read(device, ranges->count == 0 ? NULL : ranges->list, NULL, &image, &run->err);
    }
    if (status == 0) {
        status = save(run, image);
    }
    cli_close(run, device);
    dfk_image_free(image);
    return status;
}

static int run_read(struct run *run)
{
    struct range_list ranges = {0};
    int status = files_check_output(run, "read");
    if (status == 0) {
        status = find_range(run, &ranges);
    }
    return status == 0 ? read_and_save(run, &ranges) : status;
}

const struct command command_read = {
    .name = "read",
    .operands = "[RANGE]",
    .summary = "save memory of a board to a file",
    .about =
        "Reads a range, or everything that is readable in the selected alternate setting, into "
        "a file. A plain DFU device is read as a whole. The board stays in DFU mode and is not "
        "changed.",
    .example = "dfukit read -o backup.bin\n"
               "dfukit read 0x08020000-0x0803FFFF -o drive.bin\n"
               "dfukit read -a \"Option Bytes\" -o options.hex",
    .options = options,
    .opens_device = true,
    .operands_max = 1,
    .run = run_read,
};
