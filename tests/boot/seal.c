/* SPDX-License-Identifier: MIT
 * What a board that wants signatures starts, and what it refuses, with which words. */
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
#include "core/dfu.h"
#include "tests/boot/seal_bench.h"
#include "twin/mem/flash.h"
#include "twin/time.h"

enum { START_MAX_MS = 1000, TORN_SAMPLES = 100 };

static void a_signed_application_is_started(void **state)
{
    struct bench *bench = *state;
    struct seal_maker how = seal_right(bench);
    seal_make(bench, &how);
    bench_enter(bench);
    seal_expect_start(bench);
    assert_false(dfu_host_power_on(&bench->host, BENCH_UP_MS));
    assert_true(dfu_host_started(&bench->host));
}

static void an_unsealed_application_is_refused(void **state)
{
    struct bench *bench = *state;
    struct seal_maker how = seal_right(bench);
    seal_make(bench, &how);
    memset(bench->image + 32, 0, 8);
    bench_enter(bench);
    seal_expect_refusal(bench, DFU_ERR_FILE, "Image is not sealed");
}

static void another_boards_application_is_refused_by_name(void **state)
{
    static const struct {
        const char *board, *words;
    } cases[] = {
        {"another-board", "Image is for board another-board"},
        {"pybv1", "Image is for board pybv1"},
        {"nucleo_h743zi2", "Image is for board nucleo_h743zi2"},
        {"", "Image is for board "},
        {"\x01\xff%s\n", "Image is for board   %s "},
        {"all-24-bytes-of-the-name", "Image is for board all-24-bytes-of-the-name"},
    };
    struct bench *bench = *state;
    bench_enter(bench);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct seal_maker how = seal_right(bench);
        how.board = cases[i].board;
        seal_make(bench, &how);
        seal_expect_refusal(bench, DFU_ERR_TARGET, cases[i].words);
    }
}

static void an_unsigned_application_is_refused(void **state)
{
    struct bench *bench = *state;
    struct seal_maker how = seal_right(bench);
    how.flags = 0;
    seal_make(bench, &how);
    bench_enter(bench);
    seal_expect_refusal(bench, DFU_ERR_FILE, "Image is not signed");
}

static void another_key_is_refused(void **state)
{
    struct bench *bench = *state;
    struct seal_maker how = seal_right(bench);
    how.seed = SEAL_MAKER_OTHER;
    seal_make(bench, &how);
    bench_enter(bench);
    seal_expect_refusal(bench, DFU_ERR_FILE, "Signed with another key");
}

/* Also one that claims to be of the right key. */
static void a_bad_signature_is_refused(void **state)
{
    struct bench *bench = *state;
    struct seal_maker how = seal_right(bench);
    bench_enter(bench);
    seal_make(bench, &how);
    bench->image[SEAL_BENCH_SEALED + 100] ^= 1;
    seal_expect_refusal(bench, DFU_ERR_FILE, "Bad signature");
    seal_make(bench, &how);
    bench->image[SEAL_BENCH_BYTES - 1] ^= 0x80;
    seal_expect_refusal(bench, DFU_ERR_FILE, "Bad signature");
    seal_make(bench, &how);
    uint8_t key_id[8];
    memcpy(key_id, bench->image + SEAL_BENCH_SEALED + 40, sizeof key_id);
    how.flags = 0;
    seal_make(bench, &how);
    put_le16(bench->image + SEAL_BENCH_SEALED + 6, SEAL_MAKER_SIGNED);
    memcpy(bench->image + SEAL_BENCH_SEALED + 40, key_id, sizeof key_id);
    crypto_hash_sha256(bench->image + SEAL_BENCH_SEALED + 64, bench->image, SEAL_BENCH_SEALED + 64);
    seal_expect_refusal(bench, DFU_ERR_FILE, "Bad signature");
}

/* The seal says a digest that is signed; a byte of the application is another one. */
static void a_changed_byte_is_refused(void **state)
{
    static const uint32_t places[] = {0,    8,    31,   32 + 8, 64,
                                      1000, 2047, 2048, 5000,   SEAL_BENCH_SEALED - 1};
    struct bench *bench = *state;
    struct seal_maker how = seal_right(bench);
    bench_enter(bench);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        seal_make(bench, &how);
        bench->image[places[i]] ^= 0x10;
        seal_expect_refusal(bench, DFU_ERR_FIRMWARE, "Image is torn");
    }
}

static void a_seal_elsewhere_is_none(void **state)
{
    static const uint32_t lengths[] = {1,
                                       32,
                                       SEAL_BENCH_SEALED - 32,
                                       SEAL_BENCH_SEALED + 1,
                                       SEAL_BENCH_SEALED + 32,
                                       0x7FFFFFE0,
                                       0xFFFFFF60,
                                       0xFFFFFFE0,
                                       0xFFFFFFFF};
    struct bench *bench = *state;
    struct seal_maker how = seal_right(bench);
    bench_enter(bench);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        seal_make(bench, &how);
        put_le32(bench->image + 36, lengths[i]);
        seal_expect_refusal(bench, DFU_ERR_FIRMWARE, "Image is torn");
    }
    seal_make(bench, &how);
    put_le32(bench->image + 36, bench->place->app_bytes);
    seal_expect_refusal(bench, DFU_ERR_FIRMWARE, "Image is torn");
}

/* However it got there: what is in flash at a start is checked too. */
static void every_start_is_checked(void **state)
{
    struct bench *bench = *state;
    struct seal_maker how = seal_right(bench);
    seal_make(bench, &how);
    seal_put_into_flash(bench);
    assert_false(dfu_host_power_on(&bench->host, BENCH_UP_MS));
    assert_true(dfu_host_started(&bench->host));
    bench->image[4000] ^= 1;
    seal_put_into_flash(bench);
    seal_expect_no_start(bench, "Image is torn");
    how.board = "somebody-else";
    seal_make(bench, &how);
    seal_put_into_flash(bench);
    seal_expect_no_start(bench, "Image is for board somebody-else");
    how = seal_right(bench);
    how.flags = 0;
    seal_make(bench, &how);
    seal_put_into_flash(bench);
    seal_expect_no_start(bench, "Image is not signed");
    how = seal_right(bench);
    seal_make(bench, &how);
    bench->image[SEAL_BENCH_SEALED + 97] ^= 8;
    seal_put_into_flash(bench);
    seal_expect_no_start(bench, "Bad signature");
}

/* As a power cut in an update by other means would leave it: nothing after some byte. */
static void a_torn_application_is_never_started(void **state)
{
    struct bench *bench = *state;
    struct seal_maker how = seal_right(bench);
    const uint32_t step = bench->arm ? SEAL_BENCH_BYTES / 16 : SEAL_BENCH_BYTES / TORN_SAMPLES;
    seal_make(bench, &how);
    for (uint32_t kept = 0; kept < SEAL_BENCH_BYTES; kept += step + kept % 3) {
        assert_true(mem_flash_erase(board_flash(bench->host.board), bench->place->app));
        if (kept > 0) {
            assert_true(board_poke(bench->host.board, bench->place->app, bench->image, kept));
        }
        if (!dfu_host_power_on(&bench->host, BENCH_UP_MS)) {
            fail_msg("started with %u of %u bytes", (unsigned)kept, (unsigned)SEAL_BENCH_BYTES);
        }
    }
    seal_put_into_flash(bench);
    assert_false(dfu_host_power_on(&bench->host, BENCH_UP_MS));
}

/* An application as large as its slot, within B1's second. */
static void the_largest_application_starts_within_a_second(void **state)
{
    struct bench *bench = *state;
    uint32_t length = bench->place->app_bytes;
    struct seal_maker how = seal_right(bench);
    uint8_t *data = malloc(length);
    assert_non_null(data);
    bench_make_image(bench, data, length, 4);
    seal_maker_put(data, length, &how);
    assert_true(board_poke(bench->host.board, bench->place->app, data, length));
    free(data);
    board_reset(bench->host.board, true, false);
    uint32_t ms = bench_wait_started(bench, 10 * START_MAX_MS);
    printf("# total: slot_bytes=%u start_ms=%u\n", (unsigned)length, (unsigned)ms);
    assert_true(ms <= START_MAX_MS);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(a_signed_application_is_started),
        BENCH_TEST(an_unsealed_application_is_refused),
        BENCH_TEST(another_boards_application_is_refused_by_name),
        BENCH_TEST(an_unsigned_application_is_refused),
        BENCH_TEST(another_key_is_refused),
        BENCH_TEST(a_bad_signature_is_refused),
        BENCH_TEST(a_changed_byte_is_refused),
        BENCH_TEST(a_seal_elsewhere_is_none),
        BENCH_TEST(every_start_is_checked),
        BENCH_TEST(a_torn_application_is_never_started),
        BENCH_TEST(the_largest_application_starts_within_a_second),
    };
    if (sodium_init() < 0 || !bench_choose(argc, argv)) {
        return 2;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
