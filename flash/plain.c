/* SPDX-License-Identifier: MIT
 * Plain DFU devices: a partition is written whole, block after block from its start. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "flash/job.h"
#include "image/image.h"

/* The bytes of the image, from the start of the partition. Addresses mean nothing to such a device.
 */
static int find_bytes(const struct dfk_image *image, const struct dfk_segment **segment,
                      struct dfk_error *err)
{
    const struct dfk_image_info *info = dfk_image_get_info(image);
    if (info->segment_count != 1) {
        return dfk_fail(err, DFK_E_REFUSED,
                        "%s has %zu parts; a plain DFU device takes one, from its start",
                        info->file, info->segment_count);
    }
    *segment = dfk_image_get_segment(image, 0);
    return 0;
}

static int choose(struct job *job, struct dfk_error *err)
{
    uint8_t alternate = 0;
    int result = job_find_alternate(job, false, 0, &alternate, err);
    return result == 0 ? device_select_alternate(job->device, alternate, err) : result;
}

/* Compares by upload; *same tells the result, *at the first difference. */
static int compare(struct job *job, const struct dfk_segment *segment, bool *same, uint32_t *at,
                   struct dfk_error *err)
{
    uint32_t block = device_get_traits(job->device)->block_bytes;
    uint8_t got[4096];
    uint32_t done = 0;
    int result = 0;
    *same = true;
    while (done < segment->length && result == 0 && *same) {
        uint16_t actual = 0;
        uint32_t left = segment->length - done;
        result = job_check_cancelled(job, done, err);
        result =
            result == 0 ? device_read_plain(job->device, done / block, got, &actual, err) : result;
        uint32_t length = left < block ? left : block;
        for (uint32_t i = 0; i < length && result == 0 && *same; i++) {
            *same = i < actual && got[i] == segment->data[done + i];
            *at = done + i;
        }
        done += length;
        job_progress(job, done, length);
    }
    return result == 0 ? device_finish(job->device, err) : result;
}

static int write_blocks(struct job *job, const struct dfk_segment *segment, struct dfk_error *err)
{
    uint32_t block = device_get_traits(job->device)->block_bytes;
    uint32_t done = 0;
    int result = 0;
    job_phase(job, DFK_PHASE_WRITE, segment->length, 0);
    while (done < segment->length && result == 0) {
        uint32_t left = segment->length - done;
        uint16_t length = (uint16_t)(left < block ? left : block);
        result = job_check_cancelled(job, done, err);
        if (result == 0) {
            job->touched = true;
            result =
                device_write_plain(job->device, done / block, segment->data + done, length, err);
        }
        job->report.done.bytes_written += result == 0 ? length : 0;
        done += length;
        job_progress(job, done, length);
    }
    return result;
}

static int verify_written(struct job *job, const struct dfk_segment *segment, struct dfk_error *err)
{
    bool same = true;
    uint32_t at = 0;
    job_phase(job, DFK_PHASE_VERIFY, segment->length, 0);
    int result = compare(job, segment, &same, &at, err);
    if (result == 0 && !same) {
        result = dfk_fail(err, DFK_E_VERIFY,
                          "offset 0x%08" PRIX32 " of the partition differs from the file", at);
        dfk_fail_at_addr(err, at);
    }
    if (result == 0) {
        job->report.done.bytes_verified = segment->length;
        job->report.verified = true;
    }
    return result;
}

/* The download ends with manifestation; a device that stays on the bus is read back after it, one
 * that does not before it where that is possible at all. */
static int finish(struct job *job, const struct dfk_segment *segment, struct dfk_error *err)
{
    bool tolerant = (device_get_info(job->device)->attributes & DFU_MANIFESTATION_TOLERANT) != 0;
    bool verify = !job->options->no_verify && device_get_traits(job->device)->can_upload;
    int result = 0;
    if (job->options->no_leave) {
        result = device_finish(job->device, err);
        return result == 0 && verify ? verify_written(job, segment, err) : result;
    }
    result = job_leave(job, 0, err);
    job->report.must_reset = false;
    if (result == 0 && verify && tolerant && !job->report.gone) {
        result = verify_written(job, segment, err);
    } else if (result == 0 && verify) {
        job_warn(job, "not-verified",
                 "the device starts its application at once, so it could not be read back");
    }
    return result;
}

int job_flash_plain(struct job *job, const struct dfk_image *image, struct dfk_error *err)
{
    const struct dfk_segment *segment = NULL;
    bool same = false;
    uint32_t at = 0;
    const struct device_traits *traits = device_get_traits(job->device);
    int result = find_bytes(image, &segment, err);
    if (result == 0 && !traits->can_download) {
        result =
            dfk_fail(err, DFK_E_UNSUPPORTED, "the device cannot be written (bitCanDnload is 0)");
    }
    result = result == 0 ? choose(job, err) : result;
    if (result != 0 || job->options->dry_run) {
        return result;
    }
    if (!job->options->full && traits->can_upload) {
        job_phase(job, DFK_PHASE_COMPARE, segment->length, 0);
        result = compare(job, segment, &same, &at, err);
    }
    if (result == 0 && same) {
        job->report.verified = true;
        job->report.done.bytes_verified = segment->length;
        return 0;
    }
    result = result == 0 ? write_blocks(job, segment, err) : result;
    return result == 0 ? finish(job, segment, err) : result;
}

int job_verify_plain(struct job *job, const struct dfk_image *image, struct dfk_error *err)
{
    const struct dfk_segment *segment = NULL;
    int result = find_bytes(image, &segment, err);
    result = result == 0 ? choose(job, err) : result;
    return result == 0 ? verify_written(job, segment, err) : result;
}

/* The part of the partition that was asked for, of what was read from its start. */
static int make_image(const struct buffer *bytes, const struct dfk_range *range,
                      struct dfk_image **image, struct dfk_error *err)
{
    struct dfk_segment part = {0, 0, (uint32_t)bytes->length, bytes->data};
    if (range != NULL && (uint64_t)range->addr + range->length > bytes->length) {
        return dfk_fail(err, DFK_E_OUTSIDE,
                        "the partition ends after %zu bytes, offset 0x%08" PRIX64 " was asked for",
                        bytes->length, (uint64_t)range->addr + range->length);
    }
    if (range != NULL) {
        part = (struct dfk_segment){0, range->addr, range->length, bytes->data + range->addr};
    }
    return image_from_memory("device", &part, 1, false, image, err);
}

int job_read_plain(struct job *job, const struct dfk_range *range, struct dfk_image **image,
                   struct dfk_error *err)
{
    enum { PARTITION_BYTES_MAX = 256 * 1024 * 1024 };
    uint32_t block = device_get_traits(job->device)->block_bytes;
    uint64_t end = range == NULL ? PARTITION_BYTES_MAX : (uint64_t)range->addr + range->length;
    struct buffer bytes = {0};
    uint16_t actual = (uint16_t)block;
    uint32_t number = 0;
    int result = choose(job, err);
    job_phase(job, DFK_PHASE_READ, range == NULL ? 0 : end, 0);
    while (result == 0 && actual == block && bytes.length < end) {
        uint8_t *room = buffer_reserve(&bytes, block);
        result = room == NULL ? dfk_fail(err, DFK_E_NO_MEMORY, "no memory for the partition")
                              : job_check_cancelled(job, number * block, err);
        result = result == 0 ? device_read_plain(job->device, number, room, &actual, err) : result;
        uint64_t left = end - bytes.length;
        bytes.length += result == 0 ? actual : 0;
        number++;
        job_progress(job, number * block, actual < left ? actual : (uint32_t)left);
    }
    result = result == 0 ? device_finish(job->device, err) : result;
    result = result == 0 ? make_image(&bytes, range, image, err) : result;
    buffer_free(&bytes);
    return result;
}
