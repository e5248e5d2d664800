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

#include "core/bytes.h"
#include "core/dfu.h"
#include "core/usb.h"
#include "tests/boot/bench.h"
#include "tests/support/seal_maker.h"
#include "twin/mem/flash.h"
#include "twin/time.h"

enum {
    LENGTH = 8192,
    SEALED = LENGTH - SEAL_MAKER_BYTES,
    SOON_MS = 500,
    START_MAX_MS = 1000,
    INFO_BLOCK = 1,
    INFO_BYTES = 64,
    LOG_BYTES = 1536,
    RECORD_BYTES = 32,
    VERSION = 0x01000000,
    TORN_SAMPLES = 100,
};

static struct seal_maker right(const struct bench *bench)
{
    return (struct seal_maker){.board = bench->place->seal_board,
                               .version = VERSION,
                               .flags = SEAL_MAKER_SIGNED,
                               .seed = SEAL_MAKER_EXAMPLE};
}

/* An application of LENGTH bytes in bench->image with such a seal. */
static void make(struct bench *bench, const struct seal_maker *how)
{
    bench_make_image(bench, bench->image, LENGTH, 9);
    seal_maker_put(bench->image, LENGTH, how);
}

static void put_into_flash(struct bench *bench)
{
    assert_true(mem_flash_erase(board_flash(bench->host.board), bench->place->app));
    assert_true(board_poke(bench->host.board, bench->place->app, bench->image, LENGTH));
}

static void read_text(struct bench *bench, uint8_t index, char *text)
{
    const struct usb_setup ask = {0x80, USB_GET_DESCRIPTOR, (uint16_t)(USB_STRING << 8 | index),
                                  0x0409, 255};
    uint8_t bytes[255];
    uint16_t length = 0;
    assert_int_equal(dfu_host_control(&bench->host, &ask, bytes, &length), EP0_ACK);
    for (uint32_t i = 2; i < length; i += 2) {
        text[i / 2 - 1] = (char)bytes[i];
    }
    text[length / 2 - 1] = '\0';
}

/* Lets a leave that is refused come to its end, by asking as hosts do. */
static struct dfu_status wait_for_refusal(struct bench *bench)
{
    struct dfu_status status = bench_status(bench);
    for (uint32_t i = 0; i < 100 && status.state == DFU_DNBUSY; i++) {
        assert_true(status.poll_timeout_ms > 0);
        dfu_host_run_ms(&bench->host, status.poll_timeout_ms);
        status = bench_status(bench);
    }
    return status;
}

/* Downloads what is in bench->image, and expects that it does not become the application. */
static void expect_refusal(struct bench *bench, uint8_t code, const char *words)
{
    char text[128];
    bench_download(bench, bench->image, LENGTH);
    dfu_host_leave(&bench->host, false);
    struct dfu_status status = wait_for_refusal(bench);
    assert_int_equal(status.state, DFU_ERROR);
    assert_int_equal(status.status, code);
    read_text(bench, status.string_index, text);
    assert_string_equal(text, words);
    dfu_host_run_ms(&bench->host, SOON_MS);
    assert_false(dfu_host_started(&bench->host));
    assert_int_equal(dfu_host_clear_status(&bench->host), EP0_ACK);
    assert_int_equal(bench_status(bench).state, DFU_IDLE);
    assert_true(dfu_host_power_on(&bench->host, BENCH_UP_MS));
}

static void expect_start(struct bench *bench)
{
    bench_download(bench, bench->image, LENGTH);
    dfu_host_leave(&bench->host, true);
    assert_true(bench_wait_started(bench, bench_leave_limit_ms(bench)) != UINT32_MAX);
    assert_true(bench_holds(bench, bench->place->app, bench->image, LENGTH));
}

static void a_signed_application_is_started(void **state)
{
    struct bench *bench = *state;
    struct seal_maker how = right(bench);
    make(bench, &how);
    bench_enter(bench);
    expect_start(bench);
    assert_false(dfu_host_power_on(&bench->host, BENCH_UP_MS));
    assert_true(dfu_host_started(&bench->host));
}

static void an_unsealed_application_is_refused(void **state)
{
    struct bench *bench = *state;
    struct seal_maker how = right(bench);
    make(bench, &how);
    memset(bench->image + 32, 0, 8);
    bench_enter(bench);
    expect_refusal(bench, DFU_ERR_FILE, "Image is not sealed");
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
        struct seal_maker how = right(bench);
        how.board = cases[i].board;
        make(bench, &how);
        expect_refusal(bench, DFU_ERR_TARGET, cases[i].words);
    }
}

static void an_unsigned_application_is_refused(void **state)
{
    struct bench *bench = *state;
    struct seal_maker how = right(bench);
    how.flags = 0;
    make(bench, &how);
    bench_enter(bench);
    expect_refusal(bench, DFU_ERR_FILE, "Image is not signed");
}

static void another_key_is_refused(void **state)
{
    struct bench *bench = *state;
    struct seal_maker how = right(bench);
    how.seed = SEAL_MAKER_OTHER;
    make(bench, &how);
    bench_enter(bench);
    expect_refusal(bench, DFU_ERR_FILE, "Signed with another key");
}

/* Also one that claims to be of the right key. */
static void a_bad_signature_is_refused(void **state)
{
    struct bench *bench = *state;
    struct seal_maker how = right(bench);
    bench_enter(bench);
    make(bench, &how);
    bench->image[SEALED + 100] ^= 1;
    expect_refusal(bench, DFU_ERR_FILE, "Bad signature");
    make(bench, &how);
    bench->image[LENGTH - 1] ^= 0x80;
    expect_refusal(bench, DFU_ERR_FILE, "Bad signature");
    make(bench, &how);
    uint8_t key_id[8];
    memcpy(key_id, bench->image + SEALED + 40, sizeof key_id);
    how.flags = 0;
    make(bench, &how);
    put_le16(bench->image + SEALED + 6, SEAL_MAKER_SIGNED);
    memcpy(bench->image + SEALED + 40, key_id, sizeof key_id);
    crypto_hash_sha256(bench->image + SEALED + 64, bench->image, SEALED + 64);
    expect_refusal(bench, DFU_ERR_FILE, "Bad signature");
}

/* The seal says a digest that is signed; a byte of the application is another one. */
static void a_changed_byte_is_refused(void **state)
{
    static const uint32_t places[] = {0, 8, 31, 32 + 8, 64, 1000, 2047, 2048, 5000, SEALED - 1};
    struct bench *bench = *state;
    struct seal_maker how = right(bench);
    bench_enter(bench);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        make(bench, &how);
        bench->image[places[i]] ^= 0x10;
        expect_refusal(bench, DFU_ERR_FIRMWARE, "Image is torn");
    }
}

static void a_seal_elsewhere_is_none(void **state)
{
    static const uint32_t lengths[] = {1,          32,         SEALED - 32, SEALED + 1, SEALED + 32,
                                       0x7FFFFFE0, 0xFFFFFF60, 0xFFFFFFE0,  0xFFFFFFFF};
    struct bench *bench = *state;
    struct seal_maker how = right(bench);
    bench_enter(bench);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        make(bench, &how);
        put_le32(bench->image + 36, lengths[i]);
        expect_refusal(bench, DFU_ERR_FIRMWARE, "Image is torn");
    }
    make(bench, &how);
    put_le32(bench->image + 36, bench->place->app_bytes);
    expect_refusal(bench, DFU_ERR_FIRMWARE, "Image is torn");
}

static void expect_no_start(struct bench *bench, const char *words)
{
    uint8_t info[INFO_BYTES];
    uint16_t length = INFO_BYTES;
    char text[128];
    assert_true(dfu_host_power_on(&bench->host, BENCH_UP_MS));
    assert_int_equal(dfu_host_upload(&bench->host, INFO_BLOCK, info, &length), EP0_ACK);
    assert_int_equal(length, INFO_BYTES);
    assert_int_equal(info[7], 0);
    assert_int_equal(info[25], 4);
    read_text(bench, info[26], text);
    assert_string_equal(text, words);
    dfu_host_leave(&bench->host, false);
    struct dfu_status status = wait_for_refusal(bench);
    assert_int_equal(status.state, DFU_ERROR);
    dfu_host_run_ms(&bench->host, SOON_MS);
    assert_false(dfu_host_started(&bench->host));
}

/* However it got there: what is in flash at a start is checked too. */
static void every_start_is_checked(void **state)
{
    struct bench *bench = *state;
    struct seal_maker how = right(bench);
    make(bench, &how);
    put_into_flash(bench);
    assert_false(dfu_host_power_on(&bench->host, BENCH_UP_MS));
    assert_true(dfu_host_started(&bench->host));
    bench->image[4000] ^= 1;
    put_into_flash(bench);
    expect_no_start(bench, "Image is torn");
    how.board = "somebody-else";
    make(bench, &how);
    put_into_flash(bench);
    expect_no_start(bench, "Image is for board somebody-else");
    how = right(bench);
    how.flags = 0;
    make(bench, &how);
    put_into_flash(bench);
    expect_no_start(bench, "Image is not signed");
    how = right(bench);
    make(bench, &how);
    bench->image[SEALED + 97] ^= 8;
    put_into_flash(bench);
    expect_no_start(bench, "Bad signature");
}

/* As a power cut in an update by other means would leave it: nothing after some byte. */
static void a_torn_application_is_never_started(void **state)
{
    struct bench *bench = *state;
    struct seal_maker how = right(bench);
    const uint32_t step = bench->arm ? LENGTH / 16 : LENGTH / TORN_SAMPLES;
    make(bench, &how);
    for (uint32_t kept = 0; kept < LENGTH; kept += step + kept % 3) {
        assert_true(mem_flash_erase(board_flash(bench->host.board), bench->place->app));
        if (kept > 0) {
            assert_true(board_poke(bench->host.board, bench->place->app, bench->image, kept));
        }
        if (!dfu_host_power_on(&bench->host, BENCH_UP_MS)) {
            fail_msg("started with %u of %u bytes", (unsigned)kept, (unsigned)LENGTH);
        }
    }
    put_into_flash(bench);
    assert_false(dfu_host_power_on(&bench->host, BENCH_UP_MS));
}

static void version(struct bench *bench, uint32_t number, uint16_t more_flags)
{
    struct seal_maker how = right(bench);
    how.version = number;
    how.flags |= more_flags;
    make(bench, &how);
}

/* Whatever the board went through in between: erased, without power. */
static void an_older_version_is_refused(void **state)
{
    struct bench *bench = *state;
    const struct bench_place *place = bench->place;
    version(bench, 0x01030000, 0);
    bench_enter(bench);
    expect_start(bench);
    bench_enter_by_button(bench);
    version(bench, 0x01020005, 0);
    expect_refusal(bench, DFU_ERR_FILE, "Version 1.2.5 is older than 1.3.0");
    assert_true(
        dfu_host_erase(&bench->host, place->app, place->app_bytes, place->app_sector_bytes));
    assert_true(dfu_host_power_on(&bench->host, BENCH_UP_MS));
    expect_refusal(bench, DFU_ERR_FILE, "Version 1.2.5 is older than 1.3.0");
    put_into_flash(bench);
    expect_no_start(bench, "Version 1.2.5 is older than 1.3.0");
    version(bench, 0x01030000, 0);
    assert_true(dfu_host_power_on(&bench->host, BENCH_UP_MS));
    expect_start(bench);
    version(bench, 0xFF0AFFFF, 0);
    bench_enter_by_button(bench);
    expect_start(bench);
    version(bench, 0xFF0AFFFE, 0);
    bench_enter_by_button(bench);
    expect_refusal(bench, DFU_ERR_FILE, "Version 255.10.65534 is older than 255.10.65535");
}

/* The maker signed that this one may replace a newer one. The next one still may not. */
static void an_older_version_may_be_allowed_by_its_maker(void **state)
{
    struct bench *bench = *state;
    version(bench, 0x02000000, 0);
    bench_enter(bench);
    expect_start(bench);
    version(bench, 0x01000000, SEAL_MAKER_ANY_VERSION);
    bench_enter_by_button(bench);
    expect_start(bench);
    assert_false(dfu_host_power_on(&bench->host, BENCH_UP_MS));
    version(bench, 0x01090000, 0);
    bench_enter_by_button(bench);
    expect_refusal(bench, DFU_ERR_FILE, "Version 1.9.0 is older than 2.0.0");
}

static uint32_t log_addr(const struct bench *bench)
{
    return bench->place->own + bench->place->own_bytes - LOG_BYTES;
}

/* Records that were torn do not count, nor do they stand in the way of the next ones. */
static void torn_records_are_passed_over(void **state)
{
    struct bench *bench = *state;
    uint8_t record[RECORD_BYTES] = {0}, found[8];
    uint32_t addr = log_addr(bench);
    put_le32(record, 0x05000000);
    put_le32(record + 4, ~0x05000000u | 0x04000000);
    assert_true(board_poke(bench->host.board, addr, record, sizeof record));
    memset(record, 0xFF, sizeof record);
    put_le32(record + 28, 0);
    assert_true(board_poke(bench->host.board, addr + RECORD_BYTES, record, sizeof record));
    version(bench, 0x01000000, 0);
    bench_enter(bench);
    expect_start(bench);
    assert_true(board_peek(bench->host.board, addr + 2 * RECORD_BYTES, found, sizeof found));
    assert_int_equal(get_le32(found), 0x01000000);
    assert_int_equal(get_le32(found + 4), 0xFEFFFFFF);
    version(bench, 0x00FFFFFF, 0);
    bench_enter_by_button(bench);
    expect_refusal(bench, DFU_ERR_FILE, "Version 0.255.65535 is older than 1.0.0");
}

/* A board must go on taking updates then; the last version noted stays the oldest that is taken. */
static void a_full_log_stops_nothing(void **state)
{
    struct bench *bench = *state;
    for (uint32_t i = 0; i < LOG_BYTES / RECORD_BYTES; i++) {
        uint8_t record[RECORD_BYTES] = {0};
        put_le32(record, 0x01000000 + i);
        put_le32(record + 4, ~(0x01000000 + i));
        assert_true(board_poke(bench->host.board, log_addr(bench) + i * RECORD_BYTES, record,
                               sizeof record));
    }
    version(bench, 0x02000000, 0);
    bench_enter(bench);
    expect_start(bench);
    version(bench, 0x01000000, 0);
    bench_enter_by_button(bench);
    expect_refusal(bench, DFU_ERR_FILE, "Version 1.0.0 is older than 1.0.47");
}

static void the_board_says_what_it_asks(void **state)
{
    struct bench *bench = *state;
    uint8_t info[INFO_BYTES], key[32], secret[64], seed[32];
    uint16_t length = INFO_BYTES;
    version(bench, 0x01020003, 0);
    bench_enter(bench);
    expect_start(bench);
    bench_enter_by_button(bench);
    assert_int_equal(dfu_host_upload(&bench->host, INFO_BLOCK, info, &length), EP0_ACK);
    assert_int_equal(length, INFO_BYTES);
    assert_int_equal(info[24], 1);
    assert_int_equal(info[25], 3);
    assert_int_equal(info[26], 0);
    assert_int_equal(get_le32(info + 28), 0x01020003);
    assert_string_equal((const char *)info + 32, bench->place->seal_board);
    (void)sodium_hex2bin(seed, sizeof seed, SEAL_MAKER_EXAMPLE, 64, NULL, NULL, NULL);
    (void)crypto_sign_seed_keypair(key, secret, seed);
    assert_memory_equal(info + 56, key, 8);
}

/* An application as large as its slot, within B1's second. */
static void the_largest_application_starts_within_a_second(void **state)
{
    struct bench *bench = *state;
    uint32_t length = bench->place->app_bytes;
    struct seal_maker how = right(bench);
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
        BENCH_TEST(an_older_version_is_refused),
        BENCH_TEST(an_older_version_may_be_allowed_by_its_maker),
        BENCH_TEST(torn_records_are_passed_over),
        BENCH_TEST(a_full_log_stops_nothing),
        BENCH_TEST(the_board_says_what_it_asks),
        BENCH_TEST(the_largest_application_starts_within_a_second),
    };
    if (sodium_init() < 0 || !bench_choose(argc, argv)) {
        return 2;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
