/* SPDX-License-Identifier: MIT
 * Transfers between a host and a DWC2 core, with a polling or an interrupt-driven firmware. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/dwc2_flavours.h"

static enum ep0_answer ask_plain(struct world *world, uint8_t type, uint8_t request, uint16_t value)
{
    uint16_t length = 0;
    uint8_t none[1];
    return ask(world, (struct usb_setup){type, request, value, 0, 0}, none, &length);
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

static void reads_all_lengths(struct world *world)
{
    static const uint16_t lengths[] = {1,  2,  3,  4,   7,   8,   9,   31,   32,   33,
                                       63, 64, 65, 127, 128, 129, 192, 1000, 1024, 2048};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        check_read(world, lengths[i], lengths[i]);
        check_read(world, lengths[i], 2100);
        check_read(world, 2100, lengths[i]);
    }
    check_read(world, 0, 64);
}

static void data_comes_in_at_any_length(void **state)
{
    (void)state;
    for_each(reads_all_lengths);
}

static void writes_all_lengths(struct world *world)
{
    static const uint16_t lengths[] = {1, 5, 8, 16, 63, 64, 65, 128, 129, 256, 1025, 2048, 4096};
    uint8_t data[4096];
    for (uint32_t i = 0; i < sizeof data; i++) {
        data[i] = (uint8_t)(i * 7 + (i >> 8));
    }
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        uint16_t length = lengths[i];
        memset(world->out, 0, sizeof world->out);
        assert_int_equal(
            ask(world, (struct usb_setup){0x40, ASK_WRITE, 0, 0, length}, data, &length), EP0_ACK);
        assert_int_equal(length, lengths[i]);
        assert_int_equal(world->out_bytes, lengths[i]);
        assert_memory_equal(world->out, data, lengths[i]);
    }
    assert_int_equal(ask_plain(world, 0x40, ASK_WRITE, 0), EP0_ACK);
    assert_int_equal(world->data1_setups, 0);
}

static void data_goes_out_at_any_length(void **state)
{
    (void)state;
    for_each(writes_all_lengths);
}

static void stalls_and_recovers(struct world *world)
{
    uint8_t data[64] = {0};
    uint16_t length = 8;
    assert_int_equal(ask(world, (struct usb_setup){0x80, 6, 0x0600, 0, 8}, data, &length),
                     EP0_STALL);
    assert_int_equal(length, 8);
    assert_int_equal(ask_plain(world, 0x40, 0x77, 0), EP0_STALL);
    length = 64;
    assert_int_equal(ask(world, (struct usb_setup){0x40, 0x77, 0, 0, 64}, data, &length),
                     EP0_STALL);
    check_read(world, 100, 100);
}

static void a_stall_ends_with_the_next_setup(void **state)
{
    (void)state;
    for_each(stalls_and_recovers);
}

static void stalls_in_data(struct world *world)
{
    uint8_t data[300] = {1};
    uint16_t length = 300;
    assert_int_equal(ask(world, (struct usb_setup){0x40, ASK_LATER, 0, 0, 300}, data, &length),
                     EP0_STALL);
    check_read(world, 10, 10);
}

static void a_stall_may_come_in_the_midst_of_data(void **state)
{
    (void)state;
    for_each(stalls_in_data);
}

static void waits_for_device(struct world *world)
{
    uint64_t before = world->time.now_ns;
    uint8_t data[4];
    uint16_t length = 4;
    assert_int_equal(ask(world, (struct usb_setup){0xC0, ASK_WAIT, 50, 0, 4}, data, &length),
                     EP0_ACK);
    uint64_t took = world->time.now_ns - before;
    assert_in_range(took, 50 * TWIN_MS, 52 * TWIN_MS);
    assert_int_equal(ask_plain(world, 0x40, ASK_WAIT, 500), EP0_ACK);
    check_read(world, 64, 64);
}

static void a_device_may_put_the_host_off(void **state)
{
    (void)state;
    for_each(waits_for_device);
}

static void waiting_costs_few_packets(void **state)
{
    (void)state;
    struct world world;
    ready(&world, (struct world_style){.by_interrupt = true});
    uint64_t naks = soc_wire_counts(world.wire).naks;
    assert_int_equal(ask_plain(&world, 0x40, ASK_WAIT, 900), EP0_ACK);
    assert_in_range(soc_wire_counts(world.wire).naks - naks, 850, 1000);
    uint32_t steps = world.steps;
    world_run(&world, 100 * (uint64_t)TWIN_MS);
    assert_true(world.steps - steps < 3); /* nothing to do: nothing done */
    world_end(&world);
}

static uint64_t transfer_ns(struct world *world, uint8_t type, uint8_t request, uint16_t length)
{
    static uint8_t data[4096];
    uint64_t before = world->time.now_ns;
    uint16_t bytes = length;
    assert_int_equal(ask(world, (struct usb_setup){type, request, length, 0, length}, data, &bytes),
                     EP0_ACK);
    return world->time.now_ns - before;
}

/* A device that answers within 2 us may cost a few NAKs per packet, never half the bandwidth. */
static void keeps_wire_time(struct world *world)
{
    static const uint16_t lengths[] = {64, 512, 2048};
    for (size_t i = 0; world->style.ep0_bytes == 0 && i < 3; i++) {
        uint32_t ideal = usb_control_time_ns(lengths[i]);
        uint32_t slack = (lengths[i] / 64U + 2) * 70 * TWIN_US;
        assert_in_range(transfer_ns(world, 0xC0, ASK_READ, lengths[i]), ideal, ideal + slack);
        assert_in_range(transfer_ns(world, 0x40, ASK_WRITE, lengths[i]), ideal, ideal + slack);
    }
}

static void a_transfer_takes_the_time_of_full_speed(void **state)
{
    (void)state;
    for_each(keeps_wire_time);
}

static void aborts(struct world *world)
{
    uint8_t data[2048] = {0};
    uint16_t length = 2048;
    struct usb_setup write = {0x40, ASK_WRITE, 0, 0, 2048};
    struct usb_setup read = {0xC0, ASK_READ, 2048, 0, 2048};
    for (uint32_t us = 3; us < 400; us += 17) {
        assert_int_equal(soc_wire_control(world->wire, &write, data, &length), EP0_NAK);
        world_run(world, us * TWIN_US);
        check_read(world, 70, 70); /* another setup in the data stage */
        length = 2048;
        assert_int_equal(soc_wire_control(world->wire, &read, data, &length), EP0_NAK);
        world_run(world, us * TWIN_US);
        soc_wire_cancel(world->wire);
        check_read(world, 33, 64);
    }
}

static void a_setup_in_the_data_stage_starts_anew(void **state)
{
    (void)state;
    for_each(aborts);
}

static void a_setup_while_the_device_naks_starts_anew(void **state)
{
    (void)state;
    struct world world;
    ready(&world, (struct world_style){.by_interrupt = true});
    struct usb_setup wait = {0x40, ASK_WAIT, 10000, 0, 0};
    uint8_t none[1];
    uint16_t length = 0;
    assert_int_equal(world_control(&world, &wait, none, &length, 20), EP0_NAK);
    soc_wire_cancel(world.wire);
    check_read(&world, 500, 512);
    world_end(&world);
}

static void echoes(struct world *world)
{
    uint8_t data[64], back[64];
    assert_int_equal(ask_plain(world, 0, 9, 1), EP0_ACK);
    for (uint16_t bytes = 0; bytes <= 64; bytes++) {
        uint16_t length = bytes;
        memset(data, bytes, sizeof data);
        assert_int_equal(world_bulk(world, 0x01, data, &length, LIMIT_MS), EP0_ACK);
        length = 64;
        assert_int_equal(world_bulk(world, 0x81, back, &length, LIMIT_MS), EP0_ACK);
        assert_int_equal(length, bytes);
        assert_memory_equal(back, data, bytes);
    }
    check_read(world, 128, 128);
}

static void bulk_endpoints_echo(void **state)
{
    (void)state;
    for_each(echoes);
}

static void echo_once(struct world *world, uint8_t seed)
{
    uint8_t data[64], back[64];
    uint16_t length = 20;
    memset(data, seed, sizeof data);
    assert_int_equal(world_bulk(world, 0x01, data, &length, LIMIT_MS), EP0_ACK);
    length = 64;
    memset(back, 0, sizeof back);
    assert_int_equal(world_bulk(world, 0x81, back, &length, LIMIT_MS), EP0_ACK);
    assert_int_equal(length, 20);
    assert_memory_equal(back, data, 20);
}

static void toggles(struct world *world)
{
    assert_int_equal(ask_plain(world, 0, 9, 1), EP0_ACK);
    echo_once(world, 1);
    assert_int_equal(ask_plain(world, 0, 9, 1), EP0_ACK); /* both directions anew */
    echo_once(world, 2);
    uint16_t length = 0;
    uint8_t none[1];
    assert_int_equal(ask(world, (struct usb_setup){2, 1, 0, 0x81, 0}, none, &length), EP0_ACK);
    echo_once(world, 3); /* IN anew, OUT going on */
    assert_int_equal(ask_plain(world, 0x42, 0x77, 0), EP0_STALL);
    check_read(world, 3, 3); /* and no other request touches them */
    echo_once(world, 4);
}

static void data_toggles_follow_the_requests_that_reset_them(void **state)
{
    (void)state;
    for_each(toggles);
}

static void a_packet_that_is_too_long_kills_its_transfer(void **state)
{
    (void)state;
    struct world world;
    uint8_t data[64] = {7}, back[64];
    uint16_t length = 30;
    ready(&world, (struct world_style){.by_interrupt = true});
    assert_int_equal(ask_plain(&world, 0, 9, 1), EP0_ACK);
    assert_int_equal(world_bulk(&world, 0x01, data, &length, LIMIT_MS), EP0_ACK);
    length = 29;
    assert_int_equal(world_bulk(&world, 0x81, back, &length, 100), EP0_BABBLE);
    assert_int_equal(length, 0);
    length = 30; /* the device still has it */
    assert_int_equal(world_bulk(&world, 0x81, back, &length, LIMIT_MS), EP0_ACK);
    assert_memory_equal(back, data, 30);
    world_end(&world);
}

static void a_transfer_given_up_tells_whether_packets_had_moved(void **state)
{
    (void)state;
    struct world world;
    uint8_t data[64] = {7}, back[128];
    uint16_t length = 64;
    ready(&world, (struct world_style){.by_interrupt = true});
    assert_int_equal(ask_plain(&world, 0, 9, 1), EP0_ACK);
    assert_false(soc_wire_cancel_data(world.wire, 0x81));
    length = 128;
    assert_int_equal(world_bulk(&world, 0x81, back, &length, 10), EP0_NAK);
    assert_false(soc_wire_cancel_data(world.wire, 0x81));
    length = 64;
    assert_int_equal(world_bulk(&world, 0x01, data, &length, LIMIT_MS), EP0_ACK);
    length = 128; /* a full packet comes, then none */
    assert_int_equal(world_bulk(&world, 0x81, back, &length, 10), EP0_NAK);
    assert_true(soc_wire_cancel_data(world.wire, 0x81));
    assert_false(soc_wire_cancel_data(world.wire, 0x81));
    assert_false(soc_wire_cancel_data(world.wire, 0x01));
    world_end(&world);
}

static void a_transfer_that_nobody_answers_ends(void **state)
{
    (void)state;
    struct world world;
    uint8_t data[64] = {7};
    uint16_t length = 30;
    ready(&world, (struct world_style){.by_interrupt = true});
    assert_int_equal(world_bulk(&world, 0x01, data, &length, 10), EP0_LOST); /* closed */
    assert_int_equal(length, 0);
    assert_int_equal(soc_wire_counts(world.wire).silent, 3);
    length = 64;
    assert_int_equal(world_bulk(&world, 0x81, data, &length, 10), EP0_LOST);
    assert_int_equal(ask_plain(&world, 0, 9, 1), EP0_ACK);
    echo_once(&world, 1);
    world_end(&world);
}

static void two_runs_are_equal(void **state)
{
    (void)state;
    uint64_t ends[2];
    for (int i = 0; i < 2; i++) {
        struct world world;
        ready(&world, (struct world_style){.by_interrupt = true});
        writes_all_lengths(&world);
        ends[i] = world.time.now_ns + soc_wire_counts(world.wire).naks;
        world_end(&world);
    }
    assert_true(ends[0] == ends[1]);
}

/* A result that nobody fetched is not the next transfer's. */
static void only_the_same_setup_asks_for_the_same_transfer(void **state)
{
    (void)state;
    struct world world;
    uint8_t data[64];
    static const struct usb_setup others[] = {
        {0xC0, ASK_READ, 64, 0, 32}, {0xC0, ASK_READ, 64, 1, 64}, {0xC0, ASK_READ, 63, 0, 64},
        {0xC0, ASK_WAIT, 64, 0, 64}, {0xC1, ASK_READ, 64, 0, 64},
    };
    ready(&world, (struct world_style){.by_interrupt = true});
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct usb_setup first = {0xC0, ASK_READ, 64, 0, 64};
        uint16_t length = 64;
        assert_int_equal(soc_wire_control(world.wire, &first, data, &length), EP0_NAK);
        world_run(&world, 2 * TWIN_MS);
        length = others[i].length;
        assert_int_equal(soc_wire_control(world.wire, &others[i], data, &length), EP0_NAK);
        world_run(&world, 2 * TWIN_MS);
        soc_wire_cancel(world.wire);
    }
    world_end(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_comes_in_at_any_length),
        cmocka_unit_test(data_goes_out_at_any_length),
        cmocka_unit_test(a_stall_ends_with_the_next_setup),
        cmocka_unit_test(a_stall_may_come_in_the_midst_of_data),
        cmocka_unit_test(a_device_may_put_the_host_off),
        cmocka_unit_test(waiting_costs_few_packets),
        cmocka_unit_test(a_transfer_takes_the_time_of_full_speed),
        cmocka_unit_test(a_setup_in_the_data_stage_starts_anew),
        cmocka_unit_test(a_setup_while_the_device_naks_starts_anew),
        cmocka_unit_test(bulk_endpoints_echo),
        cmocka_unit_test(data_toggles_follow_the_requests_that_reset_them),
        cmocka_unit_test(a_packet_that_is_too_long_kills_its_transfer),
        cmocka_unit_test(a_transfer_given_up_tells_whether_packets_had_moved),
        cmocka_unit_test(a_transfer_that_nobody_answers_ends),
        cmocka_unit_test(two_runs_are_equal),
        cmocka_unit_test(only_the_same_setup_asks_for_the_same_transfer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
