/* SPDX-License-Identifier: MIT
 * Looking at one sector of the board: by reading, or by what the board says of it. */
#include "flash/look.h"

#include <string.h>

enum { FIRST_BYTES = 64 };

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

/* What cannot be read is neither blank nor right; where the image fills it, it is not missed. */
static void judge_lost(struct look *look, uint32_t at, uint32_t length, uint32_t lost)
{
    look->lost += memchr(look->covered + at, 0, length) == NULL ? 0 : lost;
    if (lost > 0) {
        look->same = look->blank = look->range_blank = false;
    }
}

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

int look_read(struct job *job, struct look *look, enum pass pass, struct dfk_error *err)
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
            judge_lost(look, at, part, salvage.lost);
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

/* The first few bytes tell most sectors that hold something else. */
static int read_first(struct job *job, struct look *look, struct dfk_error *err)
{
    const struct layout_sector *sector = &look->sector->sector;
    uint32_t length = sector->length < FIRST_BYTES ? sector->length : FIRST_BYTES;
    struct job_salvage salvage = {sector->addr, length, look->got, 0};
    int result = job_salvage(job, &salvage, err);
    if (result == 0) {
        judge(look, 0, length);
        judge_lost(look, 0, length, salvage.lost);
        look->lost = 0; /* counted when it is read to be kept */
    }
    return result;
}

static int ask_same(struct job *job, struct look *look, bool *known, struct dfk_error *err)
{
    enum job_answer answer = JOB_DIFFERENT;
    int result = look->same ? ask_covered(job, look, look->wanted, &answer, err) : 0;
    *known = *known && answer != JOB_UNKNOWN;
    look->same = *known ? answer == JOB_SAME : look->same;
    return result;
}

static int ask_blank(struct job *job, struct look *look, bool *known, struct dfk_error *err)
{
    const struct job_bytes nothing = {look->sector->sector.addr, look->sector->sector.length, NULL};
    enum job_answer answer = JOB_DIFFERENT;
    int result = look->blank ? job_ask_same(job, &nothing, &answer, err) : 0;
    *known = *known && answer != JOB_UNKNOWN;
    look->blank = *known ? answer == JOB_SAME : look->blank;
    return result;
}

/* A sector that will be rewritten: is an erase needed, and what stands beside the image? */
static int get_rest(struct job *job, struct look *look, bool *known, struct dfk_error *err)
{
    enum job_answer answer = JOB_DIFFERENT;
    int result = look->range_blank ? ask_covered(job, look, NULL, &answer, err) : 0;
    *known = answer != JOB_UNKNOWN;
    look->range_blank = *known ? answer == JOB_SAME : look->range_blank;
    return result == 0 && *known ? look_read(job, look, PASS_BESIDE, err) : result;
}

int look_by_checksum(struct job *job, struct look *look, bool *known, struct dfk_error *err)
{
    enum plan_look kind = look->sector->look;
    bool tells_same = look->sector->padding || look->sector->preserve;
    *known = device_get_traits(job->device)->can_checksum &&
             !(kind == PLAN_LOOK_MERGE && job->options->full);
    int result = *known ? read_first(job, look, err) : 0;
    if (result == 0 && *known) {
        result = ask_same(job, look, known, err);
    }
    if (result == 0 && *known && (!look->same || tells_same)) {
        result = ask_blank(job, look, known, err);
    }
    if (kind == PLAN_LOOK_KIND && !look->blank) {
        /* What kind of data it is, only the data tells. */
        *known = false;
        look->blank = true;
    }
    if (result == 0 && *known && kind == PLAN_LOOK_MERGE && !look->same && !look->blank) {
        result = get_rest(job, look, known, err);
    }
    return result;
}
