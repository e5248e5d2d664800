/* SPDX-License-Identifier: MIT
 * Registers of the DWC2 core as a driver meets them. */
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

#define NO_COMMAND 0x83FFFFFFU /* no endpoint command but EPENA */

struct reset_value {
    uint32_t offset, f405, h743;
};

static const struct reset_value resets[] = {
    {0x008, 0, 0},
    {0x00C, 0x0A00, 0x0A00},
    {0x010, 0x80000000, 0x80000000},
    {0x014, 0x04000020, 0x04000020},
    {0x018, 0, 0},
    {0x01C, 0, 0},
    {0x020, 0, 0},
    {0x024, 0x0200, 0x0200},
    {0x028, 0x0200, 0x0200},
    {0x038, 0, 0},
    {0x03C, 0x1200, 0x2300},
    {0x040, 0x4F54281A, 0x4F54330A},
    {0x048, 0x229DCD20, 0x229FE190},
    {0x04C, 0x020001E8, 0x03B8D2E8},
    {0x050, 0x0FF08030, 0xE3F00030},
    {0x100, 0x02000600, 0x02000600},
    {0x104, 0x02000400, 0x02000400},
    {0x10C, 0x02000400, 0x02000800},
    {0x120, 0, 0x02001200},
    {0x800, 0x02200000, 0x02200000},
    {0x804, 0, 2},
    {0x808, 0x10, 0x10},
    {0x828, 0x17D7, 0x17D7},
    {0x82C, 0x05B8, 0x05B8},
    {0x900, 0x8000, 0x8000},
    {0x908, 0x80, 0x80},
    {0x920, 0, 0},
    {0x988, 0, 0x80},
    {0xB00, 0x8000, 0x8000},
    {0xB08, 0x80, 0x80},
    {0xB20, 0, 0},
    {0xE00, 0, 0},
    {0xFFC, 0, 0},
};

static void registers_have_their_reset_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof resets / sizeof resets[0]; i++) {
        struct world old, new;
        fresh(&old, &soc_dwc2_f405);
        fresh(&new, &soc_dwc2_h743);
        assert_int_equal(world_read(&old, resets[i].offset), resets[i].f405);
        assert_int_equal(world_read(&new, resets[i].offset), resets[i].h743);
        world_end(&old);
        world_end(&new);
    }
}

static void a_part_stands_where_its_chip_has_it(void **state)
{
    (void)state;
    struct world world;
    world_start(&world, &soc_dwc2_h743, (struct world_style){.by_interrupt = true});
    assert_int_equal(world.parts[0].base, 0x40080000);
    assert_true(world_enumerate(&world));
    assert_int_equal(world.line_number, 101);
    world_end(&world);
    world_start(&world, &soc_dwc2_f405, (struct world_style){.by_interrupt = true});
    assert_int_equal(world.parts[0].base, 0x50000000);
    assert_true(world_enumerate(&world));
    assert_int_equal(world.line_number, 67);
    world_end(&world);
}

static void reserved_bits_and_read_only_registers_keep_their_values(void **state)
{
    (void)state;
    static const struct reset_value kept[] = {
        {0x024, 0xFFFF, 0xFFFF},         {0x038, 0x003D0000, 0x003F0000},
        {0x040, 0x4F54281A, 0x4F54330A}, {0x050, 0x0FF08030, 0xE3F00030},
        {0x800, 0x02201FF7, 0x02201FF7}, {0x808, 0x10, 0x10},
        {0x834, 0xFFFF, 0xFFFF},         {0x9A0, 0, 0x83EC87FF},
        {0x910, 0x0018007F, 0x0018007F}, {0xB10, 0x0008007F, 0x0008007F},
    };
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        struct world old, new;
        fresh(&old, &soc_dwc2_f405);
        fresh(&new, &soc_dwc2_h743);
        world_write(&old, kept[i].offset, NO_COMMAND);
        world_write(&new, kept[i].offset, NO_COMMAND);
        assert_int_equal(world_read(&old, kept[i].offset), kept[i].f405);
        assert_int_equal(world_read(&new, kept[i].offset), kept[i].h743);
        world_end(&old);
        world_end(&new);
    }
}

static void without_a_clock_nothing_is_there(void **state)
{
    (void)state;
    struct world world;
    fresh(&world, &soc_dwc2_f405);
    world.clocks.usb = 0;
    assert_int_equal(world_read(&world, GSNPSID), 0);
    world_write(&world, 0x024, 0x55);
    world.clocks.usb = 48000000;
    assert_int_equal(world_read(&world, 0x024), 0x200);
    assert_int_equal(world_read(&world, GSNPSID), 0x4F54281A);
    world_end(&world);
}

static void narrow_reads_give_their_bytes(void **state)
{
    (void)state;
    struct world world;
    fresh(&world, &soc_dwc2_f405);
    struct soc_part *part = &world.parts[0];
    assert_int_equal(part->read(part->self, GSNPSID, 1), 0x1A);
    assert_int_equal(part->read(part->self, GSNPSID + 1, 1), 0x28);
    assert_int_equal(part->read(part->self, GSNPSID + 2, 2), 0x4F54);
    world_end(&world);
}

static void a_core_reset_keeps_the_phy_alone(void **state)
{
    (void)state;
    struct world world;
    fresh(&world, &soc_dwc2_h743);
    world_write(&world, 0x00C, 1U << 30 | 1U << 6 | 6U << 10);
    world_write(&world, 0x038, 1U << 16);
    world_write(&world, 0x800, 3);
    world_write(&world, 0x024, 100);
    world_write(&world, PCGCCTL, 2);
    world_write(&world, DCTL, 0);
    world_write(&world, GRSTCTL, 1);
    assert_int_equal(world_read(&world, GRSTCTL), 0x80000000);
    assert_int_equal(world_read(&world, 0x00C), 0x0A40);
    assert_int_equal(world_read(&world, 0x024), 0x200);
    assert_int_equal(world_read(&world, DCTL), 2);
    assert_int_equal(world_read(&world, 0x800) & 3, 3);
    assert_int_equal(world_read(&world, 0x038), 1U << 16);
    assert_int_equal(world_read(&world, PCGCCTL), 2);
    world.parts[0].reset(world.parts[0].self, RESET_SOFTWARE);
    assert_int_equal(world_read(&world, 0x038), 0);
    assert_int_equal(world_read(&world, 0x00C), 0x0A00);
    assert_int_equal(world_read(&world, PCGCCTL), 0);
    world_end(&world);
}

static void the_host_mode_has_no_pull_up(void **state)
{
    (void)state;
    struct world world;
    world_start(&world, &soc_dwc2_f405, (struct world_style){.by_interrupt = false});
    assert_true(soc_dwc2_pulled_up(world.core));
    world_write(&world, 0x00C, 1U << 29);
    assert_int_equal(world_read(&world, GINTSTS) & 1, 1);
    assert_false(soc_dwc2_pulled_up(world.core));
    world_end(&world);
}

static bool up(struct world *world, uint32_t gccfg, uint32_t gotgctl)
{
    world_write(world, 0x038, gccfg);
    world_write(world, 0x000, gotgctl);
    return soc_dwc2_pulled_up(world->core);
}

static void the_pull_up_needs_phy_and_vbus(void **state)
{
    (void)state;
    struct world world;
    fresh(&world, &soc_dwc2_f405);
    assert_false(up(&world, 0, 0));
    assert_false(up(&world, 1U << 16, 0)); /* VBUS is not looked at */
    assert_true(up(&world, 1U << 16 | 1U << 21, 0));
    assert_true(up(&world, 1U << 16 | 1U << 19, 0));
    assert_int_equal(world_read(&world, 0x000) >> 19 & 1, 1);
    soc_wire_plug(world.wire, false);
    assert_false(up(&world, 1U << 16 | 1U << 19, 0));
    assert_int_equal(world_read(&world, 0x004), 4); /* SEDET */
    assert_int_equal(world_read(&world, GINTSTS) & 4, 4);
    world_write(&world, 0x004, 4);
    assert_int_equal(world_read(&world, GINTSTS) & 4, 0);
    world_write(&world, 0x038, 1U << 16 | 1U << 19);
    assert_int_equal(world_read(&world, GINTSTS) >> 30 & 1, 0);
    soc_wire_plug(world.wire, true);
    assert_int_equal(world_read(&world, GINTSTS) >> 30 & 1, 1); /* SRQINT */
    soc_wire_plug(world.wire, false);
    assert_true(up(&world, 1U << 16 | 1U << 21, 0));
    world_write(&world, DCTL, 2);
    assert_false(soc_dwc2_pulled_up(world.core));
    world_end(&world);
    fresh(&world, &soc_dwc2_h743);
    world_write(&world, DCTL, 0);
    assert_false(up(&world, 1U << 16, 0));
    assert_true(up(&world, 1U << 16, 3U << 6)); /* BVALOEN, BVALOVAL */
    assert_false(up(&world, 1U << 16 | 1U << 21, 1U << 6));
    assert_true(up(&world, 1U << 16 | 1U << 21, 0)); /* VBDEN */
    world_end(&world);
}

static void frames_are_counted_and_announced(void **state)
{
    (void)state;
    struct world world;
    world_start(&world, &soc_dwc2_f405, (struct world_style){.by_interrupt = true});
    assert_true(world_enumerate(&world));
    uint32_t before = world_read(&world, 0x808) >> 8 & 0x3FFF;
    uint32_t sofs = world.sofs;
    world_run(&world, 100 * TWIN_MS);
    assert_int_equal((world_read(&world, 0x808) >> 8 & 0x3FFF) - before, 100);
    assert_int_equal(world.sofs, sofs); /* nobody asked */
    world_write(&world, 0x018, world_read(&world, 0x018) | 8);
    world_run(&world, 100 * TWIN_MS);
    assert_in_range(world.sofs - sofs, 100, 101);
    world_run(&world, 3000 * (uint64_t)TWIN_MS);
    assert_in_range(world_read(&world, 0x808) >> 8 & 0x3FFF, 0, 2047);
    world_end(&world);
}

static void a_polling_driver_sees_frames_too(void **state)
{
    (void)state;
    struct world world;
    world_start(&world, &soc_dwc2_f405, (struct world_style){.by_interrupt = false});
    assert_true(world_enumerate(&world));
    world.style.deaf = true;
    world_write(&world, GINTSTS, 8);
    assert_int_equal(world_read(&world, GINTSTS) & 8, 0);
    world_run(&world, TWIN_MS);
    assert_int_equal(world_read(&world, GINTSTS) & 8, 8);
    world_write(&world, GINTSTS, 8);
    assert_int_equal(world_read(&world, GINTSTS) & 8, 0);
    world_end(&world);
}

static void a_frame_is_an_event_only_when_it_interrupts(void **state)
{
    (void)state;
    struct world world;
    world_start(&world, &soc_dwc2_f405, (struct world_style){.by_interrupt = true});
    assert_true(world_enumerate(&world));
    const struct soc_part *part = &world.parts[0];
    assert_true(part->due(part->self) == UINT64_MAX);
    world_write(&world, GINTSTS, SOF);
    assert_true(part->due(part->self) == UINT64_MAX);
    world_write(&world, GINTMSK, SOF);
    uint64_t due = part->due(part->self);
    assert_in_range(due, world.time.now_ns + 1, world.time.now_ns + TWIN_MS);
    world.time.now_ns = due;
    assert_true(part->due(part->self) == due); /* whoever advances what is due does */
    assert_false(world.line);
    part->advance(part->self);
    assert_true(world.line);
    assert_true(part->due(part->self) == UINT64_MAX); /* until it has been taken */
    world_end(&world);
}

static void silence_is_suspend_after_3_ms(void **state)
{
    (void)state;
    struct world world;
    world_start(&world, &soc_dwc2_f405, (struct world_style){.deaf = true});
    const struct soc_part *part = &world.parts[0];
    assert_int_equal(part->due(part->self), 3 * TWIN_MS);
    world.time.now_ns = 3 * TWIN_MS - 1;
    part->advance(part->self);
    assert_int_equal(world_read(&world, GINTSTS) & (ESUSP | USBSUSP), 0);
    world.time.now_ns = 3 * TWIN_MS;
    part->advance(part->self);
    assert_int_equal(world_read(&world, GINTSTS) & (ESUSP | USBSUSP), ESUSP | USBSUSP);
    assert_true(part->due(part->self) == UINT64_MAX);
    firmware_connect(&world, false); /* the pull-up off: no bus, no suspend */
    assert_int_equal(world_read(&world, DSTS) & 1, 0);
    world_end(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registers_have_their_reset_values),
        cmocka_unit_test(a_part_stands_where_its_chip_has_it),
        cmocka_unit_test(reserved_bits_and_read_only_registers_keep_their_values),
        cmocka_unit_test(without_a_clock_nothing_is_there),
        cmocka_unit_test(narrow_reads_give_their_bytes),
        cmocka_unit_test(a_core_reset_keeps_the_phy_alone),
        cmocka_unit_test(the_host_mode_has_no_pull_up),
        cmocka_unit_test(the_pull_up_needs_phy_and_vbus),
        cmocka_unit_test(frames_are_counted_and_announced),
        cmocka_unit_test(a_polling_driver_sees_frames_too),
        cmocka_unit_test(a_frame_is_an_event_only_when_it_interrupts),
        cmocka_unit_test(silence_is_suspend_after_3_ms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
