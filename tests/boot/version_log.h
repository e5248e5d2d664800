/* SPDX-License-Identifier: MIT
 * What a signed board noted of versions, as docs/seal.md describes the bytes: not by its own code.
 */
#ifndef TESTS_BOOT_VERSION_LOG_H
#define TESTS_BOOT_VERSION_LOG_H

#include "tests/boot/bench.h"

enum { VERSION_LOG_BYTES = 1536, VERSION_LOG_RECORD_BYTES = 32 };

/* Gives the address of the first record. */
uint32_t version_log_addr(const struct bench *bench);

/* Puts the first record there, without the bootloader's help. */
void version_log_note(struct bench *bench, uint32_t version);

/* Gives the oldest version that the board takes by what stands in its flash; 0: it takes all. */
uint32_t version_log_floor(struct bench *bench);

/* Gives what a board in DFU mode answers when it is asked for that; UINT32_MAX when it does not. */
uint32_t version_log_ask(struct bench *bench);

#endif
