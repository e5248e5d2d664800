/* SPDX-License-Identifier: MIT
 * How long a device is waited for: not longer than it needs, never without an end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/script_bus.h"

#define ERASE "21 01 0000 0000 0500 | 41 00040000"

struct world {
    struct script_bus bus;
    struct device *device;
    struct dfk_error err;
    uint32_t took_ms;
};

static void begin(struct world *world, const struct script_device *device)
{
    memset(world, 0, sizeof *world);
    script_init(&world->bus, device, 1);
    SCRIPT_EXPECT(&world->bus, {GETSTATUS, IDLE, 0});
    world->device = script_open(&world->bus);
}

static int erase(struct world *world)
{
    bool check = false;
    uint32_t before_ms = script_ms(&world->bus);
    int result = device_erase_sector(world->device, 0x400, 1024, &check, &world->err);
    world->took_ms = script_ms(&world->bus) - before_ms;
    script_done(&world->bus);
    return result;
}

static void end(struct world *world)
{
    device_close(world->device);
}

static void an_unknown_device_is_given_the_time_it_asks_for(void **context)
{
    (void)context;
    struct world world;
    begin(&world, &script_unknown);
    SCRIPT_EXPECT(&world.bus, {ERASE, "", 0}, {GETSTATUS, "00 640000 04 00", 0},
                  {GETSTATUS, "00 c80000 04 00", 0}, {GETSTATUS, DNLOAD_IDLE, 0});
    assert_int_equal(erase(&world), 0);
    assert_int_equal(world.took_ms, 300);
    end(&world);
}

static void a_device_that_is_done_at_once_is_believed(void **context)
{
    (void)context;
    struct world world;
    begin(&world, &script_unknown);
    SCRIPT_EXPECT(&world.bus, {ERASE, "", 0}, {GETSTATUS, DNLOAD_IDLE, 0});
    assert_int_equal(erase(&world), 0);
    assert_int_equal(world.took_ms, 0);
    end(&world);
}

static void a_pause_of_0_is_backed_off_from(void **context)
{
    (void)context;
    struct world world;
    begin(&world, &script_unknown);
    SCRIPT_EXPECT(&world.bus, {ERASE, "", 0}, {GETSTATUS, BUSY, 0, 8}, {GETSTATUS, DNLOAD_IDLE, 0});
    assert_int_equal(erase(&world), 0);
    assert_int_equal(world.took_ms, 1 + 2 + 4 + 8 + 16 + 32 + 50 + 50);
    end(&world);
}

static void an_absurd_pause_is_not_obeyed_and_said_once(void **context)
{
    (void)context;
    struct world world;
    begin(&world, &script_unknown);
    SCRIPT_EXPECT(&world.bus, {ERASE, "", 0}, {GETSTATUS, "00 ffffff 04 00", 0, 4},
                  {GETSTATUS, DNLOAD_IDLE, 0});
    assert_int_equal(erase(&world), 0);
    assert_int_equal(world.took_ms, 15);
    assert_non_null(strstr(world.bus.said, "absurd-poll-timeout "));
    assert_null(strstr(strstr(world.bus.said, "absurd-poll-timeout ") + 1, "absurd"));
    end(&world);
}

static void busy_for_ever_ends_at_the_limit(void **context)
{
    (void)context;
    struct world world;
    begin(&world, &script_unknown);
    SCRIPT_EXPECT(&world.bus, {ERASE, "", 0}, {GETSTATUS, "00 e80300 04 00", 0, 30});
    assert_int_equal(erase(&world), -DFK_E_TIMEOUT);
    assert_int_equal(world.took_ms, 30000);
    assert_string_equal(world.err.what,
                        "erase of the sector at 0x00000400: still dfuDNBUSY after 30000 ms (limit: "
                        "longest sector erase of any datasheet, doubled)");
    assert_int_equal(world.err.where.addr, 0x400);
    assert_int_equal(world.err.device.state, 4);
    end(&world);
}

static void a_mass_erase_that_never_ends_names_no_address(void **context)
{
    (void)context;
    struct world world;
    begin(&world, &script_unknown);
    SCRIPT_EXPECT(&world.bus, {"21 01 0000 0000 0100 | 41", "", 0},
                  {GETSTATUS, "00 e80300 04 00", 0, 120});
    assert_int_equal(device_erase_all(world.device, &world.err), -DFK_E_TIMEOUT);
    script_done(&world.bus);
    assert_int_equal(script_ms(&world.bus), 120000);
    assert_string_equal(world.err.what, "mass erase: still dfuDNBUSY after 120000 ms (limit: "
                                        "longest mass erase of any datasheet, doubled)");
    assert_int_equal(world.err.where.kind, DFK_WHERE_NOWHERE);
    end(&world);
}

static void a_lost_answer_is_asked_for_again(void **context)
{
    (void)context;
    struct world world;
    begin(&world, &script_unknown);
    SCRIPT_EXPECT(&world.bus, {ERASE, "", 0}, {GETSTATUS, "timeout", 0},
                  {GETSTATUS, DNLOAD_IDLE, 0});
    assert_int_equal(erase(&world), 0);
    assert_int_equal(world.took_ms, 15000);
    end(&world);
}

static void silence_ends_at_the_limit(void **context)
{
    (void)context;
    struct world world;
    begin(&world, &script_unknown);
    SCRIPT_EXPECT(&world.bus, {ERASE, "", 0}, {GETSTATUS, "timeout", 0, 6});
    assert_int_equal(erase(&world), -DFK_E_TIMEOUT);
    assert_in_range(world.took_ms, 30000, 31000);
    assert_non_null(strstr(world.err.what, "no answer within 30000 ms"));
    end(&world);
}

static void a_few_refused_questions_are_overlooked(void **context)
{
    (void)context;
    struct world world;
    begin(&world, &script_unknown);
    SCRIPT_EXPECT(&world.bus, {ERASE, "", 0}, {GETSTATUS, "stall", 0, 3},
                  {GETSTATUS, DNLOAD_IDLE, 0});
    assert_int_equal(erase(&world), 0);
    end(&world);
    begin(&world, &script_unknown);
    SCRIPT_EXPECT(&world.bus, {ERASE, "", 0}, {GETSTATUS, "stall", 0, 4});
    assert_int_equal(erase(&world), -DFK_E_DEVICE);
    end(&world);
}

static void a_state_that_has_no_business_here_is_said(void **context)
{
    (void)context;
    struct world world;
    begin(&world, &script_unknown);
    SCRIPT_EXPECT(&world.bus, {ERASE, "", 0}, {GETSTATUS, "00 000000 09 00", 0},
                  {GETSTATUS, "00 000000 09 00", 0}, {ABORT, "", 0}, {GETSTATUS, IDLE, 0});
    assert_int_equal(erase(&world), -DFK_E_PROTOCOL);
    assert_string_equal(world.err.what, "erase of the sector at 0x00000400: the device went to "
                                        "dfuUPLOAD-IDLE, wanted dfuDNLOAD-IDLE");
    end(&world);
}

static void a_device_that_goes_away_is_lost(void **context)
{
    (void)context;
    struct world world;
    begin(&world, &script_unknown);
    SCRIPT_EXPECT(&world.bus, {ERASE, "", 0}, {GETSTATUS, "gone", 0});
    assert_int_equal(erase(&world), -DFK_E_LOST);
    assert_string_equal(world.err.what,
                        "erase of the sector at 0x00000400: the device disappeared from the bus");
    end(&world);
    begin(&world, &script_unknown);
    SCRIPT_EXPECT(&world.bus, {ERASE, "", 0}, {GETSTATUS, "error", 0});
    assert_int_equal(erase(&world), -DFK_E_PROTOCOL);
    assert_string_equal(world.err.what, "erase of the sector at 0x00000400: the bus failed");
    end(&world);
}

/* A reset of the bus came in between, and the system told nobody. */
static void a_rom_that_forgot_what_it_was_told_is_found_out(void **context)
{
    (void)context;
    struct script_bus bus;
    struct dfk_error err = {0};
    bool check = false;
    script_init(&bus, &script_h743, 1);
    SCRIPT_EXPECT(&bus, SCRIPT_OPEN_H743("92"));
    struct device *device = script_open(&bus);
    SCRIPT_EXPECT(&bus, {"21 01 0000 0000 0500 | 41 00000008", "", 0}, {GETSTATUS, IDLE, 0, 2});
    assert_int_equal(device_erase_sector(device, 0x08000000, 0x20000, &check, &err),
                     -DFK_E_PROTOCOL);
    assert_string_equal(err.what, "erase of the sector at 0x08000000: the device went to dfuIDLE, "
                                  "wanted dfuDNLOAD-IDLE");
    script_done(&bus);
    device_close(device);
}

/* Half an address is another address. */
static void a_command_that_does_not_reach_the_device_whole_is_an_error(void **context)
{
    (void)context;
    struct world world;
    begin(&world, &script_unknown);
    SCRIPT_EXPECT(&world.bus, {ERASE, "short", 0});
    assert_int_equal(erase(&world), -DFK_E_PROTOCOL);
    assert_string_equal(world.err.what, "erase of the sector at 0x00000400: only 2 of 5 bytes "
                                        "reached the device");
    end(&world);
}

static void the_person_can_stop_a_long_wait(void **context)
{
    (void)context;
    struct world world;
    begin(&world, &script_unknown);
    SCRIPT_EXPECT(&world.bus, {ERASE, "", 0}, {GETSTATUS, "00 e80300 04 00", 0, 3});
    world.bus.cancelled = true;
    assert_int_equal(erase(&world), -DFK_E_INTERRUPTED);
    assert_int_equal(world.took_ms, 2000);
    assert_string_equal(world.err.what, "stopped during erase of the sector at 0x00000400");
    end(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unknown_device_is_given_the_time_it_asks_for),
        cmocka_unit_test(a_device_that_is_done_at_once_is_believed),
        cmocka_unit_test(a_pause_of_0_is_backed_off_from),
        cmocka_unit_test(an_absurd_pause_is_not_obeyed_and_said_once),
        cmocka_unit_test(busy_for_ever_ends_at_the_limit),
        cmocka_unit_test(a_mass_erase_that_never_ends_names_no_address),
        cmocka_unit_test(a_lost_answer_is_asked_for_again),
        cmocka_unit_test(silence_ends_at_the_limit),
        cmocka_unit_test(a_few_refused_questions_are_overlooked),
        cmocka_unit_test(a_state_that_has_no_business_here_is_said),
        cmocka_unit_test(a_device_that_goes_away_is_lost),
        cmocka_unit_test(a_rom_that_forgot_what_it_was_told_is_found_out),
        cmocka_unit_test(a_command_that_does_not_reach_the_device_whole_is_an_error),
        cmocka_unit_test(the_person_can_stop_a_long_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
