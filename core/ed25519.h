/* SPDX-License-Identifier: MIT
 * Ed25519 signatures: the check of them, in steps that a bootloader can interrupt. */
#ifndef CORE_ED25519_H
#define CORE_ED25519_H

#include <stddef.h>
#include <stdint.h>

#include "core/field25519.h"

enum { ED25519_KEY_BYTES = 32, ED25519_SIGNATURE_BYTES = 64, ED25519_STEPS = 256 };

enum ed25519_result { ED25519_MORE, ED25519_GOOD, ED25519_BAD };

/* A point of the curve: x = x/z, y = y/z, t = xy/z.
 *
 * Source    RFC 8032, section 5.1.4 "Point Addition" */
struct ed25519_point {
    struct field x, y, z, t;
};

/* A check under way. */
struct ed25519 {
    struct ed25519_point sum;
    struct ed25519_point terms[3]; /* the base point B, the key's negative -A, B - A */
    uint32_t scalars[2][FIELD_WORDS];
    uint8_t r[FIELD_BYTES];
    uint16_t left; /* steps */
};

/* Begins to check a signature of a message.
 *
 * As strict as libsodium's crypto_sign_verify_detached: S below the order L; key and R points in
 * their one encoding below p, and not of small order; and no factor of 8, that is S B = R + k A
 * itself. Everything here is public, so that time may depend on it: this code must not see a
 * secret.
 *
 * message   read now; need not stay
 * Returns   ED25519_MORE, or ED25519_BAD
 * Source    RFC 8032, section 5.1.7 "Verify" */
enum ed25519_result ed25519_begin(struct ed25519 *check, const uint8_t key[ED25519_KEY_BYTES],
                                  const uint8_t signature[ED25519_SIGNATURE_BYTES],
                                  const uint8_t *message, size_t length);

/* Goes on by one of ED25519_STEPS steps. Returns ED25519_MORE, and at the end what came out. */
enum ed25519_result ed25519_step(struct ed25519 *check);

#endif
