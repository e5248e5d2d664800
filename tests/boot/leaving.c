/* SPDX-License-Identifier: MIT
 * B3 and B4 where the host stops asking, or the flash gives up, at the worst moment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/bytes.h"
#include "tests/boot/bench.h"
#include "twin/mem/flash.h"

enum { BLOCK = DFU_HOST_BLOCK_BYTES, SHORT_BYTES = BLOCK + 1024, ERASE_MS = 4000 };

/* All but the last status: the last block waits for the host to hear that it was taken. */
static void download_unheard(struct bench *bench)
{
    const struct bench_place *place = bench->place;
    bench_make_image(bench, bench->image, SHORT_BYTES, 5);
    assert_true(
        dfu_host_erase(&bench->host, place->app, place->app_sector_bytes, place->app_sector_bytes));
    assert_true(dfu_host_write(&bench->host, place->app, bench->image, BLOCK));
    assert_int_equal(dfu_host_download(&bench->host, DFUSE_FIRST_DATA_BLOCK + 1,
                                       bench->image + BLOCK, SHORT_BYTES - BLOCK),
                     EP0_ACK);
}

static void b3_the_last_status_not_asked_for_and_a_silent_bus(void **state)
{
    struct bench *bench = *state;
    bench_enter(bench);
    download_unheard(bench);
    board_suspend(bench->host.board);
    uint32_t limit_ms = bench_leave_limit_ms(bench);
    assert_true(bench_wait_started(bench, limit_ms) <= limit_ms);
    assert_true(bench_holds(bench, bench->place->app, bench->image, SHORT_BYTES));
}

static void b3_the_last_status_not_asked_for_and_a_bus_reset(void **state)
{
    enum { QUIET_MS = 5000, IDLE_MS = 60000 };
    struct bench *bench = *state;
    bench_enter(bench);
    download_unheard(bench);
    bench->host.port->reset(bench->host.port);
    assert_true(bench_wait_started(bench, QUIET_MS + IDLE_MS) <= QUIET_MS + IDLE_MS);
    assert_true(bench_holds(bench, bench->place->app, bench->image, SHORT_BYTES));
}

/* Leave, and then a host that begins with the drive and is never heard of again. */
static void b3_leave_and_an_erase_that_nobody_asks_about(void **state)
{
    struct bench *bench = *state;
    uint8_t command[5] = {DFUSE_ERASE};
    bench_install(bench, 3);
    bench_enter_by_button(bench);
    dfu_host_leave(&bench->host, false);
    assert_int_equal(dfu_host_set_alternate(&bench->host, 1), EP0_ACK);
    put_le32(command + 1, bench->place->drive);
    assert_int_equal(dfu_host_download(&bench->host, 0, command, sizeof command), EP0_ACK);
    assert_true(bench_wait_started(bench, ERASE_MS) <= ERASE_MS);
    assert_int_equal(bench_mode(bench), 1);
}

/* The cells of the start take nothing any more when they are written at last; its first byte in
 * that order stands there without being written. */
static void b3_leave_with_cells_that_fail_ends_in_an_error(void **state)
{
    enum { ENTRY = 0xFE, TIRED_MS = 500 };
    struct bench *bench = *state;
    const struct bench_place *place = bench->place;
    const struct mem_spot spot = {MEM_SPOT_PROTECTED, place->app, 0};
    bench_make_image(bench, bench->image, BENCH_IMAGE_MAX, 5);
    put_le32(bench->image + 4, place->app + ENTRY + 1);
    bench_seal(bench, bench->image, BENCH_IMAGE_MAX, BENCH_VERSION);
    bench_enter(bench);
    bench_download(bench, bench->image, BENCH_IMAGE_MAX);
    assert_true(mem_flash_add_spot(board_flash(bench->host.board), &spot));
    dfu_host_leave(&bench->host, false);
    dfu_host_run_ms(&bench->host, TIRED_MS);
    bench_expect_error(bench, DFU_ERR_VERIFY);
}

/* Data behind the application, and never heard of again: what is to be checked before it starts
 * starts nevertheless. */
static void b4_a_board_that_was_only_touched_is_not_kept(void **state)
{
    enum { IDLE_EXIT_MS = 60000, MARGIN_MS = 1000 };
    struct bench *bench = *state;
    uint32_t behind = bench->place->app + BENCH_IMAGE_MAX;
    bench_install(bench, 3);
    bench_enter_by_button(bench);
    assert_true(dfu_host_write(&bench->host, behind, bench->other, BLOCK));
    uint32_t limit_ms = bench_limit_ms(bench, IDLE_EXIT_MS + MARGIN_MS);
    assert_true(bench_wait_started(bench, limit_ms) <= limit_ms);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(b3_the_last_status_not_asked_for_and_a_silent_bus),
        BENCH_TEST(b3_the_last_status_not_asked_for_and_a_bus_reset),
        BENCH_TEST(b3_leave_and_an_erase_that_nobody_asks_about),
        BENCH_TEST(b3_leave_with_cells_that_fail_ends_in_an_error),
        BENCH_TEST(b4_a_board_that_was_only_touched_is_not_kept),
    };
    return bench_choose(argc, argv) ? cmocka_run_group_tests(tests, NULL, NULL) : 2;
}
