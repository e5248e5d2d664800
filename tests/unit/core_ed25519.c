/* SPDX-License-Identifier: MIT
 * The check of Ed25519 signatures against RFC 8032 and libsodium. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "tests/support/rfc8032.h"
#include "tests/support/signatures.h"

enum { RANDOM_CASES = 2000, KINDS = 5, SEED = 20261121 };

static void flip(uint8_t *bytes, size_t length, uint32_t number)
{
    size_t bit = number * 2654435761u % (8 * length);
    bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
}

static void published_signatures_are_good(void **state)
{
    (void)state;
    for (size_t i = 0; i < RFC8032_CASES; i++) {
        struct signed_message m;
        uint8_t message[RFC8032_MESSAGE_MAX];
        size_t length = 0;
        sodium_hex2bin(m.key, sizeof m.key, rfc8032[i].key, strlen(rfc8032[i].key), NULL, NULL,
                       NULL);
        sodium_hex2bin(m.signature, sizeof m.signature, rfc8032[i].signature,
                       strlen(rfc8032[i].signature), NULL, NULL, NULL);
        sodium_hex2bin(message, sizeof message, rfc8032[i].message, strlen(rfc8032[i].message),
                       NULL, &length, NULL);
        assert_true(signed_they_accept(m.key, m.signature, message, length));
        assert_true(signed_we_accept(m.key, m.signature, message, length));
        m.signature[i] ^= 4;
        assert_false(signed_we_accept(m.key, m.signature, message, length));
    }
}

/* Whole, and damaged in the message, R, S or the key. */
static void random_signatures_agree_with_libsodium(void **state)
{
    (void)state;
    uint32_t accepted = 0;
    for (uint32_t i = 0; i < RANDOM_CASES; i++) {
        struct signed_message m, damaged;
        signed_make(&m, SEED + i);
        assert_true(signed_both_accept(&m));
        accepted++;
        damaged = m;
        damaged.length += damaged.length == 0 ? 1 : 0;
        flip(damaged.message, damaged.length, i);
        assert_false(signed_both_accept(&damaged));
        damaged = m;
        flip(damaged.signature, FIELD_BYTES, i);
        assert_false(signed_both_accept(&damaged));
        damaged = m;
        flip(damaged.signature + FIELD_BYTES, FIELD_BYTES, i);
        assert_false(signed_both_accept(&damaged));
        damaged = m;
        flip(damaged.key, ED25519_KEY_BYTES, i);
        assert_false(signed_both_accept(&damaged));
    }
    print_message("# total: ed25519_vectors=%d accepted=%u\n", RANDOM_CASES * KINDS, accepted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_signatures_are_good),
        cmocka_unit_test(random_signatures_agree_with_libsodium),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
