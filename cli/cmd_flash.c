/* SPDX-License-Identifier: MIT
 * dfukit flash: puts firmware files onto a board.
 */
#include <string.h>

#include "cli/files.h"
#include "cli/session.h"

#define FIELD(name) offsetof(struct arguments, name)

static const struct option_row options[] = {
    {.name = "at",
     .kind = OPTION_NUMBER,
     .argument = "ADDR",
     .field = FIELD(at),
     .help = "where raw bytes go; for one of several files: FILE@ADDR"},
    {.name = "keep",
     .kind = OPTION_RANGE,
     .argument = "RANGE",
     .field = FIELD(keep),
     .help = "never erase or write this range; a file that wants it is refused; repeatable"},
    {.name = "only",
     .kind = OPTION_RANGE,
     .argument = "RANGE",
     .field = FIELD(only),
     .help = "leave out what the file has outside this range; repeatable"},
    {.name = "full",
     .kind = OPTION_FLAG,
     .field = FIELD(full),
     .help = "erase and write also what the board holds already"},
    {.name = "blank",
     .kind = OPTION_FLAG,
     .field = FIELD(blank),
     .help = "erase sectors that the file fills with nothing but 0xFF"},
    {.name = "no-verify",
     .kind = OPTION_FLAG,
     .field = FIELD(no_verify),
     .help = "do not read back what was written"},
    {.name = "no-leave",
     .kind = OPTION_FLAG,
     .field = FIELD(no_leave),
     .help = "stay in DFU mode afterwards"},
    {.name = "leave-at",
     .kind = OPTION_NUMBER,
     .argument = "ADDR",
     .field = FIELD(leave_at),
     .help = "start the application here; the default is the lowest address of the file"},
    {.name = "dry-run",
     .kind = OPTION_FLAG,
     .field = FIELD(dry_run),
     .help = "show every step and change nothing"},
    {.name = "any-device",
     .kind = OPTION_FLAG,
     .field = FIELD(any_device),
     .help = "accept a file whose suffix names another vendor or product"},
    FILES_OPTIONS,
    {0},
};

static void hint(const struct run *run, const struct dfk_report *report)
{
    const struct ui_calls *calls = run->ui->calls;
    if (run->arguments.dry_run) {
        calls->hint(run->ui,
                    "nothing was changed; carry it out: the same command without --dry-run");
    } else if (!report->left) {
        calls->hint(run->ui, "the board is still in DFU mode; start the application: dfukit leave");
    }
}

/* A board that was lost could have been waited for. */
static void name_wait(struct run *run, int status)
{
    const char *usual = dfk_error_next(DFK_E_LOST);
    bool waited = run->arguments.select.wait_ms != 0;
    if (status == -DFK_E_LOST && !waited && strcmp(run->err.next, usual) == 0) {
        (void)cli_fail_next(&run->err,
                            "check the cable, put the board in DFU mode and run the command again; "
                            "with --wait it goes on by itself when the board is back");
    }
}

static int flash(struct run *run, struct dfk_device *device, const struct dfk_image *image)
{
    struct dfk_flash_options how = cli_flash_options(&run->arguments);
    struct dfk_report report = {0};
    how.resume_ms = run->arguments.select.wait_ms;
    run->ui->calls->job(run->ui, &(struct job){"flash", &how, false});
    int status = dfk_flash(device, image, &how, &report, &run->err);
    if (status == 0) {
        run->ui->calls->done(
            run->ui, &(struct outcome){"flash", &report, &how, dfk_image_get_info(image)->file});
        hint(run, &report);
    }
    name_wait(run, status);
    return status;
}

static int run_flash(struct run *run)
{
    return cli_with_image(run, flash);
}

const struct command command_flash = {
    .name = "flash",
    .operands = "FILE...",
    .summary = "put firmware onto a board",
    .about =
        "Reads DfuSe, DFU, ELF, Intel HEX, S-record, UF2 or raw files, also gzipped. Refuses "
        "what does not fit before anything is erased. Compares first and writes only what "
        "differs, reads it back, and starts the application. What the file does not name is "
        "not touched; sectors that it only fills with 0xFF are left as they are. With --wait, a "
        "board that disappears on the way is picked up where it stands when it is back: with "
        "the same serial number at the same place, or elsewhere with one that no other "
        "device has.",
    .example = "dfukit flash firmware.dfu\n"
               "dfukit flash app.bin --at 0x08020000 --keep 0x08100000+128K\n"
               "dfukit flash boot.bin@0x08000000 app.hex --dry-run",
    .options = options,
    .opens_device = true,
    .operands_min = 1,
    .operands_max = SIZE_MAX,
    .run = run_flash,
};
