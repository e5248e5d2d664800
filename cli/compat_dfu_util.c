/* SPDX-License-Identifier: MIT
 * dfukit dfu-util: the options, lines and exit codes of dfu-util 0.11 over our own engine. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/compat_job.h"
#include "cli/compat_select.h"
#include "cli/interrupt.h"

/* Bytes that are read of a DfuSe device when nobody says how many, as dfu-util does. */
enum { UPLOAD_BYTES_DEFAULT = 0x4000 };

static int list_devices(struct compat_job *job)
{
    struct dfk_device_list *list = NULL;
    int result = dfk_device_list_get(&(struct dfk_select){.bus = job->bus}, &list, &job->err);
    for (size_t i = result == 0 ? dfk_device_list_count(list) : 0; i > 0; i--) {
        const struct dfk_device_info *info = dfk_device_list_at(list, i - 1);
        if (!compat_matches(job->request, info)) {
            continue;
        }
        if (info->usable) {
            compat_say_found(job->request, info);
        } else {
            compat_say_unusable(info);
        }
    }
    dfk_device_list_free(list);
    return result;
}

/* Several partitions and none named: dfu-util takes that for several devices. */
static int check_alternate(struct compat_job *job)
{
    const struct dfk_device_info *info = compat_info(job);
    bool plain = info->mode != DFK_MODE_DFUSE;
    const struct compat_dfuse *dfuse = &job->request->dfuse;
    if (plain && info->alternate_count > 1 && job->request->alternate == NULL) {
        cli_fail(&job->err, DFK_E_SEVERAL, "the device has %zu alternate settings",
                 info->alternate_count);
        return cli_fail_next(&job->err, "choose one with -a (see: dfu-util --list)");
    }
    if (plain && (dfuse->has_addr || dfuse->mass_erase || dfuse->unprotect)) {
        cli_fail(&job->err, DFK_E_USAGE, "%04x:%04x is a plain DFU device: it has no addresses",
                 info->vendor, info->product);
        return cli_fail_next(&job->err, "leave -s out");
    }
    return 0;
}

static int read_file(struct compat_job *job, enum dfk_format format)
{
    const struct compat_dfuse *dfuse = &job->request->dfuse;
    struct dfk_image_options how = {
        .format = format, .has_addr = dfuse->has_addr, .addr = dfuse->addr};
    struct dfk_image *image = NULL;
    int result = dfk_image_read(job->request->file, &how, &image, &job->err);
    if (result == 0) {
        dfk_image_free(job->image);
        job->image = image;
        job->bars.bytes = dfk_image_get_info(image)->data_bytes;
    }
    return result;
}

/* To a plain DFU device a file is bytes, whatever they look like. */
static int read_as_bytes(struct compat_job *job)
{
    const struct dfk_image_info *file = dfk_image_get_info(job->image);
    bool bytes = file->format == DFK_FORMAT_BIN || file->format == DFK_FORMAT_DFU;
    bool plain = compat_info(job)->mode != DFK_MODE_DFUSE;
    bool again = plain && (!bytes || file->gzipped) && file->format != DFK_FORMAT_DFUSE &&
                 strcmp(job->request->file, "-") != 0;
    return again ? read_file(job, DFK_FORMAT_BIN) : 0;
}

static int check_address(struct compat_job *job)
{
    bool addressed = job->image == NULL || dfk_image_get_info(job->image)->addressed;
    if (compat_info(job)->mode != DFK_MODE_DFUSE || addressed) {
        return 0;
    }
    cli_fail(&job->err, DFK_E_USAGE, "%s is no DfuSe file, so it does not say where it belongs",
             job->request->file);
    return cli_fail_next(&job->err, "give the address: -s ADDRESS");
}

static void say_elements(const struct compat_job *job)
{
    const struct dfk_image_info *file = dfk_image_get_info(job->image);
    bool parsed = file->format == DFK_FORMAT_DFUSE;
    for (size_t i = 0; file->addressed && i < file->segment_count; i++) {
        const struct dfk_segment *segment = dfk_image_get_segment(job->image, i);
        (void)(parsed ? printf("Parsing element %zu, address", i + 1)
                      : printf("Downloading element to address"));
        (void)printf(" = 0x%08x, size = %u\n", (unsigned)segment->addr, (unsigned)segment->length);
    }
    if (!file->addressed) {
        (void)printf("Copying data from PC to DFU device\n");
    }
    (void)fflush(stdout);
}

static void say_downloaded(const struct compat_job *job, bool left)
{
    bool dfuse_file = dfk_image_get_info(job->image)->format == DFK_FORMAT_DFUSE;
    if (!job->bars.dfuse) {
        (void)printf("Done!\n");
        return;
    }
    (void)printf("%s", dfuse_file ? "Done parsing DfuSe file\n" : "File downloaded successfully\n");
    (void)printf("%s", left ? "Transitioning to dfuMANIFEST state\n" : "");
}

static int flash(struct compat_job *job)
{
    const struct compat_dfuse *dfuse = &job->request->dfuse;
    bool is_dfuse = compat_info(job)->mode == DFK_MODE_DFUSE;
    struct dfk_report report = {0};
    struct dfk_flash_options how = {.no_leave = is_dfuse && !dfuse->leave,
                                    .has_leave_addr = dfuse->has_addr,
                                    .leave_addr = dfuse->addr,
                                    .any_device = job->for_application,
                                    .force = dfuse->force,
                                    .blank = dfuse->force,
                                    /* a device that holds the file must manifest all the same */
                                    .full = !is_dfuse};
    int result = read_as_bytes(job);
    if (result != 0) {
        return result;
    }
    say_elements(job);
    result = dfk_flash(job->device, job->image, &how, &report, &job->err);
    /* Option bytes take effect by a reset that the device makes on its own. */
    if (result == -DFK_E_LOST && dfuse->will_reset) {
        result = 0;
        job->bars.download = false;
        report.gone = true;
    }
    if (result == 0) {
        job->gone = report.gone;
        compat_end_bars(&job->bars);
        say_downloaded(job, report.left);
    }
    return result;
}

/* What -s asks for beside the file. *done: there is nothing left to do. */
static int do_commands(struct compat_job *job, bool *done)
{
    const struct compat_dfuse *dfuse = &job->request->dfuse;
    int result = 0;
    *done = dfuse->unprotect;
    if (dfuse->unprotect) {
        (void)printf("Device disconnects, erases flash and resets now\n");
        (void)fflush(stdout);
        return dfk_unprotect(job->device, &job->gone, &job->err);
    }
    if (dfuse->mass_erase) {
        (void)printf("Performing mass erase, this can take a moment\n");
        (void)fflush(stdout);
        job->bars.hidden = true;
        result = dfk_erase(job->device, NULL, NULL, NULL, &job->err);
        job->bars.hidden = false;
    }
    return result;
}

static int leave(struct compat_job *job)
{
    const struct compat_dfuse *dfuse = &job->request->dfuse;
    struct dfk_report report = {0};
    int result = dfk_leave(job->device, dfuse->has_addr ? &dfuse->addr : NULL, &report, &job->err);
    job->gone = result == 0 && report.gone;
    return result;
}

static int reset_if_asked(struct compat_job *job)
{
    if (!job->request->reset || job->gone) {
        return 0;
    }
    (void)printf("Resetting USB to switch back to Run-Time mode\n");
    return dfk_reset(job->device, &job->gone, &job->err);
}

/* With a command in -s people name an empty file, to write nothing. */
static bool has_file(const struct compat_request *request)
{
    struct stat status;
    bool command = request->dfuse.mass_erase || request->dfuse.unprotect;
    if (request->file == NULL || !command || stat(request->file, &status) != 0) {
        return request->file != NULL;
    }
    return S_ISFIFO(status.st_mode) || status.st_size > 0;
}

static int download(struct compat_job *job)
{
    bool done = false;
    int result = has_file(job->request) ? read_file(job, DFK_FORMAT_AUTO) : 0;
    result = result == 0 ? compat_open_in_dfu_mode(job) : result;
    result = result == 0 ? check_alternate(job) : result;
    if (result == 0 && !job->request->dfuse.unprotect) {
        result = check_address(job);
    }
    result = result == 0 ? do_commands(job, &done) : result;
    if (result == 0 && !done && job->image != NULL) {
        result = flash(job);
    } else if (result == 0 && !done && job->request->dfuse.leave) {
        result = leave(job);
    }
    return result == 0 ? reset_if_asked(job) : result;
}

/* Without a length it goes to the end of the sectors of equal size, or 16 KiB without an address,
 * as dfu-util does. */
static struct dfk_range find_range(const struct compat_job *job)
{
    const struct compat_dfuse *dfuse = &job->request->dfuse;
    const struct dfk_device_info *info = compat_info(job);
    struct dfk_range range = {dfuse->addr, dfuse->length};
    for (size_t i = 0; i < info->alternate_count; i++) {
        const struct dfk_alternate *alternate = &info->alternates[i];
        for (size_t r = 0;
             compat_matches_alternate(job->request, alternate) && r < alternate->run_count; r++) {
            const struct dfk_sector_run *run = &alternate->runs[r];
            uint32_t bytes = run->sector_bytes * run->count;
            bool here = dfuse->addr - run->addr < bytes;
            if (!dfuse->has_addr && range.length == 0) {
                uint32_t most = bytes < UPLOAD_BYTES_DEFAULT ? bytes : UPLOAD_BYTES_DEFAULT;
                range = (struct dfk_range){run->addr, most};
            } else if (dfuse->has_addr && here && range.length == 0) {
                range.length = bytes - (dfuse->addr - run->addr);
            }
        }
    }
    range.length = range.length == 0 ? 1 : range.length; /* the refusal names the address */
    return range;
}

static int save(struct compat_job *job, const struct dfk_image *image)
{
    static const struct dfk_write_options how = {.format = DFK_FORMAT_BIN};
    return dfk_image_write(image, job->request->file, &how, &job->err);
}

static int upload_and_save(struct compat_job *job)
{
    struct dfk_image *image = NULL;
    struct dfk_range range = {0};
    const struct dfk_read_options how = {.force = job->request->dfuse.force};
    bool is_dfuse = compat_info(job)->mode == DFK_MODE_DFUSE;
    if (is_dfuse) {
        range = find_range(job);
    } else {
        (void)printf("Copying data from DFU device to PC\n");
    }
    job->bars.bytes = range.length;
    int result = dfk_read(job->device, is_dfuse ? &range : NULL, &how, &image, &job->err);
    if (result == 0) {
        uint64_t bytes = dfk_image_get_info(image)->data_bytes;
        compat_end_upload(&job->bars, bytes);
        if (!is_dfuse) {
            (void)printf("Received a total of %llu bytes\n", (unsigned long long)bytes);
        }
        result = save(job, image);
    }
    dfk_image_free(image);
    return result;
}

static int upload(struct compat_job *job)
{
    if (access(job->request->file, F_OK) == 0) {
        return cli_fail(&job->err, DFK_E_FILE_IO, "Cannot open file %s for writing: %s",
                        job->request->file, strerror(EEXIST));
    }
    int result = compat_open_in_dfu_mode(job);
    result = result == 0 ? check_alternate(job) : result;
    result = result == 0 ? upload_and_save(job) : result;
    if (result == 0 && job->request->dfuse.leave) {
        result = leave(job);
    }
    return result == 0 ? reset_if_asked(job) : result;
}

/* dfu-util does not wait for what comes back; a device that is slow, or comes back as something
 * else, is no failure. */
static int detach_only(struct compat_job *job)
{
    int result = compat_open(job);
    if (result == 0 && compat_info(job)->mode == DFK_MODE_RUNTIME) {
        struct dfk_error err = {0};
        result = dfk_detach(job->device, &err);
        if (result == -DFK_E_LOST || result == -DFK_E_SEVERAL) {
            return 0;
        }
        job->err = err;
    }
    return result;
}

static int check_force(const struct compat_request *request, struct dfk_error *err)
{
    if (request->dfuse.unprotect && !request->dfuse.force) {
        return cli_fail(err, DFK_E_USAGE,
                        "The read unprotect command will erase the flash memory and can only be "
                        "used with force");
    }
    if (request->dfuse.mass_erase && !request->dfuse.force) {
        return cli_fail(err, DFK_E_USAGE, "The mass erase command can only be used with force");
    }
    return 0;
}

static int carry_out(struct compat_job *job)
{
    int result = check_force(job->request, &job->err);
    if (result != 0) {
        return result;
    }
    switch (job->request->mode) {
    case COMPAT_MODE_VERSION: return 0;
    case COMPAT_MODE_HELP: compat_say_help(); return 0;
    case COMPAT_MODE_LIST: return list_devices(job);
    case COMPAT_MODE_DETACH: return detach_only(job);
    case COMPAT_MODE_UPLOAD: return upload(job);
    default: return download(job);
    }
}

static int run_dfu_util(struct run *run)
{
    struct compat_request request;
    int argc = (int)run->arguments.operand_count;
    run->exit_code = compat_args_parse(argc, run->arguments.operands, &request);
    if (run->exit_code != COMPAT_OK) {
        compat_complain("dfu-util", "see: dfu-util --help");
        return 0;
    }
    const char *bus = getenv("DFUKIT_BUS");
    struct compat_job job = {.request = &request, .bus = bus == NULL ? "usb:" : bus};
    job.bars.program = "dfu-util";
    job.bars.verbose = request.verbose > 0;
    compat_say_version("dfu-util");
    interrupt_watch();
    int result = carry_out(&job);
    compat_break_bars(&job.bars);
    (void)fflush(stdout);
    if (result != 0) {
        run->exit_code = compat_fail("dfu-util", &job.err);
    }
    if (result == -DFK_E_FILE_IO && request.mode == COMPAT_MODE_UPLOAD) {
        run->exit_code = COMPAT_CANT_CREATE;
    }
    dfk_close(job.device);
    dfk_image_free(job.image);
    return 0;
}

const struct command command_dfu_util = {
    .name = "dfu-util",
    .operands = "[OPTION...]",
    .summary = "do what dfu-util does, by its own options (see: dfukit dfu-util --help)",
    .about = "Takes the options of dfu-util 0.11, says the lines that scripts read, and ends with "
             "its exit codes; the work is done by dfukit's engine, with its deadlines, refusals "
             "and recoveries. Also when the program is started under the name dfu-util. What is "
             "different on purpose stands in docs/dfu-util.md.",
    .example = "dfukit dfu-util -l\n"
               "dfukit dfu-util -a 0 -d 0483:df11 -D firmware.dfu -s :leave",
    .raw = true,
    .stands_in = true,
    .operands_max = SIZE_MAX,
    .run = run_dfu_util,
};
