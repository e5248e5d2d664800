/* SPDX-License-Identifier: MIT
 * A look at one sector of the board, within the room. */
#ifndef FLASH_LOOK_H
#define FLASH_LOOK_H

#include "flash/job.h"

/* What is known of a sector while it is read. */
struct look {
    const struct plan_sector *sector;
    struct plan_sector_content *content;
    struct job_note *note;
    uint8_t *wanted, *covered, *got; /* sector length each */
    uint32_t bytes_read, lost;
    bool same, blank, range_blank;
};

/* Which blocks of a sector to read: all, those that the image touches, those that it does not,
 * those that it does not fill. */
enum pass { PASS_ALL, PASS_COVERED, PASS_REST, PASS_BESIDE };

/* Reads the blocks of one pass and takes them into account; PASS_ALL stops as soon as no question
 * is open.
 *
 * Returns   0, and what the device returns */
int look_read(struct job *job, struct look *look, enum pass pass, struct dfk_error *err);

/* Answers the questions of a look by a few bytes and by checksums, and reads what has to be written
 * again.
 *
 * *known    false: there is no such command, or it could not be answered; it has to be read
 * Returns   0, and what the device returns */
int look_by_checksum(struct job *job, struct look *look, bool *known, struct dfk_error *err);

#endif
