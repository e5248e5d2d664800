/* SPDX-License-Identifier: MIT
 * What ST's order of driving the OTG core sees of the bus: resets, sleep, frames, disconnects. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/arm/hal_bench.h"
#include "twin/guest.h"
#include "twin/time.h"

/* Hosts reset the bus, and configure twice. */
static void comes_back(struct hal_bench *bench)
{
    hal_bench_attach(bench);
    hal_bench_echo(bench, 64, 1);
    for (uint32_t i = 0; i < 3; i++) {
        bench->port->reset(bench->port);
        hal_bench_run(bench, 100);
        hal_bench_attach(bench);
        hal_bench_echo(bench, 64, (uint8_t)i);
        hal_bench_echo(bench, 5, (uint8_t)i);
    }
    assert_int_equal(hal_bench_seen(bench, HAL_SEEN_RESET), 4);
    assert_int_equal(hal_bench_seen(bench, HAL_SEEN_ENUMERATED), 4);
    assert_int_equal(hal_bench_seen(bench, HAL_SEEN_CONFIGURED), 4);
    hal_bench_expect_calm(bench);
}

static void a_bus_reset_begins_anew(void **state)
{
    (void)state;
    hal_bench_each(HAL_DO_cdc, comes_back);
}

static void configures_twice(struct hal_bench *bench)
{
    hal_bench_attach(bench);
    hal_bench_echo(bench, 7, 1);
    hal_bench_echo(bench, 8, 2);
    assert_int_equal(hal_bench_ask(bench, 0, USB_SET_CONFIGURATION, 0, 0), EP0_ACK);
    assert_int_equal(hal_bench_ask(bench, 0, USB_SET_CONFIGURATION, 1, 0), EP0_ACK);
    hal_bench_echo(bench, 9, 3); /* opened anew: DATA0 on both sides */
    hal_bench_echo(bench, 64, 4);
    assert_int_equal(hal_bench_seen(bench, HAL_SEEN_CONFIGURED), 3);
}

static void endpoints_are_closed_and_opened(void **state)
{
    (void)state;
    hal_bench_each(HAL_DO_cdc, configures_twice);
}

static void reconnects(struct hal_bench *bench)
{
    hal_bench_attach(bench);
    uint32_t before = bench->port->generation(bench->port);
    assert_int_equal(hal_bench_ask(bench, 0x40, HAL_ASK_RECONNECT, 0, 0), EP0_ACK);
    hal_bench_run(bench, 15);
    assert_false(bench->port->attached(bench->port));
    hal_bench_attach(bench);
    assert_int_equal(bench->port->generation(bench->port), before + 1);
    hal_bench_echo(bench, 64, 4);
    hal_bench_expect_calm(bench);
}

static void a_soft_disconnect_is_seen(void **state)
{
    (void)state;
    hal_bench_each(HAL_DO_cdc, reconnects);
}

/* The host falls asleep; the device sees it, and wakes it when it was asked to. */
static void wakes_up(struct hal_bench *bench)
{
    struct guest *guest = board_guest(bench->board);
    hal_bench_attach(bench);
    uint32_t before = hal_bench_seen(bench, HAL_SEEN_SUSPEND);
    uint32_t woken = hal_bench_seen(bench, HAL_SEEN_WAKE_UP);
    guest->bus_suspend(guest);
    hal_bench_run(bench, 20);
    assert_int_equal(hal_bench_seen(bench, HAL_SEEN_SUSPEND), before + 1);
    assert_int_equal(hal_bench_seen(bench, HAL_SEEN_WAKE_UP), woken);
    hal_bench_echo(bench, 3, 1); /* by the host */
    assert_int_equal(hal_bench_seen(bench, HAL_SEEN_WAKE_UP), woken + 1);
    assert_int_equal(hal_bench_ask(bench, 0, USB_SET_FEATURE, 1, 0), EP0_ACK);
    assert_int_equal(hal_bench_ask(bench, 0x40, HAL_ASK_WAKE, 0, 0), EP0_ACK);
    guest->bus_suspend(guest);
    hal_bench_run(bench, 100);
    assert_int_equal(hal_bench_seen(bench, HAL_SEEN_SUSPEND), before + 2);
    uint32_t bytes = 9;
    uint8_t data[64] = {2};
    assert_int_equal(hal_bench_data(bench, 0x01, data, &bytes), EP0_ACK);
}

static void sleep_and_wake_up_are_seen(void **state)
{
    (void)state;
    hal_bench_each(HAL_DO_cdc, wakes_up);
}

/* An OUT endpoint is stopped under the global NAK, and armed again. */
static void stops_out(struct hal_bench *bench)
{
    hal_bench_attach(bench);
    for (uint32_t i = 1; i <= 3; i++) {
        hal_bench_echo(bench, 30, (uint8_t)i);
        assert_int_equal(hal_bench_ask(bench, 0x40, HAL_ASK_OUT_NAK, 0, 0), EP0_ACK);
        hal_bench_run(bench, 5);
        assert_int_equal(hal_bench_seen(bench, HAL_SEEN_OUT_NAK), i);
        assert_int_equal(hal_bench_seen(bench, HAL_SEEN_DISABLED), i);
        hal_bench_echo(bench, 31, (uint8_t)(i + 7));
    }
    hal_bench_expect_calm(bench);
}

static void an_out_endpoint_stops_under_the_global_nak(void **state)
{
    (void)state;
    hal_bench_each(HAL_DO_cdc, stops_out);
}

static void counts_frames(struct hal_bench *bench)
{
    hal_bench_attach(bench);
    assert_int_equal(hal_bench_ask(bench, 0x40, HAL_ASK_FRAMES, 0, 0), EP0_ACK);
    uint32_t before = hal_bench_seen(bench, HAL_SEEN_FRAME);
    uint32_t ticks = hal_bench_seen(bench, HAL_SEEN_TICKS);
    hal_bench_run(bench, 50);
    assert_in_range(hal_bench_seen(bench, HAL_SEEN_FRAME) - before, 49, 51);
    assert_in_range(hal_bench_seen(bench, HAL_SEEN_TICKS) - ticks, 49, 51);
    hal_bench_echo(bench, 64, 1);
}

static void starts_of_frame_interrupt_each_millisecond(void **state)
{
    (void)state;
    hal_bench_each(HAL_DO_cdc, counts_frames);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bus_reset_begins_anew),
        cmocka_unit_test(endpoints_are_closed_and_opened),
        cmocka_unit_test(a_soft_disconnect_is_seen),
        cmocka_unit_test(sleep_and_wake_up_are_seen),
        cmocka_unit_test(an_out_endpoint_stops_under_the_global_nak),
        cmocka_unit_test(starts_of_frame_interrupt_each_millisecond),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
