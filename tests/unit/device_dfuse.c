/* SPDX-License-Identifier: MIT
 * DfuSe on the wire: addresses, blocks, and what a refusal turns into. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "device/inside.h"
#include "tests/support/script_bus.h"

/* Set Address and its two answers. Source AN3156, "Set Address Pointer command" */
#define SET_ADDRESS(le32)                                                                          \
    {"21 01 0000 0000 0500 | 21 " le32, "", 0}, {GETSTATUS, BUSY, 0},                              \
    {                                                                                              \
        GETSTATUS, DNLOAD_IDLE, 0                                                                  \
    }
#define WRITE(block, length, bytes)                                                                \
    {"21 01 " block " 0000 " length " | " bytes, "", 0}, {GETSTATUS, BUSY, 0},                     \
    {                                                                                              \
        GETSTATUS, DNLOAD_IDLE, 0                                                                  \
    }
#define READ(block, length, bytes)                                                                 \
    {                                                                                              \
        "a1 02 " block " 0000 " length, bytes, 0                                                   \
    }
#define EIGHT "0102030405060708"

static const uint8_t eight[8] = {1, 2, 3, 4, 5, 6, 7, 8};

struct world {
    struct script_bus bus;
    struct device *device;
    struct dfk_error err;
    uint8_t data[64];
};

static void begin(struct world *world, const struct script_device *device)
{
    memset(world, 0, sizeof *world);
    script_init(&world->bus, device, 1);
    SCRIPT_EXPECT(&world->bus, {GETSTATUS, IDLE, 0});
    world->device = script_open(&world->bus);
}

static void end(struct world *world)
{
    script_done(&world->bus);
    device_close(world->device);
}

static int write_at(struct world *world, uint32_t addr, uint16_t length)
{
    return device_write_block(world->device, addr, eight, length, &world->err);
}

static int read_at(struct world *world, uint32_t addr, uint16_t length)
{
    return device_read_block(world->device, addr, world->data, length, &world->err);
}

static void blocks_in_a_row_count_up_and_a_short_one_gets_its_own_address(void **context)
{
    (void)context;
    struct world world;
    begin(&world, &script_gd32);
    SCRIPT_EXPECT(&world.bus, SET_ADDRESS("00000008"), WRITE("0200", "0800", EIGHT),
                  WRITE("0300", "0800", EIGHT), SET_ADDRESS("10000008"),
                  WRITE("0200", "0400", "01020304"));
    assert_int_equal(write_at(&world, 0x08000000, 8), 0);
    assert_int_equal(write_at(&world, 0x08000008, 8), 0);
    assert_int_equal(write_at(&world, 0x08000010, 4), 0);
    end(&world);
}

/* Two sectors at one address: what an erase of it does could not be said. */
static void sectors_that_overlap_others_are_left_out_with_a_warning(void **context)
{
    (void)context;
    struct script_device device = script_unknown;
    struct world world;
    device.strings[3] = "@F/0x08020000/4*2Kg/0x08000000/4*64Kg,1*64Kg";
    begin(&world, &device);
    const struct dfk_alternate *alternate = &device_get_info(world.device)->alternates[0];
    assert_int_equal(alternate->run_count, 2);
    assert_int_equal(alternate->runs[0].addr, 0x08020000);
    assert_int_equal(alternate->runs[1].addr, 0x08040000);
    assert_int_equal(device_get_layout(world.device, 0)->run_count, 2);
    assert_non_null(strstr(world.bus.said, "layout layout "));
    end(&world);
}

static void a_gap_needs_a_new_address(void **context)
{
    (void)context;
    struct world world;
    begin(&world, &script_gd32);
    SCRIPT_EXPECT(&world.bus, SET_ADDRESS("00000008"), WRITE("0200", "0800", EIGHT),
                  SET_ADDRESS("10000008"), WRITE("0200", "0800", EIGHT), SET_ADDRESS("00000008"),
                  WRITE("0200", "0800", EIGHT));
    assert_int_equal(write_at(&world, 0x08000000, 8), 0);
    assert_int_equal(write_at(&world, 0x08000010, 8), 0);
    assert_int_equal(write_at(&world, 0x08000000, 8), 0);
    end(&world);
}

static void an_erase_between_two_blocks_needs_a_new_address(void **context)
{
    (void)context;
    struct world world;
    bool check = true;
    begin(&world, &script_gd32);
    SCRIPT_EXPECT(&world.bus, SET_ADDRESS("00000008"), WRITE("0200", "0800", EIGHT),
                  {"21 01 0000 0000 0500 | 41 00080008", "", 0}, {GETSTATUS, BUSY, 0},
                  {GETSTATUS, DNLOAD_IDLE, 0}, SET_ADDRESS("08000008"),
                  WRITE("0200", "0800", EIGHT));
    assert_int_equal(write_at(&world, 0x08000000, 8), 0);
    assert_int_equal(device_erase_sector(world.device, 0x08000800, 2048, &check, &world.err), 0);
    assert_false(check);
    assert_int_equal(write_at(&world, 0x08000008, 8), 0);
    end(&world);
}

/* Whether it multiplies, and by what, is not known. */
static void an_unknown_device_gets_an_address_for_each_block(void **context)
{
    (void)context;
    static const struct script_device device = {
        .path = "1-1",
        .configuration = "09 02 1b00 01 01 00 c0 32  09 04 00 00 00 fe 01 02 04"
                         "  09 21 0b ff00 0800 1a01",
        .vendor = 0x1209,
        .product = 0x0001,
        .product_text = "",
        .serial = "",
        .strings = {[3] = "@Flash/0x00000000/4*1Kg"}};
    struct world world;
    begin(&world, &device);
    SCRIPT_EXPECT(&world.bus, SET_ADDRESS("00000000"), WRITE("0200", "0800", EIGHT),
                  SET_ADDRESS("08000000"), WRITE("0200", "0800", EIGHT));
    assert_int_equal(write_at(&world, 0, 8), 0);
    assert_int_equal(write_at(&world, 8, 8), 0);
    end(&world);
}

static void the_block_number_ends_at_65535(void **context)
{
    (void)context;
    struct world world;
    const uint32_t last = 0x08000000 + (0xFFFF - 2) * 8;
    begin(&world, &script_gd32);
    SCRIPT_EXPECT(&world.bus, SET_ADDRESS("00000008"), WRITE("0200", "0800", EIGHT),
                  WRITE("ffff", "0800", EIGHT), SET_ADDRESS("f0ff0708"),
                  WRITE("0200", "0800", EIGHT));
    assert_int_equal(write_at(&world, 0x08000000, 8), 0);
    world.device->run.next = last; /* as after 65533 blocks */
    assert_int_equal(write_at(&world, last, 8), 0);
    assert_int_equal(write_at(&world, last + 8, 8), 0);
    end(&world);
}

/* UPLOAD is for dfuIDLE and dfuUPLOAD-IDLE, DNLOAD for dfuIDLE and dfuDNLOAD-IDLE. */
static void turning_round_goes_through_abort(void **context)
{
    (void)context;
    struct world world;
    begin(&world, &script_gd32);
    SCRIPT_EXPECT(&world.bus, SET_ADDRESS("00000008"), WRITE("0200", "0800", EIGHT),
                  SET_ADDRESS("00000008"), {ABORT, "", 0}, READ("0200", "0800", EIGHT),
                  READ("0300", "0800", "0000000000000000"), {ABORT, "", 0}, SET_ADDRESS("10000008"),
                  WRITE("0200", "0800", EIGHT), {ABORT, "", 0});
    assert_int_equal(write_at(&world, 0x08000000, 8), 0);
    assert_int_equal(read_at(&world, 0x08000000, 8), 0);
    assert_memory_equal(world.data, eight, 8);
    assert_int_equal(read_at(&world, 0x08000008, 8), 0);
    assert_int_equal(write_at(&world, 0x08000010, 8), 0);
    assert_int_equal(device_finish(world.device, &world.err), 0);
    assert_int_equal(device_finish(world.device, &world.err), 0);
    end(&world);
}

static void choosing_an_alternate_is_done_once(void **context)
{
    (void)context;
    struct world world;
    begin(&world, &script_gd32);
    SCRIPT_EXPECT(&world.bus, {"alternate 1", "", 0}, {GETSTATUS, IDLE, 0}, {"alternate 0", "", 0},
                  {GETSTATUS, IDLE, 0}, {"alternate 1", "stall", 0});
    assert_int_equal(device_select_alternate(world.device, 1, &world.err), 0);
    assert_int_equal(device_select_alternate(world.device, 1, &world.err), 0);
    assert_int_equal(device_select_alternate(world.device, 0, &world.err), 0);
    assert_int_equal(device_select_alternate(world.device, 1, &world.err), -DFK_E_DEVICE);
    end(&world);
}

struct refusal {
    const char *status; /* the answer to GETSTATUS after the refusal */
    int wanted;
    const char *what, *why;
};

static const struct refusal refusals[] = {
    {"0b 000000 0a 00", -DFK_E_PROTECTED,
     "write at 0x00000000: the device says errVENDOR: read protection is active", ""},
    {"08 000000 0a 00", -DFK_E_DEVICE,
     "write at 0x00000000: the device says errADDRESS (the address is out of range) in state "
     "dfuERROR",
     "the address is not memory that the device lets the host reach"},
    {"0b 000000 0a 07", -DFK_E_DEVICE,
     "write at 0x00000000: the device says errVENDOR (an error of the vendor's own, often read "
     "protection) in state dfuERROR: "
     "the fuse is blown",
     ""},
    {"00 000000 0a 00", -DFK_E_DEVICE, "write at 0x00000000: the device refused the request", ""},
};

/* The request itself is refused: the status tells why, and is then cleared. */
static void a_refusal_is_explained_by_the_status(void **context)
{
    (void)context;
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        struct world world;
        const struct script_step steps[] = {SET_ADDRESS("00000000"),
                                            {"21 01 0200 0000 0800 | " EIGHT, "stall", 0},
                                            {GETSTATUS, refusals[i].status, 0},
                                            {GETSTATUS, refusals[i].status, 0},
                                            {CLRSTATUS, "", 0},
                                            {GETSTATUS, IDLE, 0}};
        begin(&world, &script_unknown);
        script_expect(&world.bus, steps, sizeof steps / sizeof steps[0]);
        assert_int_equal(write_at(&world, 0, 8), refusals[i].wanted);
        assert_string_equal(world.err.what, refusals[i].what);
        assert_string_equal(world.err.why, refusals[i].why);
        assert_int_equal(world.err.device.state, DFU_ERROR);
        assert_int_equal(world.err.where.kind, DFK_WHERE_ADDRESS);
        assert_null(strstr(world.bus.said, "starts-in-dfuerror"));
        end(&world);
    }
}

/* The request is taken, the work is refused: the third exchange tells. */
static void an_address_that_is_not_there_is_the_devices_word(void **context)
{
    (void)context;
    struct world world;
    begin(&world, &script_gd32);
    SCRIPT_EXPECT(&world.bus, {"21 01 0000 0000 0500 | 21 00000020", "", 0}, {GETSTATUS, BUSY, 0},
                  {GETSTATUS, "01 000000 0a 00", 0}, {GETSTATUS, "01 000000 0a 00", 0},
                  {CLRSTATUS, "", 0}, {GETSTATUS, IDLE, 0});
    assert_int_equal(read_at(&world, 0x20000000, 8), -DFK_E_DEVICE);
    assert_non_null(strstr(world.err.what, "setting the address at 0x20000000"));
    assert_non_null(strstr(world.err.what, "errTARGET"));
    end(&world);
}

static void a_short_upload_is_no_upload(void **context)
{
    (void)context;
    struct world world;
    begin(&world, &script_gd32);
    SCRIPT_EXPECT(&world.bus, SET_ADDRESS("00000008"), {ABORT, "", 0},
                  READ("0200", "0800", "010203"));
    assert_int_equal(read_at(&world, 0x08000000, 8), -DFK_E_PROTOCOL);
    assert_string_equal(world.err.what, "read at 0x08000000: got 3 bytes, wanted 8");
    end(&world);
}

static void a_transfer_that_fails_is_said_with_its_kind(void **context)
{
    (void)context;
    static const struct {
        const char *answer;
        int wanted;
        const char *what;
    } cases[] = {
        {"gone", -DFK_E_LOST, "the device disappeared from the bus"},
        {"error", -DFK_E_PROTOCOL, "the bus failed"},
        {"timeout", -DFK_E_TIMEOUT, "no answer within"},
    };
    for (size_t i = 0; i < 3; i++) {
        const struct script_step steps[] = {
            SET_ADDRESS("00000008"), {ABORT, "", 0}, {"a1 02 0200 0000 0800", cases[i].answer, 0}};
        struct world world;
        begin(&world, &script_gd32);
        script_expect(&world.bus, steps, sizeof steps / sizeof steps[0]);
        assert_int_equal(read_at(&world, 0x08000000, 8), cases[i].wanted);
        assert_non_null(strstr(world.err.what, cases[i].what));
        end(&world);
    }
}

/* After a lost answer the state is not known: it is asked before anything else. */
static void after_a_lost_answer_the_state_is_asked_first(void **context)
{
    (void)context;
    struct world world;
    begin(&world, &script_gd32);
    SCRIPT_EXPECT(&world.bus, SET_ADDRESS("00000008"),
                  {"21 01 0200 0000 0800 | " EIGHT, "timeout", 0}, {GETSTATUS, DNLOAD_IDLE, 0},
                  {ABORT, "", 0}, {GETSTATUS, IDLE, 0}, SET_ADDRESS("00000008"),
                  WRITE("0200", "0800", EIGHT));
    assert_int_equal(write_at(&world, 0x08000000, 8), -DFK_E_TIMEOUT);
    assert_int_equal(write_at(&world, 0x08000000, 8), 0);
    end(&world);
}

static void what_the_device_cannot_do_is_not_asked(void **context)
{
    (void)context;
    static const struct script_device device = {
        .path = "1-1",
        .configuration = "09 02 1b00 01 01 00 c0 32  09 04 00 00 00 fe 01 02 04"
                         "  09 21 01 ff00 0800 1a01",
        .vendor = 0x1209,
        .product_text = "",
        .serial = "",
        .strings = {[3] = "@Flash/0x00000000/4*1Kg"}};
    struct world world;
    begin(&world, &device);
    assert_false(device_get_traits(world.device)->can_upload);
    assert_int_equal(read_at(&world, 0, 8), -DFK_E_UNSUPPORTED);
    assert_non_null(strstr(world.err.what, "bitCanUpload"));
    end(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_in_a_row_count_up_and_a_short_one_gets_its_own_address),
        cmocka_unit_test(sectors_that_overlap_others_are_left_out_with_a_warning),
        cmocka_unit_test(a_gap_needs_a_new_address),
        cmocka_unit_test(an_erase_between_two_blocks_needs_a_new_address),
        cmocka_unit_test(an_unknown_device_gets_an_address_for_each_block),
        cmocka_unit_test(the_block_number_ends_at_65535),
        cmocka_unit_test(turning_round_goes_through_abort),
        cmocka_unit_test(choosing_an_alternate_is_done_once),
        cmocka_unit_test(a_refusal_is_explained_by_the_status),
        cmocka_unit_test(an_address_that_is_not_there_is_the_devices_word),
        cmocka_unit_test(a_short_upload_is_no_upload),
        cmocka_unit_test(a_transfer_that_fails_is_said_with_its_kind),
        cmocka_unit_test(after_a_lost_answer_the_state_is_asked_first),
        cmocka_unit_test(what_the_device_cannot_do_is_not_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
