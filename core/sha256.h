/* SPDX-License-Identifier: MIT
 * SHA-256. */
#ifndef CORE_SHA256_H
#define CORE_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { SHA256_BYTES = 32, SHA256_BLOCK_BYTES = 64 };

/* A digest under way. */
struct sha256 {
    uint32_t state[8];
    uint64_t length; /* bytes so far */
    uint8_t block[SHA256_BLOCK_BYTES];
};

/* Begins a digest.
 *
 * Source    FIPS 180-4, "SHA-256" */
void sha256_begin(struct sha256 *sha);

/* Goes on over more bytes. */
void sha256_update(struct sha256 *sha, const uint8_t *data, size_t length);

/* Ends a digest; sha can be begun anew afterwards. */
void sha256_end(struct sha256 *sha, uint8_t digest[SHA256_BYTES]);

#endif
