/* SPDX-License-Identifier: MIT
 * An image cut into the parts that go to one alternate setting each, every one checked first. */
#include <inttypes.h>
#include <stdlib.h>

#include "flash/job.h"

/* Hundreds of times what flash memory has: a sector is held in memory. */
enum { SECTOR_BYTES_MAX = 64 * 1024 * 1024 };

/* The alternate of the image itself where that holds the address, else the one that does. */
static int find_alternate(struct job *job, const struct dfk_segment *segment, uint8_t *alternate,
                          struct dfk_error *err)
{
    struct layout_sector sector;
    const struct layout *layout = device_get_layout(job->device, segment->alternate);
    if (job->handle->alternate == NULL && layout != NULL &&
        layout_find_sector(layout, segment->addr, &sector)) {
        *alternate = segment->alternate;
        return 0;
    }
    return job_find_alternate(job, true, segment->addr, alternate, err);
}

/* Option bytes and one-time memory can be written but not erased: that is not done by the way. */
static int check_lasting(const struct job *job, const struct dfk_segment *segment,
                         const struct layout *layout, struct dfk_error *err)
{
    struct layout_sector sector;
    if (job->handle->alternate != NULL || !layout_find_sector(layout, segment->addr, &sector) ||
        (sector.access & LAYOUT_WRITEABLE) == 0 || (sector.access & LAYOUT_ERASABLE) != 0) {
        return 0;
    }
    int code = dfk_fail(err, DFK_E_REFUSED,
                        "0x%08" PRIX32 " is memory that cannot be erased (%s); nothing was changed",
                        segment->addr, layout->name);
    dfk_fail_next(err, "if that is what you want, choose its alternate setting with -a");
    dfk_fail_at_addr(err, segment->addr);
    return code;
}

/* What is compared, merged or written is held in memory, a sector at a time. */
static int check_sectors(const struct plan_survey *survey, struct dfk_error *err)
{
    for (size_t i = 0; i < survey->count; i++) {
        const struct layout_sector *sector = &survey->sectors[i].sector;
        if (survey->sectors[i].look != PLAN_LOOK_NOT && sector->length > SECTOR_BYTES_MAX) {
            int code = dfk_fail(err, DFK_E_REFUSED,
                                "the device claims a sector of %" PRIu32 " bytes at 0x%08" PRIX32
                                "; at most %u are believed",
                                sector->length, sector->addr, SECTOR_BYTES_MAX);
            dfk_fail_at_addr(err, sector->addr);
            return code;
        }
    }
    return 0;
}

/* Its start goes in one transfer where that is long enough. */
static struct plan_application find_application(const struct job *job)
{
    const struct dfk_boot *boot = &device_get_info(job->device)->boot;
    uint16_t block = device_get_traits(job->device)->block_bytes;
    return (struct plan_application){boot->application_addr, boot->application_bytes,
                                     block < PLAN_HELD_BYTES ? PLAN_HELD_BYTES : block};
}

static int survey_part(struct job *job, const struct dfk_image *image,
                       const struct dfk_segment *first, struct dfk_error *err)
{
    const struct device_traits *traits = device_get_traits(job->device);
    struct job_part *part = &job->parts[job->part_count];
    uint8_t alternate = 0;
    int result = find_alternate(job, first, &alternate, err);
    if (result != 0) {
        return result;
    }
    const struct layout *layout = device_get_layout(job->device, alternate);
    if (layout == NULL) {
        return dfk_fail(err, DFK_E_REFUSED,
                        "alternate %u has no memory layout that could be checked", alternate);
    }
    result = check_lasting(job, first, layout, err);
    if (result != 0) {
        return result;
    }
    part->input = (struct plan_input){.image = image,
                                      .image_alternate = first->alternate,
                                      .device_alternate = alternate,
                                      .layout = layout,
                                      .options = job->options,
                                      .write_unit_bytes = traits->write_unit_bytes,
                                      .can_verify = traits->can_upload,
                                      .can_leave = job->part_count == 0,
                                      .timing = job_timing(job),
                                      .second_bank = traits->can_prepare ? traits->second_bank : 0,
                                      .application = find_application(job)};
    result = plan_survey(&part->input, &part->survey, err);
    if (result != 0) {
        return result;
    }
    job->part_count++; /* from here on job_end frees it */
    result = check_sectors(&part->survey, err);
    if (result != 0) {
        return result;
    }
    part->content = calloc(part->survey.count, sizeof *part->content);
    part->notes = calloc(part->survey.count, sizeof *part->notes);
    return part->content != NULL && part->notes != NULL
               ? 0
               : dfk_fail(err, DFK_E_NO_MEMORY, "no memory for %zu sectors", part->survey.count);
}

int job_survey(struct job *job, const struct dfk_image *image, struct dfk_error *err)
{
    size_t count = dfk_image_get_info(image)->segment_count;
    int last = -1;
    int result = 0;
    for (size_t i = 0; i < count && result == 0; i++) {
        const struct dfk_segment *segment = dfk_image_get_segment(image, i);
        if (segment->alternate != last && job->part_count == JOB_PARTS_MAX) {
            return dfk_fail(err, DFK_E_REFUSED, "the file has more than %u targets", JOB_PARTS_MAX);
        }
        if (segment->alternate != last) {
            result = survey_part(job, image, segment, err);
        }
        last = segment->alternate;
    }
    return result != 0 || count > 0 ? result : dfk_fail(err, DFK_E_REFUSED, "the image is empty");
}
