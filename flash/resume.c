/* SPDX-License-Identifier: MIT
 * Going on with a flash when the board was away meanwhile. */
#include <inttypes.h>

#include "flash/job.h"

/* A board that is lost as often as this has a bad cable; no flash needs so many returns. */
enum { RETURNS_MAX = 10 };

static int fail_too_often(const struct dfk_error *last, struct dfk_error *err)
{
    int code = dfk_fail(err, DFK_E_LOST, "%s; this was the %uth loss of the device", last->what,
                        (unsigned)RETURNS_MAX + 1);
    dfk_fail_why(err, "%s", last->why);
    dfk_fail_next(err, "use another cable and plug the board in without a hub, then run the "
                       "command again");
    return code;
}

/* Where it was lost and why it is not back belong together. */
static int fail_not_back(const struct dfk_error *lost, const struct dfk_error *away,
                         struct dfk_error *err)
{
    int code = dfk_fail(err, away->code, "%s; %s", lost->what, away->what);
    dfk_fail_why(err, "%s", away->why[0] != '\0' ? away->why : lost->why);
    dfk_fail_next(err, "%s", away->next);
    if (err != NULL) {
        err->where = lost->where;
        err->device = lost->device;
    }
    return code;
}

int job_resume(struct job *job, const struct dfk_image *image, job_attempt *attempt,
               struct dfk_error *err)
{
    struct device_mark mark;
    struct dfk_error lost = {0};
    uint32_t wait_ms = job->options->dry_run ? 0 : job->options->resume_ms;
    if (wait_ms != 0) {
        device_note(job->device, &mark);
    }
    int result = attempt(job, image, &lost);
    while (result == -DFK_E_LOST && wait_ms != 0) {
        struct dfk_error away = {0};
        if (job->report.resumed == RETURNS_MAX) {
            return fail_too_often(&lost, err);
        }
        result = device_return(job->device, &mark, wait_ms, &away);
        if (result != 0) {
            return fail_not_back(&lost, &away, err);
        }
        job_again(job);
        lost = (struct dfk_error){0};
        result = attempt(job, image, &lost);
    }
    return result == 0 ? 0 : dfk_fail_copy(err, &lost);
}
