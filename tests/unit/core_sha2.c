/* SPDX-License-Identifier: MIT
 * SHA-256 and SHA-512 against published digests and libsodium. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "core/sha256.h"
#include "core/sha512.h"

enum { LONGEST = 700, MILLION = 1000000, PIECE = 1000 };

static void digest_256(const uint8_t *data, size_t length, uint8_t digest[SHA256_BYTES])
{
    struct sha256 sha;
    sha256_begin(&sha);
    sha256_update(&sha, data, length);
    sha256_end(&sha, digest);
}

static void digest_512(const uint8_t *data, size_t length, uint8_t digest[SHA512_BYTES])
{
    struct sha512 sha;
    sha512_begin(&sha);
    sha512_update(&sha, data, length);
    sha512_end(&sha, digest);
}

static void expect_hex(const uint8_t *bytes, size_t length, const char *hex)
{
    char text[2 * SHA512_BYTES + 1];
    assert_string_equal(sodium_bin2hex(text, sizeof text, bytes, length), hex);
}

/* Source    FIPS 180-4, and the examples of NIST's "Cryptographic Standards and Guidelines" */
static void published_digests_come_out(void **state)
{
    (void)state;
    static const struct {
        const char *text, *of_256, *of_512;
    } cases[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
         "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
         "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
         "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
         "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
         "204a8fc6dda82f0a0ced7beb8e08a41657c16ef468b228a8279be331a703c335"
         "96fd15c13b1b07f9aa1d3bea57789ca031ad85c7a71dd70354ec631238ca3445"},
        {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
         "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
         "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1",
         "8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018"
         "501d289e4900f7e4331b99dec4b5433ac7d329eeb6dd26545e96e55b874be909"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t digest[SHA512_BYTES];
        const uint8_t *bytes = (const uint8_t *)cases[i].text;
        digest_256(bytes, strlen(cases[i].text), digest);
        expect_hex(digest, SHA256_BYTES, cases[i].of_256);
        digest_512(bytes, strlen(cases[i].text), digest);
        expect_hex(digest, SHA512_BYTES, cases[i].of_512);
    }
}

static void a_million_letters_come_out(void **state)
{
    (void)state;
    uint8_t piece[PIECE], digest[SHA512_BYTES];
    struct sha256 sha;
    struct sha512 wide;
    memset(piece, 'a', sizeof piece);
    sha256_begin(&sha);
    sha512_begin(&wide);
    for (int i = 0; i < MILLION / PIECE; i++) {
        sha256_update(&sha, piece, sizeof piece);
        sha512_update(&wide, piece, sizeof piece);
    }
    sha256_end(&sha, digest);
    expect_hex(digest, SHA256_BYTES,
               "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    sha512_end(&wide, digest);
    expect_hex(digest, SHA512_BYTES,
               "e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973eb"
               "de0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b");
}

/* Every length around the ends of blocks, with bytes that differ. */
static void all_lengths_agree_with_libsodium(void **state)
{
    (void)state;
    uint8_t data[LONGEST], ours[SHA512_BYTES], theirs[SHA512_BYTES];
    for (size_t i = 0; i < LONGEST; i++) {
        data[i] = (uint8_t)(i * 131 + i / 256 * 7 + 3);
    }
    for (size_t length = 0; length <= LONGEST; length++) {
        digest_256(data, length, ours);
        crypto_hash_sha256(theirs, data, length);
        assert_memory_equal(ours, theirs, SHA256_BYTES);
        digest_512(data, length, ours);
        crypto_hash_sha512(theirs, data, length);
        assert_memory_equal(ours, theirs, SHA512_BYTES);
    }
}

static void a_digest_goes_on_over_more_bytes(void **state)
{
    (void)state;
    uint8_t data[300], whole[SHA512_BYTES], parts[SHA512_BYTES];
    memset(data, 0x5A, sizeof data);
    for (size_t cut = 0; cut <= sizeof data; cut++) {
        struct sha256 sha;
        struct sha512 wide;
        sha256_begin(&sha);
        sha256_update(&sha, data, cut);
        sha256_update(&sha, data + cut, sizeof data - cut);
        sha256_end(&sha, parts);
        digest_256(data, sizeof data, whole);
        assert_memory_equal(parts, whole, SHA256_BYTES);
        sha512_begin(&wide);
        sha512_update(&wide, data, cut);
        sha512_update(&wide, data + cut, sizeof data - cut);
        sha512_end(&wide, parts);
        digest_512(data, sizeof data, whole);
        assert_memory_equal(parts, whole, SHA512_BYTES);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_digests_come_out),
        cmocka_unit_test(a_million_letters_come_out),
        cmocka_unit_test(all_lengths_agree_with_libsodium),
        cmocka_unit_test(a_digest_goes_on_over_more_bytes),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
