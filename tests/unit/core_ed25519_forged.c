/* SPDX-License-Identifier: MIT
 * Forged signatures, each made so that one check of ours alone stands in its way.
 *
 * A damaged signature fails the equation anyhow, because R and the key are hashed. So the equation
 * is made to hold here, with the scalars of libsodium's keys, or the check is looked at before and
 * after the equation. What ours refuses, libsodium refuses too: both ask for the same. */
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

#include "tests/support/signatures.h"

enum {
    MIXED = 64,
    BESIDE = 256,
    ALTERED = 16,
    TORSION = 8, /* points whose order divides 8 */
    TRIES = 1000,
    ABOVE_P = 19, /* p + 0 .. p + 18 are what 255 bits hold above p */
    SIGN_BIT = 0x80
};

/* Source    RFC 8032, section 5.1, table of parameters: L */
static const uint8_t order[FIELD_BYTES] = {
    0xED, 0xD3, 0xF5, 0x5C, 0x1A, 0x63, 0x12, 0x58, 0xD6, 0x9C, 0xF7, 0xA2, 0xDE, 0xF9, 0xDE, 0x14,
    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};

static const uint8_t zero[FIELD_BYTES];
static const uint8_t neutral[FIELD_BYTES] = {1};

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
enum { SMALL_POINTS = sizeof small_points / sizeof small_points[0], OF_ORDER_8 = 2 };

static void read_small(uint8_t *point, uint32_t number, bool sign)
{
    sodium_hex2bin(point, FIELD_BYTES, small_points[number], 2 * FIELD_BYTES, NULL, NULL, NULL);
    point[FIELD_BYTES - 1] |= sign ? SIGN_BIT : 0;
}

/* y as 32 bytes, with p added to it or not. */
static void put_y(uint8_t bytes[FIELD_BYTES], uint32_t y, bool above, bool sign)
{
    memset(bytes, above ? 0xFF : 0, FIELD_BYTES);
    bytes[0] = (uint8_t)(y + (above ? 0xED : 0));
    bytes[FIELD_BYTES - 1] = (uint8_t)((above ? 0x7F : 0) | (sign ? SIGN_BIT : 0));
}

/* What we say of a key before any equation: true when a point was found that may sign. */
static bool we_begin(const uint8_t key[FIELD_BYTES], const uint8_t s[FIELD_BYTES])
{
    struct ed25519 check;
    uint8_t signature[ED25519_SIGNATURE_BYTES] = {0};
    memcpy(signature + FIELD_BYTES, s, FIELD_BYTES);
    return ed25519_begin(&check, key, signature, NULL, 0) == ED25519_MORE;
}

/* libsodium's word on whether there is a point with this y below p. */
static bool is_on_curve(const uint8_t point[FIELD_BYTES])
{
    uint8_t sum[FIELD_BYTES];
    return crypto_core_ed25519_add(sum, point, neutral) == 0;
}

/* Nobody knows the scalar of such a point, so that no equation can be made to hold. */
static void keys_above_p_are_refused(void **state)
{
    (void)state;
    uint32_t points = 0;
    for (uint32_t i = 0; i < 2 * ABOVE_P; i++) {
        uint8_t key[FIELD_BYTES], above[FIELD_BYTES];
        put_y(key, i / 2, false, i % 2 != 0);
        put_y(above, i / 2, true, i % 2 != 0);
        bool good = is_on_curve(key) && i / 2 > 1; /* those of 0 and 1 are of small order */
        assert_int_equal(we_begin(key, zero), good);
        assert_false(we_begin(above, zero));
        points += good ? 1 : 0;
    }
    assert_true(points > ABOVE_P / 2);
}

static void keys_beside_the_curve_are_refused(void **state)
{
    (void)state;
    uint32_t beside = 0;
    for (uint32_t i = 0; i < BESIDE; i++) {
        struct signed_message m;
        signed_make(&m, i);
        memcpy(m.key, m.signature + FIELD_BYTES, FIELD_BYTES / 2); /* any y that is below p */
        bool on = is_on_curve(m.key);
        beside += on ? 0 : 1;
        assert_int_equal(we_begin(m.key, zero), on);
        assert_false(signed_both_accept(&m));
    }
    assert_true(beside > BESIDE / 4 && beside < BESIDE - BESIDE / 4);
}

/* Adds L to S, as often as 32 bytes hold: the same number modulo L, and still refused. */
static void s_at_or_above_the_order_is_refused(void **state)
{
    (void)state;
    uint8_t s[FIELD_BYTES];
    for (uint32_t i = 0; i < MIXED; i++) {
        struct signed_message m;
        signed_make(&m, i);
        assert_true(signed_both_accept(&m));
        for (uint32_t times = 0; times < 14; times++) {
            sodium_add(m.signature + FIELD_BYTES, order, FIELD_BYTES);
            assert_false(signed_both_accept(&m));
        }
        memcpy(s, order, FIELD_BYTES);
        sodium_add(s, (const uint8_t[FIELD_BYTES]){(uint8_t)i}, FIELD_BYTES);
        assert_false(we_begin(m.key, s));
        memset(s, 0xFF, FIELD_BYTES);
        sodium_add(s, order, FIELD_BYTES); /* L - 1 */
        assert_true(we_begin(m.key, s));
    }
    print_message("# total: ed25519_forgeries=%d\n", MIXED * 14);
}

/* Each bit of R, altered before it is hashed: the equation gives the R that was meant. */
static void r_is_compared_to_the_last_bit(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < ALTERED; i++) {
        struct signed_message m;
        uint8_t a[FIELD_BYTES], r[FIELD_BYTES] = {(uint8_t)(i + 1), 42};
        signed_make(&m, i);
        signed_read_scalar(&m, a);
        assert_int_equal(crypto_scalarmult_ed25519_base_noclamp(m.signature, r), 0);
        signed_complete(&m, r, a);
        assert_true(signed_both_accept(&m));
        for (uint32_t bit = 0; bit < 8 * FIELD_BYTES; bit++) {
            m.signature[bit / 8] ^= (uint8_t)(1u << bit % 8);
            signed_complete(&m, r, a);
            assert_false(signed_both_accept(&m));
            m.signature[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
    print_message("# total: ed25519_forgeries=%d\n", ALTERED * 8 * FIELD_BYTES);
}

/* The last step of a check whose equation gives minus the key, with R as it is told. */
static enum ed25519_result finish(const uint8_t key[FIELD_BYTES], const uint8_t r[FIELD_BYTES])
{
    struct ed25519 check;
    const uint8_t signature[ED25519_SIGNATURE_BYTES] = {0};
    assert_int_equal(ed25519_begin(&check, key, signature, NULL, 0), ED25519_MORE);
    memset(check.scalars, 0, sizeof check.scalars);
    check.scalars[1][0] = 1;
    check.left = 1;
    memcpy(check.r, r, FIELD_BYTES);
    return ed25519_step(&check);
}

/* As with keys above p, nobody could sign: the step is shown a sum that has such a y. */
static void r_above_p_is_refused(void **state)
{
    (void)state;
    uint32_t points = 0;
    for (uint32_t i = 4; i < 2 * ABOVE_P; i++) {
        uint8_t key[FIELD_BYTES], r[FIELD_BYTES];
        bool sign = i % 2 != 0;
        put_y(key, i / 2, false, sign);
        if (!is_on_curve(key)) {
            continue;
        }
        points++;
        put_y(r, i / 2, false, !sign);
        assert_int_equal(finish(key, r), ED25519_GOOD);
        put_y(r, i / 2, true, !sign);
        assert_int_equal(finish(key, r), ED25519_BAD);
        put_y(r, i / 2, false, sign);
        assert_int_equal(finish(key, r), ED25519_BAD);
    }
    assert_true(points > ABOVE_P / 2);
}

/* With S = 0 and R = -k A, many of them pass the equation for some message. */
static void points_of_small_order_are_refused(void **state)
{
    (void)state;
    for (uint32_t key = 0; key < 2 * SMALL_POINTS; key++) {
        for (uint32_t r = 0; r < 2 * SMALL_POINTS; r++) {
            struct signed_message m;
            signed_make(&m, key * 100 + r);
            memset(m.signature, 0, sizeof m.signature);
            read_small(m.key, key / 2, key % 2 != 0);
            read_small(m.signature, r / 2, r % 2 != 0);
            assert_false(we_begin(m.key, zero));
            for (m.message[0] = 0; m.message[0] < 16; m.message[0]++) {
                assert_false(signed_both_accept(&m));
            }
        }
    }
    print_message("# total: ed25519_forgeries=%d\n", 4 * SMALL_POINTS * SMALL_POINTS * 16);
}

/* All points of small order: the multiples of one of order 8. */
static void list_torsion(uint8_t points[TORSION][FIELD_BYTES])
{
    uint8_t one[FIELD_BYTES];
    read_small(one, OF_ORDER_8, false);
    memcpy(points[0], neutral, FIELD_BYTES);
    for (uint32_t i = 1; i < TORSION; i++) {
        assert_int_equal(crypto_core_ed25519_add(points[i], points[i - 1], one), 0);
    }
}

/* Looks for a message whose k is a number modulo 8: then k times a point of small order is known.
 */
static void find_k(struct signed_message *m, uint32_t wanted)
{
    uint8_t k[FIELD_BYTES];
    m->length = 2;
    for (uint32_t i = 0; i < TRIES; i++) {
        m->message[0] = (uint8_t)i;
        m->message[1] = (uint8_t)(i >> 8);
        signed_hash(m, k);
        if (k[0] % TORSION == wanted) {
            return;
        }
    }
    fail_msg("no message with k = %u modulo 8", wanted);
}

/* S = r, R = r B, k A = 0: nothing is wrong but the key. */
static void a_key_of_small_order_is_refused_although_the_equation_holds(void **state)
{
    (void)state;
    uint8_t points[TORSION][FIELD_BYTES];
    list_torsion(points);
    for (uint32_t i = 0; i < TORSION; i++) {
        struct signed_message m;
        const uint8_t r[FIELD_BYTES] = {9, 9, (uint8_t)i};
        signed_make(&m, i);
        memcpy(m.key, points[i], FIELD_BYTES);
        assert_int_equal(crypto_scalarmult_ed25519_base_noclamp(m.signature, r), 0);
        memcpy(m.signature + FIELD_BYTES, r, FIELD_BYTES);
        find_k(&m, 0);
        assert_false(we_begin(m.key, zero));
        assert_false(signed_both_accept(&m));
    }
}

/* A = a B + T, S = k a, R = -k T: nothing is wrong but R. */
static void an_r_of_small_order_is_refused_although_the_equation_holds(void **state)
{
    (void)state;
    uint8_t points[TORSION][FIELD_BYTES];
    list_torsion(points);
    for (uint32_t i = 0; i < TORSION; i++) {
        struct signed_message m;
        uint8_t a[FIELD_BYTES], clean[FIELD_BYTES];
        signed_make(&m, i);
        signed_read_scalar(&m, a);
        memcpy(clean, m.key, FIELD_BYTES);
        assert_int_equal(crypto_core_ed25519_add(m.key, clean, points[1]), 0);
        memcpy(m.signature, points[i], FIELD_BYTES);
        find_k(&m, (TORSION - i) % TORSION);
        signed_complete(&m, zero, a);
        assert_false(signed_both_accept(&m));
    }
}

/* A key with a part of small order: a factor of 8 in the equation would hide it. */
static void sign_mixed(struct signed_message *m, const uint8_t *key_part, uint32_t number)
{
    uint8_t a[FIELD_BYTES], r[FIELD_BYTES] = {(uint8_t)(number + 1), 77}, clean[FIELD_BYTES];
    signed_make(m, number);
    memcpy(clean, m->key, sizeof clean);
    assert_int_equal(crypto_core_ed25519_add(m->key, clean, key_part), 0);
    signed_read_scalar(m, a);
    assert_int_equal(crypto_scalarmult_ed25519_base_noclamp(m->signature, r), 0);
    signed_complete(m, r, a);
}

static void keys_of_mixed_order_agree_with_libsodium(void **state)
{
    (void)state;
    uint32_t accepted = 0, refused = 0;
    for (uint32_t i = 0; i < MIXED; i++) {
        struct signed_message m;
        uint8_t part[FIELD_BYTES];
        read_small(part, OF_ORDER_8 + i % 2, i % 4 >= 2);
        sign_mixed(&m, part, 1000 + i);
        accepted += signed_both_accept(&m) ? 1 : 0;
        refused += signed_both_accept(&m) ? 0 : 1;
    }
    assert_true(accepted > 0);
    assert_true(refused > accepted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_above_p_are_refused),
        cmocka_unit_test(keys_beside_the_curve_are_refused),
        cmocka_unit_test(s_at_or_above_the_order_is_refused),
        cmocka_unit_test(r_is_compared_to_the_last_bit),
        cmocka_unit_test(r_above_p_is_refused),
        cmocka_unit_test(points_of_small_order_are_refused),
        cmocka_unit_test(a_key_of_small_order_is_refused_although_the_equation_holds),
        cmocka_unit_test(an_r_of_small_order_is_refused_although_the_equation_holds),
        cmocka_unit_test(keys_of_mixed_order_agree_with_libsodium),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
