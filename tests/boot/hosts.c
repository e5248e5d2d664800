/* SPDX-License-Identifier: MIT
 * Hosts as people use them: what they count on, and what they get wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/bytes.h"
#include "tests/boot/bench.h"

enum { BLOCK = DFU_HOST_BLOCK_BYTES, IMAGE_BYTES = 3 * BLOCK };

/* pydfu asks twice at once, and gives up unless the answers are these. */
static void expect_pydfu_goes_on(struct bench *bench)
{
    assert_int_equal(bench_status(bench).state, DFU_DNBUSY);
    assert_int_equal(bench_status(bench).state, DFU_DNLOAD_IDLE);
}

static void pydfu_command(struct bench *bench, uint8_t code, uint32_t addr)
{
    uint8_t command[5] = {code};
    put_le32(command + 1, addr);
    assert_int_equal(dfu_host_download(&bench->host, DFUSE_COMMAND_BLOCK, command, sizeof command),
                     EP0_ACK);
    expect_pydfu_goes_on(bench);
}

static void the_one_that_never_sleeps(void **state)
{
    const struct usb_setup configure = {0, USB_SET_CONFIGURATION, 1, 0, 0};
    struct bench *bench = *state;
    struct dfu_host *host = &bench->host;
    const struct bench_place *place = bench->place;
    bench_make_image(bench, bench->image, IMAGE_BYTES, 5);
    bench_enter(bench);
    assert_int_equal(dfu_host_control(host, &configure, NULL, NULL), EP0_ACK);
    assert_int_equal(bench_status(bench).state, DFU_IDLE);
    pydfu_command(bench, DFUSE_ERASE, place->app);
    for (uint32_t at = 0; at < IMAGE_BYTES; at += BLOCK) {
        pydfu_command(bench, DFUSE_SET_ADDRESS, place->app + at);
        assert_int_equal(dfu_host_download(host, DFUSE_FIRST_DATA_BLOCK, bench->image + at, BLOCK),
                         EP0_ACK);
        expect_pydfu_goes_on(bench);
    }
    pydfu_command(bench, DFUSE_SET_ADDRESS, place->own);
    dfu_host_leave(host, true);
    uint32_t limit_ms = bench_leave_limit_ms(bench);
    assert_true(bench_wait_started(bench, limit_ms) <= limit_ms);
    assert_true(bench_holds(bench, place->app, bench->image, IMAGE_BYTES));
}

/* Nobody waits longer than that for one answer, however long the work is. */
static void a_status_comes_within_2_s(void **state)
{
    struct bench *bench = *state;
    struct usb_port *port = bench->host.port;
    const uint8_t command = DFUSE_ERASE;
    bench_enter(bench);
    assert_int_equal(dfu_host_download(&bench->host, DFUSE_COMMAND_BLOCK, &command, 1), EP0_ACK);
    struct dfu_status status = {.state = DFU_DNBUSY};
    while (status.state == DFU_DNBUSY) {
        uint64_t asked_ns = port->now(port);
        status = bench_status(bench);
        assert_true(port->now(port) - asked_ns < 2000000000u);
    }
    assert_int_equal(status.state, DFU_DNLOAD_IDLE);
}

/* A start over another one, of which some bits would have to rise: nothing of it is written. */
static void b2_a_start_that_nothing_was_erased_for_changes_nothing(void **state)
{
    enum { START_BYTES = 32, OLD_ENTRY = 0x3FF, NEW_ENTRY = 0x1FF, RISES_AT = 8 };
    struct bench *bench = *state;
    struct dfu_host *host = &bench->host;
    uint32_t app = bench->place->app;
    bench_make_image(bench, bench->other, BENCH_IMAGE_MAX, 3);
    put_le32(bench->other + 4, app + OLD_ENTRY);
    bench->other[RISES_AT] = 0;
    bench_seal(bench, bench->other, BENCH_IMAGE_MAX, BENCH_VERSION);
    assert_true(board_poke(host->board, app, bench->other, BENCH_IMAGE_MAX));
    memcpy(bench->image, bench->other, START_BYTES);
    put_le32(bench->image + 4, app + NEW_ENTRY);
    bench->image[RISES_AT] = 0xFF;
    bench_enter_by_button(bench);
    assert_true(dfu_host_write(host, app, bench->image, START_BYTES));
    dfu_host_leave(host, false);
    dfu_host_run_ms(host, BENCH_UP_MS);
    assert_int_equal(bench_status(bench).state, DFU_ERROR);
    assert_true(bench_holds(bench, app, bench->other, BENCH_IMAGE_MAX));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(the_one_that_never_sleeps),
        BENCH_TEST(a_status_comes_within_2_s),
        BENCH_TEST(b2_a_start_that_nothing_was_erased_for_changes_nothing),
    };
    return bench_choose(argc, argv) ? cmocka_run_group_tests(tests, NULL, NULL) : 2;
}
