/* SPDX-License-Identifier: MIT
 * dfukit-boot on the wire: what it lists is used, what it does not list is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/script_bus.h"

#define COMMANDS "a1 02 0000 0000 2000"
#define RECORD   "a1 02 0100 0000 4000"
/* "dfuk", 1.0, reason 2, valid, 0x08020000, bank 1 MiB, 0x160000 bytes; a CRC follows. */
#define RECORD_BYTES "6466756b 0001 02 01 00000208 00001000 00001600"
#define OPEN(commands)                                                                             \
    {GETSTATUS, IDLE, 0}, {COMMANDS, commands, 0},                                                 \
    {                                                                                              \
        RECORD, RECORD_BYTES "00000000", 0                                                         \
    }
#define PREPARE "21 01 0000 0000 0900 | c1 00001008 00000200"
#define CRC     "21 01 0000 0000 0900 | c0 00000208 00100000"

struct world {
    struct script_bus bus;
    struct script_device board;
    struct device *device;
    struct dfk_error err;
};

static void prepare(struct world *world)
{
    memset(world, 0, sizeof *world);
    world->board = script_h743;
    world->board.bcd_device = 0x4321;
    world->board.product_text = "somebody's board dfukit-boot";
    world->board.strings[3] = "@Internal Flash  /0x08000000/01*128Ka,11*128Kg";
    script_init(&world->bus, &world->board, 1);
}

static void begin(struct world *world)
{
    prepare(world);
    SCRIPT_EXPECT(&world->bus, OPEN("002141c0c1"));
    world->device = script_open(&world->bus);
}

static void end(struct world *world)
{
    script_done(&world->bus);
    device_close(world->device);
}

static void what_is_listed_is_used(void **context)
{
    (void)context;
    struct world world;
    begin(&world);
    const struct dfk_boot *boot = &device_get_info(world.device)->boot;
    const struct device_traits *traits = device_get_traits(world.device);
    assert_true(traits->can_checksum && traits->can_prepare);
    assert_int_equal(traits->second_bank, 0x08100000);
    assert_true(boot->known && boot->application_valid);
    assert_int_equal(boot->version, 0x0100);
    assert_int_equal(boot->reason, DFK_BOOT_APPLICATION);
    assert_int_equal(boot->application_addr, 0x08020000);
    assert_int_equal(boot->application_bytes, 0x160000);
    assert_string_equal(device_get_info(world.device)->firmware, "dfukit-boot V1.0");
    SCRIPT_EXPECT(&world.bus, {PREPARE, "", 0}, {GETSTATUS, BUSY, 0}, {GETSTATUS, DNLOAD_IDLE, 0});
    assert_int_equal(device_prepare(world.device, 0x08100000, 0x20000, NULL), 0);
    end(&world);
}

static void what_is_not_listed_is_not_used(void **context)
{
    (void)context;
    struct world world;
    uint32_t crc = 0;
    prepare(&world);
    SCRIPT_EXPECT(&world.bus, OPEN("002141"));
    world.device = script_open(&world.bus);
    assert_true(device_get_info(world.device)->boot.known);
    assert_int_equal(device_checksum(world.device, 0x08020000, 16, &crc, &world.err),
                     -DFK_E_UNSUPPORTED);
    assert_string_equal(world.err.what, "the device has no command for a checksum");
    memset(&world.err, 0, sizeof world.err);
    assert_int_equal(device_prepare(world.device, 0x08100000, 0x20000, &world.err),
                     -DFK_E_UNSUPPORTED);
    assert_string_equal(world.err.what, "the device has no command to erase ahead");
    end(&world);
}

static void one_bank_is_not_erased_ahead(void **context)
{
    (void)context;
    struct world world;
    prepare(&world);
    world.board.strings[3] = "@Internal Flash  /0x08000000/01*016Ka/0x08020000/07*128Kg";
    SCRIPT_EXPECT(&world.bus, OPEN("002141c0c1"));
    world.device = script_open(&world.bus);
    assert_true(device_get_traits(world.device)->can_checksum);
    assert_false(device_get_traits(world.device)->can_prepare);
    end(&world);
}

/* Behind the CRC: signed, refused, its text, oldest version 1.2.3, "pyb<ESC>11", the key's start.
 */
static void what_a_board_asks_of_seals_is_known(void **context)
{
    (void)context;
    struct world world;
    prepare(&world);
    SCRIPT_EXPECT(&world.bus, {GETSTATUS, IDLE, 0}, {COMMANDS, "002141c0c1", 0},
                  {RECORD,
                   RECORD_BYTES "00000000 01 04 00 00 03000201 7079621b3131000000000000"
                                "000000000000000000000000 fc51cd8e6218a1a3",
                   0});
    world.device = script_open(&world.bus);
    const struct dfk_boot *boot = &device_get_info(world.device)->boot;
    static const uint8_t key[] = {0xFC, 0x51, 0xCD, 0x8E, 0x62, 0x18, 0xA1, 0xA3};
    assert_true(boot->sealed && boot->must_be_signed);
    assert_false(boot->any_version);
    assert_int_equal(boot->oldest_version, 0x01020003);
    assert_string_equal(boot->board, "pyb?11");
    assert_memory_equal(boot->key_id, key, sizeof key);
    assert_string_equal(boot->refused, "");
    end(&world);
    begin(&world);
    assert_false(device_get_info(world.device)->boot.sealed);
    end(&world);
}

/* Name and release, both: others may have one of them. */
static void another_bootloader_is_not_asked(void **context)
{
    (void)context;
    struct world world;
    prepare(&world);
    world.board.bcd_device = 0x0200;
    SCRIPT_EXPECT(&world.bus, {GETSTATUS, IDLE, 0});
    world.device = script_open(&world.bus);
    assert_false(device_get_info(world.device)->boot.known);
    end(&world);
    prepare(&world);
    world.board.product_text = "somebody's board";
    SCRIPT_EXPECT(&world.bus, {GETSTATUS, IDLE, 0});
    world.device = script_open(&world.bus);
    assert_false(device_get_info(world.device)->boot.known);
    end(&world);
}

static void a_checksum_is_waited_for_and_fetched(void **context)
{
    (void)context;
    struct world world;
    uint32_t crc = 0;
    begin(&world);
    SCRIPT_EXPECT(&world.bus, {CRC, "", 0}, {GETSTATUS, "00 0a0000 04 00", 0},
                  {GETSTATUS, DNLOAD_IDLE, 0}, {ABORT, "", 0},
                  {RECORD, RECORD_BYTES "78563412", 0});
    assert_int_equal(device_checksum(world.device, 0x08020000, 0x1000, &crc, NULL), 0);
    assert_int_equal(crc, 0x12345678);
    assert_int_equal(script_ms(&world.bus), 10);
    end(&world);
}

static void memory_that_cannot_be_read_has_no_checksum(void **context)
{
    (void)context;
    struct world world;
    uint32_t crc = 5;
    begin(&world);
    SCRIPT_EXPECT(&world.bus, {CRC, "", 0}, {GETSTATUS, "07 000000 0a 00", 0},
                  {GETSTATUS, "07 000000 0a 00", 0}, {CLRSTATUS, "", 0}, {GETSTATUS, IDLE, 0});
    assert_int_equal(device_checksum(world.device, 0x08020000, 0x1000, &crc, &world.err),
                     -DFK_E_DEVICE);
    assert_int_equal(crc, 5);
    end(&world);
}

static void a_record_that_is_none_is_an_error(void **context)
{
    (void)context;
    struct world world;
    uint32_t crc = 5;
    begin(&world);
    SCRIPT_EXPECT(&world.bus, {CRC, "", 0}, {GETSTATUS, DNLOAD_IDLE, 0}, {ABORT, "", 0},
                  {RECORD, "6466756b 0001", 0});
    assert_int_equal(device_checksum(world.device, 0x08020000, 0x1000, &crc, &world.err),
                     -DFK_E_PROTOCOL);
    assert_string_equal(world.err.what, "the bootloader's word on itself is not one");
    assert_int_equal(crc, 5);
    end(&world);
}

#define ADDRESS "21 01 0000 0000 0500 | 21 00000208"
#define END     "21 01 0000 0000 0000"
#define AIM                                                                                        \
    {ADDRESS, "", 0}, {GETSTATUS, BUSY, 0},                                                        \
    {                                                                                              \
        GETSTATUS, DNLOAD_IDLE, 0                                                                  \
    }

/* What it holds back of an application stands in the flash when it has answered after the end. */
static void leaving_counts_when_it_was_confirmed(void **context)
{
    (void)context;
    struct world world;
    bool gone = false;
    begin(&world);
    world.board.until_ms = 100;
    SCRIPT_EXPECT(&world.bus, AIM, {END, "", 0}, {GETSTATUS, "00 000000 07 00", 150});
    assert_int_equal(device_leave(world.device, 0x08020000, &gone, &world.err), 0);
    assert_true(gone);
    end(&world);
}

static void a_board_that_goes_without_a_word_is_lost(void **context)
{
    (void)context;
    static const struct script_step ends[][2] = {{{END, "gone", 150, 0}},
                                                 {{END, "", 0, 0}, {GETSTATUS, "gone", 10, 0}},
                                                 {{END, "timeout", 0, 0}}};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        struct world world;
        bool gone = false;
        begin(&world);
        world.board.until_ms = i == 1 ? 5 : 100;
        struct script_step steps[5] = {AIM, ends[i][0], ends[i][1]};
        script_expect(&world.bus, steps, i == 1 ? 5 : 4);
        assert_int_equal(device_leave(world.device, 0x08020000, &gone, &world.err), -DFK_E_LOST);
        assert_string_equal(world.err.what,
                            "leaving DFU mode: the device disappeared before it said that the "
                            "application is complete");
        assert_string_equal(world.err.next, "reset the board: when the application does not start, "
                                            "run the command again in DFU mode");
        end(&world);
    }
}

/* Over a slow network the question comes when the board has left of its own accord. */
static void a_board_too_far_away_to_be_asked_in_time_has_left(void **context)
{
    (void)context;
    struct world world;
    bool gone = false;
    begin(&world);
    world.board.until_ms = 60;
    SCRIPT_EXPECT(&world.bus, AIM, {END, "", 0}, {GETSTATUS, "gone", 150});
    assert_int_equal(device_leave(world.device, 0x08020000, &gone, &world.err), 0);
    assert_true(gone);
    end(&world);
}

static void a_lost_end_is_sent_again(void **context)
{
    (void)context;
    struct world world;
    bool gone = false;
    begin(&world);
    world.board.until_ms = 5100;
    SCRIPT_EXPECT(&world.bus, AIM, {END, "timeout", 0}, {END, "", 0},
                  {GETSTATUS, "00 000000 07 00", 150});
    assert_int_equal(device_leave(world.device, 0x08020000, &gone, &world.err), 0);
    assert_true(gone);
    end(&world);
}

static void a_board_that_stays_has_not_left(void **context)
{
    (void)context;
    struct world world;
    bool gone = false;
    begin(&world);
    SCRIPT_EXPECT(&world.bus, AIM, {END, "", 0}, {GETSTATUS, IDLE, 0}, {GETSTATUS, IDLE, 0});
    assert_int_equal(device_leave(world.device, 0x08020000, &gone, &world.err), -DFK_E_TIMEOUT);
    assert_string_equal(world.err.what, "leaving DFU mode: the device is still there after 1000 "
                                        "ms, in state dfuIDLE");
    end(&world);
}

static void an_unfinished_download_is_dropped_not_completed(void **context)
{
    (void)context;
    struct world world;
    prepare(&world);
    SCRIPT_EXPECT(&world.bus, {GETSTATUS, DNLOAD_IDLE, 0},
                  {"21 01 0100 0000 0100 | 00", "stall", 0}, {GETSTATUS, "0f 000000 0a 00", 0},
                  {CLRSTATUS, "", 0}, OPEN("002141c0c1"));
    world.device = script_open(&world.bus);
    end(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_listed_is_used),
        cmocka_unit_test(what_is_not_listed_is_not_used),
        cmocka_unit_test(one_bank_is_not_erased_ahead),
        cmocka_unit_test(what_a_board_asks_of_seals_is_known),
        cmocka_unit_test(another_bootloader_is_not_asked),
        cmocka_unit_test(a_checksum_is_waited_for_and_fetched),
        cmocka_unit_test(memory_that_cannot_be_read_has_no_checksum),
        cmocka_unit_test(a_record_that_is_none_is_an_error),
        cmocka_unit_test(leaving_counts_when_it_was_confirmed),
        cmocka_unit_test(a_board_that_goes_without_a_word_is_lost),
        cmocka_unit_test(a_board_too_far_away_to_be_asked_in_time_has_left),
        cmocka_unit_test(a_lost_end_is_sent_again),
        cmocka_unit_test(a_board_that_stays_has_not_left),
        cmocka_unit_test(an_unfinished_download_is_dropped_not_completed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
