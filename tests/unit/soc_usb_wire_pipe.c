/* SPDX-License-Identifier: MIT
 * Bulk transfers between a host and a DWC2 core, beside each other and beside requests. */
#include <string.h>

#include "tests/support/dwc2_flavours.h"

static void configure(struct world *world)
{
    uint8_t none[1];
    uint16_t length = 0;
    assert_int_equal(ask(world, (struct usb_setup){0, 9, 1, 0, 0}, none, &length), EP0_ACK);
}

/* An endpoint that always has another packet takes turns with the others. */
static void shares_the_bus(struct world *world)
{
    enum { PACKETS = 200, PACKET_NS = 53 * TWIN_US };
    static const struct usb_pipe in = {0x81, WORLD_BULK_BYTES, 0, WORLD_BULK_INTERFACE};
    static uint8_t flood[PACKETS * WORLD_BULK_BYTES];
    uint8_t data[WORLD_BULK_BYTES] = {0};
    uint32_t bytes = sizeof flood;
    configure(world);
    uint64_t start_ns = world->time.now_ns;
    assert_int_equal(soc_wire_data(world->wire, &in, flood, &bytes), EP0_NAK);
    for (int i = 0; i < 8; i++) {
        uint16_t length = WORLD_BULK_BYTES;
        assert_int_equal(world_bulk(world, 0x01, data, &length, 1), EP0_ACK);
        length = 20;
        assert_int_equal(
            world_control(world, &(struct usb_setup){0xC0, ASK_READ, 20, 0, 20}, data, &length, 1),
            EP0_ACK);
        assert_int_equal(soc_wire_data(world->wire, &in, flood, &bytes), EP0_NAK);
    }
    uint64_t end_ns = start_ns + 2 * PACKETS * (uint64_t)PACKET_NS;
    enum ep0_answer answer = EP0_NAK;
    while (answer == EP0_NAK && world->time.now_ns < end_ns) {
        world_run(world, PACKET_NS);
        answer = soc_wire_data(world->wire, &in, flood, &bytes);
    }
    assert_int_equal(answer, EP0_ACK);
    assert_int_equal(bytes, sizeof flood);
}

static void a_flood_from_one_endpoint_leaves_room_for_the_others(void **state)
{
    (void)state;
    struct world world;
    ready(&world, (struct world_style){.by_interrupt = true, .streams = true});
    shares_the_bus(&world);
    world_end(&world);
}

/* An OUT packet begins when the IN packet on the wires has been acknowledged, not before. */
static void a_packet_on_the_wires_ends_before_the_next_begins(void **state)
{
    (void)state;
    struct world world;
    static const struct usb_pipe in = {0x81, WORLD_BULK_BYTES, 0, WORLD_BULK_INTERFACE};
    static const struct usb_pipe out = {0x01, WORLD_BULK_BYTES, 0, WORLD_BULK_INTERFACE};
    uint8_t data[2 * WORLD_BULK_BYTES] = {0};
    uint32_t bytes = sizeof data;
    ready(&world, (struct world_style){.by_interrupt = true, .streams = true});
    configure(&world);
    uint64_t packets = soc_wire_counts(world.wire).packets;
    assert_int_equal(soc_wire_data(world.wire, &in, data, &bytes), EP0_NAK);
    world_run(&world, 5 * TWIN_US);
    bytes = WORLD_BULK_BYTES;
    assert_int_equal(soc_wire_data(world.wire, &out, data, &bytes), EP0_NAK);
    world_run(&world, 55 * TWIN_US);
    assert_int_equal(soc_wire_counts(world.wire).packets - packets, 1);
    world_run(&world, 50 * TWIN_US);
    assert_int_equal(soc_wire_counts(world.wire).packets - packets, 2);
    assert_int_equal(soc_wire_data(world.wire, &out, data, &bytes), EP0_ACK);
    world_end(&world);
}

static void echo(struct world *world, uint8_t seed)
{
    uint8_t data[20], back[WORLD_BULK_BYTES] = {0};
    uint16_t length = sizeof data;
    memset(data, seed, sizeof data);
    assert_int_equal(world_bulk(world, 0x01, data, &length, LIMIT_MS), EP0_ACK);
    length = sizeof back;
    assert_int_equal(world_bulk(world, 0x81, back, &length, LIMIT_MS), EP0_ACK);
    assert_int_equal(length, sizeof data);
    assert_memory_equal(back, data, sizeof data);
}

static void set_interface(struct world *world, uint16_t interface)
{
    uint8_t none[1];
    uint16_t length = 0;
    assert_int_equal(ask(world, (struct usb_setup){1, 11, 0, interface, 0}, none, &length),
                     EP0_ACK);
}

/* An odd number of packets each way before each request: the toggles stand at DATA1. */
static void sets_interfaces(struct world *world)
{
    configure(world);
    echo(world, 1);
    set_interface(world, 0);
    echo(world, 2);
    echo(world, 3);
    set_interface(world, WORLD_BULK_INTERFACE);
    echo(world, 4);
}

static void an_interface_set_anew_leaves_the_toggles_of_the_others(void **state)
{
    (void)state;
    for_each(sets_interfaces);
}

static void a_refused_transfer_ends_the_one_before_it(void **state)
{
    (void)state;
    struct world world;
    static const struct usb_pipe in = {0x81, WORLD_BULK_BYTES, 0, WORLD_BULK_INTERFACE};
    uint8_t data[WORLD_BULK_BYTES];
    uint32_t bytes = 8;
    ready(&world, (struct world_style){.by_interrupt = true});
    configure(&world);
    assert_int_equal(soc_wire_data(world.wire, &in, data, &bytes), EP0_NAK);
    bytes = USB_PIPE_BYTES_MAX + 1;
    assert_int_equal(soc_wire_data(world.wire, &in, data, &bytes), EP0_STALL);
    uint16_t length = WORLD_BULK_BYTES;
    assert_int_equal(world_bulk(&world, 0x01, data, &length, LIMIT_MS), EP0_ACK);
    world_run(&world, 10 * TWIN_MS); /* 64 bytes into a room for 8, if the read still went on */
    length = WORLD_BULK_BYTES;
    assert_int_equal(world_bulk(&world, 0x81, data, &length, 10), EP0_ACK);
    assert_int_equal(length, WORLD_BULK_BYTES);
    world_end(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flood_from_one_endpoint_leaves_room_for_the_others),
        cmocka_unit_test(a_packet_on_the_wires_ends_before_the_next_begins),
        cmocka_unit_test(an_interface_set_anew_leaves_the_toggles_of_the_others),
        cmocka_unit_test(a_refused_transfer_ends_the_one_before_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
