/* SPDX-License-Identifier: MIT
 * dfukit erase: makes memory of a board blank.
 */
#include "cli/session.h"

#define FIELD(name) offsetof(struct arguments, name)

static const struct option_row options[] = {
    {.name = "all",
     .kind = OPTION_FLAG,
     .field = FIELD(all),
     .help = "everything in the selected alternate setting; needs --yes"},
    {.name = "yes",
     .kind = OPTION_FLAG,
     .field = FIELD(yes),
     .help = "yes, also the bootloader, the flash drive and the settings"},
    {.name = "keep",
     .kind = OPTION_RANGE,
     .argument = "RANGE",
     .field = FIELD(keep),
     .help = "refuse to erase anything of this range; repeatable"},
    {.name = "dry-run",
     .kind = OPTION_FLAG,
     .field = FIELD(dry_run),
     .help = "show every step and change nothing"},
    {0},
};

static int find_ranges(struct run *run, struct range_list *ranges)
{
    const struct arguments *a = &run->arguments;
    for (size_t i = 0; i < a->operand_count; i++) {
        if (!take_range(a->operands[i], ranges)) {
            cli_fail(&run->err, DFK_E_USAGE,
                     "\"%s\" is not a range: START-END, START+LENGTH or START:LENGTH",
                     a->operands[i]);
            return cli_fail_next(&run->err, "dfukit erase --help");
        }
    }
    if (a->all == (a->operand_count > 0)) {
        cli_fail(&run->err, DFK_E_USAGE, "erase needs either RANGE... or --all");
        return cli_fail_next(&run->err, "dfukit erase --help");
    }
    if (a->all && !a->yes && !a->dry_run) {
        cli_fail(&run->err, DFK_E_REFUSED,
                 "erase --all also erases a bootloader and a flash drive; nothing was changed");
        return cli_fail_next(&run->err, "add --yes if that is meant, or name a RANGE");
    }
    return 0;
}

static int erase_one(struct run *run, struct dfk_device *device, const struct dfk_range *range)
{
    struct dfk_flash_options how = cli_flash_options(&run->arguments);
    struct dfk_report report = {0};
    run->ui->calls->job(run->ui, &(struct job){"erase", &how, range == NULL});
    int status = dfk_erase(device, range, &how, &report, &run->err);
    if (status == 0) {
        run->ui->calls->done(run->ui, &(struct outcome){"erase", &report, &how, NULL});
    }
    return status;
}

static int run_erase(struct run *run)
{
    struct range_list ranges = {0};
    struct dfk_device *device = NULL;
    int status = find_ranges(run, &ranges);
    if (status == 0) {
        status = cli_open_for_dfu(run, &device);
    }
    if (status == 0 && run->arguments.all) {
        status = erase_one(run, device, NULL);
    }
    for (size_t i = 0; i < ranges.count && status == 0; i++) {
        status = erase_one(run, device, &ranges.list[i]);
    }
    cli_close(run, device);
    return status;
}

const struct command command_erase = {
    .name = "erase",
    .operands = "[RANGE...]",
    .summary = "make memory of a board blank",
    .about =
        "Erases every sector that a range touches, whole, and checks that it is blank. The board "
        "stays in DFU mode.",
    .example = "dfukit erase 0x08020000-0x0803FFFF\n"
               "dfukit erase --all --yes",
    .options = options,
    .opens_device = true,
    .operands_max = SIZE_MAX,
    .run = run_erase,
};
