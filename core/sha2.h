/* SPDX-License-Identifier: MIT
 * The constants that SHA-256 and SHA-512 have in common. */
#ifndef CORE_SHA2_H
#define CORE_SHA2_H

#include <stdint.h>

/* Fractional parts of the square roots of the first 8 primes; SHA-256 uses the upper halves.
 *
 * Source    FIPS 180-4, "Initial Hash Value" of SHA-256 and SHA-512 */
extern const uint64_t sha2_start[8];

/* Fractional parts of the cube roots of the first 80 primes; SHA-256 uses the upper halves of the
 * first 64.
 *
 * Source    FIPS 180-4, "SHA-224 and SHA-256 Constants", "SHA-512 Constants" */
extern const uint64_t sha2_rounds[80];

#endif
