/* SPDX-License-Identifier: MIT
 * Carrying a plan out: erase, write, read back. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "flash/job.h"

/* What one pass over the plan does. */
struct job_work {
    enum dfk_action action;
    bool start; /* the start of an application instead of everything else */
    enum dfk_phase phase;
    int (*step)(struct job *job, struct job_part *part, size_t index, struct dfk_error *err);
};

static bool is_mine(const struct job_part *part, const struct dfk_step *step,
                    const struct job_work *work)
{
    bool start = step->action != DFK_ACTION_ERASE && job_is_start(part, step);
    return step->action == work->action && start == work->start;
}

/* The plan's sums over the steps of one kind. */
static uint64_t sum_steps(const struct job *job, const struct job_work *work, uint32_t *estimate_ms)
{
    uint64_t bytes = 0;
    *estimate_ms = 0;
    for (size_t p = 0; p < job->part_count; p++) {
        const struct dfk_plan *plan = job->parts[p].plan;
        for (size_t i = 0; i < dfk_plan_step_count(plan); i++) {
            const struct dfk_step *step = dfk_plan_get_step(plan, i);
            bool mine = is_mine(&job->parts[p], step, work);
            bytes += mine ? step->length : 0;
            *estimate_ms += mine ? step->estimate_ms : 0;
        }
    }
    return bytes;
}

static int for_each(struct job *job, const struct job_work *work, struct dfk_error *err)
{
    uint32_t estimate_ms = 0;
    uint64_t bytes = sum_steps(job, work, &estimate_ms);
    int result = 0;
    if (work->action == DFK_ACTION_WRITE) {
        estimate_ms += job->prepared_ms;
        job->prepared_ms = 0;
    }
    if (bytes > 0) {
        job_phase(job, work->phase, bytes, estimate_ms);
    }
    for (size_t p = 0; p < job->part_count && result == 0; p++) {
        struct job_part *part = &job->parts[p];
        for (size_t i = 0; i < dfk_plan_step_count(part->plan) && result == 0; i++) {
            const struct dfk_step *step = dfk_plan_get_step(part->plan, i);
            if (is_mine(part, step, work)) {
                result = device_select_alternate(job->device, step->alternate, err);
                result = result == 0 ? work->step(job, part, i, err) : result;
            }
        }
    }
    return result;
}

static int fail_not_blank(uint32_t addr, uint8_t got, struct dfk_error *err)
{
    int code = dfk_fail(
        err, DFK_E_ERASE,
        "0x%08" PRIX32 " holds 0x%02X after an erase that the device reported as done", addr, got);
    dfk_fail_why(err, "the sector may be write-protected, or the ROM erased another one");
    dfk_fail_at_addr(err, addr);
    return code;
}

int job_check_blank(struct job *job, const struct layout_sector *sector, struct dfk_error *err)
{
    uint8_t *data = malloc(sector->length);
    if (data == NULL) {
        return dfk_fail(err, DFK_E_NO_MEMORY, "no memory for a sector of %" PRIu32 " bytes",
                        sector->length);
    }
    const struct job_bytes blank = {sector->addr, sector->length, NULL};
    enum job_answer answer;
    int result = job_ask_same(job, &blank, &answer, err);
    if (result == 0 && answer == JOB_SAME) {
        free(data);
        return 0;
    }
    result = result == 0 ? job_read(job, sector->addr, data, sector->length, err) : result;
    for (uint32_t i = 0; i < sector->length && result == 0; i++) {
        if (data[i] != 0xFF) {
            result = fail_not_blank(sector->addr + i, data[i], err);
        }
    }
    free(data);
    return result;
}

/* One word where data was seen before the erase is enough to catch an erase that did nothing. */
static int check_spot(struct job *job, uint32_t addr, struct dfk_error *err)
{
    uint8_t data[32];
    uint32_t start = addr & ~(uint32_t)(sizeof data - 1);
    int result = job_read(job, start, data, sizeof data, err);
    if (result == 0 && data[addr - start] != 0xFF) {
        result = fail_not_blank(addr, data[addr - start], err);
    }
    return result;
}

static int erase_once(struct job *job, const struct layout_sector *sector,
                      const struct job_note *note, struct dfk_error *err)
{
    bool check = false;
    bool can_read =
        device_get_traits(job->device)->can_upload && (sector->access & LAYOUT_READABLE) != 0;
    int result = device_erase_sector(job->device, sector->addr, sector->length, &check, err);
    if (result != 0 || !can_read) {
        return result;
    }
    if (check || note == NULL) {
        return job_check_blank(job, sector, err);
    }
    return note->has_data ? check_spot(job, note->data_addr, err) : 0;
}

int job_erase_sector(struct job *job, const struct layout_sector *sector,
                     const struct job_note *note, struct dfk_error *err)
{
    struct dfk_error first = {0};
    job->touched = true;
    int result = erase_once(job, sector, note, &first);
    if (result == -DFK_E_ERASE) {
        result = erase_once(job, sector, note, err);
    } else if (result != 0) {
        result = dfk_fail_copy(err, &first);
    }
    return result;
}

static const struct job_note *find_note(const struct job_part *part, uint32_t addr,
                                        const struct layout_sector **sector)
{
    for (size_t i = 0; i < part->survey.count; i++) {
        if (part->survey.sectors[i].sector.addr == addr) {
            *sector = &part->survey.sectors[i].sector;
            return &part->notes[i];
        }
    }
    return NULL;
}

static int erase_step(struct job *job, struct job_part *part, size_t index, struct dfk_error *err)
{
    const struct dfk_step *step = dfk_plan_get_step(part->plan, index);
    const struct layout_sector *sector = NULL;
    const struct job_note *note = find_note(part, step->addr, &sector);
    int result = job_check_cancelled(job, step->addr, err);
    job_progress(job, step->addr, 0);
    result = result == 0 ? job_erase_sector(job, sector, note, err) : result;
    if (result == 0) {
        job->report.done.sectors_erased++;
        job_progress(job, step->addr, step->length);
    }
    return result;
}

int job_erase(struct job *job, struct dfk_error *err)
{
    static const struct job_work work = {DFK_ACTION_ERASE, false, DFK_PHASE_ERASE, erase_step};
    return for_each(job, &work, err);
}

/* The blocks of one step, in order, until one fails. */
static int for_each_block(struct job *job, struct job_part *part, size_t index,
                          int (*work)(struct job *job, uint32_t addr, const uint8_t *data,
                                      uint32_t length, struct dfk_error *err),
                          struct dfk_error *err)
{
    const struct dfk_step *step = dfk_plan_get_step(part->plan, index);
    const uint8_t *data = plan_step_data(part->plan, index);
    uint32_t block = device_get_traits(job->device)->block_bytes;
    int result = 0;
    for (uint32_t done = 0; done < step->length && result == 0; done += block) {
        uint32_t left = step->length - done;
        uint32_t length = block < left ? block : left;
        result = work(job, step->addr + done, data + done, length, err);
        if (result == 0) {
            job_progress(job, step->addr + done, length);
        }
    }
    return result;
}

static int write_block(struct job *job, uint32_t addr, const uint8_t *data, uint32_t length,
                       struct dfk_error *err)
{
    int result = job_check_cancelled(job, addr, err);
    if (result == 0) {
        job->touched = true;
        result = device_write_block(job->device, addr, data, (uint16_t)length, err);
    }
    job->report.done.bytes_written += result == 0 ? length : 0;
    return result;
}

static int write_step(struct job *job, struct job_part *part, size_t index, struct dfk_error *err)
{
    return for_each_block(job, part, index, write_block, err);
}

int job_write(struct job *job, struct dfk_error *err)
{
    static const struct job_work work = {DFK_ACTION_WRITE, false, DFK_PHASE_WRITE, write_step};
    return for_each(job, &work, err);
}

static int fail_mismatch(const struct job *job, uint32_t addr, uint8_t wanted, uint8_t got,
                         struct dfk_error *err)
{
    int code = dfk_fail(err, DFK_E_VERIFY, "0x%08" PRIX32 " holds 0x%02X, wanted 0x%02X", addr, got,
                        wanted);
    if (!job->touched) {
        dfk_fail_why(err, "the board holds another firmware than the file");
    } else if ((wanted & ~got) != 0) {
        dfk_fail_why(err,
                     "a bit reads 0 that should be 1: the cell is worn out, or was not erased");
    } else {
        dfk_fail_why(err,
                     "a bit reads 1 that should be 0: the write did not take, the sector may be "
                     "write-protected");
    }
    dfk_fail_at_addr(err, addr);
    return code;
}

static int verify_block(struct job *job, uint32_t addr, const uint8_t *wanted, uint32_t length,
                        struct dfk_error *err)
{
    uint8_t got[4096];
    int result = job_read(job, addr, got, length, err);
    if (result != 0) {
        return result;
    }
    if (memcmp(got, wanted, length) == 0) {
        job->report.done.bytes_verified += length;
        return 0;
    }
    uint32_t at = 0;
    while (got[at] == wanted[at]) {
        at++;
    }
    return fail_mismatch(job, addr + at, wanted[at], got[at], err);
}

static int verify_step(struct job *job, struct job_part *part, size_t index, struct dfk_error *err)
{
    const struct dfk_step *step = dfk_plan_get_step(part->plan, index);
    const struct job_bytes bytes = {step->addr, step->length, plan_step_data(part->plan, index)};
    enum job_answer answer;
    int result = job_ask_same(job, &bytes, &answer, err);
    if (result != 0 || answer != JOB_SAME) {
        return result != 0 ? result : for_each_block(job, part, index, verify_block, err);
    }
    job->report.done.bytes_verified += step->length;
    job_progress(job, step->addr, step->length);
    return 0;
}

int job_verify(struct job *job, struct dfk_error *err)
{
    static const struct job_work work = {DFK_ACTION_VERIFY, false, DFK_PHASE_VERIFY, verify_step};
    return for_each(job, &work, err);
}

int job_write_start(struct job *job, struct dfk_error *err)
{
    static const struct job_work write = {DFK_ACTION_WRITE, true, DFK_PHASE_WRITE, write_step};
    static const struct job_work verify = {DFK_ACTION_VERIFY, true, DFK_PHASE_VERIFY, verify_step};
    struct dfk_error first = {0};
    int result = for_each(job, &write, err);
    result = result == 0 ? for_each(job, &verify, &first) : result;
    if (result != -DFK_E_VERIFY || first.code == DFK_OK) {
        return first.code == DFK_OK ? result : dfk_fail_copy(err, &first);
    }
    /* A bootloader that refuses a request forgets what it holds back: it gets it once more. */
    result = for_each(job, &write, err);
    return result == 0 ? for_each(job, &verify, err) : result;
}

/* The part of a segment that --only and --keep leave. */
static bool is_left_out(const struct job *job, uint32_t addr)
{
    const struct dfk_flash_options *options = job->options;
    bool inside = options->only_count == 0;
    for (size_t i = 0; i < options->only_count; i++) {
        inside = inside || addr - options->only[i].addr < options->only[i].length;
    }
    for (size_t i = 0; i < options->keep_count; i++) {
        inside = inside && addr - options->keep[i].addr >= options->keep[i].length;
    }
    return !inside;
}

int job_verify_segment(struct job *job, const struct dfk_segment *segment, struct dfk_error *err)
{
    uint8_t got[4096];
    uint32_t block = device_get_traits(job->device)->block_bytes;
    uint8_t alternate = 0;
    const struct job_bytes bytes = {segment->addr, segment->length, segment->data};
    enum job_answer answer = JOB_UNKNOWN;
    int result = job_find_alternate(job, true, segment->addr, &alternate, err);
    result = result == 0 ? device_select_alternate(job->device, alternate, err) : result;
    result = result == 0 ? job_ask_same(job, &bytes, &answer, err) : result;
    if (result == 0 && answer == JOB_SAME) {
        job->report.done.bytes_verified += segment->length;
        job_progress(job, segment->addr, segment->length);
        return 0;
    }
    for (uint32_t at = 0; at < segment->length && result == 0; at += block) {
        uint32_t length = block < segment->length - at ? block : segment->length - at;
        result = job_read(job, segment->addr + at, got, length, err);
        for (uint32_t i = 0; i < length && result == 0; i++) {
            uint32_t addr = segment->addr + at + i;
            if (got[i] != segment->data[at + i] && !is_left_out(job, addr)) {
                result = fail_mismatch(job, addr, segment->data[at + i], got[i], err);
            }
        }
        job->report.done.bytes_verified += result == 0 ? length : 0;
        job_progress(job, segment->addr + at, length);
    }
    return result;
}
