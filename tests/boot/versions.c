/* SPDX-License-Identifier: MIT
 * What a board that wants signatures remembers of versions, and what it says of itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "core/bytes.h"
#include "core/dfu.h"
#include "tests/boot/seal_bench.h"
#include "tests/boot/version_log.h"
#include "twin/mem/flash.h"

enum { LOG_BYTES = VERSION_LOG_BYTES, RECORD_BYTES = VERSION_LOG_RECORD_BYTES };

static void version(struct bench *bench, uint32_t number, uint16_t more_flags)
{
    struct seal_maker how = seal_right(bench);
    how.version = number;
    how.flags |= more_flags;
    seal_make(bench, &how);
}

/* Whatever the board went through in between: erased, without power. */
static void an_older_version_is_refused(void **state)
{
    struct bench *bench = *state;
    const struct bench_place *place = bench->place;
    version(bench, 0x01030000, 0);
    bench_enter(bench);
    seal_expect_start(bench);
    bench_enter_by_button(bench);
    version(bench, 0x01020005, 0);
    seal_expect_refusal(bench, DFU_ERR_FILE, "Version 1.2.5 is older than 1.3.0");
    assert_true(
        dfu_host_erase(&bench->host, place->app, place->app_bytes, place->app_sector_bytes));
    assert_true(dfu_host_power_on(&bench->host, BENCH_UP_MS));
    seal_expect_refusal(bench, DFU_ERR_FILE, "Version 1.2.5 is older than 1.3.0");
    seal_put_into_flash(bench);
    seal_expect_no_start(bench, "Version 1.2.5 is older than 1.3.0");
    version(bench, 0x01030000, 0);
    assert_true(dfu_host_power_on(&bench->host, BENCH_UP_MS));
    seal_expect_start(bench);
    version(bench, 0xFF0AFFFF, 0);
    bench_enter_by_button(bench);
    seal_expect_start(bench);
    version(bench, 0xFF0AFFFE, 0);
    bench_enter_by_button(bench);
    seal_expect_refusal(bench, DFU_ERR_FILE, "Version 255.10.65534 is older than 255.10.65535");
}

/* The maker signed that this one may replace a newer one. The next one still may not. */
static void an_older_version_may_be_allowed_by_its_maker(void **state)
{
    struct bench *bench = *state;
    version(bench, 0x02000000, 0);
    bench_enter(bench);
    seal_expect_start(bench);
    version(bench, 0x01000000, SEAL_MAKER_ANY_VERSION);
    bench_enter_by_button(bench);
    seal_expect_start(bench);
    assert_false(dfu_host_power_on(&bench->host, BENCH_UP_MS));
    version(bench, 0x01090000, 0);
    bench_enter_by_button(bench);
    seal_expect_refusal(bench, DFU_ERR_FILE, "Version 1.9.0 is older than 2.0.0");
}

/* Records that were torn do not count, nor do they stand in the way of the next ones. */
static void torn_records_are_passed_over(void **state)
{
    struct bench *bench = *state;
    uint8_t record[RECORD_BYTES] = {0}, found[8];
    uint32_t addr = version_log_addr(bench);
    put_le32(record, 0x05000000);
    put_le32(record + 4, ~0x05000000u | 0x04000000);
    assert_true(board_poke(bench->host.board, addr, record, sizeof record));
    memset(record, 0xFF, sizeof record);
    put_le32(record + 28, 0);
    assert_true(board_poke(bench->host.board, addr + RECORD_BYTES, record, sizeof record));
    version(bench, 0x01000000, 0);
    bench_enter(bench);
    seal_expect_start(bench);
    assert_true(board_peek(bench->host.board, addr + 2 * RECORD_BYTES, found, sizeof found));
    assert_int_equal(get_le32(found), 0x01000000);
    assert_int_equal(get_le32(found + 4), 0xFEFFFFFF);
    version(bench, 0x00FFFFFF, 0);
    bench_enter_by_button(bench);
    seal_expect_refusal(bench, DFU_ERR_FILE, "Version 0.255.65535 is older than 1.0.0");
}

/* A board must go on taking updates then; the last version noted stays the oldest that is taken. */
static void a_full_log_stops_nothing(void **state)
{
    struct bench *bench = *state;
    for (uint32_t i = 0; i < LOG_BYTES / RECORD_BYTES; i++) {
        uint8_t record[RECORD_BYTES] = {0};
        put_le32(record, 0x01000000 + i);
        put_le32(record + 4, ~(0x01000000 + i));
        assert_true(board_poke(bench->host.board, version_log_addr(bench) + i * RECORD_BYTES,
                               record, sizeof record));
    }
    version(bench, 0x02000000, 0);
    bench_enter(bench);
    seal_expect_start(bench);
    version(bench, 0x01000000, 0);
    bench_enter_by_button(bench);
    seal_expect_refusal(bench, DFU_ERR_FILE, "Version 1.0.0 is older than 1.0.47");
}

/* An update to version 1.3.0 that ends early when the power goes. */
static void update_until(struct bench *bench, const struct mem_cut *cut)
{
    const struct bench_place *place = bench->place;
    struct mem_flash *flash = board_flash(bench->host.board);
    flash->cut = (struct mem_cut){0};
    flash->power_lost = false;
    assert_true(mem_flash_erase(flash, place->app));
    bench_forget_versions(bench);
    version(bench, 0x01030000, 0);
    bench_enter(bench);
    flash->operation_count = 0;
    flash->cut = *cut;
    if (dfu_host_write(&bench->host, place->app, bench->image, SEAL_BENCH_BYTES)) {
        dfu_host_leave(&bench->host, true);
        (void)bench_wait_started(bench, bench_leave_limit_ms(bench));
    }
}

/* Otherwise a loss of power at the right moment would keep the way back open. */
static void a_version_is_noted_before_it_can_be_started(void **state)
{
    enum { LAST = 48 };
    struct bench *bench = *state;
    uint32_t started = 0, in_dfu_mode = 0;
    update_until(bench, &(struct mem_cut){0});
    uint64_t all = board_flash(bench->host.board)->operation_count;
    for (uint32_t i = 0; i < LAST; i += bench->arm ? 7 : 1) {
        uint8_t record[4];
        update_until(bench, &(struct mem_cut){all - i, MEM_CUT_AFTER, i});
        assert_true(board_flash(bench->host.board)->power_lost);
        bool dfu = dfu_host_power_on(&bench->host, BENCH_UP_MS);
        assert_true(board_peek(bench->host.board, version_log_addr(bench), record, sizeof record));
        assert_true(dfu || get_le32(record) == 0x01030000);
        started += dfu ? 0 : 1;
        in_dfu_mode += dfu ? 1 : 0;
    }
    assert_true(started > 0 && in_dfu_mode > 0);
}

static void the_board_says_what_it_asks(void **state)
{
    struct bench *bench = *state;
    uint8_t info[SEAL_BENCH_INFO_BYTES], key[32], secret[64], seed[32];
    uint16_t length = SEAL_BENCH_INFO_BYTES;
    version(bench, 0x01020003, 0);
    bench_enter(bench);
    seal_expect_start(bench);
    bench_enter_by_button(bench);
    assert_int_equal(dfu_host_upload(&bench->host, SEAL_BENCH_INFO_BLOCK, info, &length), EP0_ACK);
    assert_int_equal(length, SEAL_BENCH_INFO_BYTES);
    assert_int_equal(info[24], 1);
    assert_int_equal(info[25], 3);
    assert_int_equal(info[26], 0);
    assert_int_equal(get_le32(info + 28), 0x01020003);
    assert_string_equal((const char *)info + 32, bench->place->seal_board);
    (void)sodium_hex2bin(seed, sizeof seed, SEAL_MAKER_EXAMPLE, 64, NULL, NULL, NULL);
    (void)crypto_sign_seed_keypair(key, secret, seed);
    assert_memory_equal(info + 56, key, 8);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(an_older_version_is_refused),
        BENCH_TEST(an_older_version_may_be_allowed_by_its_maker),
        BENCH_TEST(torn_records_are_passed_over),
        BENCH_TEST(a_full_log_stops_nothing),
        BENCH_TEST(a_version_is_noted_before_it_can_be_started),
        BENCH_TEST(the_board_says_what_it_asks),
    };
    if (sodium_init() < 0 || !bench_choose(argc, argv)) {
        return 2;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
