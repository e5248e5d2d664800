/* SPDX-License-Identifier: MIT
 * What the board holds, read no further than the question needs. */
#include <stdlib.h>
#include <string.h>

#include "flash/job.h"

/* What is known of a sector while it is read. */
struct look {
    const struct plan_sector *sector;
    struct plan_sector_content *content;
    struct job_note *note;
    uint8_t *wanted, *covered, *got; /* sector length each */
    uint32_t bytes_read, lost;
    bool same, blank, range_blank;
};

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

/* Takes one block that was read into account. */
static void judge(struct look *look, uint32_t at, uint32_t length)
{
    for (uint32_t i = at; i < at + length; i++) {
        bool covered = look->covered[i] != 0;
        bool blank = look->got[i] == 0xFF;
        look->same = look->same && (!covered || look->got[i] == look->wanted[i]);
        look->blank = look->blank && blank;
        look->range_blank = look->range_blank && (blank || !covered);
        if (!blank && !look->note->has_data) {
            look->note->has_data = true;
            look->note->data_addr = look->sector->sector.addr + i;
        }
    }
}

/* What cannot be read is neither blank nor right. */
static void judge_lost(struct look *look, uint32_t lost)
{
    look->lost += lost;
    if (lost > 0) {
        look->same = look->blank = look->range_blank = false;
    }
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

/* Which blocks of a sector to read: all, those that the image touches, those that it does not,
 * those that it does not fill. */
enum pass { PASS_ALL, PASS_COVERED, PASS_REST, PASS_BESIDE };

static bool is_left_out(const struct look *look, enum pass pass, uint32_t at, uint32_t length)
{
    bool touched = memchr(look->covered + at, 1, length) != NULL;
    switch (pass) {
    case PASS_COVERED: return !touched;
    case PASS_REST: return touched;
    case PASS_BESIDE: return memchr(look->covered + at, 0, length) == NULL;
    default: return !look->same && !look->blank;
    }
}

/* Reads the blocks of one pass; PASS_ALL stops as soon as no question is open. */
static int read_pass(struct job *job, struct look *look, enum pass pass, struct dfk_error *err)
{
    const struct layout_sector *sector = &look->sector->sector;
    uint32_t block = device_get_traits(job->device)->block_bytes;
    int result = 0;
    for (uint32_t at = 0; at < sector->length && result == 0; at += block) {
        uint32_t part = block < sector->length - at ? block : sector->length - at;
        if (is_left_out(look, pass, at, part)) {
            continue;
        }
        struct job_salvage salvage = {sector->addr + at, part, look->got + at, 0};
        result = job_salvage(job, &salvage, err);
        if (result == 0) {
            judge(look, at, part);
            judge_lost(look, salvage.lost);
            job_progress(job, sector->addr + at, part);
            look->bytes_read += part;
        }
    }
    return result;
}

/* Asks the board for the checksum of every stretch that the image covers. JOB_UNKNOWN as soon as
 * one cannot be told. */
static int ask_covered(struct job *job, const struct look *look, const uint8_t *wanted,
                       enum job_answer *answer, struct dfk_error *err)
{
    uint32_t length = look->sector->sector.length;
    uint32_t at = 0;
    int result = 0;
    *answer = JOB_SAME;
    while (at < length && result == 0 && *answer == JOB_SAME) {
        const uint8_t *start = memchr(look->covered + at, 1, length - at);
        if (start == NULL) {
            break;
        }
        at = (uint32_t)(start - look->covered);
        const uint8_t *stop = memchr(start, 0, length - at);
        uint32_t end = stop == NULL ? length : (uint32_t)(stop - look->covered);
        const struct job_bytes bytes = {look->sector->sector.addr + at, end - at,
                                        wanted == NULL ? NULL : wanted + at};
        result = job_ask_same(job, &bytes, answer, err);
        at = end;
    }
    return result;
}

/* Answers the questions of a look by checksum. JOB_UNKNOWN: it has to be read. */
static int ask_board(struct job *job, struct look *look, enum job_answer *known,
                     struct dfk_error *err)
{
    const struct layout_sector *sector = &look->sector->sector;
    const struct job_bytes nothing = {sector->addr, sector->length, NULL};
    enum job_answer same = JOB_DIFFERENT;
    enum job_answer blank = JOB_DIFFERENT;
    int result = look->same ? ask_covered(job, look, look->wanted, &same, err) : 0;
    bool padding = look->sector->padding;
    bool preserve = look->sector->preserve;
    if (result == 0 && (same == JOB_DIFFERENT || (same == JOB_SAME && (padding || preserve)))) {
        result = job_ask_same(job, &nothing, &blank, err);
    }
    *known = same == JOB_UNKNOWN || blank == JOB_UNKNOWN ? JOB_UNKNOWN : JOB_SAME;
    if (result == 0 && *known == JOB_SAME) {
        look->same = same == JOB_SAME;
        look->blank = look->range_blank = blank == JOB_SAME;
    }
    return result;
}

/* By checksum, and what then is still needed of the sector is read. */
static int find_out(struct job *job, struct look *look, bool merge, enum job_answer *known,
                    struct dfk_error *err)
{
    bool same = look->same;
    bool needed = merge && job->options->full;
    int result = needed ? 0 : ask_board(job, look, known, err);
    if (needed || result != 0 || *known == JOB_UNKNOWN) {
        *known = JOB_UNKNOWN;
        return result;
    }
    if (!same && !look->blank) {
        *known = JOB_UNKNOWN; /* what kind of data it is, only the data tells */
        look->blank = look->range_blank = true;
    } else if (merge && !look->same && !look->blank) {
        enum job_answer range = JOB_DIFFERENT;
        result = ask_covered(job, look, NULL, &range, err);
        look->range_blank = range == JOB_SAME;
        result = result == 0 ? read_pass(job, look, PASS_BESIDE, err) : result;
    }
    return result;
}

/* The bytes beside the image are only needed when the sector will be rewritten. */
static int read_as_needed(struct job *job, struct look *look, bool merge, struct dfk_error *err)
{
    enum job_answer known = JOB_UNKNOWN;
    int result = find_out(job, look, merge, &known, err);
    if (result == 0 && known == JOB_UNKNOWN) {
        result = read_pass(job, look, merge ? PASS_COVERED : PASS_ALL, err);
    }
    bool rest = merge && (!look->same || job->options->full || look->sector->preserve);
    if (result == 0 && known == JOB_UNKNOWN && rest) {
        result = read_pass(job, look, PASS_REST, err);
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
            if (is_wanted(job, &part->survey.sectors[i])) {
                result = look_into(job, part, i, err);
            }
        }
        result = result == 0 ? job_take_first_sector(job, part, err) : result;
        result = result == 0 ? device_finish(job->device, err) : result;
    }
    return result;
}
