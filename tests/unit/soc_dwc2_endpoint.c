/* SPDX-License-Identifier: MIT
 * Endpoint and FIFO registers of the DWC2 core as a driver meets them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/dwc2_names.h"
#include "tests/support/dwc2_world.h"

/* A core as after power-on: no driver has touched it. */
static struct world *fresh(struct world *world, const struct soc_dwc2_row *row)
{
    world_start(world, row, (struct world_style){.deaf = true});
    world->parts[0].reset(world->parts[0].self, RESET_POWER_ON);
    return world;
}

struct reset_value {
    uint32_t offset, f405, h743;
};

/* FIFO sizes for one endpoint beside endpoint 0. */
static void size_fifos(struct world *world)
{
    world_write(world, 0x024, 64);
    world_write(world, 0x028, 16U << 16 | 64);
    world_write(world, 0x104, 32U << 16 | 80);
    world_write(world, DIEPCTL + 0x20, 1U << 22 | 1U << 15 | 64);
}

static void transmit_fifos_fill_and_flush(void **state)
{
    (void)state;
    struct world world;
    fresh(&world, &soc_dwc2_f405);
    size_fifos(&world);
    assert_int_equal(world_read(&world, DTXFSTS), 16);
    assert_int_equal(world_read(&world, DTXFSTS + 0x20), 32);
    for (uint32_t i = 0; i < 8; i++) {
        world_write(&world, 0x1000, i);
    }
    world_write(&world, 0x2000, 1);
    assert_int_equal(world_read(&world, DTXFSTS), 8);
    assert_int_equal(world_read(&world, DTXFSTS + 0x20), 31);
    assert_int_equal(world_read(&world, DIEPINT) & 0x80, 0x80); /* half empty */
    world_write(&world, 0x1000, 8);
    assert_int_equal(world_read(&world, DIEPINT) & 0x80, 0);
    world_write(&world, GRSTCTL, 1U << 5);
    assert_int_equal(world_read(&world, DTXFSTS), 16);
    assert_int_equal(world_read(&world, DTXFSTS + 0x20), 31);
    world_write(&world, 0x008, 1U << 7); /* TXFELVL: wholly empty */
    assert_int_equal(world_read(&world, DIEPINT + 0x20) & 0x80, 0);
    world_write(&world, GRSTCTL, 1U << 5 | 0x10U << 6);
    assert_int_equal(world_read(&world, DTXFSTS + 0x20), 32);
    assert_int_equal(world_read(&world, DIEPINT + 0x20) & 0x80, 0x80);
    world_end(&world);
}

static void a_fifo_outside_the_packet_memory_has_no_room(void **state)
{
    (void)state;
    struct world world;
    fresh(&world, &soc_dwc2_f405);
    world_write(&world, 0x028, 64U << 16 | 300);
    assert_int_equal(world_read(&world, DTXFSTS), 20); /* 320 words in all */
    world_write(&world, 0x028, 64U << 16 | 320);
    assert_int_equal(world_read(&world, DTXFSTS), 0);
    world_end(&world);
}

static void txfe_reaches_the_line_through_its_own_mask(void **state)
{
    (void)state;
    struct world world;
    fresh(&world, &soc_dwc2_f405);
    size_fifos(&world);
    world_write(&world, 0x008, 1);
    world_write(&world, 0x018, 1U << 18);
    world_write(&world, 0x81C, 3);
    world_write(&world, 0x810, UINT32_MAX); /* DIEPMSK has no bit for it */
    assert_false(world.line);
    world_write(&world, 0x834, 2);
    assert_true(world.line);
    assert_int_equal(world_read(&world, 0x818), 2);
    world_write(&world, 0x81C, 1); /* DAINTMSK */
    assert_false(world.line);
    world_write(&world, 0x81C, 3);
    world_write(&world, 0x008, 0); /* GAHBCFG */
    assert_false(world.line);
    world_end(&world);
}

static void enabling_and_nak_change_through_their_commands_alone(void **state)
{
    (void)state;
    struct world world;
    fresh(&world, &soc_dwc2_f405);
    world_write(&world, DIEPCTL, 1U << 17);
    assert_int_equal(world_read(&world, DIEPCTL), 0x8000);
    world_write(&world, DIEPCTL, 1U << 27 | 1U << 31);
    assert_int_equal(world_read(&world, DIEPCTL), 0x80028000);
    assert_int_equal(world_read(&world, DIEPINT) & 0x40, 0x40); /* INEPNE */
    world_write(&world, DIEPCTL, 0);
    assert_int_equal(world_read(&world, DIEPCTL), 0x80028000);
    world_write(&world, DIEPCTL, 1U << 26);
    assert_int_equal(world_read(&world, DIEPCTL), 0x80008000);
    assert_int_equal(world_read(&world, DIEPINT) & 0x40, 0);
    world_write(&world, DIEPCTL, 1U << 30);
    assert_int_equal(world_read(&world, DIEPCTL), 0x8000);
    assert_int_equal(world_read(&world, DIEPINT) & 2, 2); /* EPDISD */
    world_write(&world, DIEPINT, 2);
    world_write(&world, DIEPCTL, 1U << 30); /* not enabled: nothing to disable */
    assert_int_equal(world_read(&world, DIEPINT) & 2, 0);
    world_end(&world);
}

static void endpoint_0_out_cannot_be_disabled(void **state)
{
    (void)state;
    struct world world;
    fresh(&world, &soc_dwc2_f405);
    world_write(&world, DOEPCTL, 1U << 31);
    world_write(&world, DOEPCTL, 1U << 30);
    assert_int_equal(world_read(&world, DOEPCTL), 0x80008000);
    world_write(&world, DOEPCTL + 0x20, 1U << 31 | 1U << 15);
    world_write(&world, DOEPCTL + 0x20, 1U << 30 | 1U << 15);
    assert_int_equal(world_read(&world, DOEPCTL + 0x20), 0x8000);
    world_end(&world);
}

static void stall_is_sticky_on_endpoint_0_alone(void **state)
{
    (void)state;
    struct world world;
    fresh(&world, &soc_dwc2_f405);
    world_write(&world, DIEPCTL, 1U << 21);
    world_write(&world, DIEPCTL, 0);
    assert_int_equal(world_read(&world, DIEPCTL), 0x208000);
    world_write(&world, DIEPCTL + 0x20, 1U << 21);
    world_write(&world, DIEPCTL + 0x20, 0);
    assert_int_equal(world_read(&world, DIEPCTL + 0x20), 0);
    world_end(&world);
}

static void data_toggles_are_set_by_command(void **state)
{
    (void)state;
    struct world world;
    fresh(&world, &soc_dwc2_f405);
    world_write(&world, DIEPCTL + 0x20, 1U << 29);
    assert_int_equal(world_read(&world, DIEPCTL + 0x20), 1U << 16);
    world_write(&world, DIEPCTL + 0x20, 1U << 28);
    assert_int_equal(world_read(&world, DIEPCTL + 0x20), 0);
    world_end(&world);
}

static void endpoint_0_has_one_packet_size(void **state)
{
    (void)state;
    struct world world;
    fresh(&world, &soc_dwc2_f405);
    world_write(&world, DIEPCTL, 3);
    assert_int_equal(world_read(&world, DOEPCTL), 0x8003);
    world_write(&world, DOEPCTL, 1);
    assert_int_equal(world_read(&world, DOEPCTL), 0x8003);
    world_end(&world);
}

static void global_naks_take_effect(void **state)
{
    (void)state;
    struct world world;
    fresh(&world, &soc_dwc2_f405);
    size_fifos(&world);
    world_write(&world, DCTL, 1U << 7);
    assert_int_equal(world_read(&world, DCTL) & 4, 4);
    assert_int_equal(world_read(&world, GINTSTS) & 0x40, 0x40);
    world_write(&world, DCTL, 1U << 8);
    assert_int_equal(world_read(&world, GINTSTS) & 0x40, 0);
    world_write(&world, DCTL, 1U << 9);
    assert_int_equal(world_read(&world, DCTL) & 8, 8);
    assert_int_equal(world_read(&world, GINTSTS) & 0x90, 0x10); /* a word to pop first */
    assert_int_equal(world_read(&world, 0x01C) >> 17 & 0xF, 1);
    assert_int_equal(world_read(&world, 0x020) >> 17 & 0xF, 1);
    assert_int_equal(world_read(&world, GINTSTS) & 0x90, 0x80);
    world_write(&world, GINTSTS, 0x80); /* not one that is cleared by writing */
    assert_int_equal(world_read(&world, GINTSTS) & 0x80, 0x80);
    world_write(&world, DCTL, 1U << 10);
    assert_int_equal(world_read(&world, GINTSTS) & 0x80, 0);
    world_end(&world);
}

static void every_fifo_has_its_own_size(void **state)
{
    (void)state;
    struct world world;
    fresh(&world, &soc_dwc2_h743);
    for (uint32_t i = 1; i < 9; i++) {
        world_write(&world, DIEPTXF1 + 4 * (i - 1), (10 + i) << 16 | 100 * i);
        world_write(&world, diep(i, 0), i << 22 | USBAEP | 64);
    }
    for (uint32_t i = 1; i < 9; i++) {
        world_write(&world, FIFO + 0x1000 * i, 1);
        assert_int_equal(world_read(&world, diep(i, 0x18)), 9 + i);
    }
    world_end(&world);
}

static void a_core_reset_empties_the_fifos(void **state)
{
    (void)state;
    struct world world;
    fresh(&world, &soc_dwc2_f405);
    size_fifos(&world);
    world_write(&world, FIFO, 1);
    world_write(&world, DCTL, 1U << 9); /* a word to receive */
    world_write(&world, GRSTCTL, 1);
    size_fifos(&world);
    assert_int_equal(world_read(&world, DTXFSTS), 16);
    assert_int_equal(world_read(&world, GINTSTS) & RXFLVL, 0);
    world_end(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transmit_fifos_fill_and_flush),
        cmocka_unit_test(a_fifo_outside_the_packet_memory_has_no_room),
        cmocka_unit_test(txfe_reaches_the_line_through_its_own_mask),
        cmocka_unit_test(enabling_and_nak_change_through_their_commands_alone),
        cmocka_unit_test(endpoint_0_out_cannot_be_disabled),
        cmocka_unit_test(stall_is_sticky_on_endpoint_0_alone),
        cmocka_unit_test(data_toggles_are_set_by_command),
        cmocka_unit_test(endpoint_0_has_one_packet_size),
        cmocka_unit_test(global_naks_take_effect),
        cmocka_unit_test(every_fifo_has_its_own_size),
        cmocka_unit_test(a_core_reset_empties_the_fifos),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
