/* SPDX-License-Identifier: MIT
 * Seals made by hand from the description of the format, with libsodium: not the code under test.
 */
#ifndef TESTS_SUPPORT_SEAL_MAKER_H
#define TESTS_SUPPORT_SEAL_MAKER_H

#include <stdint.h>
#include <string.h>

#include <sodium.h>

#include "core/bytes.h"

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
static inline void seal_maker_put(uint8_t *data, uint32_t length, const struct seal_maker *how)
{
    uint32_t sealed = length - SEAL_MAKER_BYTES;
    uint8_t *seal = data + sealed, seed[32], key[32], secret[64];
    crypto_hash_sha256_state sha;
    memcpy(data + 32, "seal", 4);
    put_le32(data + 36, sealed);
    memset(seal, 0, 64);
    memset(seal + 96, 0xFF, 64);
    memcpy(seal, "seal\1", 5);
    put_le16(seal + 6, how->flags);
    put_le32(seal + 8, sealed);
    put_le32(seal + 12, how->version);
    memcpy(seal + 16, how->board, strlen(how->board));
    (void)sodium_hex2bin(seed, sizeof seed, how->seed, 64, NULL, NULL, NULL);
    (void)crypto_sign_seed_keypair(key, secret, seed);
    if ((how->flags & SEAL_MAKER_SIGNED) != 0) {
        memcpy(seal + 40, key, 8);
    }
    crypto_hash_sha256_init(&sha);
    crypto_hash_sha256_update(&sha, data, sealed + 64);
    crypto_hash_sha256_final(&sha, seal + 64);
    if ((how->flags & SEAL_MAKER_SIGNED) != 0) {
        (void)crypto_sign_detached(seal + 96, NULL, seal, 96, secret);
    }
}

#endif
