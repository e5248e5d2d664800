/* SPDX-License-Identifier: MIT
 * Signed messages from a number, and two verdicts on them: ours and libsodium's. */
#ifndef TESTS_SUPPORT_SIGNATURES_H
#define TESTS_SUPPORT_SIGNATURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/ed25519.h"

enum { SIGNED_MESSAGE_MAX = 200, SIGNED_SECRET_BYTES = 64 };

/* A message, its signature, and the key; all of it may be altered. */
struct signed_message {
    uint8_t key[ED25519_KEY_BYTES], secret[SIGNED_SECRET_BYTES];
    uint8_t signature[ED25519_SIGNATURE_BYTES]; /* R, S */
    uint8_t message[SIGNED_MESSAGE_MAX];
    size_t length;
};

/* Signs a message, by libsodium; key and message are those of the number, in every run. */
void signed_make(struct signed_message *m, uint32_t number);

/* Our verdict. Fails the test when there is none after ED25519_STEPS. */
bool signed_we_accept(const uint8_t *key, const uint8_t *signature, const uint8_t *message,
                      size_t length);

/* libsodium's verdict. */
bool signed_they_accept(const uint8_t *key, const uint8_t *signature, const uint8_t *message,
                        size_t length);

/* Both verdicts, which have to be the same. */
bool signed_both_accept(const struct signed_message *m);

/* Reads the scalar a behind the key.
 *
 * Source    RFC 8032, section 5.1.5 "Key Generation" */
void signed_read_scalar(const struct signed_message *m, uint8_t a[FIELD_BYTES]);

/* Computes k, of what stands in m as R, key and message. */
void signed_hash(const struct signed_message *m, uint8_t k[FIELD_BYTES]);

/* Makes S = r + k a, for what stands in m as R and key: whoever knows r and a can sign over any
 * bytes in the place of R. */
void signed_complete(struct signed_message *m, const uint8_t r[FIELD_BYTES],
                     const uint8_t a[FIELD_BYTES]);

#endif
