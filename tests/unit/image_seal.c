/* SPDX-License-Identifier: MIT
 * The seal of an image: what is in it byte by byte, that damage shows, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "core/bytes.h"
#include "image/image.h"

enum { ADDR = 0x08020000, SEAL = 160, SMALL = 1000, ROUNDED = 1024 };

struct world {
    char key[512], pub[512], other_key[512], other_pub[512];
    struct dfk_image *image;
};

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    const char *source = getenv("DFUKIT_SOURCE");
    assert_non_null(world);
    assert_non_null(source);
    (void)snprintf(world->key, sizeof world->key, "%s/tests/keys/example.key", source);
    (void)snprintf(world->pub, sizeof world->pub, "%s/tests/keys/example.pub", source);
    (void)snprintf(world->other_key, sizeof world->key, "%s/tests/keys/other.key", source);
    (void)snprintf(world->other_pub, sizeof world->pub, "%s/tests/keys/other.pub", source);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    dfk_image_free(world->image);
    free(world);
    return 0;
}

/* Bytes that begin with a vector table: stack, reset, and nothing in the reserved words. */
static void fill(uint8_t *data, uint32_t length, uint32_t addr)
{
    for (uint32_t i = 0; i < length; i++) {
        data[i] = i < 64 ? 0 : (uint8_t)(i * 7 + i / 256);
    }
    put_le32(data, 0x20020000);
    put_le32(data + 4, addr + 0x81);
}

static void add(struct dfk_image *image, uint8_t alternate, uint32_t addr, uint32_t length)
{
    uint8_t *data = malloc(length);
    assert_non_null(data);
    fill(data, length, addr);
    const struct dfk_segment part = {alternate, addr, length, data};
    assert_int_equal(image_add_copy(image, &part, 0, NULL), 0);
    free(data);
}

static struct dfk_image *one(struct world *world, uint32_t length)
{
    world->image = image_new("app.bin");
    assert_non_null(world->image);
    add(world->image, 0, ADDR, length);
    assert_int_equal(image_finish(world->image, NULL), 0);
    return world->image;
}

static struct dfk_seal seal_of(const struct dfk_image *image)
{
    struct dfk_seal seal;
    dfk_image_get_seal(image, &seal);
    return seal;
}

static const struct dfk_seal_options plain = {.board = "pybv11",
                                              .version = DFK_SEAL_VERSION(1, 2, 3)};

/* By hand from the description of the format. */
static void the_bytes_are_those_of_the_format(void **state)
{
    struct world *world = *state;
    struct dfk_image *image = one(world, SMALL);
    uint8_t before[SMALL], expected[ROUNDED + SEAL], digest[32];
    fill(before, SMALL, ADDR);
    assert_int_equal(dfk_image_seal(image, &plain, NULL), 0);
    memset(expected, 0xFF, sizeof expected);
    memcpy(expected, before, SMALL);
    memcpy(expected + 0x20, "seal\x00\x04\x00\x00", 8);
    uint8_t *seal = expected + ROUNDED;
    memset(seal, 0, 64);
    memcpy(seal, "seal\x01\x00\x00\x00\x00\x04\x00\x00\x03\x00\x02\x01pybv11", 22);
    crypto_hash_sha256(digest, expected, ROUNDED + 64);
    memcpy(seal + 64, digest, sizeof digest);
    assert_int_equal(dfk_image_get_info(image)->segment_count, 1);
    const struct dfk_segment *segment = dfk_image_get_segment(image, 0);
    assert_int_equal(segment->addr, ADDR);
    assert_int_equal(segment->length, sizeof expected);
    assert_memory_equal(segment->data, expected, sizeof expected);
}

static void a_seal_is_found_again(void **state)
{
    struct world *world = *state;
    struct dfk_image *image = one(world, SMALL);
    assert_false(seal_of(image).found);
    assert_int_equal(dfk_image_seal(image, &plain, NULL), 0);
    struct dfk_seal seal = seal_of(image);
    assert_true(seal.found && seal.whole);
    assert_false(seal.is_signed);
    assert_int_equal(seal.addr, ADDR);
    assert_int_equal(seal.length, ROUNDED);
    assert_int_equal(seal.version, 0x01020003);
    assert_string_equal(seal.board, "pybv11");
    assert_string_equal(seal.problem, "");
}

/* The message that is signed is bytes 0 to 95 of the seal; libsodium is asked directly. */
static void a_signature_is_of_the_key(void **state)
{
    struct world *world = *state;
    struct dfk_image *image = one(world, SMALL);
    struct dfk_seal_options how = plain;
    uint8_t key[DFK_KEY_BYTES];
    how.key = world->key;
    how.any_version = true;
    assert_int_equal(dfk_image_seal(image, &how, NULL), 0);
    assert_int_equal(dfk_key_read(world->pub, key, NULL), 0);
    const uint8_t *bytes = dfk_image_get_segment(image, 0)->data + ROUNDED;
    assert_int_equal(crypto_sign_verify_detached(bytes + 96, bytes, 96, key), 0);
    assert_memory_equal(bytes + 40, key, 8);
    assert_int_equal(get_le16(bytes + 6), 3);
    struct dfk_seal seal = seal_of(image);
    assert_true(seal.found && seal.whole && seal.is_signed && seal.any_version);
    assert_memory_equal(seal.key_id, key, 8);
}

static void every_damaged_byte_shows(void **state)
{
    struct world *world = *state;
    struct dfk_image *image = one(world, SMALL);
    struct dfk_seal_options how = plain;
    how.key = world->key;
    assert_int_equal(dfk_image_seal(image, &how, NULL), 0);
    const struct dfk_segment *segment = dfk_image_get_segment(image, 0);
    const struct dfk_seal_wish wish = {.key = world->pub};
    uint8_t *bytes = malloc(segment->length);
    assert_non_null(bytes);
    assert_int_equal(dfk_image_check_seal(image, &wish, NULL), 0);
    for (uint32_t at = 0; at < segment->length; at++) {
        struct dfk_image *copy = NULL;
        memcpy(bytes, segment->data, segment->length);
        bytes[at] ^= (uint8_t)(1u << at % 8);
        const struct dfk_segment part = {0, ADDR, segment->length, bytes};
        assert_int_equal(image_from_memory("damaged", &part, 1, true, &copy, NULL), 0);
        if (dfk_image_check_seal(copy, &wish, NULL) == 0) {
            fail_msg("byte %u may be damaged", (unsigned)at);
        }
        dfk_image_free(copy);
    }
    free(bytes);
}

static void every_torn_length_shows(void **state)
{
    struct world *world = *state;
    struct dfk_image *image = one(world, SMALL);
    assert_int_equal(dfk_image_seal(image, &plain, NULL), 0);
    const struct dfk_segment *segment = dfk_image_get_segment(image, 0);
    static const struct dfk_seal_wish any;
    for (uint32_t length = 1; length <= segment->length; length++) {
        struct dfk_image *copy = NULL;
        const struct dfk_segment part = {0, ADDR, length, segment->data};
        assert_int_equal(image_from_memory("torn", &part, 1, true, &copy, NULL), 0);
        assert_int_equal(dfk_image_check_seal(copy, &any, NULL) == 0, length == segment->length);
        dfk_image_free(copy);
    }
}

static void wishes_are_checked(void **state)
{
    struct world *world = *state;
    struct dfk_image *image = one(world, SMALL);
    const struct dfk_seal_wish any = {0}, board = {.board = "pybv11"}, another = {.board = "pyb"},
                               is_signed = {.is_signed = true}, key = {.key = world->pub},
                               other = {.key = world->other_pub};
    struct dfk_error err = {0};
    assert_int_equal(dfk_image_check_seal(image, &any, &err), -DFK_E_REFUSED);
    assert_string_equal(err.what, "app.bin: not sealed");
    assert_int_equal(dfk_image_seal(image, &plain, NULL), 0);
    assert_int_equal(dfk_image_check_seal(image, &any, NULL), 0);
    assert_int_equal(dfk_image_check_seal(image, &board, NULL), 0);
    err = (struct dfk_error){0};
    assert_int_equal(dfk_image_check_seal(image, &another, &err), -DFK_E_WRONG_DEVICE);
    assert_string_equal(err.what, "app.bin: sealed for board pybv11, not for pyb");
    err = (struct dfk_error){0};
    assert_int_equal(dfk_image_check_seal(image, &is_signed, &err), -DFK_E_REFUSED);
    assert_string_equal(err.what, "app.bin: sealed, but not signed");
    assert_int_equal(dfk_image_check_seal(image, &key, NULL), -DFK_E_REFUSED);
    struct dfk_seal_options how = plain;
    how.key = world->key;
    how.again = true;
    assert_int_equal(dfk_image_seal(image, &how, NULL), 0);
    assert_int_equal(dfk_image_check_seal(image, &is_signed, NULL), 0);
    assert_int_equal(dfk_image_check_seal(image, &key, NULL), 0);
    err = (struct dfk_error){0};
    assert_int_equal(dfk_image_check_seal(image, &other, &err), -DFK_E_REFUSED);
    assert_non_null(strstr(err.what, "signed with another key"));
}

static void a_sealed_image_is_sealed_again_only_when_asked(void **state)
{
    struct world *world = *state;
    struct dfk_image *image = one(world, SMALL);
    struct dfk_error err = {0};
    struct dfk_seal_options how = plain;
    assert_int_equal(dfk_image_seal(image, &plain, NULL), 0);
    assert_int_equal(dfk_image_seal(image, &plain, &err), -DFK_E_REFUSED);
    assert_string_equal(err.what, "app.bin: sealed already, for pybv11");
    how.again = true;
    how.board = "nucleo_h743zi";
    assert_int_equal(dfk_image_seal(image, &how, NULL), 0);
    assert_int_equal(dfk_image_get_segment(image, 0)->length, ROUNDED + SEAL);
    assert_true(seal_of(image).whole);
    assert_string_equal(seal_of(image).board, "nucleo_h743zi");
}

static void gaps_are_sealed_as_erased_flash(void **state)
{
    struct world *world = *state;
    world->image = image_new("app.hex");
    add(world->image, 0, ADDR, 512);
    add(world->image, 0, ADDR + 2048, 100);
    assert_int_equal(image_finish(world->image, NULL), 0);
    assert_int_equal(dfk_image_seal(world->image, &plain, NULL), 0);
    assert_int_equal(dfk_image_get_info(world->image)->segment_count, 1);
    const struct dfk_segment *segment = dfk_image_get_segment(world->image, 0);
    assert_int_equal(segment->length, 2176 + SEAL);
    for (uint32_t i = 512; i < 2048; i++) {
        assert_int_equal(segment->data[i], 0xFF);
    }
    assert_true(seal_of(world->image).whole);
}

/* The image stays as it was after every refusal. */
static void expect_refusal(struct world *world, const struct dfk_seal_options *how, int code,
                           const char *text)
{
    struct dfk_error err = {0};
    uint64_t bytes = dfk_image_get_info(world->image)->data_bytes;
    assert_int_equal(dfk_image_seal(world->image, how, &err), -code);
    if (strstr(err.what, text) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", err.what, text);
    }
    assert_false(seal_of(world->image).found);
    assert_int_equal(dfk_image_get_info(world->image)->data_bytes, bytes);
    dfk_image_free(world->image);
    world->image = NULL;
}

static void what_cannot_be_sealed_is_refused(void **state)
{
    struct world *world = *state;
    struct dfk_seal_options how = plain;
    world->image = image_new("none.bin");
    expect_refusal(world, &plain, DFK_E_USAGE, "none.bin: nothing to seal in it");
    world->image = image_new("two.dfu");
    add(world->image, 0, ADDR, SMALL);
    add(world->image, 1, ADDR + SMALL, SMALL);
    assert_int_equal(image_finish(world->image, NULL), 0);
    expect_refusal(world, &plain, DFK_E_USAGE,
                   ": parts for alternate settings 0 and 1; a seal is for one stretch");
    world->image = image_new("far.hex");
    add(world->image, 0, ADDR, SMALL);
    add(world->image, 0, 0x90000000, SMALL);
    assert_int_equal(image_finish(world->image, NULL), 0);
    expect_refusal(world, &plain, DFK_E_USAGE, "a seal is for one stretch");
    (void)one(world, 39);
    expect_refusal(world, &plain, DFK_E_BAD_FILE, " bytes hold no vector table");
    (void)one(world, 128);
    expect_refusal(world, &plain, DFK_E_BAD_FILE, "the reset vector is 0x08020081");
    how.key = world->pub;
    (void)one(world, SMALL);
    expect_refusal(world, &how, DFK_E_BAD_FILE, "a public key");
    how.key = "/nowhere/a.key";
    (void)one(world, SMALL);
    expect_refusal(world, &how, DFK_E_FILE_IO, "/nowhere/a.key");
}

static void ids_of_boards_are_words(void **state)
{
    static const char *const bad[] = {NULL,
                                      "",
                                      "a board",
                                      "b\xC3\xB6"
                                      "ard",
                                      "x/y",
                                      "an-id-of-twenty-four-chs"};
    struct world *world = *state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const struct dfk_seal_options how = {.board = bad[i]};
        (void)one(world, SMALL);
        expect_refusal(world, &how, DFK_E_USAGE, "no id of a board");
    }
    const struct dfk_seal_options longest = {.board = "an_id.of-23-characters_"};
    assert_int_equal(dfk_image_seal(one(world, SMALL), &longest, NULL), 0);
    assert_string_equal(seal_of(world->image).board, longest.board);
}

static void reserved_vectors_in_use_are_left_alone(void **state)
{
    struct world *world = *state;
    uint8_t data[SMALL];
    for (uint32_t at = 0x20; at < 0x28; at++) {
        fill(data, SMALL, ADDR);
        data[at] = 0x5A;
        const struct dfk_segment part = {0, ADDR, SMALL, data};
        assert_int_equal(image_from_memory("app", &part, 1, true, &world->image, NULL), 0);
        expect_refusal(world, &plain, DFK_E_BAD_FILE, "are in use");
    }
    fill(data, SMALL, ADDR);
    memset(data + 0x20, 0xFF, 8);
    const struct dfk_segment part = {0, ADDR, SMALL, data};
    assert_int_equal(image_from_memory("app", &part, 1, true, &world->image, NULL), 0);
    assert_int_equal(dfk_image_seal(world->image, &plain, NULL), 0);
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_WORLD(the_bytes_are_those_of_the_format),
        IN_WORLD(a_seal_is_found_again),
        IN_WORLD(a_signature_is_of_the_key),
        IN_WORLD(every_damaged_byte_shows),
        IN_WORLD(every_torn_length_shows),
        IN_WORLD(wishes_are_checked),
        IN_WORLD(a_sealed_image_is_sealed_again_only_when_asked),
        IN_WORLD(gaps_are_sealed_as_erased_flash),
        IN_WORLD(what_cannot_be_sealed_is_refused),
        IN_WORLD(ids_of_boards_are_words),
        IN_WORLD(reserved_vectors_in_use_are_left_alone),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
