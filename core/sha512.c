/* SPDX-License-Identifier: MIT
 * SHA-512, made small: halves of 32 bits, as the chips have them. */
#include "core/sha512.h"

#include "core/bytes.h"
#include "core/sha2.h"

enum { ROUNDS = 80, WINDOW = 16, LENGTH_AT = SHA512_BLOCK_BYTES - 16 };

/* By halves: a 32-bit chip would call a function of the compiler's library for the whole.
 *
 * count     1..63, but not 32 */
static uint64_t rotate(uint64_t x, uint32_t count)
{
    uint32_t high = (uint32_t)(x >> 32), low = (uint32_t)x, by = count % 32;
    uint32_t upper = high >> by | low << (32 - by), lower = low >> by | high << (32 - by);
    return count < 32 ? (uint64_t)upper << 32 | lower : (uint64_t)lower << 32 | upper;
}

void sha512_begin(struct sha512 *sha)
{
    sha->length = 0;
    for (uint32_t i = 0; i < 8; i++) {
        sha->state[i] = sha2_start[i];
    }
}

/* The word of the schedule for a round; window[] holds the sixteen before it. */
static uint64_t expand(uint64_t window[WINDOW], uint32_t round)
{
    uint64_t *w = &window[round % WINDOW];
    if (round >= WINDOW) {
        uint64_t early = window[(round + 1) % WINDOW], late = window[(round + 14) % WINDOW];
        *w += (rotate(early, 1) ^ rotate(early, 8) ^ early >> 7) + window[(round + 9) % WINDOW] +
              (rotate(late, 19) ^ rotate(late, 61) ^ late >> 6);
    }
    return *w;
}

/* Source    FIPS 180-4, "SHA-512 Hash Computation" */
static void compress(uint64_t state[8], const uint8_t *block)
{
    uint64_t window[WINDOW], s[8];
    for (uint32_t i = 0; i < WINDOW; i++) {
        window[i] = (uint64_t)get_be32(block + 8 * i) << 32 | get_be32(block + 8 * i + 4);
    }
    for (uint32_t i = 0; i < 8; i++) {
        s[i] = state[i];
    }
    for (uint32_t i = 0; i < ROUNDS; i++) {
        uint64_t t1 = s[7] + (rotate(s[4], 14) ^ rotate(s[4], 18) ^ rotate(s[4], 41)) +
                      ((s[4] & s[5]) ^ (~s[4] & s[6])) + sha2_rounds[i] + expand(window, i);
        uint64_t t2 = (rotate(s[0], 28) ^ rotate(s[0], 34) ^ rotate(s[0], 39)) +
                      ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
        for (uint32_t j = 7; j > 0; j--) {
            s[j] = s[j - 1];
        }
        s[4] += t1;
        s[0] = t1 + t2;
    }
    for (uint32_t i = 0; i < 8; i++) {
        state[i] += s[i];
    }
}

void sha512_update(struct sha512 *sha, const uint8_t *data, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        sha->block[sha->length++ % SHA512_BLOCK_BYTES] = data[i];
        if (sha->length % SHA512_BLOCK_BYTES == 0) {
            compress(sha->state, sha->block);
        }
    }
}

static void put_be64(uint8_t *at, uint64_t value)
{
    put_be32(at, (uint32_t)(value >> 32));
    put_be32(at + 4, (uint32_t)value);
}

void sha512_end(struct sha512 *sha, uint8_t digest[SHA512_BYTES])
{
    static const uint8_t one = 0x80, zero = 0;
    uint64_t bits = sha->length * 8;
    sha512_update(sha, &one, 1);
    while (sha->length % SHA512_BLOCK_BYTES != LENGTH_AT) {
        sha512_update(sha, &zero, 1);
    }
    put_be64(sha->block + LENGTH_AT, 0);
    put_be64(sha->block + LENGTH_AT + 8, bits);
    compress(sha->state, sha->block);
    for (uint32_t i = 0; i < 8; i++) {
        put_be64(digest + 8 * i, sha->state[i]);
    }
}
