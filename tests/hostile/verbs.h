/* SPDX-License-Identifier: MIT
 * One verb of the library at a lying device, with options from a seed, and what it must keep to. */
#ifndef TESTS_HOSTILE_VERBS_H
#define TESTS_HOSTILE_VERBS_H

#include "flash/session.h"
#include "tests/hostile/liar.h"
#include "twin/board/board.h"

enum { VERBS_IMAGE_BYTES_MAX = 16384 };

/* What a session has counted. */
enum verbs_count {
    COUNT_VERBS,
    COUNT_WELL,
    COUNT_CLEAR_ERROR,
    COUNT_STOPPED,
    COUNT_FLASHED, /* and read back */
    COUNT_TRANSFERS,
    COUNT_COUNT,
};

/* A person at a lying device. */
struct person {
    struct liar liar;
    struct chance chance;
    struct dfk_device *handle; /* NULL: not open */
    struct dfk_error err;
    uint64_t *counts;
    struct board *board; /* what is flashed lies in its memory; NULL: nobody knows */
    bool holds_back; /* that board's bootloader waits for the leave with the application's start */
    bool claims_nothing; /* what the device says is not noted */
    const char *broken;  /* the first promise that was broken; NULL: none */
    uint8_t bytes[VERBS_IMAGE_BYTES_MAX];
    uint8_t value[VERBS_IMAGE_BYTES_MAX], valid[VERBS_IMAGE_BYTES_MAX];
};

/* Notes that a promise was broken; the first counts. */
void verbs_break(struct person *person, const char *promise);

/* Judges how a call ended: well, or with an error that tells a person everything. */
void verbs_judge(struct person *person, int result);

/* Gives the callbacks that look at every event and stop the work when the person is tired. */
struct dfk_callbacks verbs_callbacks(struct person *person);

/* Does something with the open device. */
void verbs_do(struct person *person);

#endif
