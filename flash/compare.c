/* SPDX-License-Identifier: MIT
 * What the board holds, read no further than the question needs. */
#include <stdlib.h>
#include <string.h>

#include "flash/look.h"

int job_read(struct job *job, uint32_t addr, uint8_t *data, uint32_t length, struct dfk_error *err)
{
    uint32_t block = device_get_traits(job->device)->block_bytes;
    uint32_t done = 0;
    int result = 0;
    while (done < length && result == 0) {
        uint32_t part = block < length - done ? block : length - done;
        result = job_check_cancelled(job, addr + done, err);
        result = result != 0 ? result
                             : device_read_block(job->device, addr + done, data + done,
                                                 (uint16_t)part, err);
        done += part;
    }
    return result;
}

static enum dfk_content kind_of(const uint8_t *start, uint32_t length)
{
    if (length >= 512 && start[510] == 0x55 && start[511] == 0xAA &&
        (memcmp(start + 54, "FAT", 3) == 0 || memcmp(start + 82, "FAT32", 5) == 0)) {
        return DFK_CONTENT_FAT;
    }
    return length >= 16 && memcmp(start + 8, "littlefs", 8) == 0 ? DFK_CONTENT_LITTLEFS
                                                                 : DFK_CONTENT_DATA;
}

/* The bytes beside the image will be written back, and nobody has another copy of them. */
static int confirm_rest(struct job *job, struct look *look, struct dfk_error *err)
{
    uint32_t length = look->sector->sector.length;
    uint32_t at = 0;
    int result = 0;
    while (at < length && result == 0) {
        const uint8_t *start = memchr(look->covered + at, 0, length - at);
        if (start == NULL) {
            break;
        }
        at = (uint32_t)(start - look->covered);
        const uint8_t *stop = memchr(start, 1, length - at);
        uint32_t end = stop == NULL ? length : (uint32_t)(stop - look->covered);
        struct job_salvage rest = {look->sector->sector.addr + at, end - at, look->got + at, 0};
        result = job_confirm(job, &rest, err);
        at = end;
    }
    return result;
}

/* The bytes beside the image are only needed when the sector will be rewritten. */
static int read_as_needed(struct job *job, struct look *look, bool merge, struct dfk_error *err)
{
    bool known = false;
    int result = look_by_checksum(job, look, &known, err);
    if (result == 0 && !known) {
        result = look_read(job, look, merge ? PASS_COVERED : PASS_ALL, err);
    }
    bool rest = merge && (!look->same || job->options->full || look->sector->preserve);
    if (result == 0 && !known && rest) {
        result = look_read(job, look, PASS_REST, err);
    }
    if (result == 0 && merge && !look->blank && (known ? !look->same : rest)) {
        result = confirm_rest(job, look, err);
    }
    uint32_t left = look->sector->sector.length - look->bytes_read;
    if (result == 0 && left > 0) {
        job_progress(job, look->sector->sector.addr, left);
    }
    return result;
}

static enum dfk_content find_content(const struct job *job, const struct look *look)
{
    bool kind = look->sector->look == PLAN_LOOK_KIND;
    if (look->blank && (look->sector->padding || look->sector->preserve)) {
        return DFK_CONTENT_BLANK;
    }
    if (!kind && look->same && !job->options->full) {
        return DFK_CONTENT_SAME;
    }
    if (look->blank && !job->options->full) {
        return DFK_CONTENT_BLANK;
    }
    return kind ? kind_of(look->got, look->sector->sector.length) : DFK_CONTENT_DATA;
}

static int look_at_sector(struct job *job, struct look *look, struct dfk_error *err)
{
    bool merge = look->sector->look == PLAN_LOOK_MERGE;
    look->blank = look->range_blank = true;
    look->same = look->sector->look != PLAN_LOOK_KIND;
    int result = read_as_needed(job, look, merge, err);
    if (result != 0) {
        return result;
    }
    look->content->content = find_content(job, look);
    look->content->range_blank = !job->options->full && (merge ? look->range_blank : look->blank);
    if (merge && look->lost > 0) {
        job_warn_lost(job, &look->sector->sector, look->lost);
    }
    if (merge) {
        look->content->bytes = look->got;
        look->got = NULL;
    }
    return 0;
}

static int look_into(struct job *job, struct job_part *part, size_t index, struct dfk_error *err)
{
    const struct plan_sector *sector = &part->survey.sectors[index];
    uint32_t length = sector->sector.length;
    struct look look = {.sector = sector,
                        .content = &part->content[index],
                        .note = &part->notes[index],
                        .wanted = malloc(length),
                        .covered = malloc(length),
                        .got = malloc(length)};
    int result;
    if (look.wanted == NULL || look.covered == NULL || look.got == NULL) {
        result =
            dfk_fail(err, DFK_E_NO_MEMORY, "no memory for a sector of %u bytes", (unsigned)length);
    } else {
        memset(look.got, 0xFF, length);
        plan_wanted_bytes(&part->input, sector, look.wanted, look.covered);
        result = look_at_sector(job, &look, err);
    }
    free(look.wanted);
    free(look.covered);
    free(look.got);
    return result;
}

static bool is_wanted(const struct job *job, const struct plan_sector *sector)
{
    bool needed = sector->look == PLAN_LOOK_MERGE;
    bool readable = (sector->sector.access & LAYOUT_READABLE) != 0;
    return needed || (readable && !job->options->full && sector->look != PLAN_LOOK_NOT &&
                      device_get_traits(job->device)->can_upload);
}

static uint64_t bytes_to_compare(const struct job *job)
{
    uint64_t bytes = 0;
    for (size_t p = 0; p < job->part_count; p++) {
        for (size_t i = 0; i < job->parts[p].survey.count; i++) {
            const struct plan_sector *sector = &job->parts[p].survey.sectors[i];
            bytes += is_wanted(job, sector) ? sector->sector.length : 0;
        }
    }
    return bytes;
}

/* One block of the first sector tells a protected chip before anything is erased. */
static int probe(struct job *job, const struct job_part *part, struct dfk_error *err)
{
    uint8_t bytes[64];
    uint16_t block = device_get_traits(job->device)->block_bytes;
    uint32_t addr = part->survey.sectors[0].sector.addr;
    if (!device_get_traits(job->device)->can_upload ||
        (part->survey.sectors[0].sector.access & LAYOUT_READABLE) == 0) {
        return 0;
    }
    return device_read_block(job->device, addr, bytes, block < sizeof bytes ? block : sizeof bytes,
                             err);
}

int job_compare(struct job *job, struct dfk_error *err)
{
    uint64_t bytes = bytes_to_compare(job);
    uint32_t ns_per_byte = device_get_traits(job->device)->timing.read_ns_per_byte;
    int result = 0;
    if (bytes > 0) {
        job_phase(job, DFK_PHASE_COMPARE, bytes, (uint32_t)(bytes * ns_per_byte / 1000000));
    }
    for (size_t p = 0; p < job->part_count && result == 0; p++) {
        struct job_part *part = &job->parts[p];
        result = device_select_alternate(job->device, part->input.device_alternate, err);
        if (result == 0 && bytes == 0) {
            result = probe(job, part, err);
        }
        for (size_t i = 0; i < part->survey.count && result == 0; i++) {
            bool done = false;
            result = job->kept_count > 0 ? job_look_at_kept(job, part, i, &done, err) : 0;
            if (result == 0 && !done && is_wanted(job, &part->survey.sectors[i])) {
                result = look_into(job, part, i, err);
            }
        }
        result = result == 0 ? job_take_first_sector(job, part, err) : result;
        result = result == 0 ? device_finish(job->device, err) : result;
    }
    return result;
}
