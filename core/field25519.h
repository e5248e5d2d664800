/* SPDX-License-Identifier: MIT
 * Numbers modulo 2^255 - 19. */
#ifndef CORE_FIELD25519_H
#define CORE_FIELD25519_H

#include <stdbool.h>
#include <stdint.h>

enum { FIELD_WORDS = 8, FIELD_BYTES = 32 };

/* A number modulo p = 2^255 - 19, least significant word first; any of the representatives below
 * 2^256. */
struct field {
    uint32_t word[FIELD_WORDS];
};

/* Adds. out may be a or b, as in all of these. */
void field_add(struct field *out, const struct field *a, const struct field *b);

/* Subtracts b from a. */
void field_sub(struct field *out, const struct field *a, const struct field *b);

/* Multiplies. */
void field_mul(struct field *out, const struct field *a, const struct field *b);

/* Gives 1 / a, and 0 for 0. */
void field_invert(struct field *out, const struct field *a);

/* Gives a to the power of (p - 5) / 8, the first step towards a square root.
 *
 * Source    RFC 8032, section 5.1.3 "Decoding" */
void field_root_power(struct field *out, const struct field *a);

/* Reads 32 bytes, least significant first; bit 255 is ignored. */
void field_read(struct field *out, const uint8_t bytes[FIELD_BYTES]);

/* Writes the one representative below p; bit 255 is 0. */
void field_write(uint8_t bytes[FIELD_BYTES], const struct field *a);

/* Tells whether two numbers are the same modulo p. */
bool field_equal(const struct field *a, const struct field *b);

#endif
