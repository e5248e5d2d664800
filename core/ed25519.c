/* SPDX-License-Identifier: MIT
 * Ed25519, the check of a signature: twice a scalar times a point, one bit of both at a time. */
#include "core/ed25519.h"

#include <stdbool.h>

#include "core/bytes.h"
#include "core/sha512.h"

enum { BASE, KEY, BOTH, SIGN_BIT = 0x80, WORD_BITS = 32, DIGEST_BITS = 8 * SHA512_BYTES };

/* Source    RFC 8032, section 5.1, table of parameters: d, and the x, y and xy of B */
static const struct field curve_d = {{0x135978A3, 0x75EB4DCA, 0x4141D8AB, 0x00700A4D, 0x7779E898,
                                      0x8CC74079, 0x2B6FFE73, 0x52036CEE}};
static const struct field zero = {{0}};
static const struct field one = {{1}};
static const struct ed25519_point base = {
    {{0x8F25D51A, 0xC9562D60, 0x9525A7B2, 0x692CC760, 0xFDD6DC5C, 0xC0A4E231, 0xCD6E53FE,
      0x216936D3}},
    {{0x66666658, 0x66666666, 0x66666666, 0x66666666, 0x66666666, 0x66666666, 0x66666666,
      0x66666666}},
    {{1}},
    {{0xA5B7DDA3, 0x6DDE8AB3, 0x775152F5, 0x20F09F80, 0x64ABE37D, 0x66EA4E8E, 0xD78B7665,
      0x67875F0F}},
};

/* A square root of -1: 2 to the power of (p - 1) / 4. */
static const struct field root_of_minus_one = {{0x4A0EA0B0, 0xC4EE1B27, 0xAD2FE478, 0x2F431806,
                                                0x3DFBD7A7, 0x2B4D0099, 0x4FC1DF0B, 0x2B832480}};

/* The order L of B. */
static const uint32_t order[FIELD_WORDS] = {0x5CF5D3ED, 0x5812631A, 0xA2F79CD6, 0x14DEF9DE,
                                            0,          0,          0,          0x10000000};

/* Adds two points, which may be the same: the formula holds for all of them.
 *
 * Source    RFC 8032, section 5.1.4 "Point Addition" */
static void add(struct ed25519_point *out, const struct ed25519_point *p,
                const struct ed25519_point *q)
{
    struct field a, b, c, d, e;
    field_sub(&a, &p->y, &p->x);
    field_sub(&b, &q->y, &q->x);
    field_mul(&a, &a, &b);
    field_add(&b, &p->y, &p->x);
    field_add(&c, &q->y, &q->x);
    field_mul(&b, &b, &c);
    field_mul(&c, &p->t, &q->t);
    field_mul(&c, &c, &curve_d);
    field_add(&c, &c, &c);
    field_mul(&d, &p->z, &q->z);
    field_add(&d, &d, &d);
    field_sub(&e, &b, &a);
    field_add(&b, &b, &a);
    field_sub(&a, &d, &c);
    field_add(&d, &d, &c);
    field_mul(&out->x, &e, &a);
    field_mul(&out->y, &d, &b);
    field_mul(&out->t, &e, &b);
    field_mul(&out->z, &a, &d);
}

/* Whether eight times the point is the neutral one: four times it has an x of 0 then. */
static bool is_of_small_order(const struct ed25519_point *p)
{
    struct ed25519_point four;
    add(&four, p, p);
    add(&four, &four, &four);
    return field_equal(&four.x, &zero);
}

/* Finds x from y: x^2 = u / v with u = y^2 - 1, v = d y^2 + 1. Returns false when there is none.
 *
 * Source    RFC 8032, section 5.1.3 "Decoding" */
static bool find_x(struct field *x, const struct field *y)
{
    struct field u, v, v3, check;
    field_mul(&u, y, y);
    field_mul(&v, &u, &curve_d);
    field_add(&v, &v, &one);
    field_sub(&u, &u, &one);
    field_mul(&v3, &v, &v);
    field_mul(&v3, &v3, &v);
    field_mul(x, &v3, &v3);
    field_mul(x, x, &v);
    field_mul(x, x, &u);
    field_root_power(x, x);
    field_mul(x, x, &v3);
    field_mul(x, x, &u);
    field_mul(&check, x, x);
    field_mul(&check, &check, &v);
    if (!field_equal(&check, &u)) {
        field_mul(x, x, &root_of_minus_one);
        field_sub(&u, &zero, &u);
        return field_equal(&check, &u);
    }
    return true;
}

static bool is_same(const uint8_t *bytes, const uint8_t *expected)
{
    uint32_t differ = 0;
    for (uint32_t i = 0; i < FIELD_BYTES; i++) {
        differ |= (uint32_t)bytes[i] ^ expected[i];
    }
    return differ == 0;
}

/* Reads a key as the negative of its point. Returns false when it is none that signs. */
static bool read_negative(struct ed25519_point *p, const uint8_t *key)
{
    uint8_t bytes[FIELD_BYTES];
    field_read(&p->y, key);
    field_write(bytes, &p->y);
    bytes[FIELD_BYTES - 1] |= key[FIELD_BYTES - 1] & SIGN_BIT;
    if (!is_same(key, bytes) || !find_x(&p->x, &p->y)) {
        return false;
    }
    field_write(bytes, &p->x);
    if ((bytes[0] & 1) == key[FIELD_BYTES - 1] >> 7) {
        field_sub(&p->x, &zero, &p->x);
    }
    p->z = one;
    field_mul(&p->t, &p->x, &p->y);
    return !is_of_small_order(p);
}

static bool is_below_order(const uint32_t number[FIELD_WORDS])
{
    uint32_t i = FIELD_WORDS - 1;
    while (i > 0 && number[i] == order[i]) {
        i--;
    }
    return number[i] < order[i];
}

/* The digest as a number modulo L, bit by bit from the top. */
static void reduce(uint32_t out[FIELD_WORDS], const uint8_t digest[SHA512_BYTES])
{
    for (uint32_t i = 0; i < FIELD_WORDS; i++) {
        out[i] = 0;
    }
    for (uint32_t bit = DIGEST_BITS; bit-- > 0;) {
        uint32_t over = (uint32_t)digest[bit / 8] >> bit % 8 & 1;
        for (uint32_t i = 0; i < FIELD_WORDS; i++) {
            uint32_t top = out[i] >> (WORD_BITS - 1);
            out[i] = out[i] << 1 | over;
            over = top;
        }
        uint64_t borrow = 0;
        bool subtract = !is_below_order(out);
        for (uint32_t i = 0; i < FIELD_WORDS && subtract; i++) {
            borrow = (uint64_t)out[i] - order[i] - (borrow >> 63);
            out[i] = (uint32_t)borrow;
        }
    }
}

enum ed25519_result ed25519_begin(struct ed25519 *check, const uint8_t key[ED25519_KEY_BYTES],
                                  const uint8_t signature[ED25519_SIGNATURE_BYTES],
                                  const uint8_t *message, size_t length)
{
    struct sha512 sha;
    uint8_t digest[SHA512_BYTES];
    sha512_begin(&sha);
    sha512_update(&sha, signature, FIELD_BYTES);
    sha512_update(&sha, key, ED25519_KEY_BYTES);
    sha512_update(&sha, message, length);
    sha512_end(&sha, digest);
    reduce(check->scalars[KEY], digest);
    for (uint32_t i = 0; i < FIELD_BYTES; i++) {
        check->r[i] = signature[i];
    }
    for (uint32_t i = 0; i < FIELD_WORDS; i++) {
        check->scalars[BASE][i] = get_le32(signature + FIELD_BYTES + 4 * i);
    }
    if (!is_below_order(check->scalars[BASE]) || !read_negative(&check->terms[KEY], key)) {
        return ED25519_BAD;
    }
    check->terms[BASE] = base;
    add(&check->terms[BOTH], &base, &check->terms[KEY]);
    check->sum = (struct ed25519_point){.y = one, .z = one};
    check->left = ED25519_STEPS;
    return ED25519_MORE;
}

/* Compares what came out with R. */
static enum ed25519_result finish(const struct ed25519 *check)
{
    uint8_t x[FIELD_BYTES], y[FIELD_BYTES];
    struct field inverse, part;
    field_invert(&inverse, &check->sum.z);
    field_mul(&part, &check->sum.x, &inverse);
    field_write(x, &part);
    field_mul(&part, &check->sum.y, &inverse);
    field_write(y, &part);
    y[FIELD_BYTES - 1] = (uint8_t)(y[FIELD_BYTES - 1] | (x[0] & 1) << 7);
    bool good = is_same(check->r, y) && !is_of_small_order(&check->sum);
    return good ? ED25519_GOOD : ED25519_BAD;
}

enum ed25519_result ed25519_step(struct ed25519 *check)
{
    uint32_t at = --check->left, word = at / WORD_BITS, bit = at % WORD_BITS;
    uint32_t term = (check->scalars[BASE][word] >> bit & 1) | (check->scalars[KEY][word] >> bit & 1)
                                                                  << 1;
    add(&check->sum, &check->sum, &check->sum);
    if (term != 0) {
        add(&check->sum, &check->sum, &check->terms[term - 1]);
    }
    return check->left != 0 ? ED25519_MORE : finish(check);
}
