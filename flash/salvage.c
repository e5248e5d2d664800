/* SPDX-License-Identifier: MIT
 * Reading memory that may hold flash words which a loss of power left unreadable. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/dfu.h"
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

/* Tells whether a read may have failed for words that a loss of power tore. dfukit-boot names them;
 * a ROM has no name for them, and only some chips have such words.
 * Source    RM0433, "Error code correction"; that a ROM says errUNKNOWN is an assumption */
static bool may_be_torn(const struct job *job, const struct dfk_error *err)
{
    const struct device_traits *traits = device_get_traits(job->device);
    bool nameless = err->device.known && err->device.status == DFU_ERR_UNKNOWN;
    return traits->can_checksum || (traits->write_unit_bytes > 1 && nameless);
}

int job_salvage(struct job *job, struct job_salvage *salvage, struct dfk_error *err)
{
    struct dfk_error from = {0};
    int result = job_read(job, salvage->addr, salvage->data, salvage->length, &from);
    salvage->lost = 0;
    if (result != -DFK_E_DEVICE || !may_be_torn(job, &from)) {
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
