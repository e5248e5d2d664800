/* SPDX-License-Identifier: MIT
 * A board with the bootloader, native or (with FUZZ_ARM) the ARM code, for the inputs of a fuzz
 * target. */
#ifndef FUZZ_BOOT_TARGET_H
#define FUZZ_BOOT_TARGET_H

#include "fuzz/requests.h"
#include "twin/board/board.h"

enum {
    BOOT_TARGETS = 4,       /* the last two want signatures */
    BOOT_TARGET_SIGNED = 2, /* the first of them */
    BOOT_TARGET_OWN_BYTES = 16 * 1024,
    BOOT_TARGET_APP_ADDR = 0x08020000,
    BOOT_TARGET_UP_MS = 1000,
};

/* A board, and what its own sectors hold at the start. */
struct boot_target {
    struct board *board;
    uint8_t own[BOOT_TARGET_OWN_BYTES];
    uint32_t own_bytes,
        log_bytes; /* of them the last ones, where versions are noted; 0: none are */
};

/* Builds the board of a number below BOOT_TARGETS, unless it is there already. */
void boot_target_open(struct boot_target *target, uint8_t which);

/* Makes everything but the bootloader blank, and switches the board off and on. */
void boot_target_restore(const struct boot_target *target);

/* Does one thing of a host or a person to it.
 *
 * data      REQUEST_DATA_MAX bytes, what a DNLOAD carries */
void boot_target_step(struct board *board, struct input *input, uint8_t *data);

/* Tells whether its application has been started since the last reset. */
bool boot_target_started(struct board *board);

/* Tells whether the bootloader's own sectors are as they were, but for the versions noted. */
bool boot_target_is_own_untouched(const struct boot_target *target);

/* Sees to it that it answers GET_DESCRIPTOR, after a reset when it left. */
void boot_target_still_answers(struct board *board);

#endif
