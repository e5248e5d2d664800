/* SPDX-License-Identifier: MIT
 * Putting an image onto a device, and comparing the two. */
#include "flash/job.h"

#include <inttypes.h>

static int make_plans(struct job *job, struct dfk_error *err)
{
    int result = 0;
    for (size_t p = 0; p < job->part_count && result == 0; p++) {
        struct job_part *part = &job->parts[p];
        result = plan_make(&part->input, &part->survey, part->content, &part->plan, err);
        if (result == 0) {
            const struct dfk_plan_summary *sum = dfk_plan_get_summary(part->plan);
            struct dfk_plan_summary *all = &job->report.done;
            all->sectors_same += sum->sectors_same;
            all->sectors_padding += sum->sectors_padding;
            all->sectors_kept += sum->sectors_kept;
            all->sectors_blank += sum->sectors_blank;
            all->bytes_merged += sum->bytes_merged;
            all->estimate_ms += sum->estimate_ms;
            job_show_plan(job, part->plan);
        }
    }
    return result;
}

/* The bytes of sectors that were found equal have been read: that is their verification. */
static uint64_t bytes_compared(const struct job *job)
{
    uint64_t bytes = 0;
    for (size_t p = 0; p < job->part_count; p++) {
        const struct job_part *part = &job->parts[p];
        for (size_t i = 0; i < part->survey.count; i++) {
            bytes += part->content[i].content == DFK_CONTENT_SAME
                         ? part->survey.sectors[i].sector.length
                         : 0;
        }
    }
    return bytes;
}

/* A board that checks seals has the last word, which another attempt would not change. */
static void explain_refusal(const struct job *job, struct dfk_error *err)
{
    const struct dfk_boot *boot = &device_get_info(job->device)->boot;
    uint8_t status = err != NULL && err->device.known ? err->device.status : DFU_OK;
    bool refused = status == DFU_ERR_FILE || status == DFU_ERR_TARGET || status == DFU_ERR_FIRMWARE;
    if (boot->known && boot->sealed && refused) {
        dfk_fail_why(err, "the board checked what had been written; it does not start it, and "
                          "stays in DFU mode");
        dfk_fail_next(err, "flash firmware that is right for this board; dfukit inspect FILE "
                           "--key PUB checks a file");
    }
}

int job_leave(struct job *job, uint32_t addr, struct dfk_error *err)
{
    job_phase(job, DFK_PHASE_LEAVE, 0, 0);
    int result = device_leave(job->device, addr, &job->report.gone, err);
    if (result == -DFK_E_DEVICE) {
        explain_refusal(job, err);
    }
    if (result == 0) {
        job->report.left = true;
        job->report.application = addr;
        job->report.must_reset =
            !device_get_traits(job->device)->leave_starts_application || !job->report.gone;
    }
    return result;
}

static int leave_if_planned(struct job *job, struct dfk_error *err)
{
    const struct dfk_plan *plan = job->parts[0].plan;
    size_t count = dfk_plan_step_count(plan);
    const struct dfk_step *last = count > 0 ? dfk_plan_get_step(plan, count - 1) : NULL;
    if (last == NULL || last->action != DFK_ACTION_LEAVE) {
        return job_stay(job, err);
    }
    int result = device_select_alternate(job->device, last->alternate, err);
    return result == 0 ? job_leave(job, last->addr, err) : result;
}

/* Tells the person how far it came, where the failure itself says nothing better. */
static void explain_where(const struct job *job, int result, struct dfk_error *err)
{
    if (result != -DFK_E_LOST && result != -DFK_E_TIMEOUT && result != -DFK_E_DEVICE) {
        return;
    }
    if (job->complete) {
        dfk_fail_why(err, "all of the firmware had been written and verified");
        return;
    }
    if (!job->touched) {
        dfk_fail_why(err, "nothing on the board was changed");
        return;
    }
    dfk_fail_why(err,
                 "%" PRIu32 " %s erased and %" PRIu64
                 " bytes written; the firmware on the board is not complete",
                 job->report.done.sectors_erased,
                 job->report.done.sectors_erased == 1 ? "sector was" : "sectors were",
                 job->report.done.bytes_written);
}

/* What the device says that it has but not that it can be read, nobody has verified. */
static bool is_readable(const struct job *job)
{
    bool readable = device_get_traits(job->device)->can_upload;
    for (size_t p = 0; p < job->part_count; p++) {
        const struct plan_survey *survey = &job->parts[p].survey;
        for (size_t i = 0; i < survey->count; i++) {
            const struct plan_sector *sector = &survey->sectors[i];
            bool filled = sector->look == PLAN_LOOK_EQUAL || sector->look == PLAN_LOOK_MERGE;
            readable = readable && (!filled || (sector->sector.access & LAYOUT_READABLE) != 0);
        }
    }
    return readable;
}

static int carry_out(struct job *job, struct dfk_error *err)
{
    bool prepared = false;
    int result = job_prepare(job, &prepared, err);
    result = result == 0 && !prepared ? job_erase(job, err) : result;
    result = result == 0 ? job_write(job, err) : result;
    result = result == 0 ? job_verify(job, err) : result;
    result = result == 0 ? job_write_start(job, err) : result;
    if (result == 0) {
        job->report.done.bytes_verified += bytes_compared(job);
        job->report.verified = !job->options->no_verify && is_readable(job);
        job->complete = job->report.verified && job->parts[0].input.application.bytes == 0;
        result = leave_if_planned(job, err);
    }
    return result;
}

static int flash_dfuse(struct job *job, const struct dfk_image *image, struct dfk_error *err)
{
    int result = job_survey(job, image, err);
    result = result == 0 && !job->options->dry_run ? device_speed_up(job->device, err) : result;
    result = result == 0 ? job_compare(job, err) : result;
    for (size_t p = 0; p < job->part_count && result == 0; p++) {
        /* The speed-up changes what the estimate is made of. */
        job->parts[p].input.timing = job_timing(job);
    }
    result = result == 0 ? make_plans(job, err) : result;
    if (result == 0 && !job->options->dry_run) {
        result = carry_out(job, err);
    }
    explain_where(job, result, err);
    return result;
}

int dfk_flash(struct dfk_device *device, const struct dfk_image *image,
              const struct dfk_flash_options *options, struct dfk_report *report,
              struct dfk_error *err)
{
    struct job job;
    job_begin(&job, device, options);
    int result = job_check_image(&job, image, err);
    result = result == 0 ? job_check_seal(&job, image, err) : result;
    if (result == 0) {
        bool dfuse = device_get_traits(job.device)->is_dfuse;
        result = job_resume(&job, image, dfuse ? flash_dfuse : job_flash_plain, err);
    }
    return job_end(&job, result, report);
}

/* Compares segment by segment; the first difference ends it. */
static int verify_dfuse(struct job *job, const struct dfk_image *image, struct dfk_error *err)
{
    int result = job_survey(job, image, err);
    if (result == 0 && !device_get_traits(job->device)->can_upload) {
        return dfk_fail(err, DFK_E_UNSUPPORTED, "the device cannot be read (bitCanUpload is 0)");
    }
    size_t count = dfk_image_get_info(image)->segment_count;
    uint64_t bytes = dfk_image_get_info(image)->data_bytes;
    uint32_t ns_per_byte = device_get_traits(job->device)->timing.read_ns_per_byte;
    if (result == 0) {
        job_phase(job, DFK_PHASE_VERIFY, bytes, (uint32_t)(bytes * ns_per_byte / 1000000));
    }
    for (size_t i = 0; i < count && result == 0; i++) {
        result = job_verify_segment(job, dfk_image_get_segment(image, i), err);
    }
    return result == 0 ? device_finish(job->device, err) : result;
}

int dfk_verify(struct dfk_device *device, const struct dfk_image *image,
               const struct dfk_flash_options *options, struct dfk_report *report,
               struct dfk_error *err)
{
    struct job job;
    job_begin(&job, device, options);
    int result = job_check_image(&job, image, err);
    if (result == 0) {
        result = device_get_traits(job.device)->is_dfuse ? verify_dfuse(&job, image, err)
                                                         : job_verify_plain(&job, image, err);
    }
    job.report.verified = result == 0;
    return job_end(&job, result, report);
}
