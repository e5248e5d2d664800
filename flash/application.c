/* SPDX-License-Identifier: MIT
 * The application of a bootloader that holds its start back: its first sector goes with every
 * change, and its start goes last. */
#include <inttypes.h>
#include <stdlib.h>

#include "flash/job.h"

bool job_is_start(const struct job_part *part, const struct dfk_step *step)
{
    return part->input.application.bytes != 0 && step->addr == part->input.application.addr;
}

int job_stay(struct job *job, struct dfk_error *err)
{
    int result = 0;
    for (size_t p = 0; p < job->part_count && result == 0; p++) {
        const struct job_part *part = &job->parts[p];
        for (size_t i = 0; i < dfk_plan_step_count(part->plan) && result == 0; i++) {
            const struct dfk_step *step = dfk_plan_get_step(part->plan, i);
            if (step->action == DFK_ACTION_WRITE && job_is_start(part, step)) {
                result = device_select_alternate(job->device, step->alternate, err);
                result = result != 0 ? result
                                     : device_write_block(job->device, step->addr,
                                                          plan_step_data(part->plan, i),
                                                          (uint16_t)step->length, err);
                result = result == 0 ? device_finish(job->device, err) : result;
            }
        }
    }
    return result;
}

/* A sector that the image does not fill has to be read to be written again. */
static int read_sector(struct job *job, const struct job_part *part,
                       const struct layout_sector *sector, struct plan_sector_content *content,
                       struct dfk_error *err)
{
    bool found = false;
    int result = job_copy_kept(job, part, sector->addr, &content->bytes, &found, err);
    if (result != 0 || found) {
        return result;
    }
    struct job_salvage salvage = {sector->addr, sector->length, content->bytes, 0};
    if (salvage.data == NULL) {
        salvage.data = content->bytes = malloc(sector->length);
    }
    if (salvage.data == NULL) {
        return dfk_fail(err, DFK_E_NO_MEMORY, "no memory for a sector of %" PRIu32 " bytes",
                        sector->length);
    }
    result = job_salvage(job, &salvage, err);
    result = result == 0 ? job_confirm(job, &salvage, err) : result;
    if (result == 0 && salvage.lost > 0) {
        job_warn_lost(job, sector, salvage.lost);
    }
    return result;
}

int job_take_first_sector(struct job *job, struct job_part *part, struct dfk_error *err)
{
    size_t index = 0;
    if (!plan_find_rewrite(&part->input, &part->survey, part->content, &index)) {
        return 0;
    }
    const struct plan_sector *sector = &part->survey.sectors[index];
    struct plan_sector_content *content = &part->content[index];
    int result =
        sector->look == PLAN_LOOK_MERGE ? read_sector(job, part, &sector->sector, content, err) : 0;
    content->content = DFK_CONTENT_DATA;
    content->range_blank = false;
    return result;
}
