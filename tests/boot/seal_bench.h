/* SPDX-License-Identifier: MIT
 * Sealed applications on the bench: how they are made, put there, and what comes of them. */
#ifndef TESTS_BOOT_SEAL_BENCH_H
#define TESTS_BOOT_SEAL_BENCH_H

#include "tests/boot/bench.h"
#include "tests/support/seal_maker.h"

enum {
    SEAL_BENCH_BYTES = 8192, /* of an application with its seal */
    SEAL_BENCH_SEALED = SEAL_BENCH_BYTES - SEAL_MAKER_BYTES,
    SEAL_BENCH_VERSION = 0x01000000,
    SEAL_BENCH_INFO_BLOCK = 1,
    SEAL_BENCH_INFO_BYTES = 64,
};

/* The seal that the board wants. */
struct seal_maker seal_right(const struct bench *bench);

/* Makes an application of SEAL_BENCH_BYTES in bench->image with such a seal. */
void seal_make(struct bench *bench, const struct seal_maker *how);

/* Puts what is in bench->image into flash without the bootloader's help. */
void seal_put_into_flash(struct bench *bench);

/* Lets a leave that is refused come to its end, by asking as hosts do. Returns the last status. */
struct dfu_status seal_wait_for_refusal(struct bench *bench);

/* Downloads what is in bench->image, and expects that it does not become the application, with a
 * status and these words. */
void seal_expect_refusal(struct bench *bench, uint8_t code, const char *words);

/* Downloads what is in bench->image, and expects that it is started. */
void seal_expect_start(struct bench *bench);

/* Expects that what is in flash is not started, with these words. */
void seal_expect_no_start(struct bench *bench, const char *words);

#endif
