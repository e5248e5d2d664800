/* SPDX-License-Identifier: MIT
 * The ways into DFU mode, and the menu of the user button; invariants I3 to I5. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "boot/boot.h"
#include "glue/boot_guest.h"
#include "tests/boot/bench.h"
#include "twin/guest.h"

enum { STEP_MS = 640, SHOWN_MS = 1500, CONFIRM_MS = 3000, REASON_AT = 6, INFO_BYTES = 24 };

/* The patterns of three and four LEDs. */
static uint32_t pattern(const struct bench *bench, uint32_t mode)
{
    static const uint32_t four[] = {1, 2, 4, 8};
    static const uint32_t three[] = {1, 2, 4, 7};
    return bench->place->led_count == 4 ? four[mode - 1] : three[mode - 1];
}

static bool starts_soon(struct bench *bench)
{
    return bench_wait_started(bench, bench_limit_ms(bench, 100)) != UINT32_MAX;
}

static void hold_from_power_on(struct bench *bench, uint32_t ms)
{
    board_press(bench->host.board, true);
    board_reset(bench->host.board, true, false);
    dfu_host_run_ms(&bench->host, ms);
}

static void let_go_in(struct bench *bench, uint32_t mode)
{
    hold_from_power_on(bench, (mode - 1) * STEP_MS + STEP_MS / 2);
    board_press(bench->host.board, false);
}

static void expect_mode(struct bench *bench, uint32_t mode)
{
    assert_true(bench_wait_started(bench, SHOWN_MS) <= SHOWN_MS);
    assert_int_equal(bench_mode(bench), mode);
}

static void the_patterns_come_in_their_order_and_the_last_one_stays(void **state)
{
    struct bench *bench = *state;
    if (!bench->place->button) {
        return; /* a board without one */
    }
    bench_install(bench, 3);
    hold_from_power_on(bench, STEP_MS / 2);
    for (uint32_t mode = 1; mode <= 4; mode++) {
        assert_int_equal(board_leds(bench->host.board), pattern(bench, mode));
        dfu_host_run_ms(&bench->host, STEP_MS);
    }
    for (uint32_t i = 0; i < 60; i++) {
        dfu_host_run_ms(&bench->host, STEP_MS);
        assert_int_equal(board_leds(bench->host.board), pattern(bench, 4));
    }
    board_press(bench->host.board, false);
    assert_true(dfu_host_wait_bus(&bench->host, true, SHOWN_MS));
}

static void letting_go_chooses_the_mode(void **state)
{
    struct bench *bench = *state;
    if (!bench->place->button) {
        return; /* a board without one */
    }
    bench_install(bench, 3);
    let_go_in(bench, 1);
    expect_mode(bench, BOOT_MODE_NORMAL);
    let_go_in(bench, 2);
    expect_mode(bench, BOOT_MODE_SAFE);
}

static void without_the_button_the_mode_is_normal(void **state)
{
    struct bench *bench = *state;
    bench_install(bench, 3);
    board_reset(bench->host.board, true, false);
    expect_mode(bench, BOOT_MODE_NORMAL);
}

static void i5_overshooting_never_formats(void **state)
{
    struct bench *bench = *state;
    if (!bench->place->button) {
        return; /* a board without one */
    }
    bench_install(bench, 3);
    let_go_in(bench, 3);
    assert_true(bench_wait_started(bench, CONFIRM_MS - 100) == UINT32_MAX);
    assert_true(bench_wait_started(bench, SHOWN_MS) <= SHOWN_MS);
    assert_int_equal(bench_mode(bench), BOOT_MODE_NORMAL);
}

static void i5_a_second_press_confirms(void **state)
{
    struct bench *bench = *state;
    if (!bench->place->button) {
        return; /* a board without one */
    }
    bench_install(bench, 3);
    let_go_in(bench, 3);
    dfu_host_run_ms(&bench->host, 500);
    board_press(bench->host.board, true);
    dfu_host_run_ms(&bench->host, 200);
    board_press(bench->host.board, false);
    expect_mode(bench, BOOT_MODE_FACTORY);
}

static uint8_t reason(struct bench *bench)
{
    uint8_t info[INFO_BYTES];
    uint16_t length = INFO_BYTES;
    assert_true(dfu_host_wait_bus(&bench->host, true, BENCH_UP_MS));
    assert_int_equal(dfu_host_upload(&bench->host, 1, info, &length), EP0_ACK);
    return info[REASON_AT];
}

static void two_presses_of_reset_enter(void **state)
{
    struct bench *bench = *state;
    bench_install(bench, 3);
    board_reset(bench->host.board, true, false);
    dfu_host_run_ms(&bench->host, 2000);
    board_reset(bench->host.board, false, false);
    dfu_host_run_ms(&bench->host, 300);
    assert_true(dfu_host_started(&bench->host));
    board_reset(bench->host.board, false, false);
    assert_int_equal(reason(bench), BOOT_REASON_DOUBLE_RESET);
}

static void two_slow_presses_do_not(void **state)
{
    struct bench *bench = *state;
    bench_install(bench, 3);
    board_reset(bench->host.board, true, false);
    for (uint32_t i = 0; i < 4; i++) {
        dfu_host_run_ms(&bench->host, 700);
        board_reset(bench->host.board, false, false);
    }
    assert_true(starts_soon(bench));
}

static void i3_an_order_is_obeyed_once(void **state)
{
    struct bench *bench = *state;
    bench_install(bench, 3);
    board_reset(bench->host.board, true, false);
    assert_true(starts_soon(bench));
    bench_order(bench, BOOT_ORDER_DFU);
    bench_reset_by(bench, RESET_SOFTWARE);
    assert_int_equal(reason(bench), BOOT_REASON_ORDER);
    dfu_host_run_ms(&bench->host, 1000);
    board_reset(bench->host.board, false, false);
    assert_true(starts_soon(bench));
}

static void i3_leftovers_of_memory_are_no_order(void **state)
{
    struct bench *bench = *state;
    bench_install(bench, 3);
    board_reset(bench->host.board, true, false);
    assert_true(starts_soon(bench));
    bench_order(bench, 0x12345678);
    bench_reset_by(bench, RESET_SOFTWARE);
    assert_true(starts_soon(bench));
}

/* An application that its watchdog has ended as often as is endured. */
static void install_dying(struct bench *bench)
{
    bench_install(bench, 3);
    board_reset(bench->host.board, true, false);
    for (uint32_t i = 1; i < BOOT_LOOP_RESETS; i++) {
        assert_true(starts_soon(bench));
        bench_reset_by(bench, RESET_WATCHDOG);
    }
    assert_true(starts_soon(bench));
}

static void i4_an_application_that_keeps_dying_is_not_started(void **state)
{
    struct bench *bench = *state;
    install_dying(bench);
    bench_reset_by(bench, RESET_WATCHDOG);
    assert_int_equal(reason(bench), BOOT_REASON_LOOP);
    board_reset(bench->host.board, true, false);
    assert_true(starts_soon(bench));
}

/* Who asks for a mode at the board gets it, whatever has happened before. */
static void i4_a_mode_chosen_by_hand_starts_an_application_that_keeps_dying(void **state)
{
    struct bench *bench = *state;
    if (!bench->place->button) {
        return; /* a board without one */
    }
    install_dying(bench);
    board_press(bench->host.board, true);
    bench_reset_by(bench, RESET_WATCHDOG);
    dfu_host_run_ms(&bench->host, STEP_MS + STEP_MS / 2);
    board_press(bench->host.board, false);
    expect_mode(bench, BOOT_MODE_SAFE);
}

static void without_an_application_it_enters(void **state)
{
    struct bench *bench = *state;
    board_reset(bench->host.board, true, false);
    assert_int_equal(reason(bench), BOOT_REASON_NO_APPLICATION);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(the_patterns_come_in_their_order_and_the_last_one_stays),
        BENCH_TEST(letting_go_chooses_the_mode),
        BENCH_TEST(without_the_button_the_mode_is_normal),
        BENCH_TEST(i5_overshooting_never_formats),
        BENCH_TEST(i5_a_second_press_confirms),
        BENCH_TEST(two_presses_of_reset_enter),
        BENCH_TEST(two_slow_presses_do_not),
        BENCH_TEST(i3_an_order_is_obeyed_once),
        BENCH_TEST(i3_leftovers_of_memory_are_no_order),
        BENCH_TEST(i4_an_application_that_keeps_dying_is_not_started),
        BENCH_TEST(i4_a_mode_chosen_by_hand_starts_an_application_that_keeps_dying),
        BENCH_TEST(without_an_application_it_enters),
    };
    return bench_choose(argc, argv) ? cmocka_run_group_tests(tests, NULL, NULL) : 2;
}
