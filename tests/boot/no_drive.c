/* SPDX-License-Identifier: MIT
 * B2 on a board with one alternate setting, where no request says that another host begins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "glue/boot_guest.h"
#include "tests/boot/bench.h"
#include "twin/chip.h"

enum { BLOCK = DFU_HOST_BLOCK_BYTES, QUIET_MS = 8000 };

extern const struct boot_board test_board_no_drive;

static struct guest *make(const struct chip *chip)
{
    const struct boot_parts parts = {.board = &test_board_no_drive,
                                     .flash = chip->flash,
                                     .speed = chip->speed,
                                     .time = chip->time,
                                     .uid = chip->uid};
    return boot_guest_new(&parts);
}

static int set_up(void **state)
{
    if (bench_set_up_with(state, make) != 0) {
        return -1;
    }
    struct bench *bench = *state;
    bench_make_image(bench, bench->image, BENCH_IMAGE_MAX, 5);
    bench_enter(bench);
    assert_true(dfu_host_erase(&bench->host, bench->place->app, bench->place->app_sector_bytes,
                               bench->place->app_sector_bytes));
    assert_true(dfu_host_write(&bench->host, bench->place->app, bench->image, 2 * BLOCK));
    return 0;
}

/* As dfu-util lists what is there before it opens anything. */
static void look(struct bench *bench)
{
    const struct usb_setup serial = {USB_DIR_IN, USB_GET_DESCRIPTOR, 0x0303, 0x0409, 255};
    uint8_t text[255];
    assert_int_equal(dfu_host_control(&bench->host, &serial, text, NULL), EP0_ACK);
}

/* The next one finds dfuDNLOAD-IDLE and ends that first. */
static void begin_again(struct bench *bench)
{
    look(bench);
    assert_int_equal(bench_status(bench).state, DFU_DNLOAD_IDLE);
    assert_int_equal(dfu_host_abort(&bench->host), EP0_ACK);
    assert_int_equal(bench_status(bench).state, DFU_IDLE);
}

static void send_block(struct bench *bench)
{
    assert_int_equal(dfu_host_download(&bench->host, DFUSE_FIRST_DATA_BLOCK + 2,
                                       bench->image + 2 * BLOCK, BLOCK),
                     EP0_ACK);
}

static void b2_the_next_host_ends_what_it_finds(void **state)
{
    struct bench *bench = *state;
    begin_again(bench);
    bench_expect_no_application(bench);
}

static void b2_the_next_host_ends_what_it_finds_and_leaves(void **state)
{
    struct bench *bench = *state;
    assert_true(dfu_host_command(&bench->host, DFUSE_SET_ADDRESS, bench->place->app + 2 * BLOCK));
    begin_again(bench);
    dfu_host_leave(&bench->host, true);
    bench_expect_no_application(bench);
}

/* The one before slept out the poll timeout when it was stopped. */
static void b2_the_next_host_asks_for_the_status_that_was_left(void **state)
{
    struct bench *bench = *state;
    send_block(bench);
    assert_int_equal(bench_status(bench).state, DFU_DNBUSY);
    dfu_host_run_ms(&bench->host, 100);
    begin_again(bench);
    bench_expect_no_application(bench);
}

/* An error that its block in dfuDNBUSY was, and the one after it clears that. */
static void b2_the_host_after_the_next_clears_its_error(void **state)
{
    struct bench *bench = *state;
    send_block(bench);
    look(bench);
    assert_int_equal(bench_status(bench).state, DFU_DNBUSY);
    uint8_t nothing[1] = {0};
    assert_int_equal(dfu_host_download(&bench->host, DFUSE_FIRST_DATA_BLOCK, nothing, 1),
                     EP0_STALL);
    look(bench);
    assert_int_equal(bench_status(bench).state, DFU_ERROR);
    assert_int_equal(dfu_host_clear_status(&bench->host), EP0_ACK);
    dfu_host_leave(&bench->host, true);
    bench_expect_no_application(bench);
}

/* As fwupd verifies: it asks for the status once more, and ABORT is how it begins to read. */
static void one_that_reads_back_before_it_leaves_has_finished(void **state)
{
    struct bench *bench = *state;
    struct dfu_host *host = &bench->host;
    uint32_t app = bench->place->app;
    assert_true(dfu_host_write(host, app + 2 * BLOCK, bench->image + 2 * BLOCK,
                               BENCH_IMAGE_MAX - 2 * BLOCK));
    assert_true(dfu_host_command(host, DFUSE_SET_ADDRESS, app));
    assert_int_equal(bench_status(bench).state, DFU_DNLOAD_IDLE);
    assert_true(dfu_host_read(host, app, bench->other, BENCH_IMAGE_MAX));
    assert_memory_equal(bench->other, bench->image, BENCH_IMAGE_MAX);
    assert_int_equal(dfu_host_abort(host), EP0_ACK);
    dfu_host_leave(host, true);
    uint32_t limit_ms = bench_leave_limit_ms(bench);
    assert_true(bench_wait_started(bench, limit_ms) <= limit_ms);
}

/* The same one, with its last blocks and its own end. */
static void a_host_that_ends_its_download_has_finished(void **state)
{
    struct bench *bench = *state;
    assert_true(dfu_host_write(&bench->host, bench->place->app + 2 * BLOCK,
                               bench->image + 2 * BLOCK, BENCH_IMAGE_MAX - 2 * BLOCK));
    assert_int_equal(dfu_host_abort(&bench->host), EP0_ACK);
    dfu_host_run_ms(&bench->host, QUIET_MS);
    board_reset(bench->host.board, true, false);
    assert_true(bench_wait_started(bench, BENCH_UP_MS) <= BENCH_UP_MS);
    assert_true(bench_holds(bench, bench->place->app, bench->image, BENCH_IMAGE_MAX));
}

#define NO_DRIVE_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, bench_tear_down)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        NO_DRIVE_TEST(b2_the_next_host_ends_what_it_finds),
        NO_DRIVE_TEST(b2_the_next_host_ends_what_it_finds_and_leaves),
        NO_DRIVE_TEST(b2_the_next_host_asks_for_the_status_that_was_left),
        NO_DRIVE_TEST(b2_the_host_after_the_next_clears_its_error),
        NO_DRIVE_TEST(one_that_reads_back_before_it_leaves_has_finished),
        NO_DRIVE_TEST(a_host_that_ends_its_download_has_finished),
    };
    return bench_choose(argc, argv) ? cmocka_run_group_tests(tests, NULL, NULL) : 2;
}
