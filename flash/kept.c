/* SPDX-License-Identifier: MIT
 * The board's own bytes beside the image, while they exist only here: a sector that was erased
 * before the board was lost gets them back when it returns. */
#include <stdlib.h>
#include <string.h>

#include "flash/job.h"

static struct job_kept *find_kept(const struct job *job, uint8_t alternate, uint32_t addr)
{
    for (size_t i = 0; i < job->kept_count; i++) {
        if (job->kept[i].alternate == alternate && job->kept[i].addr == addr) {
            return &job->kept[i];
        }
    }
    return NULL;
}

static void keep(struct job *job, uint8_t alternate, const struct layout_sector *sector,
                 struct plan_sector_content *content)
{
    if (content->bytes == NULL || find_kept(job, alternate, sector->addr) != NULL) {
        return;
    }
    struct job_kept *more = realloc(job->kept, (job->kept_count + 1) * sizeof *more);
    if (more == NULL) {
        return; /* the sector is then read like any other */
    }
    job->kept = more;
    job->kept[job->kept_count++] =
        (struct job_kept){alternate, sector->addr, sector->length, content->bytes};
    content->bytes = NULL;
}

void job_keep(struct job *job)
{
    for (size_t p = 0; p < job->part_count; p++) {
        struct job_part *part = &job->parts[p];
        for (size_t i = 0; part->content != NULL && i < part->survey.count; i++) {
            keep(job, part->input.device_alternate, &part->survey.sectors[i].sector,
                 &part->content[i]);
        }
    }
}

void job_free_kept(struct job *job)
{
    for (size_t i = 0; i < job->kept_count; i++) {
        free(job->kept[i].bytes);
    }
    free(job->kept);
    job->kept = NULL;
    job->kept_count = 0;
}

int job_copy_kept(const struct job *job, const struct job_part *part, uint32_t addr,
                  uint8_t **bytes, bool *found, struct dfk_error *err)
{
    const struct job_kept *kept = find_kept(job, part->input.device_alternate, addr);
    *found = kept != NULL;
    if (kept == NULL) {
        return 0;
    }
    uint8_t *copy = *bytes != NULL ? *bytes : malloc(kept->length);
    if (copy == NULL) {
        return dfk_fail(err, DFK_E_NO_MEMORY, "no memory for a sector of %u bytes",
                        (unsigned)kept->length);
    }
    memcpy(copy, kept->bytes, kept->length);
    *bytes = copy;
    return 0;
}

/* Whether the board holds exactly these bytes. */
static int compare(struct job *job, const struct job_bytes *wanted, bool *same,
                   struct dfk_error *err)
{
    uint8_t got[4096];
    uint32_t block = device_get_traits(job->device)->block_bytes;
    enum job_answer answer = JOB_UNKNOWN;
    int result = job_ask_same(job, wanted, &answer, err);
    *same = answer != JOB_DIFFERENT;
    for (uint32_t at = 0; at < wanted->length && result == 0 && *same && answer == JOB_UNKNOWN;
         at += block) {
        uint32_t left = wanted->length - at;
        struct job_salvage salvage = {wanted->addr + at, left < block ? left : block, got, 0};
        result = job_salvage(job, &salvage, err);
        *same = salvage.lost == 0 && memcmp(got, wanted->data + at, salvage.length) == 0;
    }
    return result;
}

int job_look_at_kept(struct job *job, struct job_part *part, size_t index, bool *done,
                     struct dfk_error *err)
{
    const struct plan_sector *sector = &part->survey.sectors[index];
    struct plan_sector_content *content = &part->content[index];
    uint32_t length = sector->sector.length;
    uint8_t *wanted = malloc(length), *covered = malloc(length);
    bool same = false;
    *done = false;
    int result =
        wanted == NULL || covered == NULL
            ? dfk_fail(err, DFK_E_NO_MEMORY, "no memory for a sector of %u bytes", (unsigned)length)
            : 0;
    if (result == 0) {
        result = job_copy_kept(job, part, sector->sector.addr, &content->bytes, done, err);
    }
    if (result == 0 && *done) {
        plan_wanted_bytes(&part->input, sector, wanted, covered);
        for (uint32_t i = 0; i < length; i++) {
            wanted[i] = covered[i] == 0 ? content->bytes[i] : wanted[i];
        }
        const struct job_bytes bytes = {sector->sector.addr, length, wanted};
        result = compare(job, &bytes, &same, err);
        content->content = same ? DFK_CONTENT_SAME : DFK_CONTENT_DATA;
        content->range_blank = false;
        job_progress(job, sector->sector.addr, length);
    }
    free(wanted);
    free(covered);
    return result;
}
