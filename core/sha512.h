/* SPDX-License-Identifier: MIT
 * SHA-512. */
#ifndef CORE_SHA512_H
#define CORE_SHA512_H

#include <stddef.h>
#include <stdint.h>

enum { SHA512_BYTES = 64, SHA512_BLOCK_BYTES = 128 };

/* A digest under way. */
struct sha512 {
    uint64_t state[8];
    uint64_t length; /* bytes so far; the standard's upper half of the bit length stays 0 */
    uint8_t block[SHA512_BLOCK_BYTES];
};

/* Begins a digest.
 *
 * Source    FIPS 180-4, "SHA-512" */
void sha512_begin(struct sha512 *sha);

/* Goes on over more bytes. */
void sha512_update(struct sha512 *sha, const uint8_t *data, size_t length);

/* Ends a digest; sha can be begun anew afterwards. */
void sha512_end(struct sha512 *sha, uint8_t digest[SHA512_BYTES]);

#endif
