/* SPDX-License-Identifier: MIT
 * Making sure of bytes that were read and that no other copy exists of. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "flash/job.h"

enum { READS_MAX = 4 };

int job_fail_unsteady(uint32_t addr, struct dfk_error *err)
{
    int code = dfk_fail(err, DFK_E_PROTOCOL,
                        "the bytes from 0x%08" PRIX32 " read differently each time", addr);
    dfk_fail_why(err, "something between the board and this computer changes data");
    dfk_fail_next(err, "use another cable and plug the board in without a hub, then run the "
                       "command again");
    dfk_fail_at_addr(err, addr);
    return code;
}

/* Reads until two reads in a row agree; data holds the first one. */
static int read_until_steady(struct job *job, struct job_salvage *salvage, struct dfk_error *err)
{
    uint8_t *before = malloc(salvage->length);
    bool steady = false;
    int result = before != NULL ? 0
                                : dfk_fail(err, DFK_E_NO_MEMORY, "no memory for %" PRIu32 " bytes",
                                           salvage->length);
    for (unsigned reads = 1; reads < READS_MAX && !steady && result == 0; reads++) {
        memcpy(before, salvage->data, salvage->length);
        result = job_salvage(job, salvage, err);
        steady = memcmp(before, salvage->data, salvage->length) == 0;
    }
    free(before);
    return result != 0 || steady ? result : job_fail_unsteady(salvage->addr, err);
}

int job_confirm(struct job *job, struct job_salvage *salvage, struct dfk_error *err)
{
    const struct job_bytes bytes = {salvage->addr, salvage->length, salvage->data};
    enum job_answer answer = JOB_UNKNOWN;
    int result = salvage->length == 0 ? 0 : job_ask_same(job, &bytes, &answer, err);
    bool sure = salvage->length == 0 || answer == JOB_SAME;
    return result != 0 || sure ? result : read_until_steady(job, salvage, err);
}
