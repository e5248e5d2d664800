/* SPDX-License-Identifier: MIT
 * The check of Ed25519 signatures against RFC 8032 and libsodium. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "core/ed25519.h"
#include "tests/support/rfc8032.h"

enum { RANDOM_CASES = 2000, KINDS = 5, MESSAGE_MAX = 200, MIXED = 64, SEED = 20261121 };

struct signed_message {
    uint8_t key[ED25519_KEY_BYTES], secret[crypto_sign_SECRETKEYBYTES];
    uint8_t signature[ED25519_SIGNATURE_BYTES];
    uint8_t message[MESSAGE_MAX];
    size_t length;
};

static bool we_accept(const uint8_t *key, const uint8_t *signature, const uint8_t *message,
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

static bool they_accept(const uint8_t *key, const uint8_t *signature, const uint8_t *message,
                        size_t length)
{
    return crypto_sign_verify_detached(signature, message, length, key) == 0;
}

/* Ours and libsodium's verdict, which have to be the same. */
static bool both_accept(const struct signed_message *m)
{
    bool ours = we_accept(m->key, m->signature, m->message, m->length);
    assert_int_equal(ours, they_accept(m->key, m->signature, m->message, m->length));
    return ours;
}

/* The case of a number: the same in every run. */
static void make(struct signed_message *m, uint32_t number)
{
    uint8_t seed[randombytes_SEEDBYTES] = {(uint8_t)number, (uint8_t)(number >> 8),
                                           (uint8_t)(number >> 16), (uint8_t)(number >> 24)};
    uint8_t bytes[crypto_sign_SEEDBYTES + 1 + MESSAGE_MAX];
    randombytes_buf_deterministic(bytes, sizeof bytes, seed);
    crypto_sign_seed_keypair(m->key, m->secret, bytes);
    m->length = bytes[crypto_sign_SEEDBYTES] % (MESSAGE_MAX + 1);
    memcpy(m->message, bytes + crypto_sign_SEEDBYTES + 1, MESSAGE_MAX);
    crypto_sign_detached(m->signature, NULL, m->message, m->length, m->secret);
}

static void flip(uint8_t *bytes, size_t length, uint32_t number)
{
    size_t bit = number * 2654435761u % (8 * length);
    bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
}

static void published_signatures_are_good(void **state)
{
    (void)state;
    for (size_t i = 0; i < RFC8032_CASES; i++) {
        struct signed_message m;
        uint8_t message[RFC8032_MESSAGE_MAX];
        size_t length = 0;
        sodium_hex2bin(m.key, sizeof m.key, rfc8032[i].key, strlen(rfc8032[i].key), NULL, NULL,
                       NULL);
        sodium_hex2bin(m.signature, sizeof m.signature, rfc8032[i].signature,
                       strlen(rfc8032[i].signature), NULL, NULL, NULL);
        sodium_hex2bin(message, sizeof message, rfc8032[i].message, strlen(rfc8032[i].message),
                       NULL, &length, NULL);
        assert_true(they_accept(m.key, m.signature, message, length));
        assert_true(we_accept(m.key, m.signature, message, length));
        m.signature[i] ^= 4;
        assert_false(we_accept(m.key, m.signature, message, length));
    }
}

/* Whole, and damaged in the message, R, S or the key. */
static void random_signatures_agree_with_libsodium(void **state)
{
    (void)state;
    uint32_t accepted = 0;
    for (uint32_t i = 0; i < RANDOM_CASES; i++) {
        struct signed_message m, damaged;
        make(&m, SEED + i);
        assert_true(both_accept(&m));
        accepted++;
        damaged = m;
        damaged.length += damaged.length == 0 ? 1 : 0;
        flip(damaged.message, damaged.length, i);
        assert_false(both_accept(&damaged));
        damaged = m;
        flip(damaged.signature, FIELD_BYTES, i);
        assert_false(both_accept(&damaged));
        damaged = m;
        flip(damaged.signature + FIELD_BYTES, FIELD_BYTES, i);
        assert_false(both_accept(&damaged));
        damaged = m;
        flip(damaged.key, ED25519_KEY_BYTES, i);
        assert_false(both_accept(&damaged));
    }
    print_message("# total: ed25519_vectors=%d accepted=%u\n", RANDOM_CASES * KINDS, accepted);
}

/* Adds L to S, as often as 32 bytes hold: the same number modulo L, and still refused. */
static void s_at_or_above_the_order_is_refused(void **state)
{
    (void)state;
    static const uint8_t order[FIELD_BYTES] = {0xED, 0xD3, 0xF5, 0x5C, 0x1A, 0x63, 0x12, 0x58,
                                               0xD6, 0x9C, 0xF7, 0xA2, 0xDE, 0xF9, 0xDE, 0x14,
                                               0,    0,    0,    0,    0,    0,    0,    0,
                                               0,    0,    0,    0,    0,    0,    0,    0x10};
    for (uint32_t i = 0; i < MIXED; i++) {
        struct signed_message m;
        make(&m, i);
        uint8_t *s = m.signature + FIELD_BYTES;
        for (uint32_t times = 0; times < 14; times++) {
            sodium_add(s, order, FIELD_BYTES);
            assert_false(both_accept(&m));
        }
        memcpy(s, order, FIELD_BYTES);
        assert_false(both_accept(&m));
    }
}

/* The eight points whose order divides 8, and encodings of them above p; sign bits are added.
 * Source    RFC 8032, section 5.1.3: y = 0, 1, -1 and the two of order 8 */
static const char *const small_points[] = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
};
enum { SMALL_POINTS = sizeof small_points / sizeof small_points[0] };

static void read_small(uint8_t *point, uint32_t number, bool sign)
{
    sodium_hex2bin(point, FIELD_BYTES, small_points[number], 2 * FIELD_BYTES, NULL, NULL, NULL);
    point[FIELD_BYTES - 1] |= sign ? 0x80 : 0;
}

/* With S = 0 and R = -k A, many of them pass the equation for some message. */
static void points_of_small_order_are_refused(void **state)
{
    (void)state;
    for (uint32_t key = 0; key < 2 * SMALL_POINTS; key++) {
        for (uint32_t r = 0; r < 2 * SMALL_POINTS; r++) {
            struct signed_message m;
            make(&m, key * 100 + r);
            memset(m.signature, 0, sizeof m.signature);
            read_small(m.key, key / 2, key % 2 != 0);
            read_small(m.signature, r / 2, r % 2 != 0);
            for (m.message[0] = 0; m.message[0] < 16; m.message[0]++) {
                assert_false(both_accept(&m));
            }
        }
    }
}

/* The scalar a behind a key. */
static void read_secret(const struct signed_message *m, uint8_t a[FIELD_BYTES])
{
    uint8_t hash[crypto_hash_sha512_BYTES], wide[crypto_hash_sha512_BYTES] = {0};
    crypto_hash_sha512(hash, m->secret, crypto_sign_SEEDBYTES);
    hash[0] &= 248;
    hash[31] = (uint8_t)((hash[31] & 127) | 64);
    memcpy(wide, hash, FIELD_BYTES);
    crypto_core_ed25519_scalar_reduce(a, wide);
}

/* Makes S = r + k a for the R and the key that stand in m. */
static void complete(struct signed_message *m, const uint8_t *r, const uint8_t *a)
{
    uint8_t hash[crypto_hash_sha512_BYTES], k[FIELD_BYTES];
    crypto_hash_sha512_state sha;
    crypto_hash_sha512_init(&sha);
    crypto_hash_sha512_update(&sha, m->signature, FIELD_BYTES);
    crypto_hash_sha512_update(&sha, m->key, FIELD_BYTES);
    crypto_hash_sha512_update(&sha, m->message, m->length);
    crypto_hash_sha512_final(&sha, hash);
    crypto_core_ed25519_scalar_reduce(k, hash);
    crypto_core_ed25519_scalar_mul(k, k, a);
    crypto_core_ed25519_scalar_add(m->signature + FIELD_BYTES, r, k);
}

/* A key with a part of small order: a factor of 8 in the equation would hide it. */
static void sign_mixed(struct signed_message *m, const uint8_t *key_part, uint32_t number)
{
    uint8_t a[FIELD_BYTES], r[FIELD_BYTES] = {(uint8_t)(number + 1), 77}, clean[FIELD_BYTES];
    make(m, number);
    memcpy(clean, m->key, sizeof clean);
    assert_int_equal(crypto_core_ed25519_add(m->key, clean, key_part), 0);
    read_secret(m, a);
    assert_int_equal(crypto_scalarmult_ed25519_base_noclamp(m->signature, r), 0);
    complete(m, r, a);
}

/* The equation holds for both: for the neutral point as R, and for it as the key. */
static void the_neutral_point_is_refused(void **state)
{
    (void)state;
    struct signed_message m;
    uint8_t a[FIELD_BYTES], zero[FIELD_BYTES] = {0}, r[FIELD_BYTES] = {9, 9, 9};
    make(&m, 1);
    read_secret(&m, a);
    read_small(m.signature, 1, false);
    complete(&m, zero, a);
    assert_false(both_accept(&m));
    make(&m, 2);
    read_small(m.key, 1, false);
    assert_int_equal(crypto_scalarmult_ed25519_base_noclamp(m.signature, r), 0);
    complete(&m, r, zero);
    assert_false(both_accept(&m));
}

static void keys_of_mixed_order_agree_with_libsodium(void **state)
{
    (void)state;
    uint32_t accepted = 0, refused = 0;
    for (uint32_t i = 0; i < MIXED; i++) {
        struct signed_message m;
        uint8_t part[FIELD_BYTES];
        read_small(part, 2 + i % 2, i % 4 >= 2);
        sign_mixed(&m, part, 1000 + i);
        accepted += both_accept(&m) ? 1 : 0;
        refused += both_accept(&m) ? 0 : 1;
    }
    assert_true(accepted > 0);
    assert_true(refused > accepted);
}

static void keys_beside_the_curve_are_refused(void **state)
{
    (void)state;
    uint32_t beside = 0;
    for (uint32_t i = 0; i < MIXED; i++) {
        struct signed_message m;
        make(&m, i);
        memset(m.key, 0, sizeof m.key);
        m.key[0] = (uint8_t)i;
        beside += crypto_core_ed25519_is_valid_point(m.key) != 0 ? 0 : 1;
        assert_false(both_accept(&m));
    }
    assert_true(beside > MIXED / 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_signatures_are_good),
        cmocka_unit_test(random_signatures_agree_with_libsodium),
        cmocka_unit_test(s_at_or_above_the_order_is_refused),
        cmocka_unit_test(points_of_small_order_are_refused),
        cmocka_unit_test(the_neutral_point_is_refused),
        cmocka_unit_test(keys_of_mixed_order_agree_with_libsodium),
        cmocka_unit_test(keys_beside_the_curve_are_refused),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
