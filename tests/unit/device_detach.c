/* SPDX-License-Identifier: MIT
 * From the application into DFU mode, and knowing the device again when it comes back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/script_bus.h"

#define DETACH "21 00 e803 0000 0000"
#define CONFIGURATION(protocol, attributes)                                                        \
    "09 02 1b00 01 01 00 c0 32  09 04 00 00 00 fe 01 " protocol " 00  09 21 " attributes           \
    " e803 0004 1001"
#define APPLICATION(attributes)                                                                    \
    .configuration = CONFIGURATION("01", attributes), .vendor = 0x1111, .product = 1,              \
    .product_text = ""
#define BOOTLOADER                                                                                 \
    .configuration = CONFIGURATION("02", "07"), .vendor = 0x2222, .product = 2, .product_text = ""

struct world {
    struct script_bus bus;
    struct device *device;
    struct dfk_error err;
};

static void begin(struct world *world, const struct script_device *devices, size_t count)
{
    static const struct dfk_select application = {.path = "1-1"};
    memset(world, 0, sizeof *world);
    script_init(&world->bus, devices, count);
    assert_int_equal(device_open(&world->bus.bus, &world->bus.clock, &application,
                                 &world->bus.callbacks, &world->device, &world->err),
                     0);
}

static void end(struct world *world)
{
    script_done(&world->bus);
    device_close(world->device);
}

static const char *path_of(const struct world *world)
{
    return device_get_info(world->device)->path;
}

/* bitWillDetach: no reset from the host. */
static void a_device_that_detaches_itself_is_not_reset(void **context)
{
    (void)context;
    static const struct script_device devices[] = {
        {.path = "1-1", APPLICATION("0f"), .serial = "S", .until_ms = 50},
        {.path = "1-1", BOOTLOADER, .serial = "T", .from_ms = 700}};
    struct world world;
    begin(&world, devices, 2);
    assert_int_equal(device_get_info(world.device)->mode, DFK_MODE_RUNTIME);
    SCRIPT_EXPECT(&world.bus, {DETACH, "", 10}, {GETSTATUS, IDLE, 0});
    assert_int_equal(device_detach(world.device, &world.err), 0);
    assert_int_equal(device_get_info(world.device)->mode, DFK_MODE_DFU);
    assert_int_equal(device_get_info(world.device)->vendor, 0x2222);
    assert_in_range(script_ms(&world.bus), 700, 800);
    assert_int_equal(device_detach(world.device, &world.err), 0);
    end(&world);
}

static void a_device_that_waits_for_a_reset_gets_one(void **context)
{
    (void)context;
    static const struct script_device devices[] = {
        {.path = "1-1", APPLICATION("07"), .serial = "S", .until_ms = 50},
        {.path = "1-1", BOOTLOADER, .serial = "S", .from_ms = 100}};
    struct world world;
    begin(&world, devices, 2);
    SCRIPT_EXPECT(&world.bus, {DETACH, "", 10}, {"reset", "gone", 0}, {GETSTATUS, IDLE, 0});
    assert_int_equal(device_detach(world.device, &world.err), 0);
    end(&world);
}

static void a_device_on_another_path_is_known_by_its_serial_number(void **context)
{
    (void)context;
    static const struct script_device devices[] = {
        {.path = "1-1", APPLICATION("0f"), .serial = "S", .until_ms = 50},
        {.path = "1-2", BOOTLOADER, .serial = "X", .from_ms = 100},
        {.path = "1-3", BOOTLOADER, .serial = "S", .from_ms = 300}};
    struct world world;
    begin(&world, devices, 3);
    SCRIPT_EXPECT(&world.bus, {DETACH, "", 10}, {GETSTATUS, IDLE, 0});
    assert_int_equal(device_detach(world.device, &world.err), 0);
    assert_string_equal(path_of(&world), "1-3");
    end(&world);
}

/* A bootloader with another serial number on another path: the only new one. */
static void the_only_new_device_is_taken_after_a_while(void **context)
{
    (void)context;
    static const struct script_device devices[] = {
        {.path = "1-1", APPLICATION("0f"), .serial = "S", .until_ms = 50},
        {.path = "1-2", BOOTLOADER, .serial = "S"}, /* was there before */
        {.path = "1-3", BOOTLOADER, .serial = "X", .from_ms = 100}};
    struct world world;
    begin(&world, devices, 3);
    SCRIPT_EXPECT(&world.bus, {DETACH, "", 10}, {GETSTATUS, IDLE, 0});
    assert_int_equal(device_detach(world.device, &world.err), 0);
    assert_string_equal(path_of(&world), "1-3");
    assert_in_range(script_ms(&world.bus), 1000, 1200);
    end(&world);
}

static void of_two_new_devices_none_is_guessed(void **context)
{
    (void)context;
    static const struct script_device devices[] = {
        {.path = "1-1", APPLICATION("0f"), .serial = "S", .until_ms = 50},
        {.path = "1-2", BOOTLOADER, .serial = "X", .from_ms = 100},
        {.path = "1-3", BOOTLOADER, .serial = "Y", .from_ms = 100}};
    struct world world;
    begin(&world, devices, 3);
    SCRIPT_EXPECT(&world.bus, {DETACH, "", 10});
    assert_int_equal(device_detach(world.device, &world.err), -DFK_E_SEVERAL);
    assert_string_equal(world.err.what, "2 devices came up in DFU mode; which is meant is unclear");
    end(&world);
}

/* A stranger that was tried in vain is still a stranger when the right one comes. */
static void a_stranger_that_could_not_be_opened_is_not_taken_for_the_device(void **context)
{
    (void)context;
    static const struct script_device devices[] = {
        {.path = "1-1", APPLICATION("0f"), .serial = "S", .until_ms = 50},
        {.path = "1-2", BOOTLOADER, .serial = "X", .from_ms = 100},
        {.path = "1-3", BOOTLOADER, .serial = "S", .from_ms = 1150}};
    struct world world;
    begin(&world, devices, 3);
    SCRIPT_EXPECT(&world.bus, {DETACH, "", 10}, {GETSTATUS, "gone", 0, 2}, {GETSTATUS, IDLE, 0});
    assert_int_equal(device_detach(world.device, &world.err), 0);
    assert_string_equal(device_get_info(world.device)->path, "1-3");
    assert_string_equal(device_get_info(world.device)->serial, "S");
    end(&world);
}

/* Afterwards the handle stands for nothing, and says so. */
static void a_device_that_does_not_come_back_is_lost(void **context)
{
    (void)context;
    static const struct script_device devices[] = {
        {.path = "1-1", APPLICATION("0f"), .serial = "S", .until_ms = 50}};
    struct world world;
    struct dfk_error after = {0};
    bool check = false;
    begin(&world, devices, 1);
    SCRIPT_EXPECT(&world.bus, {DETACH, "gone", 100});
    assert_int_equal(device_detach(world.device, &world.err), -DFK_E_LOST);
    assert_string_equal(world.err.what,
                        "the device did not come back in DFU mode within 10000 ms after DETACH");
    assert_in_range(script_ms(&world.bus), 10000, 10200);
    assert_int_equal(device_erase_sector(world.device, 0, 1024, &check, &after), -DFK_E_LOST);
    assert_int_equal(device_select_alternate(world.device, 0, NULL), -DFK_E_LOST);
    end(&world);
}

static void a_device_that_refuses_stays_as_it_is(void **context)
{
    (void)context;
    static const struct script_device devices[] = {
        {.path = "1-1", APPLICATION("0f"), .serial = "S"}};
    struct world world;
    begin(&world, devices, 1);
    SCRIPT_EXPECT(&world.bus, {DETACH, "stall", 0});
    assert_int_equal(device_detach(world.device, &world.err), -DFK_E_DEVICE);
    assert_string_equal(world.err.what, "DETACH: the device refused the request");
    end(&world);
}

/* Its descriptors say DFU mode all the time; only its state tells the application. */
static void an_application_in_disguise_is_waited_for_until_its_bootloader_runs(void **context)
{
    (void)context;
    static const struct script_device devices[] = {
        {.path = "1-1", BOOTLOADER, .serial = "S", .until_ms = 250},
        {.path = "1-1", BOOTLOADER, .serial = "S", .from_ms = 400}};
    struct world world;
    memset(&world, 0, sizeof world);
    script_init(&world.bus, devices, 2);
    SCRIPT_EXPECT(&world.bus, {GETSTATUS, "00 000000 00 00", 0, 2});
    world.device = script_open(&world.bus);
    assert_int_equal(device_get_info(world.device)->mode, DFK_MODE_RUNTIME);
    SCRIPT_EXPECT(&world.bus, {DETACH, "", 10}, {"reset", "", 0},
                  {GETSTATUS, "00 000000 01 00", 0, 4}, {GETSTATUS, IDLE, 0});
    assert_int_equal(device_detach(world.device, &world.err), 0);
    assert_int_equal(device_get_info(world.device)->mode, DFK_MODE_DFU);
    end(&world);
}

static void a_bootloader_that_falls_silent_while_it_is_opened_is_tried_again(void **context)
{
    (void)context;
    static const struct script_device devices[] = {
        {.path = "1-1", APPLICATION("0f"), .serial = "S", .until_ms = 50},
        {.path = "1-1", BOOTLOADER, .serial = "S", .from_ms = 100}};
    struct world world;
    begin(&world, devices, 2);
    SCRIPT_EXPECT(&world.bus, {DETACH, "", 10}, {GETSTATUS, "gone", 0}, {GETSTATUS, IDLE, 0});
    assert_int_equal(device_detach(world.device, &world.err), 0);
    assert_int_equal(world.err.code, DFK_OK);
    end(&world);
    begin(&world, devices, 2);
    SCRIPT_EXPECT(&world.bus, {DETACH, "", 10}, {GETSTATUS, "00 000000 0b 00", 0});
    assert_int_equal(device_detach(world.device, &world.err), -DFK_E_DEVICE);
    end(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_device_that_detaches_itself_is_not_reset),
        cmocka_unit_test(a_device_that_waits_for_a_reset_gets_one),
        cmocka_unit_test(a_device_on_another_path_is_known_by_its_serial_number),
        cmocka_unit_test(the_only_new_device_is_taken_after_a_while),
        cmocka_unit_test(of_two_new_devices_none_is_guessed),
        cmocka_unit_test(a_stranger_that_could_not_be_opened_is_not_taken_for_the_device),
        cmocka_unit_test(a_device_that_does_not_come_back_is_lost),
        cmocka_unit_test(a_device_that_refuses_stays_as_it_is),
        cmocka_unit_test(a_bootloader_that_falls_silent_while_it_is_opened_is_tried_again),
        cmocka_unit_test(an_application_in_disguise_is_waited_for_until_its_bootloader_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
