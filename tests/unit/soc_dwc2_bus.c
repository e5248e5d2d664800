/* SPDX-License-Identifier: MIT
 * The DWC2 core, single packets of endpoint 0, and the state of the bus. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/dwc2_packets.h"

static void drain_setup(struct world *world)
{
    expect_status(world, 6, 8, 0);
    assert_int_equal(world_read(world, FIFO), 0x04030201);
    (void)world_read(world, FIFO);
}

static void a_setup_stage_comes_in_two_words(void **state)
{
    (void)state;
    struct world world;
    struct soc_usb_packet got;
    on_bus(&world, &soc_dwc2_f405);
    world_write(&world, DOEPTSIZ, 3U << 29 | 1U << 19 | 64);
    world_write(&world, DOEPCTL, EPENA | CNAK);
    assert_int_equal(setup(&world, 64), SOC_USB_ACK);
    assert_int_equal(world_read(&world, DOEPCTL) & 0x20000, 0x20000);
    assert_int_equal(world_read(&world, DIEPCTL) & 0x20000, 0x20000);
    assert_int_equal(world_read(&world, DOEPTSIZ) >> 29, 2);
    assert_int_equal(world_read(&world, GRXSTSR) >> 17 & 0xF, 6);
    drain_setup(&world);
    assert_int_equal(world_read(&world, GINTSTS) & 0x10, 0);
    assert_int_equal(in(&world, 0, &got), SOC_USB_NAK);
    assert_int_equal(world_read(&world, DOEPINT) & STUP, 0);
    assert_int_equal(world_read(&world, DOEPCTL) & EPENA, EPENA);
    expect_status(&world, 4, 0, 0);
    assert_int_equal(world_read(&world, DOEPINT) & STUP, STUP);
    assert_int_equal(world_read(&world, DOEPCTL) & EPENA, 0);
    world_write(&world, DOEPINT, STUP);
    assert_int_equal(world_read(&world, DOEPINT) & STUP, 0);
    world_end(&world);
}

static void setups_may_come_back_to_back(void **state)
{
    (void)state;
    struct world world;
    on_bus(&world, &soc_dwc2_f405);
    world_write(&world, DOEPTSIZ, 3U << 29);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(setup(&world, 64), SOC_USB_ACK);
    }
    assert_int_equal(world_read(&world, DOEPINT) & B2BSTUP, 0);
    assert_int_equal(setup(&world, 64), SOC_USB_ACK); /* even with STUPCNT 0 */
    assert_int_equal(world_read(&world, DOEPTSIZ) >> 29, 0);
    assert_int_equal(world_read(&world, DOEPINT) & B2BSTUP, B2BSTUP);
    assert_int_equal(out(&world, 0, true, 4), SOC_USB_NAK);
    for (uint32_t i = 0; i < 4; i++) {
        drain_setup(&world);
    }
    expect_status(&world, 4, 0, 2); /* one end for all */
    world_write(&world, DOEPINT, B2BSTUP);
    assert_int_equal(setup(&world, 64), SOC_USB_ACK); /* counted anew */
    assert_int_equal(world_read(&world, DOEPINT) & B2BSTUP, 0);
    drain_setup(&world);
    assert_int_equal(world_read(&world, GINTSTS) & 0x10, 0);
    world_end(&world);
}

static void a_setup_takes_a_stall_away(void **state)
{
    (void)state;
    struct world world;
    struct soc_usb_packet got;
    on_bus(&world, &soc_dwc2_f405);
    world_write(&world, DIEPCTL, 1U << 21);
    world_write(&world, DOEPCTL, 1U << 21);
    assert_int_equal(in(&world, 0, &got), SOC_USB_STALL);
    assert_int_equal(out(&world, 0, true, 8), SOC_USB_STALL);
    assert_int_equal(setup(&world, 0), SOC_USB_ACK);
    assert_int_equal(in(&world, 0, &got), SOC_USB_NAK);
    assert_int_equal(out(&world, 0, true, 8), SOC_USB_NAK);
    world_end(&world);
}

static void without_room_a_setup_stays_unanswered(void **state)
{
    (void)state;
    struct world world;
    on_bus(&world, &soc_dwc2_f405);
    world_write(&world, 0x024, 7);
    assert_int_equal(setup(&world, 64), SOC_USB_ACK);
    assert_int_equal(setup(&world, 64), SOC_USB_ACK);
    assert_int_equal(setup(&world, 64), SOC_USB_SILENT);
    drain_setup(&world);
    assert_int_equal(setup(&world, 64), SOC_USB_ACK);
    world_write(&world, 0x024, 6);
    assert_int_equal(out(&world, 0, true, 8), SOC_USB_NAK); /* nor is the stage's end lost */
    drain_setup(&world);
    assert_int_equal(out(&world, 0, true, 8), SOC_USB_NAK);
    drain_setup(&world);
    expect_status(&world, 4, 0, 2);
    world_end(&world);
}

static void a_token_to_a_disabled_endpoint_0_is_noted(void **state)
{
    (void)state;
    struct world world;
    on_bus(&world, &soc_dwc2_f405);
    assert_int_equal(out(&world, 0, true, 8), SOC_USB_NAK);
    assert_int_equal(world_read(&world, DOEPINT) & OTEPDIS, OTEPDIS);
    world_end(&world);
}

static void a_stale_packet_goes_first_unless_flushed(void **state)
{
    (void)state;
    struct world world;
    struct soc_usb_packet got;
    on_bus(&world, &soc_dwc2_f405);
    for (uint32_t flush = 0; flush < 2; flush++) {
        world_write(&world, FIFO, 0xAA);
        assert_int_equal(setup(&world, 4), SOC_USB_ACK);
        if (flush == 1) {
            world_write(&world, 0x010, 1U << 5);
        }
        world_write(&world, DIEPTSIZ, 1U << 19 | 4);
        world_write(&world, DIEPCTL, EPENA | CNAK);
        world_write(&world, FIFO, 0xBB);
        assert_int_equal(in(&world, 0, &got), SOC_USB_ACK);
        assert_int_equal(got.data[0], flush == 1 ? 0xBB : 0xAA);
        assert_true(got.data1);
    }
    world_end(&world);
}

static void an_address_counts_from_the_end_of_its_request(void **state)
{
    (void)state;
    struct world world;
    struct soc_usb_packet got;
    on_bus(&world, &soc_dwc2_f405);
    assert_int_equal(setup(&world, 0), SOC_USB_ACK);
    world_write(&world, DCFG, 3U | 9U << 4);
    world_write(&world, DIEPTSIZ + 0x20, 1U << 19);
    world_write(&world, DIEPCTL + 0x20, EPENA | CNAK | BULK | USBAEP | 1U << 22 | 64);
    assert_int_equal(in(&world, 1, &got), SOC_USB_ACK); /* another endpoint's packet */
    soc_dwc2_in_acked(world.core, &got);
    assert_int_equal(in(&world, 0, &got), SOC_USB_NAK);
    world_write(&world, DIEPTSIZ, 1U << 19);
    world_write(&world, DIEPCTL, EPENA | CNAK);
    assert_int_equal(in(&world, 0, &got), SOC_USB_ACK);
    soc_dwc2_in_acked(world.core, &got);
    assert_int_equal(in(&world, 0, &got), SOC_USB_SILENT);
    got.address = 9;
    assert_int_equal(soc_dwc2_in(world.core, &got), SOC_USB_NAK);
    world_write(&world, DCFG, 3); /* outside a request: at once */
    assert_int_equal(in(&world, 0, &got), SOC_USB_NAK);
    world_end(&world);
}

static void a_core_out_of_tune_or_stopped_hears_nothing(void **state)
{
    (void)state;
    struct world world;
    on_bus(&world, &soc_dwc2_f405);
    world.clocks.usb = 47800000;
    assert_int_equal(setup(&world, 0), SOC_USB_SILENT);
    world.clocks.usb = 48100000;
    assert_int_equal(setup(&world, 0), SOC_USB_ACK);
    world_write(&world, 0xE00, 1);
    assert_int_equal(setup(&world, 0), SOC_USB_SILENT);
    world_write(&world, 0xE00, 0);
    soc_dwc2_bus(world.core, SOC_USB_RESET);
    assert_int_equal(setup(&world, 0), SOC_USB_SILENT);
    world_end(&world);
}

static void a_reset_is_told_at_both_ends(void **state)
{
    (void)state;
    struct world world;
    on_bus(&world, &soc_dwc2_f405);
    soc_dwc2_bus(world.core, SOC_USB_RESET);
    assert_int_equal(world_read(&world, GINTSTS) & 0x3000, 0x1000);
    world_write(&world, GINTSTS, 0x1000);
    soc_dwc2_bus(world.core, SOC_USB_FRAMES);
    assert_int_equal(world_read(&world, GINTSTS) & 0x3000, 0x2000);
    assert_int_equal(world_read(&world, DSTS) & 0xF, 6);
    world_end(&world);
}

/* Firmware made from ST's templates stops the PHY's clock whenever the bus goes quiet, which it
 * does before the first reset. */
static void a_reset_wakes_a_stopped_phy(void **state)
{
    (void)state;
    struct world world;
    world_start(&world, &soc_dwc2_f405, (struct world_style){.deaf = true});
    world_run(&world, 4 * TWIN_MS);
    assert_int_equal(world_read(&world, GINTSTS) & 0xC00, 0xC00);
    assert_int_equal(world_read(&world, DSTS) & 1, 1);
    world_write(&world, 0xE00, 1);
    assert_int_equal(world_read(&world, 0xE00), 0x11);
    world_write(&world, GINTSTS, 0xC00);
    world_run(&world, 8 * TWIN_MS);
    assert_int_equal(world_read(&world, GINTSTS) & 0x80001000, 0x80001000);
    assert_int_equal(world_read(&world, DSTS) & 1, 0);
    assert_int_equal(world_read(&world, 0xE00), 0); /* such firmware does not start it itself */
    world_end(&world);
}

/* An interrupt comes with the packet that causes it, not when somebody looks next. */
static void the_line_rises_with_the_packet(void **state)
{
    (void)state;
    struct world world;
    struct soc_usb_packet got;
    on_bus(&world, &soc_dwc2_f405);
    world_write(&world, GAHBCFG, 1);
    world_write(&world, DIEPMSK, XFRC | ITTXFE);
    world_write(&world, DOEPMSK, OTEPDIS);
    world_write(&world, DAINTMSK, 0x00010001);
    world_write(&world, GINTMSK, RXFLVL);
    assert_false(world.line);
    assert_int_equal(setup(&world, 0), SOC_USB_ACK);
    assert_true(world.line);
    drain_setup(&world);
    assert_false(world.line);
    world_write(&world, GINTMSK, IEPINT | OEPINT | USBRST | ENUMDNE);
    assert_int_equal(in(&world, 0, &got), SOC_USB_NAK);
    assert_true(world.line);
    world_write(&world, DIEPINT, ITTXFE);
    assert_false(world.line);
    assert_int_equal(out(&world, 0, true, 0), SOC_USB_NAK);
    assert_true(world.line);
    world_write(&world, DOEPINT, OTEPDIS);
    world_write(&world, DIEPTSIZ, 1U << 19);
    world_write(&world, DIEPCTL, EPENA | CNAK);
    assert_int_equal(in(&world, 0, &got), SOC_USB_ACK);
    assert_false(world.line);
    soc_dwc2_in_acked(world.core, &got);
    assert_true(world.line);
    world_write(&world, DIEPINT, XFRC);
    assert_false(world.line);
    soc_dwc2_bus(world.core, SOC_USB_RESET);
    assert_true(world.line);
    world_end(&world);
}

static void a_core_reset_forgets_the_transfer_under_way(void **state)
{
    (void)state;
    struct world world;
    struct soc_usb_packet got;
    on_bus(&world, &soc_dwc2_f405);
    assert_int_equal(setup(&world, 0), SOC_USB_ACK);
    world_write(&world, GRSTCTL, 1);
    assert_int_equal(in(&world, 0, &got), SOC_USB_NAK);
    assert_int_equal(world_read(&world, GINTSTS) & RXFLVL, 0); /* no end of a SETUP stage */
    world_end(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_setup_stage_comes_in_two_words),
        cmocka_unit_test(setups_may_come_back_to_back),
        cmocka_unit_test(a_setup_takes_a_stall_away),
        cmocka_unit_test(without_room_a_setup_stays_unanswered),
        cmocka_unit_test(a_token_to_a_disabled_endpoint_0_is_noted),
        cmocka_unit_test(a_stale_packet_goes_first_unless_flushed),
        cmocka_unit_test(an_address_counts_from_the_end_of_its_request),
        cmocka_unit_test(a_core_out_of_tune_or_stopped_hears_nothing),
        cmocka_unit_test(a_reset_is_told_at_both_ends),
        cmocka_unit_test(a_reset_wakes_a_stopped_phy),
        cmocka_unit_test(the_line_rises_with_the_packet),
        cmocka_unit_test(a_core_reset_forgets_the_transfer_under_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
