/* SPDX-License-Identifier: MIT
 * The beginning and the end of a verb, and what it says on the way. */
#include "flash/job.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { NS_PER_MS = 1000000 };

static uint32_t ms_since(const struct job *job, uint64_t start_ns)
{
    return (uint32_t)((job->handle->clock->now_ns(job->handle->clock) - start_ns) / NS_PER_MS);
}

static void send(const struct job *job, const struct dfk_event *event)
{
    if (job->handle->callbacks.event != NULL) {
        job->handle->callbacks.event(job->handle->callbacks.user, event);
    }
}

void job_begin(struct job *job, struct dfk_device *handle, const struct dfk_flash_options *options)
{
    static const struct dfk_flash_options defaults;
    memset(job, 0, sizeof *job);
    job->handle = handle;
    job->device = handle->device;
    job->options = options == NULL ? &defaults : options;
    job->started_ns = handle->clock->now_ns(handle->clock);
}

static void free_part(struct job_part *part)
{
    for (size_t i = 0; part->content != NULL && i < part->survey.count; i++) {
        free(part->content[i].bytes);
    }
    free(part->content);
    free(part->notes);
    plan_survey_free(&part->survey);
    plan_free(part->plan);
}

void job_again(struct job *job)
{
    const struct dfk_plan_summary *done = &job->report.done;
    const struct dfk_report report = {
        .done = {.sectors_erased = done->sectors_erased, .bytes_written = done->bytes_written},
        .resumed = job->report.resumed + 1};
    job_keep(job);
    for (size_t i = 0; i < job->part_count; i++) {
        free_part(&job->parts[i]);
    }
    memset(job->parts, 0, sizeof job->parts);
    job->part_count = 0;
    job->prepared_ms = 0;
    job->complete = false;
    job->report = report;
    job->again = *job->options;
    job->again.full = false;
    job->options = &job->again;
}

int job_end(struct job *job, int result, struct dfk_report *report)
{
    job_free_kept(job);
    for (size_t i = 0; i < job->part_count; i++) {
        free_part(&job->parts[i]);
    }
    if (result != 0) {
        return result;
    }
    job->report.elapsed_ms = ms_since(job, job->started_ns);
    job->report.faults_overcome = device_faults_overcome(job->device);
    struct dfk_event event = {.kind = DFK_EVENT_DONE, .report = &job->report};
    if (!job->options->dry_run) {
        send(job, &event);
    }
    if (report != NULL) {
        *report = job->report;
    }
    return 0;
}

void job_phase(struct job *job, enum dfk_phase phase, uint64_t bytes_total, uint32_t estimate_ms)
{
    job->phase = phase;
    job->bytes_done = 0;
    job->bytes_total = bytes_total;
    job->phase_estimate_ms = estimate_ms;
    job->phase_started_ns = job->handle->clock->now_ns(job->handle->clock);
    struct dfk_event event = {.kind = DFK_EVENT_PHASE,
                              .phase = phase,
                              .bytes_total = bytes_total,
                              .estimate_ms = estimate_ms};
    send(job, &event);
}

void job_progress(struct job *job, uint32_t addr, uint32_t bytes)
{
    job->bytes_done += bytes;
    struct dfk_event event = {.kind = DFK_EVENT_PROGRESS,
                              .phase = job->phase,
                              .addr = addr,
                              .bytes_done = job->bytes_done,
                              .bytes_total = job->bytes_total,
                              .elapsed_ms = ms_since(job, job->phase_started_ns),
                              .estimate_ms = job->phase_estimate_ms};
    send(job, &event);
}

void job_show_plan(const struct job *job, const struct dfk_plan *plan)
{
    struct dfk_event event = {.kind = DFK_EVENT_PLAN, .plan = plan};
    send(job, &event);
}

struct plan_timing job_timing(const struct job *job)
{
    const struct device_timing *timing = &device_get_traits(job->device)->timing;
    return (struct plan_timing){.erase_typ_ms_per_kb_x100 = timing->erase_typ_ms_per_kb_x100,
                                .erase_min_typ_ms = timing->erase_min_typ_ms,
                                .program_ns_per_byte =
                                    timing->program_typ_ns_per_byte + timing->read_ns_per_byte,
                                .read_ns_per_byte = timing->read_ns_per_byte};
}

void job_warn(struct job *job, const char *id, const char *text)
{
    struct dfk_event event = {.kind = DFK_EVENT_WARNING, .id = id, .text = text};
    send(job, &event);
}

int job_check_cancelled(struct job *job, uint32_t addr, struct dfk_error *err)
{
    const struct dfk_callbacks *callbacks = &job->handle->callbacks;
    if (callbacks->cancelled == NULL || !callbacks->cancelled(callbacks->user)) {
        return 0;
    }
    int code = dfk_fail(err, DFK_E_INTERRUPTED, "stopped at 0x%08" PRIX32 "; %s", addr,
                        job->touched ? "the board holds neither the old nor the new firmware whole"
                                     : "nothing on the board was changed");
    dfk_fail_next(err, job->touched ? "run the same command again: it finishes what is missing"
                                    : "the board is still in DFU mode; dfukit leave starts it");
    return code;
}
