/* SPDX-License-Identifier: MIT
 * What the board holds, by a checksum that it computes itself: milliseconds instead of a read. */
#include <string.h>

#include "core/crc32.h"
#include "flash/job.h"

enum { CHUNK_BYTES = 128 * 1024, BLANK_BYTES = 256 };

static uint32_t wanted_crc(const struct job_bytes *bytes)
{
    uint8_t blank[BLANK_BYTES];
    uint32_t crc = CRC32_START;
    if (bytes->data != NULL) {
        return crc32_update(crc, bytes->data, bytes->length);
    }
    memset(blank, 0xFF, sizeof blank);
    for (uint32_t done = 0; done < bytes->length; done += BLANK_BYTES) {
        uint32_t left = bytes->length - done;
        crc = crc32_update(crc, blank, left < BLANK_BYTES ? left : BLANK_BYTES);
    }
    return crc;
}

static int ask(struct job *job, const struct job_bytes *bytes, enum job_answer *answer,
               struct dfk_error *err)
{
    struct dfk_error from = {0};
    uint32_t crc = 0;
    int result = device_checksum(job->device, bytes->addr, bytes->length, &crc, &from);
    if (result == -DFK_E_DEVICE) {
        /* Memory with an ECC error has no checksum; reading finds the place. */
        *answer = JOB_UNKNOWN;
        return 0;
    }
    *answer = result == 0 && crc == wanted_crc(bytes) ? JOB_SAME : JOB_DIFFERENT;
    return result == 0 ? 0 : dfk_fail_copy(err, &from);
}

/* In pieces, so that the person can stop in between. */
int job_ask_same(struct job *job, const struct job_bytes *bytes, enum job_answer *answer,
                 struct dfk_error *err)
{
    int result = 0;
    *answer = device_get_traits(job->device)->can_checksum ? JOB_SAME : JOB_UNKNOWN;
    for (uint32_t done = 0; done < bytes->length && result == 0 && *answer == JOB_SAME;
         done += CHUNK_BYTES) {
        uint32_t left = bytes->length - done;
        struct job_bytes part = {bytes->addr + done, left < CHUNK_BYTES ? left : CHUNK_BYTES,
                                 bytes->data == NULL ? NULL : bytes->data + done};
        result = job_check_cancelled(job, part.addr, err);
        result = result == 0 ? ask(job, &part, answer, err) : result;
    }
    return result;
}
