/* SPDX-License-Identifier: MIT
 * Blocks of plain DFU devices. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/script_bus.h"

/* 4 bytes a block, no upload unless the attributes say so. */
#define DEVICE(attributes)                                                                         \
    {                                                                                              \
        .path = "1-1",                                                                             \
        .configuration = "09 02 1b00 01 01 00 c0 32  09 04 00 00 00 fe 01 02 04"                   \
                         "  09 21 " attributes " e803 0400 1001",                                  \
        .vendor = 0x1209, .product_text = "", .serial = ""                                         \
    }

static const struct script_device both_ways = DEVICE("07");
static const struct script_device write_only = DEVICE("05");
static const uint8_t four[4] = {1, 2, 3, 4};

struct world {
    struct script_bus bus;
    struct device *device;
    struct dfk_error err;
    uint8_t data[4];
    uint16_t actual;
};

static void begin(struct world *world, const struct script_device *board)
{
    memset(world, 0, sizeof *world);
    script_init(&world->bus, board, 1);
    SCRIPT_EXPECT(&world->bus, {GETSTATUS, IDLE, 0});
    world->device = script_open(&world->bus);
}

static int write_block(struct world *world, uint32_t block, uint16_t length)
{
    return device_write_plain(world->device, block, four, length, &world->err);
}

static int read_block(struct world *world, uint32_t block)
{
    return device_read_plain(world->device, block, world->data, &world->actual, &world->err);
}

static void end(struct world *world)
{
    script_done(&world->bus);
    device_close(world->device);
}

static void blocks_are_counted_and_the_count_wraps(void **context)
{
    (void)context;
    struct world world;
    begin(&world, &both_ways);
    assert_int_equal(device_get_traits(world.device)->block_bytes, 4);
    assert_false(device_get_traits(world.device)->is_dfuse);
    assert_null(device_get_layout(world.device, 0));
    SCRIPT_EXPECT(&world.bus, {"21 01 0000 0000 0400 | 01020304", "", 0},
                  {GETSTATUS, "00 0a0000 04 00", 0}, {GETSTATUS, DNLOAD_IDLE, 0},
                  {"21 01 ffff 0000 0400 | 01020304", "", 0}, {GETSTATUS, DNLOAD_IDLE, 0},
                  {"21 01 0000 0000 0300 | 010203", "", 0}, {GETSTATUS, DNLOAD_IDLE, 0},
                  {ABORT, "", 0});
    assert_int_equal(write_block(&world, 0, 4), 0);
    assert_int_equal(script_ms(&world.bus), 10);
    assert_int_equal(write_block(&world, 0xFFFF, 4), 0);
    assert_int_equal(write_block(&world, 0x10000, 3), 0);
    assert_int_equal(device_finish(world.device, &world.err), 0);
    end(&world);
}

static void a_short_block_ends_the_upload(void **context)
{
    (void)context;
    struct world world;
    begin(&world, &both_ways);
    SCRIPT_EXPECT(&world.bus, {"a1 02 0000 0000 0400", "0a0b0c0d", 0},
                  {"a1 02 0100 0000 0400", "0e", 0}, {"21 01 0000 0000 0400 | 01020304", "", 0},
                  {GETSTATUS, DNLOAD_IDLE, 0});
    assert_int_equal(read_block(&world, 0), 0);
    assert_int_equal(world.actual, 4);
    assert_int_equal(world.data[3], 0x0D);
    assert_int_equal(read_block(&world, 1), 0);
    assert_int_equal(world.actual, 1);
    assert_int_equal(write_block(&world, 0, 4), 0); /* in dfuIDLE: without ABORT */
    end(&world);
}

static void what_the_device_says_of_a_block_is_passed_on(void **context)
{
    (void)context;
    struct world world;
    begin(&world, &both_ways);
    SCRIPT_EXPECT(&world.bus, {"21 01 0200 0000 0400 | 01020304", "", 0},
                  {GETSTATUS, "03 000000 0a 00", 0}, {GETSTATUS, "03 000000 0a 00", 0},
                  {CLRSTATUS, "", 0}, {GETSTATUS, IDLE, 0});
    assert_int_equal(write_block(&world, 2, 4), -DFK_E_DEVICE);
    assert_non_null(strstr(world.err.what, "write of a block at 0x00000008: the device says "
                                           "errWRITE"));
    end(&world);
}

struct failure {
    const char *answer;
    int wanted;
};

static void each_failed_transfer_has_its_code(void **context)
{
    (void)context;
    static const struct failure cases[] = {{"stall", -DFK_E_DEVICE},
                                           {"timeout", -DFK_E_TIMEOUT},
                                           {"gone", -DFK_E_LOST},
                                           {"error", -DFK_E_PROTOCOL}};
    for (size_t i = 0; i < 4; i++) {
        const struct script_step write[] = {{"21 01 0000 0000 0400 | 01020304", cases[i].answer, 0},
                                            {GETSTATUS, IDLE, 0, 2}};
        const struct script_step read[] = {{"a1 02 0000 0000 0400", cases[i].answer, 0},
                                           {GETSTATUS, IDLE, 0, 2}};
        size_t count = i == 0 ? 2 : 1; /* a refusal is asked about, then the device is idle */
        struct world world;
        begin(&world, &both_ways);
        script_expect(&world.bus, write, count);
        assert_int_equal(write_block(&world, 0, 4), cases[i].wanted);
        end(&world);
        begin(&world, &both_ways);
        script_expect(&world.bus, read, count);
        assert_int_equal(read_block(&world, 0), cases[i].wanted);
        end(&world);
    }
}

static void a_device_without_upload_is_not_asked(void **context)
{
    (void)context;
    struct world world;
    begin(&world, &write_only);
    assert_int_equal(read_block(&world, 0), -DFK_E_UNSUPPORTED);
    end(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_counted_and_the_count_wraps),
        cmocka_unit_test(a_short_block_ends_the_upload),
        cmocka_unit_test(what_the_device_says_of_a_block_is_passed_on),
        cmocka_unit_test(each_failed_transfer_has_its_code),
        cmocka_unit_test(a_device_without_upload_is_not_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
