/* SPDX-License-Identifier: MIT
 * Erasing ahead, on two banks at once. */
#include "flash/job.h"

/* The longest that one flash word takes to program, with margin. Source DS12110, flash memory */
enum { WORD_MS = 2 };

/* The bootloader takes the old application out of service before it erases that one's first sector.
 * Nothing else may be erased before, in the other bank neither. */
static void let_application_go(struct job *job)
{
    struct clock *clock = device_get_clock(job->device);
    struct deadline deadline =
        deadline_start(clock, WORD_MS, "one flash word", "DS12110, flash memory");
    deadline_sleep_ms(&deadline, WORD_MS);
}

static int prepare_step(struct job *job, const struct job_part *part, const struct dfk_step *step,
                        struct dfk_error *err)
{
    int result = job_check_cancelled(job, step->addr, err);
    result = result == 0 ? device_select_alternate(job->device, step->alternate, err) : result;
    if (result != 0) {
        return result;
    }
    job->touched = true;
    result = device_prepare(job->device, step->addr, step->length, err);
    if (result == 0) {
        job->report.done.sectors_erased++;
        job_progress(job, step->addr, step->length);
    }
    if (result == 0 && job_is_start(part, step)) {
        let_application_go(job);
    }
    return result;
}

static int prepare_part(struct job *job, const struct job_part *part, struct dfk_error *err)
{
    int result = 0;
    for (size_t i = 0; i < dfk_plan_step_count(part->plan) && result == 0; i++) {
        const struct dfk_step *step = dfk_plan_get_step(part->plan, i);
        if (step->action == DFK_ACTION_ERASE) {
            result = prepare_step(job, part, step, err);
        }
    }
    return result;
}

static uint64_t bytes_to_erase(struct job *job)
{
    uint64_t bytes = 0;
    job->prepared_ms = 0;
    for (size_t p = 0; p < job->part_count; p++) {
        for (size_t i = 0; i < dfk_plan_step_count(job->parts[p].plan); i++) {
            const struct dfk_step *step = dfk_plan_get_step(job->parts[p].plan, i);
            bool erases = step->action == DFK_ACTION_ERASE;
            bytes += erases ? step->length : 0;
            job->prepared_ms += erases ? step->estimate_ms : 0;
        }
    }
    return bytes;
}

int job_prepare(struct job *job, bool *done, struct dfk_error *err)
{
    int result = 0;
    *done = device_get_traits(job->device)->can_prepare;
    uint64_t bytes = *done ? bytes_to_erase(job) : 0;
    if (bytes == 0) {
        return 0;
    }
    /* The answer comes at once; the writes wait for the erases. */
    job_phase(job, DFK_PHASE_ERASE, bytes, 0);
    for (size_t p = 0; p < job->part_count && result == 0; p++) {
        result = prepare_part(job, &job->parts[p], err);
    }
    return result;
}
