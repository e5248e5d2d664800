/* SPDX-License-Identifier: MIT
 * The newest version that was ever accepted, noted where no host can erase it.
 *
 * The last BOOT_SEAL_LOG_BYTES of the bootloader's own sector hold records of one unit each, in the
 * order of writing: version, its complement, the rest zeros. A record that was torn by a loss of
 * power is not one: programming only clears bits, so that no part of it matches its complement. */
#ifndef BOOT_SEAL_LOG_H
#define BOOT_SEAL_LOG_H

#include <stdint.h>

#include "boot/board.h"
#include "boot/seal.h"

/* Gives the newest version noted; 0 when there is none. */
uint32_t seal_log_floor(const struct boot_board *board);

/* Gives where the next record goes; 0 when the log is full. */
uint32_t seal_log_next(const struct boot_board *board);

/* Writes a record into memory. */
void seal_log_put(uint8_t record[BOOT_SEAL_RECORD_BYTES], uint32_t version);

#endif
