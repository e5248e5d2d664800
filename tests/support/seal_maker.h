/* SPDX-License-Identifier: MIT
 * Seals made by hand from the description of the format, with libsodium: not the code under test.
 */
#ifndef TESTS_SUPPORT_SEAL_MAKER_H
#define TESTS_SUPPORT_SEAL_MAKER_H

#include <stdint.h>

enum { SEAL_MAKER_BYTES = 160, SEAL_MAKER_SIGNED = 1, SEAL_MAKER_ANY_VERSION = 2 };

struct seal_maker {
    const char *board;
    uint32_t version;
    uint16_t flags;
    const char *seed; /* 64 hexadecimal digits */
};

/* The keys of tests/keys: RFC 8032, section 7.1, TEST 3 and TEST 2. */
#define SEAL_MAKER_EXAMPLE "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7"
#define SEAL_MAKER_OTHER   "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"

/* Makes the last SEAL_MAKER_BYTES of length bytes the seal of the others.
 *
 * length    a multiple of 32 */
void seal_maker_put(uint8_t *data, uint32_t length, const struct seal_maker *how);

#endif
