/* SPDX-License-Identifier: MIT
 * The host that a DWC2 core is plugged into: attaching, resets, sleep, leaving. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/dwc2_flavours.h"

static void reads_descriptor(struct world *world)
{
    uint8_t data[64];
    uint16_t length = sizeof data;
    assert_int_equal(ask(world, (struct usb_setup){0x80, 6, 0x0100, 0, 64}, data, &length),
                     EP0_ACK);
    assert_int_equal(length, 18);
    assert_int_equal(data[0], 18);
    assert_int_equal(data[17], 1);
}

static void enumerated_properly(struct world *world)
{
    assert_int_equal(world->resets, 1);
    assert_int_equal(world->enumerated, 1);
    assert_int_equal(world_read(world, 0x808) >> 1 & 3, 3);
    assert_int_equal(world_read(world, 0x800) >> 4 & 0x7F, 1);
    assert_true(world->suspends == 1); /* the silence before the reset */
    reads_descriptor(world);
}

static void a_device_is_reset_described_and_addressed(void **state)
{
    (void)state;
    for_each(enumerated_properly);
}

static void check_read(struct world *world, uint16_t there, uint16_t wanted)
{
    static uint8_t data[4096];
    uint16_t length = wanted;
    uint16_t expected = there < wanted ? there : wanted;
    memset(data, 0xEE, sizeof data);
    assert_int_equal(
        ask(world, (struct usb_setup){0xC0, ASK_READ, there, 0, wanted}, data, &length), EP0_ACK);
    assert_int_equal(length, expected);
    for (uint32_t i = 0; i < expected; i++) {
        assert_int_equal(data[i], (uint8_t)(i + (i >> 8)));
    }
    assert_int_equal(data[expected], 0xEE);
}

static void reset_anywhere(struct world *world)
{
    uint8_t data[2048] = {0};
    for (uint32_t us = 3; us < 300; us += 29) {
        uint16_t length = 2048;
        struct usb_setup setup = {us % 2 == 0 ? 0xC0 : 0x40, us % 2 == 0 ? ASK_READ : ASK_WRITE,
                                  2048, 0, 2048};
        uint32_t resets = world->resets;
        assert_int_equal(soc_wire_control(world->wire, &setup, data, &length), EP0_NAK);
        world_run(world, us * TWIN_US);
        soc_wire_bus_reset(world->wire);
        assert_true(soc_wire_connected(world->wire)); /* for the host's user it never left */
        check_read(world, 65, 65);
        assert_int_equal(world->resets, resets + 1);
        assert_true(soc_wire_connected(world->wire));
    }
}

static void a_bus_reset_in_a_transfer_leaves_a_working_device(void **state)
{
    (void)state;
    for_each(reset_anywhere);
}

static void sleeps_and_wakes(struct world *world)
{
    uint32_t suspends = world->suspends;
    soc_wire_sleep(world->wire, true);
    world_run(world, 2 * TWIN_MS);
    assert_int_equal(world->suspends, suspends);
    world_run(world, 2 * TWIN_MS);
    assert_int_equal(world->suspends, suspends + 1);
    assert_int_equal(world_read(world, 0x808) & 1, 1);
    assert_int_equal(world->wakes, 0);
    check_read(world, 5, 5); /* wakes it */
    assert_int_equal(world->wakes, 1);
    assert_int_equal(world->enumerated, 1); /* the end of a reset, not of sleep */
    assert_int_equal(world_read(world, 0x808) & 1, 0);
}

static void the_bus_sleeps_and_wakes(void **state)
{
    (void)state;
    for_each(sleeps_and_wakes);
}

static void wakes_host(struct world *world)
{
    soc_wire_sleep(world->wire, true);
    world_run(world, 10 * TWIN_MS);
    world_write(world, 0x804, world_read(world, 0x804) | 1);
    world_run(world, 5 * TWIN_MS);
    world_write(world, 0x804, world_read(world, 0x804) & ~1U);
    world_run(world, 50 * TWIN_MS);
    assert_int_equal(world_read(world, 0x808) & 1, 0);
    reads_descriptor(world);
}

static void a_device_wakes_the_host(void **state)
{
    (void)state;
    for_each(wakes_host);
}

static void leaves_and_returns(struct world *world)
{
    uint8_t data[64];
    uint16_t length = 64;
    struct usb_setup setup = {0xC0, ASK_READ, 64, 0, 64};
    assert_int_equal(soc_wire_control(world->wire, &setup, data, &length), EP0_NAK);
    firmware_connect(world, false);
    firmware_connect(world, true); /* between two looks of the host */
    assert_false(soc_wire_connected(world->wire));
    assert_int_equal(soc_wire_control(world->wire, &setup, data, &length), EP0_GONE);
    assert_true(world_enumerate(world));
    check_read(world, 64, 64);
    uint32_t suspends = world->suspends;
    soc_wire_plug(world->wire, false);
    assert_false(soc_wire_connected(world->wire));
    world_run(world, 50 * TWIN_MS);
    assert_int_equal(world->suspends, suspends + 1); /* no starts of frame any more */
    assert_int_equal(soc_wire_control(world->wire, &setup, data, &length), EP0_GONE);
    soc_wire_plug(world->wire, true);
    assert_true(world_enumerate(world));
    check_read(world, 64, 64);
    world->parts[0].reset(world->parts[0].self, RESET_SOFTWARE);
    assert_false(soc_wire_connected(world->wire));
}

static void a_device_that_leaves_is_gone(void **state)
{
    (void)state;
    for_each(leaves_and_returns);
}

static void a_deaf_firmware_is_given_up(void **state)
{
    (void)state;
    struct world world;
    world_start(&world, &soc_dwc2_f405, (struct world_style){.deaf = true});
    world_run(&world, 25 * (uint64_t)TWIN_MS * 1000);
    assert_false(soc_wire_connected(world.wire));
    assert_int_equal(soc_wire_counts(world.wire).resets, 4);
    assert_int_equal(world.parts[1].due(world.parts[1].self), UINT64_MAX);
    soc_wire_plug(world.wire, false);
    soc_wire_plug(world.wire, true);
    world_run(&world, 25 * (uint64_t)TWIN_MS * 1000);
    assert_int_equal(soc_wire_counts(world.wire).resets, 8);
    world_end(&world);
}

static void an_address_that_outlives_a_reset_makes_a_device_deaf(void **state)
{
    (void)state;
    struct world world;
    ready(&world, (struct world_style){.keeps_address = true});
    soc_wire_bus_reset(world.wire);
    world_run(&world, 1000 * (uint64_t)TWIN_MS);
    assert_false(soc_wire_connected(world.wire));
    assert_true(soc_wire_counts(world.wire).silent >= 3);
    world_end(&world);
}

static void three_tokens_without_an_answer_kill_a_transfer(void **state)
{
    (void)state;
    struct world world;
    ready(&world, (struct world_style){.deaf = false});
    world.clocks.usb = 47000000; /* out of tune */
    uint8_t data[64];
    uint16_t length = 64;
    struct usb_setup setup = {0xC0, ASK_READ, 64, 0, 64};
    assert_int_equal(world_control(&world, &setup, data, &length, 100), EP0_NAK);
    assert_int_equal(soc_wire_counts(world.wire).silent, 3);
    world.clocks.usb = 48000000;
    soc_wire_cancel(world.wire);
    check_read(&world, 64, 64);
    world_end(&world);
}

static void an_address_may_be_set_after_the_status_stage(void **state)
{
    (void)state;
    struct world world;
    ready(&world, (struct world_style){.late_address = true});
    check_read(&world, 64, 64);
    world_end(&world);
}

static void a_busy_device_is_not_put_to_sleep(void **state)
{
    (void)state;
    struct world world;
    struct usb_setup wait = {0x40, ASK_WAIT, 50, 0, 0};
    uint8_t none[1];
    uint16_t length = 0;
    ready(&world, (struct world_style){.by_interrupt = true});
    assert_int_equal(world_control(&world, &wait, none, &length, 10), EP0_NAK);
    uint32_t suspends = world.suspends;
    soc_wire_sleep(world.wire, true);
    assert_int_equal(world_control(&world, &wait, none, &length, LIMIT_MS), EP0_ACK);
    assert_int_equal(world.suspends, suspends);
    world_end(&world);
}

/* Lets the device be deaf for that many tokens more. */
static void miss_tokens(struct world *world, uint32_t count)
{
    uint64_t until = soc_wire_counts(world->wire).silent + count;
    world->clocks.usb = 12000000;
    for (uint32_t us = 0; us < 5000 && soc_wire_counts(world->wire).silent < until; us++) {
        world_run(world, TWIN_US);
    }
    world->clocks.usb = 48000000;
    assert_true(soc_wire_counts(world->wire).silent == until);
}

static void missed_tokens_count_in_a_row(void **state)
{
    (void)state;
    struct world world;
    struct usb_setup wait = {0x40, ASK_WAIT, 20, 0, 0};
    uint8_t none[1];
    uint16_t length = 0;
    ready(&world, (struct world_style){.by_interrupt = true});
    assert_int_equal(world_control(&world, &wait, none, &length, 5), EP0_NAK);
    miss_tokens(&world, 2);
    assert_int_equal(world_control(&world, &wait, none, &length, 5), EP0_NAK);
    miss_tokens(&world, 2);
    assert_int_equal(world_control(&world, &wait, none, &length, LIMIT_MS), EP0_ACK);
    world_end(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_device_is_reset_described_and_addressed),
        cmocka_unit_test(a_bus_reset_in_a_transfer_leaves_a_working_device),
        cmocka_unit_test(the_bus_sleeps_and_wakes),
        cmocka_unit_test(a_device_wakes_the_host),
        cmocka_unit_test(a_device_that_leaves_is_gone),
        cmocka_unit_test(a_deaf_firmware_is_given_up),
        cmocka_unit_test(an_address_that_outlives_a_reset_makes_a_device_deaf),
        cmocka_unit_test(three_tokens_without_an_answer_kill_a_transfer),
        cmocka_unit_test(an_address_may_be_set_after_the_status_stage),
        cmocka_unit_test(a_busy_device_is_not_put_to_sleep),
        cmocka_unit_test(missed_tokens_count_in_a_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
