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

/* The next sixteen words of the schedule, in the place of the last. */
static void expand(uint32_t window[WINDOW])
{
    for (uint32_t i = 0; i < WINDOW; i++) {
        uint32_t early = window[(i + 1) % WINDOW], late = window[(i + 14) % WINDOW];
        window[i] += (rotate(early, 7) ^ rotate(early, 18) ^ early >> 3) +
                     window[(i + 9) % WINDOW] + (rotate(late, 17) ^ rotate(late, 19) ^ late >> 10);
    }
}

/* Source    FIPS 180-4, "SHA-256 Hash Computation" */
static void mix(uint32_t s[8], const uint32_t window[WINDOW], const uint64_t *constants)
{
    uint32_t a = s[0], b = s[1], c = s[2], d = s[3], e = s[4], f = s[5], g = s[6], h = s[7];
    for (uint32_t i = 0; i < WINDOW; i++) {
        uint32_t t1 = h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + (((f ^ g) & e) ^ g) +
                      (uint32_t)(constants[i] >> 32) + window[i];
        uint32_t t2 = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) | ((a | b) & c));
        h = g, g = f, f = e, e = d + t1;
        d = c, c = b, b = a, a = t1 + t2;
    }
    const uint32_t after[8] = {a, b, c, d, e, f, g, h};
    for (uint32_t i = 0; i < 8; i++) {
        s[i] = after[i];
    }
}

static void compress(uint32_t state[8], const uint8_t *block)
{
    uint32_t window[WINDOW], s[8];
    for (uint32_t i = 0; i < WINDOW; i++) {
        window[i] = get_be32(block + 4 * i);
    }
    for (uint32_t i = 0; i < 8; i++) {
        s[i] = state[i];
    }
    for (uint32_t round = 0; round < ROUNDS; round += WINDOW) {
        if (round > 0) {
            expand(window);
        }
        mix(s, window, sha2_rounds + round);
    }
    for (uint32_t i = 0; i < 8; i++) {
        state[i] += s[i];
    }
}

/* Whole blocks are not copied. */
void sha256_update(struct sha256 *sha, const uint8_t *data, size_t length)
{
    uint32_t at = (uint32_t)sha->length % SHA256_BLOCK_BYTES;
    const uint8_t *end = data + length;
    sha->length += length;
    while (data < end) {
        if (at == 0 && end - data >= SHA256_BLOCK_BYTES) {
            compress(sha->state, data);
            data += SHA256_BLOCK_BYTES;
        } else {
            sha->block[at++] = *data++;
            if (at == SHA256_BLOCK_BYTES) {
                compress(sha->state, sha->block);
                at = 0;
            }
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
