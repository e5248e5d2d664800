/* SPDX-License-Identifier: MIT
 * SHA-256, made small: sixteen words of the schedule at a time. */
#include "core/sha256.h"

#include "core/bytes.h"
#include "core/sha2.h"

enum { ROUNDS = 64, WINDOW = 16, LENGTH_AT = SHA256_BLOCK_BYTES - 8 };

static inline uint32_t rotate(uint32_t x, uint32_t count)
{
    return x >> count | x << (32 - count);
}

void sha256_begin(struct sha256 *sha)
{
    sha->length = 0;
    for (uint32_t i = 0; i < 8; i++) {
        sha->state[i] = (uint32_t)(sha2_start[i] >> 32);
    }
}

/* The word of the schedule for a round; window[] holds the sixteen before it. */
static inline uint32_t expand(uint32_t window[WINDOW], uint32_t round)
{
    uint32_t *w = &window[round % WINDOW];
    if (round >= WINDOW) {
        uint32_t early = window[(round + 1) % WINDOW], late = window[(round + 14) % WINDOW];
        *w += (rotate(early, 7) ^ rotate(early, 18) ^ early >> 3) + window[(round + 9) % WINDOW] +
              (rotate(late, 17) ^ rotate(late, 19) ^ late >> 10);
    }
    return *w;
}

/* Source    FIPS 180-4, "SHA-256 Hash Computation" */
static void compress(uint32_t state[8], const uint8_t *block)
{
    uint32_t window[WINDOW];
    for (uint32_t i = 0; i < WINDOW; i++) {
        window[i] = get_be32(block + 4 * i);
    }
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
    for (uint32_t i = 0; i < ROUNDS; i++) {
        uint32_t t1 = h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) +
                      (uint32_t)(sha2_rounds[i] >> 32) + expand(window, i);
        uint32_t t2 =
            (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
        h = g, g = f, f = e, e = d + t1;
        d = c, c = b, b = a, a = t1 + t2;
    }
    const uint32_t after[8] = {a, b, c, d, e, f, g, h};
    for (uint32_t i = 0; i < 8; i++) {
        state[i] += after[i];
    }
}

void sha256_update(struct sha256 *sha, const uint8_t *data, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        sha->block[sha->length++ % SHA256_BLOCK_BYTES] = data[i];
        if (sha->length % SHA256_BLOCK_BYTES == 0) {
            compress(sha->state, sha->block);
        }
    }
}

void sha256_end(struct sha256 *sha, uint8_t digest[SHA256_BYTES])
{
    static const uint8_t one = 0x80, zero = 0;
    uint64_t bits = sha->length * 8;
    sha256_update(sha, &one, 1);
    while (sha->length % SHA256_BLOCK_BYTES != LENGTH_AT) {
        sha256_update(sha, &zero, 1);
    }
    put_be32(sha->block + LENGTH_AT, (uint32_t)(bits >> 32));
    put_be32(sha->block + LENGTH_AT + 4, (uint32_t)bits);
    compress(sha->state, sha->block);
    for (uint32_t i = 0; i < 8; i++) {
        put_be32(digest + 4 * i, sha->state[i]);
    }
}
