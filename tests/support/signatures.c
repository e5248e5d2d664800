/* SPDX-License-Identifier: MIT
 * Signed messages from a number, and two verdicts on them: ours and libsodium's. */
#include "tests/support/signatures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

void signed_make(struct signed_message *m, uint32_t number)
{
    uint8_t seed[randombytes_SEEDBYTES] = {(uint8_t)number, (uint8_t)(number >> 8),
                                           (uint8_t)(number >> 16), (uint8_t)(number >> 24)};
    uint8_t bytes[crypto_sign_SEEDBYTES + 1 + SIGNED_MESSAGE_MAX];
    randombytes_buf_deterministic(bytes, sizeof bytes, seed);
    crypto_sign_seed_keypair(m->key, m->secret, bytes);
    m->length = bytes[crypto_sign_SEEDBYTES] % (SIGNED_MESSAGE_MAX + 1);
    memcpy(m->message, bytes + crypto_sign_SEEDBYTES + 1, SIGNED_MESSAGE_MAX);
    crypto_sign_detached(m->signature, NULL, m->message, m->length, m->secret);
}

bool signed_we_accept(const uint8_t *key, const uint8_t *signature, const uint8_t *message,
                      size_t length)
{
    struct ed25519 check;
    enum ed25519_result result = ed25519_begin(&check, key, signature, message, length);
    for (int i = 0; i < ED25519_STEPS && result == ED25519_MORE; i++) {
        result = ed25519_step(&check);
    }
    assert_int_not_equal(result, ED25519_MORE);
    return result == ED25519_GOOD;
}

bool signed_they_accept(const uint8_t *key, const uint8_t *signature, const uint8_t *message,
                        size_t length)
{
    return crypto_sign_verify_detached(signature, message, length, key) == 0;
}

bool signed_both_accept(const struct signed_message *m)
{
    bool ours = signed_we_accept(m->key, m->signature, m->message, m->length);
    assert_int_equal(ours, signed_they_accept(m->key, m->signature, m->message, m->length));
    return ours;
}

void signed_read_scalar(const struct signed_message *m, uint8_t a[FIELD_BYTES])
{
    uint8_t hash[crypto_hash_sha512_BYTES], wide[crypto_hash_sha512_BYTES] = {0};
    crypto_hash_sha512(hash, m->secret, crypto_sign_SEEDBYTES);
    hash[0] &= 248;
    hash[31] = (uint8_t)((hash[31] & 127) | 64);
    memcpy(wide, hash, FIELD_BYTES);
    crypto_core_ed25519_scalar_reduce(a, wide);
}

void signed_hash(const struct signed_message *m, uint8_t k[FIELD_BYTES])
{
    uint8_t hash[crypto_hash_sha512_BYTES];
    crypto_hash_sha512_state sha;
    crypto_hash_sha512_init(&sha);
    crypto_hash_sha512_update(&sha, m->signature, FIELD_BYTES);
    crypto_hash_sha512_update(&sha, m->key, FIELD_BYTES);
    crypto_hash_sha512_update(&sha, m->message, m->length);
    crypto_hash_sha512_final(&sha, hash);
    crypto_core_ed25519_scalar_reduce(k, hash);
}

void signed_complete(struct signed_message *m, const uint8_t r[FIELD_BYTES],
                     const uint8_t a[FIELD_BYTES])
{
    uint8_t k[FIELD_BYTES];
    signed_hash(m, k);
    crypto_core_ed25519_scalar_mul(k, k, a);
    crypto_core_ed25519_scalar_add(m->signature + FIELD_BYTES, r, k);
}
