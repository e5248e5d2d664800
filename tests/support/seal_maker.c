/* SPDX-License-Identifier: MIT
 * Seals made by hand, with libsodium. */
#include "tests/support/seal_maker.h"

#include <string.h>

#include <sodium.h>

#include "core/bytes.h"

void seal_maker_put(uint8_t *data, uint32_t length, const struct seal_maker *how)
{
    uint32_t sealed = length - SEAL_MAKER_BYTES;
    uint8_t *seal = data + sealed, seed[32], key[32], secret[64];
    crypto_hash_sha256_state sha;
    memcpy(data + 32, "seal", 4);
    put_le32(data + 36, sealed);
    for (int i = 0; i < 64; i++) {
        seal[i] = 0;
        seal[96 + i] = 0xFF;
    }
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
