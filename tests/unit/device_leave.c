/* SPDX-License-Identifier: MIT
 * Leaving DFU mode: the address first, and a device that is gone has done what it was asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/script_bus.h"

#define LEAVE "21 01 0000 0000 0000"
#define SET_ADDRESS                                                                                \
    {"21 01 0000 0000 0500 | 21 00000208", "", 0}, {GETSTATUS, BUSY, 0},                           \
    {                                                                                              \
        GETSTATUS, DNLOAD_IDLE, 0                                                                  \
    }
#define BLOCK                                                                                      \
    {"21 01 0000 0000 0200 | a5a5", "", 0},                                                        \
    {                                                                                              \
        GETSTATUS, DNLOAD_IDLE, 0                                                                  \
    }

struct world {
    struct script_bus bus;
    struct script_device board;
    struct device *device;
    struct dfk_error err;
    bool gone;
};

/* The board goes off the bus until_ms after the start; 0: it stays. */
static void begin(struct world *world, const struct script_device *board, uint32_t until_ms)
{
    memset(world, 0, sizeof *world);
    world->board = *board;
    world->board.until_ms = until_ms;
    script_init(&world->bus, &world->board, 1);
    SCRIPT_EXPECT(&world->bus, {GETSTATUS, IDLE, 0});
    world->device = script_open(&world->bus);
}

static int leave(struct world *world)
{
    return device_leave(world->device, 0x08020000, &world->gone, &world->err);
}

static void end(struct world *world)
{
    script_done(&world->bus);
    device_close(world->device);
}

static void the_address_is_set_before_the_device_leaves(void **context)
{
    (void)context;
    struct world world;
    begin(&world, &script_gd32, 120);
    SCRIPT_EXPECT(&world.bus, SET_ADDRESS, {LEAVE, "", 0}, {GETSTATUS, "00 000000 07 00", 0});
    assert_int_equal(leave(&world), 0);
    assert_true(world.gone);
    assert_in_range(script_ms(&world.bus), 120, 200);
    end(&world);
}

struct ending {
    const char *what;
    struct script_step steps[2];
    size_t count;
};

static const struct ending endings[] = {
    {"gone during the request", {{LEAVE, "gone", 500}}, 1},
    {"gone before the status", {{LEAVE, "", 0}, {GETSTATUS, "gone", 500}}, 2},
    {"refuses the request and is gone", {{LEAVE, "stall", 500}}, 1},
    {"does not answer the request", {{LEAVE, "timeout", 0}}, 1},
    {"the bus fails", {{LEAVE, "error", 500}}, 1},
    {"refuses to tell its status", {{LEAVE, "", 0}, {GETSTATUS, "stall", 500}}, 2},
    {"does not answer about its status", {{LEAVE, "", 0}, {GETSTATUS, "timeout", 500}}, 2},
};

static void a_device_that_is_gone_has_left(void **context)
{
    (void)context;
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        struct script_step steps[8] = {SET_ADDRESS};
        struct world world;
        memcpy(&steps[3], endings[i].steps, endings[i].count * sizeof steps[0]);
        begin(&world, &script_gd32, 400);
        script_expect(&world.bus, steps, 3 + endings[i].count);
        if (leave(&world) != 0 || !world.gone) {
            fail_msg("%s: %s", endings[i].what, world.err.what);
        }
        end(&world);
    }
}

static void a_device_that_stays_is_waited_for_5_s(void **context)
{
    (void)context;
    struct world world;
    begin(&world, &script_gd32, 0);
    SCRIPT_EXPECT(&world.bus, SET_ADDRESS, {LEAVE, "", 0}, {GETSTATUS, "00 000000 07 00", 0});
    world.gone = true;
    assert_int_equal(leave(&world), 0);
    assert_false(world.gone);
    assert_in_range(script_ms(&world.bus), 5000, 5100);
    end(&world);
}

static void a_refusal_that_is_meant_is_an_error(void **context)
{
    (void)context;
    struct world world;
    begin(&world, &script_gd32, 0);
    SCRIPT_EXPECT(&world.bus, SET_ADDRESS, {LEAVE, "stall", 0}, {GETSTATUS, "0a 000000 0a 00", 0},
                  {GETSTATUS, "0a 000000 0a 00", 0}, {CLRSTATUS, "", 0}, {GETSTATUS, IDLE, 0});
    world.gone = true;
    assert_int_equal(leave(&world), -DFK_E_DEVICE);
    assert_true(world.gone);
    assert_non_null(strstr(world.err.what, "leaving DFU mode: the device says errFIRMWARE"));
    end(&world);
    begin(&world, &script_gd32, 0);
    SCRIPT_EXPECT(&world.bus, SET_ADDRESS, {LEAVE, "error", 0});
    assert_int_equal(leave(&world), -DFK_E_PROTOCOL);
    end(&world);
}

static int leave_plain(struct world *world)
{
    static const uint8_t data[2] = {0xA5, 0xA5};
    assert_int_equal(device_write_plain(world->device, 0, data, 2, &world->err), 0);
    return leave(world);
}

/* bitManifestationTolerant: asked until it is idle again. Source DFU 1.1, "Manifestation Phase" */
static void a_tolerant_plain_device_stays(void **context)
{
    (void)context;
    struct world world;
    begin(&world, &script_plain, 0);
    SCRIPT_EXPECT(&world.bus, BLOCK, {LEAVE, "", 0}, {GETSTATUS, "00 640000 07 00", 0},
                  {GETSTATUS, "00 000000 06 00", 0}, {GETSTATUS, IDLE, 0});
    assert_int_equal(leave_plain(&world), 0);
    assert_false(world.gone);
    assert_int_equal(script_ms(&world.bus), 150);
    end(&world);
}

static void a_plain_device_that_waits_for_a_reset_gets_one(void **context)
{
    (void)context;
    static const char *const states[] = {"00 000000 08 00", "00 640000 07 00"};
    for (size_t i = 0; i < 2; i++) {
        const struct script_step steps[] = {
            BLOCK, {LEAVE, "", 0}, {GETSTATUS, states[i], 0}, {"reset", "gone", 0}};
        struct script_device intolerant = script_plain;
        struct world world;
        intolerant.configuration =
            "09 02 1b00 01 01 00 c0 32  09 04 00 00 00 fe 01 02 04  09 21 03 e803 0004 1001";
        begin(&world, &intolerant, 0);
        script_expect(&world.bus, steps, sizeof steps / sizeof steps[0]);
        assert_int_equal(leave_plain(&world), 0);
        assert_true(world.gone);
        end(&world);
    }
}

static void a_plain_device_that_is_gone_has_left(void **context)
{
    (void)context;
    struct world world;
    begin(&world, &script_plain, 400);
    SCRIPT_EXPECT(&world.bus, BLOCK, {LEAVE, "", 0}, {GETSTATUS, "stall", 500});
    assert_int_equal(leave_plain(&world), 0);
    assert_true(world.gone);
    end(&world);
}

static void a_manifestation_that_fails_or_never_ends_is_an_error(void **context)
{
    (void)context;
    struct world world;
    begin(&world, &script_plain, 0);
    SCRIPT_EXPECT(&world.bus, BLOCK, {LEAVE, "", 0}, {GETSTATUS, "0a 000000 0a 00", 0});
    assert_int_equal(leave_plain(&world), -DFK_E_DEVICE);
    end(&world);
    begin(&world, &script_plain, 0);
    SCRIPT_EXPECT(&world.bus, BLOCK, {LEAVE, "", 0}, {GETSTATUS, "00 e80300 07 00", 0, 30});
    assert_int_equal(leave_plain(&world), -DFK_E_TIMEOUT);
    assert_string_equal(world.err.what, "manifestation is not over after 30000 ms (dfuMANIFEST)");
    end(&world);
}

/* dfuIDLE, dfuUPLOAD-IDLE: only a reset leads back. Source DFU 1.1, appendix A.2 */
static void a_plain_device_without_a_download_is_reset(void **context)
{
    (void)context;
    struct world world;
    uint8_t data[1024];
    uint16_t actual = 0;
    char full[2 * sizeof data + 1];
    memset(full, '0', sizeof full - 1);
    full[sizeof full - 1] = '\0';
    const struct script_step steps[] = {
        {"a1 02 0000 0000 0004", full, 0}, {ABORT, "", 0}, {"reset", "", 0}, {"reset", "gone", 0}};
    begin(&world, &script_plain, 0);
    script_expect(&world.bus, steps, 4);
    assert_int_equal(device_read_plain(world.device, 0, data, &actual, &world.err), 0);
    assert_int_equal(actual, 1024);
    assert_int_equal(leave(&world), 0);
    assert_false(world.gone);
    assert_int_equal(leave(&world), 0);
    assert_true(world.gone);
    end(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_address_is_set_before_the_device_leaves),
        cmocka_unit_test(a_device_that_is_gone_has_left),
        cmocka_unit_test(a_device_that_stays_is_waited_for_5_s),
        cmocka_unit_test(a_refusal_that_is_meant_is_an_error),
        cmocka_unit_test(a_tolerant_plain_device_stays),
        cmocka_unit_test(a_plain_device_that_waits_for_a_reset_gets_one),
        cmocka_unit_test(a_plain_device_that_is_gone_has_left),
        cmocka_unit_test(a_manifestation_that_fails_or_never_ends_is_an_error),
        cmocka_unit_test(a_plain_device_without_a_download_is_reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
