/* SPDX-License-Identifier: MIT
 * The verbs without an image: read, erase, leave, detach. */
#include <inttypes.h>
#include <stdlib.h>

#include "flash/job.h"
#include "image/image.h"

enum { READ_BYTES_MAX = 256 * 1024 * 1024 };

/* One stretch to read. */
struct stretch {
    uint32_t addr, length;
};

static int read_stretch(struct job *job, const struct stretch *stretch, uint8_t *data,
                        struct dfk_error *err)
{
    uint32_t block = device_get_traits(job->device)->block_bytes;
    int result = 0;
    for (uint32_t at = 0; at < stretch->length && result == 0; at += block) {
        uint32_t part = block < stretch->length - at ? block : stretch->length - at;
        result = job_read(job, stretch->addr + at, data + at, part, err);
        job_progress(job, stretch->addr + at, part);
    }
    struct job_salvage all = {stretch->addr, stretch->length, data, 0};
    bool can_confirm = device_get_traits(job->device)->can_checksum;
    result = result == 0 && can_confirm ? job_confirm(job, &all, err) : result;
    /* Nothing that is handed out is made up. */
    return result == 0 && all.lost > 0 ? job_fail_unsteady(stretch->addr, err) : result;
}

/* Checks that a range is readable memory from its first to its last byte. */
static int check_readable(const struct layout *layout, const struct dfk_range *range,
                          struct dfk_error *err)
{
    uint64_t at = range->addr;
    uint64_t end = at + range->length;
    while (at < end) {
        struct layout_sector sector;
        if (at > UINT32_MAX || !layout_find_sector(layout, (uint32_t)at, &sector)) {
            return dfk_fail(err, DFK_E_OUTSIDE, "0x%08" PRIX64 " is not memory of the device", at);
        }
        if ((sector.access & LAYOUT_READABLE) == 0) {
            return dfk_fail(err, DFK_E_UNSUPPORTED, "the sector at 0x%08" PRIX32 " is not readable",
                            sector.addr);
        }
        at = (uint64_t)sector.addr + sector.length;
    }
    return 0;
}

static int read_parts(struct job *job, const struct stretch *parts, size_t count,
                      struct dfk_image **image, struct dfk_error *err)
{
    struct dfk_segment segments[LAYOUT_RUNS_MAX];
    uint8_t *data[LAYOUT_RUNS_MAX] = {NULL};
    int result = 0;
    for (size_t i = 0; i < count && result == 0; i++) {
        data[i] = malloc(parts[i].length);
        result = data[i] == NULL ? dfk_fail(err, DFK_E_NO_MEMORY, "no memory for %" PRIu32 " bytes",
                                            parts[i].length)
                                 : read_stretch(job, &parts[i], data[i], err);
        segments[i] = (struct dfk_segment){0, parts[i].addr, parts[i].length, data[i]};
    }
    result = result == 0 ? device_finish(job->device, err) : result;
    if (result == 0) {
        result = image_from_memory("device", segments, count, true, image, err);
    }
    for (size_t i = 0; i < count; i++) {
        free(data[i]);
    }
    return result;
}

/* What to read, and whether the layout has a say in it. */
struct wish {
    const struct dfk_range *range; /* NULL: everything */
    bool force;
};

/* Everything that a layout calls readable; a device can call anything so. */
static int list_readable(const struct layout *layout, struct stretch *parts, size_t *count,
                         struct dfk_error *err)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < layout->run_count; i++) {
        const struct layout_run *run = &layout->runs[i];
        bool readable = (run->access & LAYOUT_READABLE) != 0;
        bytes += readable ? (uint64_t)run->sector_bytes * run->count : 0;
        if (readable) {
            parts[(*count)++] = (struct stretch){run->addr, run->sector_bytes * run->count};
        }
    }
    if (bytes <= READ_BYTES_MAX) {
        return 0;
    }
    int code = dfk_fail(err, DFK_E_UNSUPPORTED,
                        "the device claims %" PRIu64 " bytes of readable memory; at most %u are "
                        "read at once",
                        bytes, READ_BYTES_MAX);
    dfk_fail_next(err, "read a part of it, by address and length");
    return code;
}

static int read_dfuse(struct job *job, const struct wish *wish, struct dfk_image **image,
                      struct dfk_error *err)
{
    const struct dfk_range *range = wish->range;
    struct stretch parts[LAYOUT_RUNS_MAX];
    size_t count = 0;
    uint64_t bytes = 0;
    uint8_t alternate = 0;
    int result =
        job_find_alternate(job, range != NULL, range == NULL ? 0 : range->addr, &alternate, err);
    const struct layout *layout = result == 0 ? device_get_layout(job->device, alternate) : NULL;
    if (result == 0 && layout == NULL) {
        result = dfk_fail(err, DFK_E_UNSUPPORTED, "alternate %u has no memory layout", alternate);
    } else if (result == 0 && range != NULL) {
        parts[count++] = (struct stretch){range->addr, range->length};
        result = wish->force ? 0 : check_readable(layout, range, err);
    } else if (result == 0) {
        result = list_readable(layout, parts, &count, err);
    }
    for (size_t i = 0; i < count; i++) {
        bytes += parts[i].length;
    }
    result = result == 0 ? device_select_alternate(job->device, alternate, err) : result;
    if (result != 0) {
        return result;
    }
    uint32_t ns_per_byte = device_get_traits(job->device)->timing.read_ns_per_byte;
    job_phase(job, DFK_PHASE_READ, bytes, (uint32_t)(bytes * ns_per_byte / 1000000));
    return read_parts(job, parts, count, image, err);
}

int dfk_read(struct dfk_device *device, const struct dfk_range *range,
             const struct dfk_read_options *options, struct dfk_image **image,
             struct dfk_error *err)
{
    struct job job;
    struct wish wish = {range, options != NULL && options->force};
    job_begin(&job, device, NULL);
    if (!device_get_traits(job.device)->can_upload) {
        return dfk_fail(err, DFK_E_UNSUPPORTED, "the device cannot be read (bitCanUpload is 0)");
    }
    int result = device_get_traits(job.device)->is_dfuse ? read_dfuse(&job, &wish, image, err)
                                                         : job_read_plain(&job, range, image, err);
    return job_end(&job, result, NULL);
}

static bool is_kept(const struct job *job, const struct layout_sector *sector)
{
    bool kept = false;
    for (size_t i = 0; i < job->options->keep_count; i++) {
        const struct dfk_range *keep = &job->options->keep[i];
        kept = kept || (sector->addr < (uint64_t)keep->addr + keep->length &&
                        keep->addr < (uint64_t)sector->addr + sector->length);
    }
    return kept;
}

/* Every sector of the plan is checked before the first is erased. */
static int check_erasable(const struct job *job, const struct layout *layout,
                          const struct dfk_plan *plan, struct dfk_error *err)
{
    for (size_t i = 0; i < dfk_plan_step_count(plan); i++) {
        struct layout_sector sector;
        (void)layout_find_sector(layout, dfk_plan_get_step(plan, i)->addr, &sector);
        if ((sector.access & LAYOUT_ERASABLE) == 0) {
            return dfk_fail(err, DFK_E_READ_ONLY, "the sector at 0x%08" PRIX32 " is not erasable",
                            sector.addr);
        }
        if (is_kept(job, &sector)) {
            return dfk_fail(err, DFK_E_KEPT,
                            "the sector at 0x%08" PRIX32 " (%" PRIu32 " bytes) is to be kept",
                            sector.addr, sector.length);
        }
    }
    return 0;
}

/* A range must be memory from its first to its last byte. */
static int check_inside(const struct layout *layout, const struct dfk_range *range,
                        struct dfk_error *err)
{
    uint64_t at = range->addr;
    uint64_t end = at + range->length;
    while (at < end) {
        struct layout_sector sector;
        if (at > UINT32_MAX || !layout_find_sector(layout, (uint32_t)at, &sector)) {
            return dfk_fail(err, DFK_E_OUTSIDE, "0x%08" PRIX64 " is not memory of the device", at);
        }
        at = (uint64_t)sector.addr + sector.length;
    }
    return 0;
}

static int erase_one(struct job *job, const struct layout_sector *sector, bool done_already,
                     struct dfk_error *err)
{
    int result = job_check_cancelled(job, sector->addr, err);
    if (result == 0) {
        result = done_already ? job_check_blank(job, sector, err)
                              : job_erase_sector(job, sector, NULL, err);
    }
    job->report.done.sectors_erased += result == 0 ? 1 : 0;
    job_progress(job, sector->addr, sector->length);
    return result;
}

static uint64_t plan_bytes(const struct dfk_plan *plan)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < dfk_plan_step_count(plan); i++) {
        bytes += dfk_plan_get_step(plan, i)->length;
    }
    return bytes;
}

/* One command for everything where that works; what it left is then read back sector by sector. */
static int erase_planned(struct job *job, const struct layout *layout, bool everything,
                         struct dfk_error *err)
{
    const struct dfk_plan *plan = job->parts[0].plan;
    bool at_once = everything && device_get_traits(job->device)->mass_erase_works;
    int result = 0;
    job_phase(job, DFK_PHASE_ERASE, plan_bytes(plan), dfk_plan_get_summary(plan)->estimate_ms);
    if (at_once) {
        job->touched = true;
        result = device_erase_all(job->device, err);
        at_once = device_get_traits(job->device)->can_upload;
    }
    for (size_t i = 0; i < dfk_plan_step_count(plan) && result == 0; i++) {
        struct layout_sector sector;
        (void)layout_find_sector(layout, dfk_plan_get_step(plan, i)->addr, &sector);
        result = erase_one(job, &sector, at_once, err);
    }
    return result == 0 ? device_finish(job->device, err) : result;
}

static int erase_in(struct job *job, uint8_t alternate, const struct dfk_range *range,
                    struct dfk_error *err)
{
    const struct layout *layout = device_get_layout(job->device, alternate);
    if (device_get_info(job->device)->mode == DFK_MODE_RUNTIME) {
        /* One that is in disguise has sectors all the same. */
        return dfk_fail(err, DFK_E_REFUSED,
                        "the device runs its application, it is not in DFU mode");
    }
    if (layout == NULL) {
        return dfk_fail(err, DFK_E_UNSUPPORTED, "the device has no sectors that could be erased");
    }
    int result = range == NULL ? 0 : check_inside(layout, range, err);
    result = result == 0 && !job->options->dry_run ? device_speed_up(job->device, err) : result;
    result = result == 0 ? device_select_alternate(job->device, alternate, err) : result;
    struct plan_input input = {
        .layout = layout, .device_alternate = alternate, .timing = job_timing(job)};
    if (result == 0) {
        result = plan_make_erase(&input, range, &job->parts[0].plan, err);
    }
    if (result != 0) {
        return result;
    }
    job->part_count = 1;
    result = check_erasable(job, layout, job->parts[0].plan, err);
    if (result == 0) {
        job->report.done.estimate_ms = dfk_plan_get_summary(job->parts[0].plan)->estimate_ms;
        job_show_plan(job, job->parts[0].plan);
    }
    return result != 0 || job->options->dry_run
               ? result
               : erase_planned(job, layout, range == NULL && job->options->keep_count == 0, err);
}

int dfk_erase(struct dfk_device *device, const struct dfk_range *range,
              const struct dfk_flash_options *options, struct dfk_report *report,
              struct dfk_error *err)
{
    struct job job;
    uint8_t alternate = 0;
    job_begin(&job, device, options);
    int result =
        job_find_alternate(&job, range != NULL, range == NULL ? 0 : range->addr, &alternate, err);
    result = result == 0 ? erase_in(&job, alternate, range, err) : result;
    return job_end(&job, result, report);
}

/* Where the application starts: the first writeable run of the alternate. */
static uint32_t first_writeable(const struct layout *layout)
{
    for (size_t i = 0; layout != NULL && i < layout->run_count; i++) {
        if ((layout->runs[i].access & LAYOUT_WRITEABLE) != 0) {
            return layout->runs[i].addr;
        }
    }
    return 0;
}

int dfk_leave(struct dfk_device *device, const uint32_t *addr, struct dfk_report *report,
              struct dfk_error *err)
{
    struct job job;
    uint8_t alternate = 0;
    job_begin(&job, device, NULL);
    bool dfuse = device_get_traits(job.device)->is_dfuse;
    int result =
        job_find_alternate(&job, dfuse && addr != NULL, addr == NULL ? 0 : *addr, &alternate, err);
    result = result == 0 ? device_select_alternate(job.device, alternate, err) : result;
    if (result == 0) {
        uint32_t start =
            addr != NULL ? *addr : first_writeable(device_get_layout(job.device, alternate));
        result = job_leave(&job, start, err);
    }
    return job_end(&job, result, report);
}

int dfk_unprotect(struct dfk_device *device, bool *gone, struct dfk_error *err)
{
    struct job job;
    bool left = false;
    uint8_t alternate = 0;
    job_begin(&job, device, NULL);
    int result = job_find_alternate(&job, false, 0, &alternate, err);
    result = result == 0 ? device_select_alternate(job.device, alternate, err) : result;
    if (result == 0) {
        job_phase(&job, DFK_PHASE_ERASE, 0, 0);
        result = device_unprotect(job.device, &left, err);
    }
    if (gone != NULL) {
        *gone = left;
    }
    return result;
}

int dfk_reset(struct dfk_device *device, bool *gone, struct dfk_error *err)
{
    bool left = false;
    int result = device_reset(device->device, &left, err);
    if (gone != NULL) {
        *gone = left;
    }
    return result;
}

int dfk_detach(struct dfk_device *device, struct dfk_error *err)
{
    struct job job;
    job_begin(&job, device, NULL);
    job_phase(&job, DFK_PHASE_DETACH, 0, 0);
    return device_detach(device->device, err);
}
