/* SPDX-License-Identifier: MIT
 * Erasing the second bank of an STM32H743, byte by byte as real ROMs were seen to behave. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/script_bus.h"

#define ERASE_BANK1 "21 01 0000 0000 0500 | 41 00000e08"
#define ERASE_BANK2 "21 01 0000 0000 0500 | 41 00001008"
#define BUSY_1000   "00 e80300 04 00"
#define STUCK       "0e 000000 0a 00"

struct world {
    struct script_bus bus;
    struct device *device;
    struct dfk_error err;
    bool check;
    uint32_t took_ms;
};

static void begin(struct world *world, const char *id_answer)
{
    const struct script_step steps[] = {
        {GETSTATUS, IDLE, 0}, {"21 01 0000 0000 0500 | 21 fce7f11f", "", 0},
        {GETSTATUS, BUSY, 0}, {GETSTATUS, DNLOAD_IDLE, 0},
        {ABORT, "", 0},       {"a1 02 0200 0000 0400", id_answer, 0, 2},
        {ABORT, "", 0}};
    memset(world, 0, sizeof *world);
    script_init(&world->bus, &script_h743, 1);
    script_expect(&world->bus, steps, sizeof steps / sizeof steps[0]);
    world->device = script_open(&world->bus);
    world->bus.steps = NULL;
    world->bus.step_count = world->bus.step_at = 0;
}

static int erase(struct world *world, uint32_t addr)
{
    uint32_t before_ms = script_ms(&world->bus);
    int result = device_erase_sector(world->device, addr, 0x20000, &world->check, &world->err);
    world->took_ms = script_ms(&world->bus) - before_ms;
    return result;
}

static void end(struct world *world)
{
    script_done(&world->bus);
    device_close(world->device);
}

/* The first GETSTATUS is held until the erase is over. */
static void the_first_bank_takes_as_long_as_it_takes(void **context)
{
    (void)context;
    struct world world;
    begin(&world, "ffff90ff");
    SCRIPT_EXPECT(&world.bus, {ERASE_BANK1, "", 0}, {GETSTATUS, BUSY_1000, 903},
                  {GETSTATUS, DNLOAD_IDLE, 1});
    assert_int_equal(erase(&world, 0x080E0000), 0);
    assert_int_equal(world.took_ms, 904);
    assert_false(world.check);
    assert_int_equal(device_faults_overcome(world.device), 0);
    end(&world);
}

/* Asked at once, then after 1, 2, 4, ... 50 ms: 5 more times after the doubling until 1 s is over.
 */
static void v9_0_hangs_and_is_cleared_after_the_time_of_an_erase(void **context)
{
    (void)context;
    struct world world;
    begin(&world, "ffff90ff");
    SCRIPT_EXPECT(&world.bus, {ERASE_BANK2, "", 0}, {GETSTATUS, BUSY_1000, 16},
                  {GETSTATUS, BUSY_1000, 1, 24}, {CLRSTATUS, "", 0}, {GETSTATUS, STUCK, 0},
                  {CLRSTATUS, "", 0}, {GETSTATUS, IDLE, 0});
    assert_int_equal(erase(&world, 0x08100000), 0);
    assert_in_range(world.took_ms, 1000, 1060);
    assert_true(world.check);
    assert_non_null(strstr(world.bus.said, "h743-bank2-erase-wedge "));
    assert_int_equal(device_faults_overcome(world.device), 1);
    end(&world);
}

/* Not all units hang; those that do not are believed. */
static void v9_0_that_does_not_hang_is_not_disturbed(void **context)
{
    (void)context;
    struct world world;
    begin(&world, "ffff90ff");
    SCRIPT_EXPECT(&world.bus, {ERASE_BANK2, "", 0}, {GETSTATUS, BUSY_1000, 980},
                  {GETSTATUS, DNLOAD_IDLE, 1});
    assert_int_equal(erase(&world, 0x08100000), 0);
    assert_null(strstr(world.bus.said, "wedge"));
    end(&world);
}

/* A version that is not known to hang is given twice the datasheet's maximum before it is cleared.
 */
static void another_version_is_cleared_only_after_the_maximum(void **context)
{
    (void)context;
    struct world world;
    begin(&world, "ffff92ff");
    SCRIPT_EXPECT(&world.bus, {ERASE_BANK2, "", 0}, {GETSTATUS, BUSY_1000, 2000},
                  {GETSTATUS, BUSY_1000, 1900}, {GETSTATUS, BUSY_1000, 200}, {CLRSTATUS, "", 0},
                  {GETSTATUS, STUCK, 0}, {CLRSTATUS, "", 0}, {GETSTATUS, IDLE, 0});
    assert_int_equal(erase(&world, 0x08100000), 0);
    assert_true(world.check);
    end(&world);
}

/* The version cannot be read: the fault is possible, but the erase may be slow as well. */
static void an_unknown_version_is_cleared_after_the_maximum_of_an_erase(void **context)
{
    (void)context;
    struct world world;
    begin(&world, "ffffffff");
    assert_non_null(strstr(device_get_info(world.device)->firmware, "version unknown"));
    SCRIPT_EXPECT(&world.bus, {ERASE_BANK2, "", 0}, {GETSTATUS, BUSY_1000, 1000},
                  {GETSTATUS, BUSY_1000, 900}, {GETSTATUS, BUSY_1000, 200}, {CLRSTATUS, "", 0},
                  {GETSTATUS, STUCK, 0}, {CLRSTATUS, "", 0}, {GETSTATUS, IDLE, 0});
    assert_int_equal(erase(&world, 0x08100000), 0);
    end(&world);
}

static void what_cannot_be_cleared_ends_in_an_error(void **context)
{
    (void)context;
    struct world world;
    begin(&world, "ffff90ff");
    SCRIPT_EXPECT(&world.bus, {ERASE_BANK2, "", 0}, {GETSTATUS, BUSY_1000, 990},
                  {GETSTATUS, BUSY_1000, 10}, {CLRSTATUS, "", 0}, {GETSTATUS, BUSY_1000, 0});
    assert_int_equal(erase(&world, 0x08100000), -DFK_E_TIMEOUT);
    assert_string_equal(
        world.err.what,
        "the erase that hangs could not be cleared: state dfuDNBUSY, wanted dfuIDLE");
    end(&world);
    begin(&world, "ffff90ff");
    SCRIPT_EXPECT(&world.bus, {ERASE_BANK2, "", 0}, {GETSTATUS, BUSY_1000, 990},
                  {GETSTATUS, BUSY_1000, 10}, {CLRSTATUS, "stall", 0});
    assert_int_equal(erase(&world, 0x08100000), -DFK_E_DEVICE);
    end(&world);
}

/* The next command must not come before the datasheet's maximum is over. */
static void v9_1_returns_early_and_the_maximum_is_waited_out(void **context)
{
    (void)context;
    struct world world;
    begin(&world, "ffff91ff");
    SCRIPT_EXPECT(&world.bus, {ERASE_BANK2, "", 0}, {GETSTATUS, BUSY_1000, 16},
                  {GETSTATUS, DNLOAD_IDLE, 1});
    assert_int_equal(erase(&world, 0x08100000), 0);
    assert_int_equal(world.took_ms, 2000);
    assert_true(world.check);
    assert_non_null(strstr(world.bus.said, "h743-v9.1-bank2-early-return "));
    end(&world);
}

static void the_first_bank_is_never_cleared(void **context)
{
    (void)context;
    struct world world;
    begin(&world, "ffff90ff");
    SCRIPT_EXPECT(&world.bus, {ERASE_BANK1, "", 0}, {GETSTATUS, BUSY_1000, 1000, 8});
    assert_int_equal(erase(&world, 0x080E0000), -DFK_E_TIMEOUT);
    assert_non_null(strstr(world.err.what, "still dfuDNBUSY after 8000 ms (limit: DS12110"));
    end(&world);
}

static void v13_3_is_not_asked_for_a_mass_erase(void **context)
{
    (void)context;
    struct world world;
    begin(&world, "ffffd3ff");
    assert_string_equal(device_get_info(world.device)->firmware, "ROM bootloader V13.3");
    assert_false(device_get_traits(world.device)->mass_erase_works);
    assert_int_equal(device_erase_all(world.device, &world.err), -DFK_E_UNSUPPORTED);
    end(&world);
}

/* A protected chip does not even let its ROM be read. */
static void a_rom_that_may_not_be_read_has_an_unknown_version(void **context)
{
    (void)context;
    struct script_bus bus;
    script_init(&bus, &script_h743, 1);
    SCRIPT_EXPECT(&bus, {GETSTATUS, IDLE, 0}, {"21 01 0000 0000 0500 | 21 fce7f11f", "", 0},
                  {GETSTATUS, BUSY, 0}, {GETSTATUS, DNLOAD_IDLE, 0}, {ABORT, "", 0},
                  {"a1 02 0200 0000 0400", "stall", 0}, {GETSTATUS, "0b 000000 0a 00", 0},
                  {GETSTATUS, "0b 000000 0a 00", 0}, {CLRSTATUS, "", 0}, {GETSTATUS, IDLE, 0},
                  {GETSTATUS, IDLE, 0});
    struct device *device = script_open(&bus);
    assert_string_equal(device_get_info(device)->chip, "STM32H742/743/750/753");
    assert_string_equal(device_get_info(device)->firmware, "ROM bootloader, version unknown");
    assert_string_equal(bus.said, "");
    device_close(device);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_bank_takes_as_long_as_it_takes),
        cmocka_unit_test(v9_0_hangs_and_is_cleared_after_the_time_of_an_erase),
        cmocka_unit_test(v9_0_that_does_not_hang_is_not_disturbed),
        cmocka_unit_test(another_version_is_cleared_only_after_the_maximum),
        cmocka_unit_test(an_unknown_version_is_cleared_after_the_maximum_of_an_erase),
        cmocka_unit_test(what_cannot_be_cleared_ends_in_an_error),
        cmocka_unit_test(v9_1_returns_early_and_the_maximum_is_waited_out),
        cmocka_unit_test(the_first_bank_is_never_cleared),
        cmocka_unit_test(v13_3_is_not_asked_for_a_mass_erase),
        cmocka_unit_test(a_rom_that_may_not_be_read_has_an_unknown_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
