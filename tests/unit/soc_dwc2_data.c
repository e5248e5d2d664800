/* SPDX-License-Identifier: MIT
 * The DWC2 core and single packets of bulk endpoints. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/dwc2_packets.h"

static void open_bulk_out(struct world *world, uint32_t packets)
{
    world_write(world, DOEPTSIZ + 0x20, packets << 19 | packets * 64);
    world_write(world, DOEPCTL + 0x20, EPENA | CNAK | 1U << 28 | BULK | USBAEP | 64);
}

static void an_out_transfer_ends_with_its_last_packet(void **state)
{
    (void)state;
    struct world world;
    on_bus(&world, &soc_dwc2_f405);
    open_bulk_out(&world, 3);
    assert_int_equal(out(&world, 1, false, 64), SOC_USB_ACK);
    assert_int_equal(world_read(&world, DOEPTSIZ + 0x20), 2U << 19 | 128);
    assert_int_equal(out(&world, 1, true, 5), SOC_USB_ACK); /* short */
    assert_int_equal(out(&world, 1, false, 64), SOC_USB_NAK);
    expect_status(&world, 2, 64, 0);
    for (uint32_t i = 0; i < 16; i++) {
        assert_int_equal(world_read(&world, FIFO) & 0xFF, 4 * i + 1);
    }
    expect_status(&world, 2, 5, 2);
    assert_int_equal(world_read(&world, FIFO), 0x04030201);
    assert_int_equal(world_read(&world, FIFO + 0x3000), 5); /* any FIFO's address reads it */
    assert_int_equal(world_read(&world, DOEPINT + 0x20) & XFRC, 0);
    expect_status(&world, 3, 0, 2);
    assert_int_equal(world_read(&world, DOEPINT + 0x20) & XFRC, XFRC);
    assert_int_equal(world_read(&world, DOEPCTL + 0x20) & (EPENA | 0x20000), 0x20000);
    assert_int_equal(world_read(&world, GRXSTSP), 0);
    world_end(&world);
}

static void a_packet_sent_again_is_taken_once(void **state)
{
    (void)state;
    struct world world;
    on_bus(&world, &soc_dwc2_f405);
    open_bulk_out(&world, 3);
    assert_int_equal(out(&world, 1, false, 64), SOC_USB_ACK);
    assert_int_equal(out(&world, 1, false, 64), SOC_USB_ACK);
    assert_int_equal(world_read(&world, DOEPTSIZ + 0x20), 2U << 19 | 128);
    world_end(&world);
}

static void out_packets_leave_room_for_setups(void **state)
{
    (void)state;
    struct world world;
    on_bus(&world, &soc_dwc2_f405);
    open_bulk_out(&world, 3);
    world_write(&world, 0x024, 27);
    assert_int_equal(out(&world, 1, false, 64), SOC_USB_NAK);
    world_write(&world, 0x024, 28); /* as RM0090 has it: 64 / 4 + 2 + 10 */
    assert_int_equal(out(&world, 1, false, 64), SOC_USB_ACK);
    world_end(&world);
}

static void the_global_out_nak_holds_packets_off(void **state)
{
    (void)state;
    struct world world;
    on_bus(&world, &soc_dwc2_f405);
    open_bulk_out(&world, 3);
    world_write(&world, DCTL, 1U << 9);
    assert_int_equal(out(&world, 1, false, 64), SOC_USB_NAK);
    assert_int_equal(setup(&world, 64), SOC_USB_ACK);
    world_write(&world, DCTL, 1U << 10);
    assert_int_equal(out(&world, 1, false, 64), SOC_USB_ACK);
    world_end(&world);
}

static void open_bulk_in(struct world *world, uint32_t packets, uint32_t bytes)
{
    world_write(world, DIEPTSIZ + 0x20, packets << 19 | bytes);
    world_write(world, DIEPCTL + 0x20, EPENA | CNAK | 1U << 28 | 1U << 22 | BULK | USBAEP | 64);
}

static void an_in_transfer_waits_for_whole_packets(void **state)
{
    (void)state;
    struct world world;
    struct soc_usb_packet got;
    on_bus(&world, &soc_dwc2_f405);
    open_bulk_in(&world, 2, 70);
    assert_int_equal(in(&world, 1, &got), SOC_USB_NAK);
    assert_int_equal(world_read(&world, DIEPINT + 0x20) & ITTXFE, ITTXFE);
    world_write(&world, DIEPINT + 0x20, ITTXFE);
    for (uint32_t i = 0; i < 18; i++) {
        assert_int_equal(in(&world, 1, &got), i < 16 ? SOC_USB_NAK : SOC_USB_ACK);
        world_write(&world, FIFO + 0x1000, i);
    }
    assert_int_equal(in(&world, 1, &got), SOC_USB_ACK); /* unacknowledged: the same again */
    assert_int_equal(got.bytes, 64);
    assert_false(got.data1);
    assert_int_equal(got.data[4], 1);
    soc_dwc2_in_acked(world.core, &got);
    assert_int_equal(world_read(&world, DIEPTSIZ + 0x20), 1U << 19);
    assert_int_equal(world_read(&world, DIEPINT + 0x20) & XFRC, 0);
    assert_int_equal(in(&world, 1, &got), SOC_USB_ACK);
    assert_int_equal(got.bytes, 6);
    assert_true(got.data1);
    assert_int_equal(got.data[0], 16);
    soc_dwc2_in_acked(world.core, &got);
    assert_int_equal(world_read(&world, DIEPINT + 0x20) & XFRC, XFRC);
    assert_int_equal(world_read(&world, DIEPCTL + 0x20) & EPENA, 0);
    assert_int_equal(in(&world, 1, &got), SOC_USB_NAK);
    world_end(&world);
}

static void an_empty_packet_may_end_whole_ones(void **state)
{
    (void)state;
    struct world world;
    struct soc_usb_packet got;
    on_bus(&world, &soc_dwc2_h743);
    open_bulk_in(&world, 2, 64);
    for (uint32_t i = 0; i < 16; i++) {
        world_write(&world, FIFO + 0x1000, i);
    }
    assert_int_equal(in(&world, 1, &got), SOC_USB_ACK);
    soc_dwc2_in_acked(world.core, &got);
    assert_int_equal(in(&world, 1, &got), SOC_USB_ACK);
    assert_int_equal(got.bytes, 0);
    soc_dwc2_in_acked(world.core, &got);
    assert_int_equal(in(&world, 1, &got), SOC_USB_NAK);
    world_end(&world);
}

static void an_endpoint_that_is_not_active_is_silent(void **state)
{
    (void)state;
    struct world world;
    struct soc_usb_packet got;
    on_bus(&world, &soc_dwc2_f405);
    assert_int_equal(in(&world, 1, &got), SOC_USB_SILENT);
    assert_int_equal(out(&world, 1, false, 1), SOC_USB_SILENT);
    assert_int_equal(in(&world, 4, &got), SOC_USB_SILENT); /* there are four */
    open_bulk_in(&world, 1, 0);
    open_bulk_out(&world, 1);
    assert_int_equal(in(&world, 1, &got), SOC_USB_ACK);
    soc_dwc2_bus(world.core, SOC_USB_RESET); /* takes the endpoints away */
    soc_dwc2_bus(world.core, SOC_USB_FRAMES);
    assert_int_equal(in(&world, 1, &got), SOC_USB_SILENT);
    assert_int_equal(out(&world, 1, false, 1), SOC_USB_SILENT);
    world_end(&world);
}

/* A driver may find out from XFRSIZ what it has still to write. */
static void a_written_packet_is_counted_off_the_transfer_size(void **state)
{
    (void)state;
    struct world world;
    struct soc_usb_packet got;
    on_bus(&world, &soc_dwc2_f405);
    open_bulk_in(&world, 3, 130);
    for (uint32_t i = 0; i < 15; i++) {
        world_write(&world, FIFO + 0x1000, i);
    }
    assert_int_equal(world_read(&world, DIEPTSIZ + 0x20), 3U << 19 | 130);
    world_write(&world, FIFO + 0x1000, 15);
    assert_int_equal(world_read(&world, DIEPTSIZ + 0x20), 3U << 19 | 66);
    for (uint32_t i = 0; i < 16; i++) {
        world_write(&world, FIFO + 0x1000, i);
    }
    assert_int_equal(world_read(&world, DIEPTSIZ + 0x20), 3U << 19 | 2);
    assert_int_equal(in(&world, 1, &got), SOC_USB_ACK);
    soc_dwc2_in_acked(world.core, &got);
    assert_int_equal(world_read(&world, DIEPTSIZ + 0x20), 2U << 19 | 2);
    assert_int_equal(world_read(&world, DTXFSTS + 0x20), 48);
    world_write(&world, FIFO + 0x1000, 0);
    assert_int_equal(world_read(&world, DIEPTSIZ + 0x20), 2U << 19);
    world_write(&world, GRSTCTL, 1U << 5 | 1U << 6); /* and is lost */
    assert_int_equal(world_read(&world, DIEPTSIZ + 0x20), 2U << 19);
    assert_int_equal(world_read(&world, DTXFSTS + 0x20), 64);
    world_end(&world);
}

static void data_may_be_written_before_the_endpoint_is_enabled(void **state)
{
    (void)state;
    struct world world;
    struct soc_usb_packet got;
    on_bus(&world, &soc_dwc2_f405);
    world_write(&world, FIFO + 0x1000, 0x0201);
    world_write(&world, DIEPTSIZ + 0x20, 1U << 19 | 2);
    assert_int_equal(world_read(&world, DIEPTSIZ + 0x20), 1U << 19 | 2);
    open_bulk_in(&world, 1, 2);
    assert_int_equal(in(&world, 1, &got), SOC_USB_ACK);
    assert_int_equal(got.bytes, 2);
    assert_int_equal(got.data[1], 2);
    soc_dwc2_in_acked(world.core, &got);
    for (uint32_t i = 0; i < 17; i++) {
        world_write(&world, FIFO + 0x1000, i);
    }
    open_bulk_in(&world, 2, 65);
    assert_int_equal(world_read(&world, DIEPTSIZ + 0x20), 2U << 19);
    world_end(&world);
}

static void many_small_packets_wait_their_turn(void **state)
{
    (void)state;
    struct world world;
    struct soc_usb_packet got;
    on_bus(&world, &soc_dwc2_h743);
    world_write(&world, DIEPTXF1, 300U << 16 | 200);
    world_write(&world, DIEPTSIZ + 0x20, 100U << 19 | 400);
    world_write(&world, DIEPCTL + 0x20, EPENA | CNAK | 1U << 22 | BULK | USBAEP | 4);
    for (uint32_t i = 0; i < 100; i++) {
        world_write(&world, FIFO + 0x1000, i);
    }
    for (uint32_t i = 0; i < 100; i++) {
        assert_int_equal(in(&world, 1, &got), SOC_USB_ACK);
        assert_int_equal(got.bytes, 4);
        assert_int_equal(got.data[0], i);
        soc_dwc2_in_acked(world.core, &got);
    }
    assert_int_equal(world_read(&world, DIEPINT + 0x20) & XFRC, XFRC);
    world_end(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_out_transfer_ends_with_its_last_packet),
        cmocka_unit_test(a_packet_sent_again_is_taken_once),
        cmocka_unit_test(out_packets_leave_room_for_setups),
        cmocka_unit_test(the_global_out_nak_holds_packets_off),
        cmocka_unit_test(an_in_transfer_waits_for_whole_packets),
        cmocka_unit_test(an_empty_packet_may_end_whole_ones),
        cmocka_unit_test(an_endpoint_that_is_not_active_is_silent),
        cmocka_unit_test(a_written_packet_is_counted_off_the_transfer_size),
        cmocka_unit_test(data_may_be_written_before_the_endpoint_is_enabled),
        cmocka_unit_test(many_small_packets_wait_their_turn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
