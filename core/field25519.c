/* SPDX-License-Identifier: MIT
 * Numbers modulo 2^255 - 19, in words of 32 bits: what exceeds 2^256 comes back times 38. */
#include "core/field25519.h"

#include "core/bytes.h"

enum { EXCESS = 38, TOP_BIT = 31, LOW_TERM = 19 };

/* Adds a small multiple of 2^256, which is one of 38. */
static void fold(struct field *a, uint32_t over)
{
    while (over != 0) {
        uint64_t sum = (uint64_t)over * EXCESS;
        for (uint32_t i = 0; i < FIELD_WORDS; i++) {
            sum += a->word[i];
            a->word[i] = (uint32_t)sum;
            sum >>= 32;
        }
        over = (uint32_t)sum;
    }
}

void field_add(struct field *out, const struct field *a, const struct field *b)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < FIELD_WORDS; i++) {
        sum += (uint64_t)a->word[i] + b->word[i];
        out->word[i] = (uint32_t)sum;
        sum >>= 32;
    }
    fold(out, (uint32_t)sum);
}

/* a + 4p - b, which is at least 0: 4p is 2^257 - 76. */
void field_sub(struct field *out, const struct field *a, const struct field *b)
{
    enum { FOUR_P_OVER = 2 };
    int64_t sum = -2 * (int64_t)EXCESS;
    for (uint32_t i = 0; i < FIELD_WORDS; i++) {
        sum += (int64_t)a->word[i] - b->word[i];
        out->word[i] = (uint32_t)sum;
        sum >>= 32; /* towards minus infinity, as on every compiler we build with */
    }
    fold(out, (uint32_t)(sum + FOUR_P_OVER));
}

void field_mul(struct field *out, const struct field *a, const struct field *b)
{
    uint32_t product[2 * FIELD_WORDS] = {0};
    for (uint32_t i = 0; i < FIELD_WORDS; i++) {
        uint32_t over = 0;
        for (uint32_t j = 0; j < FIELD_WORDS; j++) {
            uint64_t sum = (uint64_t)a->word[i] * b->word[j] + product[i + j] + over;
            product[i + j] = (uint32_t)sum;
            over = (uint32_t)(sum >> 32);
        }
        product[i + FIELD_WORDS] = over;
    }
    uint32_t over = 0;
    for (uint32_t i = 0; i < FIELD_WORDS; i++) {
        uint64_t sum = (uint64_t)product[i + FIELD_WORDS] * EXCESS + product[i] + over;
        out->word[i] = (uint32_t)sum;
        over = (uint32_t)(sum >> 32);
    }
    fold(out, over);
}

/* Raises to the power whose binary digits from top down are ones, but for those in zeros. */
static void raise(struct field *out, const struct field *a, uint32_t top, uint32_t zeros)
{
    struct field result = *a;
    for (uint32_t i = top; i > 0; i--) {
        field_mul(&result, &result, &result);
        if (i > 32 || (zeros >> (i - 1) & 1) == 0) {
            field_mul(&result, &result, a);
        }
    }
    *out = result;
}

/* p - 2 = 2^255 - 21. */
void field_invert(struct field *out, const struct field *a)
{
    raise(out, a, 254, 1 << 2 | 1 << 4);
}

/* (p - 5) / 8 = 2^252 - 3. */
void field_root_power(struct field *out, const struct field *a)
{
    raise(out, a, 251, 1 << 1);
}

void field_read(struct field *out, const uint8_t bytes[FIELD_BYTES])
{
    for (uint32_t i = 0; i < FIELD_WORDS; i++) {
        out->word[i] = get_le32(bytes + 4 * i);
    }
    out->word[FIELD_WORDS - 1] &= ~(1u << TOP_BIT);
}

/* Takes bit 255 away, as 19; and p when it is still in. */
static void normalise(struct field *a)
{
    for (uint32_t pass = 0; pass < 2; pass++) {
        uint64_t sum = (uint64_t)(a->word[FIELD_WORDS - 1] >> TOP_BIT) * LOW_TERM;
        a->word[FIELD_WORDS - 1] &= ~(1u << TOP_BIT);
        for (uint32_t i = 0; i < FIELD_WORDS; i++) {
            sum += a->word[i];
            a->word[i] = (uint32_t)sum;
            sum >>= 32;
        }
    }
    struct field less = *a;
    uint64_t sum = LOW_TERM;
    for (uint32_t i = 0; i < FIELD_WORDS; i++) {
        sum += a->word[i];
        less.word[i] = (uint32_t)sum;
        sum >>= 32;
    }
    if (less.word[FIELD_WORDS - 1] >> TOP_BIT != 0) {
        less.word[FIELD_WORDS - 1] &= ~(1u << TOP_BIT);
        *a = less;
    }
}

void field_write(uint8_t bytes[FIELD_BYTES], const struct field *a)
{
    struct field whole = *a;
    normalise(&whole);
    for (uint32_t i = 0; i < FIELD_WORDS; i++) {
        put_le32(bytes + 4 * i, whole.word[i]);
    }
}

bool field_equal(const struct field *a, const struct field *b)
{
    struct field one = *a, other = *b;
    normalise(&one);
    normalise(&other);
    uint32_t differ = 0;
    for (uint32_t i = 0; i < FIELD_WORDS; i++) {
        differ |= one.word[i] ^ other.word[i];
    }
    return differ == 0;
}
