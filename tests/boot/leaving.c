/* SPDX-License-Identifier: MIT
 * B3 where the host stops asking at the worst moment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/bytes.h"
#include "tests/boot/bench.h"

enum { SHORT_BYTES = 1024, ERASE_MS = 4000 };

/* All but the last status: the block waits for the host to hear that it was taken. */
static void download_unheard(struct bench *bench)
{
    const struct bench_place *place = bench->place;
    bench_make_image(bench, bench->image, SHORT_BYTES, 5);
    assert_true(
        dfu_host_erase(&bench->host, place->app, place->app_sector_bytes, place->app_sector_bytes));
    assert_true(dfu_host_command(&bench->host, DFUSE_SET_ADDRESS, place->app));
    assert_int_equal(
        dfu_host_download(&bench->host, DFUSE_FIRST_DATA_BLOCK, bench->image, SHORT_BYTES),
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

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(b3_the_last_status_not_asked_for_and_a_silent_bus),
        BENCH_TEST(b3_the_last_status_not_asked_for_and_a_bus_reset),
        BENCH_TEST(b3_leave_and_an_erase_that_nobody_asks_about),
    };
    return bench_choose(argc, argv) ? cmocka_run_group_tests(tests, NULL, NULL) : 2;
}
