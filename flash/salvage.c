/* SPDX-License-Identifier: MIT
 * Reading memory that may hold flash words which a loss of power left unreadable. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "flash/job.h"

enum { WORD_BYTES = 32 /* RM0433, "Embedded flash memory": one ECC covers 256 bits */ };

/* One word. What cannot be read cannot be kept either: it counts as blank. */
static int salvage_word(struct job *job, struct job_salvage *salvage, uint32_t at, uint32_t length,
                        struct dfk_error *err)
{
    struct dfk_error from = {0};
    int result = job_read(job, salvage->addr + at, salvage->data + at, length, &from);
    if (result == -DFK_E_DEVICE) {
        memset(salvage->data + at, 0xFF, length);
        salvage->lost += length;
        return 0;
    }
    return result == 0 ? 0 : dfk_fail_copy(err, &from);
}

int job_salvage(struct job *job, struct job_salvage *salvage, struct dfk_error *err)
{
    struct dfk_error from = {0};
    int result = job_read(job, salvage->addr, salvage->data, salvage->length, &from);
    salvage->lost = 0;
    /* Only the bootloader that has a checksum says so, and goes on. */
    if (result != -DFK_E_DEVICE || !device_get_traits(job->device)->can_checksum) {
        return result == 0 ? 0 : dfk_fail_copy(err, &from);
    }
    result = 0;
    for (uint32_t at = 0; at < salvage->length && result == 0; at += WORD_BYTES) {
        uint32_t left = salvage->length - at;
        result = salvage_word(job, salvage, at, left < WORD_BYTES ? left : WORD_BYTES, err);
    }
    return result;
}

void job_warn_lost(struct job *job, const struct layout_sector *sector, uint32_t lost)
{
    char text[160];
    (void)snprintf(text, sizeof text,
                   "%" PRIu32 " bytes of the sector at 0x%08" PRIX32
                   " cannot be read after a loss of power, and are not kept",
                   lost, sector->addr);
    job_warn(job, "unreadable", text);
}
