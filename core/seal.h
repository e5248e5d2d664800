/* SPDX-License-Identifier: MIT
 * The seal of an application: what a host appends to it and a bootloader checks.
 *
 * Two words of the vector table that the core reserves (exceptions 8 and 9) tell where the seal is:
 * SEAL_MAGIC, and the number of sealed bytes from the start of the table. The seal follows these
 * bytes; all numbers are little-endian:
 *
 *   0  SEAL_MAGIC
 *   4  format, 16 bits: SEAL_FORMAT; flags, 16 bits: SEAL_SIGNED, SEAL_ANY_VERSION
 *   8  number of sealed bytes, a multiple of SEAL_UNIT_BYTES
 *  12  version: major in bits 31:24, minor in 23:16, patch in 15:0
 *  16  board, text of at most 23 characters, filled up with NUL
 *  40  first eight bytes of the public key; 0 when it is not signed
 *  48  0
 *  64  SHA-256 of the sealed bytes and bytes 0 to 63 of the seal
 *  96  Ed25519 signature of bytes 0 to 95 of the seal; 0xFF when it is not signed
 *
 * Source    ARMv7-M ARM, "The vector table": exceptions 7 to 10 are reserved */
#ifndef CORE_SEAL_H
#define CORE_SEAL_H

#include <stdbool.h>
#include <stdint.h>

#define SEAL_MAGIC 0x6C616573u /* "seal" */

enum {
    SEAL_PLACE_AT = 0x20, /* in the vector table */
    SEAL_PLACE_END = 0x28,
    SEAL_UNIT_BYTES = 32,
    SEAL_FORMAT = 1,
    SEAL_SIGNED = 1,
    SEAL_ANY_VERSION = 2, /* also boards that know a newer version may start it */
    SEAL_FLAGS_AT = 6,
    SEAL_LENGTH_AT = 8,
    SEAL_VERSION_AT = 12,
    SEAL_BOARD_AT = 16,
    SEAL_BOARD_BYTES = 24,
    SEAL_KEY_ID_AT = 40,
    SEAL_KEY_ID_BYTES = 8,
    SEAL_HEAD_BYTES = 64,
    SEAL_DIGEST_AT = SEAL_HEAD_BYTES,
    SEAL_SIGNATURE_AT = 96,
    SEAL_BYTES = 160,
};

/* Finds how many bytes are sealed.
 *
 * vectors   SEAL_PLACE_END bytes: the start of the application
 * Returns   the number, which nothing has checked yet; 0 when there is no seal */
uint32_t seal_find(const uint8_t *vectors);

/* Notes in a vector table where the seal is. */
void seal_put_place(uint8_t *vectors, uint32_t length);

/* Tells whether a seal is one of this format for so many bytes. */
bool seal_is_for(const uint8_t seal[SEAL_BYTES], uint32_t length);

/* Tells whether a seal names a board: SEAL_BOARD_BYTES of name, filled up with NUL. */
bool seal_names(const uint8_t seal[SEAL_BYTES], const char *board);

#endif
