/* SPDX-License-Identifier: MIT
 * B2: what one host left unfinished, another one does not complete. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/boot/bench.h"

enum { BLOCK = DFU_HOST_BLOCK_BYTES, DRIVE_BYTES = 100, QUIET_MS = 8000 };

/* A host that dies after the first two blocks of an application. */
static void begin_update(struct bench *bench)
{
    bench_make_image(bench, bench->image, BENCH_IMAGE_MAX, 5);
    bench_enter(bench);
    assert_true(dfu_host_erase(&bench->host, bench->place->app, bench->place->app_sector_bytes,
                               bench->place->app_sector_bytes));
    assert_true(dfu_host_write(&bench->host, bench->place->app, bench->image, 2 * BLOCK));
}

/* A host that dies before it hears that the first block was taken. */
static void begin_unheard(struct bench *bench)
{
    const struct bench_place *place = bench->place;
    bench_make_image(bench, bench->image, BENCH_IMAGE_MAX, 5);
    bench_enter(bench);
    assert_true(
        dfu_host_erase(&bench->host, place->app, place->app_sector_bytes, place->app_sector_bytes));
    assert_true(dfu_host_command(&bench->host, DFUSE_SET_ADDRESS, place->app));
    assert_int_equal(dfu_host_download(&bench->host, DFUSE_FIRST_DATA_BLOCK, bench->image, BLOCK),
                     EP0_ACK);
}

/* The next one asks for the status first, as all do. */
static void look_first(struct bench *bench)
{
    enum { PROGRAM_STARTS_MS = 100 };
    dfu_host_run_ms(&bench->host, PROGRAM_STARTS_MS);
    assert_int_equal(bench_status(bench).state, DFU_IDLE);
    dfu_host_run_ms(&bench->host, PROGRAM_STARTS_MS);
}

/* Fills the drive as dfu-util does. */
static void fill_drive(struct bench *bench)
{
    const struct bench_place *place = bench->place;
    struct dfu_host *host = &bench->host;
    assert_true(
        dfu_host_erase(host, place->drive, place->drive_sector_bytes, place->drive_sector_bytes));
    assert_true(dfu_host_write(host, place->drive, bench->image, DRIVE_BYTES));
    assert_int_equal(dfu_host_abort(host), EP0_ACK);
}

/* Another one, which writes to the drive. */
static void write_drive(struct bench *bench)
{
    assert_int_equal(dfu_host_set_alternate(&bench->host, 1), EP0_ACK);
    fill_drive(bench);
}

static void expect_no_application(struct bench *bench)
{
    assert_int_equal(bench_wait_started(bench, QUIET_MS), UINT32_MAX);
    board_reset(bench->host.board, true, false);
    assert_int_equal(bench_wait_started(bench, BENCH_UP_MS), UINT32_MAX);
}

static void b2_the_drive_written_after_half_an_application(void **state)
{
    struct bench *bench = *state;
    begin_update(bench);
    write_drive(bench);
    expect_no_application(bench);
}

static void b2_the_drive_written_after_half_an_application_and_leave(void **state)
{
    struct bench *bench = *state;
    begin_update(bench);
    write_drive(bench);
    dfu_host_leave(&bench->host, true);
    expect_no_application(bench);
}

static void b2_a_bus_reset_and_leave_after_half_an_application(void **state)
{
    enum { UP_MS = 100 };
    struct bench *bench = *state;
    begin_update(bench);
    bench->host.port->reset(bench->host.port);
    dfu_host_run_ms(&bench->host, UP_MS);
    dfu_host_leave(&bench->host, true);
    expect_no_application(bench);
}

static void b2_the_drive_written_after_a_first_block_without_its_status(void **state)
{
    struct bench *bench = *state;
    begin_unheard(bench);
    assert_int_equal(dfu_host_set_alternate(&bench->host, 1), EP0_ACK);
    look_first(bench);
    fill_drive(bench);
    dfu_host_leave(&bench->host, true);
    expect_no_application(bench);
}

static void b2_a_bus_reset_and_leave_after_a_first_block_without_its_status(void **state)
{
    struct bench *bench = *state;
    begin_unheard(bench);
    bench->host.port->reset(bench->host.port);
    look_first(bench);
    dfu_host_leave(&bench->host, true);
    expect_no_application(bench);
}

static void an_application_written_after_a_first_block_without_its_status(void **state)
{
    enum { SHORT_BYTES = 3 * BLOCK + 128 };
    struct bench *bench = *state;
    begin_unheard(bench);
    assert_int_equal(dfu_host_set_alternate(&bench->host, 0), EP0_ACK);
    look_first(bench);
    bench_make_image(bench, bench->image, SHORT_BYTES, 6);
    bench_download(bench, bench->image, SHORT_BYTES);
    dfu_host_leave(&bench->host, true);
    uint32_t limit_ms = bench_leave_limit_ms(bench);
    assert_true(bench_wait_started(bench, limit_ms) <= limit_ms);
    assert_true(bench_holds(bench, bench->place->app, bench->image, SHORT_BYTES));
}

/* One that asks for no status before it begins. */
static void an_erase_straight_after_a_first_block_without_its_status(void **state)
{
    enum { SHORT_BYTES = 3 * BLOCK + 128, SETTLE_MS = 20 };
    struct bench *bench = *state;
    begin_unheard(bench);
    assert_int_equal(dfu_host_set_alternate(&bench->host, 0), EP0_ACK);
    dfu_host_run_ms(&bench->host, SETTLE_MS);
    bench_make_image(bench, bench->image, SHORT_BYTES, 6);
    bench_download(bench, bench->image, SHORT_BYTES);
    dfu_host_leave(&bench->host, true);
    uint32_t limit_ms = bench_leave_limit_ms(bench);
    assert_true(bench_wait_started(bench, limit_ms) <= limit_ms);
}

/* A file for both, in one session or two: what was complete stays so. */
static void the_drive_written_after_a_whole_application(void **state)
{
    enum { SHORT_BYTES = 3 * BLOCK + 128 };
    struct bench *bench = *state;
    bench_make_image(bench, bench->image, SHORT_BYTES, 5);
    bench_enter(bench);
    bench_download(bench, bench->image, SHORT_BYTES);
    write_drive(bench);
    dfu_host_leave(&bench->host, true);
    uint32_t limit_ms = bench_leave_limit_ms(bench);
    assert_true(bench_wait_started(bench, limit_ms) <= limit_ms);
    assert_true(bench_holds(bench, bench->place->app, bench->image, SHORT_BYTES));
    assert_true(bench_holds(bench, bench->place->drive, bench->image, DRIVE_BYTES));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(b2_the_drive_written_after_half_an_application),
        BENCH_TEST(b2_the_drive_written_after_half_an_application_and_leave),
        BENCH_TEST(b2_a_bus_reset_and_leave_after_half_an_application),
        BENCH_TEST(b2_the_drive_written_after_a_first_block_without_its_status),
        BENCH_TEST(b2_a_bus_reset_and_leave_after_a_first_block_without_its_status),
        BENCH_TEST(an_application_written_after_a_first_block_without_its_status),
        BENCH_TEST(an_erase_straight_after_a_first_block_without_its_status),
        BENCH_TEST(the_drive_written_after_a_whole_application),
    };
    return bench_choose(argc, argv) ? cmocka_run_group_tests(tests, NULL, NULL) : 2;
}
