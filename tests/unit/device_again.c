/* SPDX-License-Identifier: MIT
 * Knowing a device again that was lost in the middle of the work, and taking no other for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/script_bus.h"

enum { LOST_MS = 50, WAIT_MS = 5000, ROOM = SCRIPT_DEVICES_MAX };

struct world {
    struct script_bus bus;
    struct script_device devices[ROOM];
    struct device *device;
    struct device_mark mark;
    struct dfk_error err;
};

/* The device that is worked with is the first one, and is lost soon. */
static void begin(struct world *world, const char *serial)
{
    memset(world, 0, sizeof *world);
    world->devices[0] = script_plain;
    world->devices[0].path = "1-1";
    world->devices[0].serial = serial;
    world->devices[0].until_ms = LOST_MS;
    script_init(&world->bus, world->devices, 1);
}

/* One like it, from a moment on. */
static struct script_device *add(struct world *world, const char *path, uint32_t from_ms)
{
    struct script_device *made = &world->devices[world->bus.device_count++];
    *made = world->devices[0];
    made->path = path;
    made->from_ms = from_ms;
    made->until_ms = 0;
    return made;
}

static void lose(struct world *world)
{
    static const struct dfk_select select = {.path = "1-1"};
    SCRIPT_EXPECT(&world->bus, {GETSTATUS, IDLE, 0});
    assert_int_equal(device_open(&world->bus.bus, &world->bus.clock, &select, &world->bus.callbacks,
                                 &world->device, &world->err),
                     0);
    device_note(world->device, &world->mark);
    world->bus.now_ns = (uint64_t)LOST_MS * 1000000;
}

static int wait_for_it(struct world *world)
{
    return device_return(world->device, &world->mark, WAIT_MS, &world->err);
}

static void end(struct world *world)
{
    script_done(&world->bus);
    device_close(world->device);
}

/* Returns the path at which it was taken. */
static const char *is_taken(struct world *world)
{
    SCRIPT_EXPECT(&world->bus, {GETSTATUS, IDLE, 0});
    if (wait_for_it(world) != 0) {
        fail_msg("not taken: %s", world->err.what);
    }
    return device_get_info(world->device)->path;
}

static void at_the_same_place_with_the_same_serial_number_it_is_taken(void **context)
{
    (void)context;
    struct world world;
    begin(&world, "S");
    lose(&world);
    add(&world, "1-1", 700);
    assert_string_equal(is_taken(&world), "1-1");
    assert_in_range(script_ms(&world.bus), 700, 900);
    assert_string_equal(world.bus.said, "return returned ");
    end(&world);
}

static void without_a_serial_number_the_place_has_to_be_the_same(void **context)
{
    (void)context;
    struct world world;
    begin(&world, "");
    lose(&world);
    add(&world, "1-1", 700);
    assert_string_equal(is_taken(&world), "1-1");
    end(&world);
    begin(&world, "");
    lose(&world);
    add(&world, "1-2", 700);
    assert_int_equal(wait_for_it(&world), -DFK_E_SEVERAL);
    assert_non_null(strstr(world.err.what, " devices came up that could be the one that was at "));
    assert_non_null(strstr(world.err.what, "; none was touched"));
    assert_string_equal(world.err.why,
                        "only the same place and the same serial number tell that it is the same "
                        "board; at another place, a serial number that no other board has");
    assert_string_equal(world.err.next, "plug the board in where it was, unplug the others like "
                                        "it, and run the command again");
    end(&world);
}

static void at_another_place_its_own_serial_number_tells_it(void **context)
{
    (void)context;
    struct world world;
    begin(&world, "S");
    add(&world, "1-2", 0)->serial = "T";
    lose(&world);
    add(&world, "1-3", 700);
    assert_string_equal(is_taken(&world), "1-3");
    assert_string_equal(world.bus.said, "return moved ");
    end(&world);
}

/* The board beside it has been there before: it is not the one, whatever its serial number. */
static void the_board_beside_it_with_the_same_serial_number_is_never_taken(void **context)
{
    (void)context;
    struct world world;
    begin(&world, "S");
    add(&world, "1-2", 0);
    lose(&world);
    assert_int_equal(wait_for_it(&world), -DFK_E_LOST);
    assert_string_equal(world.err.what, "the device at 1-1 (1209:0002, serial S) did not come back "
                                        "in DFU mode within 5.0 s");
    assert_string_equal(world.err.next,
                        "check the cable, put the board in DFU mode and run the command again: it "
                        "goes on where the board stands");
    end(&world);
    begin(&world, "S");
    add(&world, "1-2", 0);
    lose(&world);
    add(&world, "1-1", 700);
    assert_string_equal(is_taken(&world), "1-1");
    end(&world);
}

static void a_serial_number_that_two_boards_have_does_not_tell_the_place(void **context)
{
    (void)context;
    struct world world;
    begin(&world, "S");
    add(&world, "1-2", 0);
    lose(&world);
    add(&world, "1-3", 700);
    assert_int_equal(wait_for_it(&world), -DFK_E_SEVERAL);
    end(&world);
}

static void two_that_could_be_it_are_both_left_alone(void **context)
{
    (void)context;
    struct world world;
    begin(&world, "S");
    lose(&world);
    add(&world, "1-1", 700);
    add(&world, "1-2", 700);
    assert_int_equal(wait_for_it(&world), -DFK_E_SEVERAL);
    end(&world);
}

static void another_board_at_its_place_is_not_taken_but_named(void **context)
{
    (void)context;
    struct world world;
    begin(&world, "S");
    lose(&world);
    add(&world, "1-1", 700)->serial = "T";
    assert_int_equal(wait_for_it(&world), -DFK_E_LOST);
    assert_string_equal(world.err.why, "another device is at 1-1 now: 1209:0002, serial T");
    end(&world);
    begin(&world, "S");
    lose(&world);
    add(&world, "1-1", 700)->product = 0x5679;
    assert_int_equal(wait_for_it(&world), -DFK_E_LOST);
    end(&world);
}

static void one_that_cannot_be_opened_yet_is_tried_again(void **context)
{
    (void)context;
    struct world world;
    begin(&world, "S");
    lose(&world);
    struct script_device *shut = add(&world, "1-1", 700);
    shut->until_ms = 1200;
    shut->problem = DFK_E_PERMISSION;
    add(&world, "1-1", 1200);
    assert_string_equal(is_taken(&world), "1-1");
    assert_in_range(script_ms(&world.bus), 1200, 1400);
    end(&world);
}

static void one_that_leaves_again_while_it_is_opened_is_waited_for(void **context)
{
    (void)context;
    struct world world;
    begin(&world, "S");
    lose(&world);
    add(&world, "1-1", 700);
    SCRIPT_EXPECT(&world.bus, {GETSTATUS, "gone", 0}, {GETSTATUS, IDLE, 0});
    assert_int_equal(wait_for_it(&world), 0);
    end(&world);
}

static void another_bootloader_is_not_gone_on_with(void **context)
{
    (void)context;
    struct world world;
    memset(&world, 0, sizeof world);
    world.devices[0] = world.devices[1] = script_h743;
    world.devices[0].until_ms = LOST_MS;
    world.devices[1].from_ms = 700;
    script_init(&world.bus, world.devices, 2);
    SCRIPT_EXPECT(&world.bus, SCRIPT_OPEN_H743("92"));
    world.device = script_open(&world.bus);
    device_note(world.device, &world.mark);
    world.bus.now_ns = (uint64_t)LOST_MS * 1000000;
    SCRIPT_EXPECT(&world.bus, SCRIPT_OPEN_H743("90"));
    assert_int_equal(wait_for_it(&world), -DFK_E_LOST);
    assert_non_null(strstr(world.err.what, " came back with another bootloader: \""));
    assert_string_equal(world.err.next, "put the board into the bootloader that it was in, and "
                                        "run the command again");
    end(&world);
}

static void the_wait_can_be_stopped(void **context)
{
    (void)context;
    struct world world;
    begin(&world, "S");
    lose(&world);
    world.bus.cancelled = true;
    assert_int_equal(wait_for_it(&world), -DFK_E_INTERRUPTED);
    assert_string_equal(world.err.what, "stopped while waiting for the device to come back");
    end(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(at_the_same_place_with_the_same_serial_number_it_is_taken),
        cmocka_unit_test(without_a_serial_number_the_place_has_to_be_the_same),
        cmocka_unit_test(at_another_place_its_own_serial_number_tells_it),
        cmocka_unit_test(the_board_beside_it_with_the_same_serial_number_is_never_taken),
        cmocka_unit_test(a_serial_number_that_two_boards_have_does_not_tell_the_place),
        cmocka_unit_test(two_that_could_be_it_are_both_left_alone),
        cmocka_unit_test(another_board_at_its_place_is_not_taken_but_named),
        cmocka_unit_test(one_that_cannot_be_opened_yet_is_tried_again),
        cmocka_unit_test(one_that_leaves_again_while_it_is_opened_is_waited_for),
        cmocka_unit_test(another_bootloader_is_not_gone_on_with),
        cmocka_unit_test(the_wait_can_be_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
