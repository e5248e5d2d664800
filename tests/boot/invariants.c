/* SPDX-License-Identifier: MIT
 * The invariants I1 to I5 and I14 to I20, of start and flash. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/bytes.h"
#include "core/crc32.h"
#include "tests/boot/bench.h"
#include "twin/mem/flash.h"

enum {
    STACK = 0x20010000,
    SOON_MS = 200,
    INFO_BLOCK = 1,
    INFO_BYTES = 24,
    ONE_MS = 1000000,
};

/* Erases the application's first sector and puts two words there. */
static void put_vectors(struct bench *bench, uint32_t stack, uint32_t entry)
{
    bench_make_image(bench, bench->image, 1024, 7);
    put_le32(bench->image, stack);
    put_le32(bench->image + 4, entry);
    bench_seal(bench, bench->image, 1024, BENCH_VERSION);
    assert_true(mem_flash_erase(board_flash(bench->host.board), bench->place->app));
    assert_true(board_poke(bench->host.board, bench->place->app, bench->image, 1024));
}

static bool starts(struct bench *bench, uint32_t stack, uint32_t entry)
{
    put_vectors(bench, stack, entry);
    bool dfu = dfu_host_power_on(&bench->host, BENCH_UP_MS);
    assert_true(dfu || dfu_host_started(&bench->host));
    return !dfu;
}

static void i1_an_entry_outside_the_slot_is_not_started(void **state)
{
    struct bench *bench = *state;
    const struct bench_place *place = bench->place;
    assert_true(starts(bench, STACK, place->app + 0x101));
    assert_false(starts(bench, STACK, place->own + 0x101));
    assert_false(starts(bench, STACK, place->own + 0x401));
    assert_false(starts(bench, STACK, place->app - 0xFF));
    assert_false(starts(bench, STACK, place->app + place->app_bytes + 1));
    assert_false(starts(bench, STACK, 0x20000001));
    assert_false(starts(bench, STACK, 0x1FFF0001));
}

static void i2_what_cannot_run_is_not_started(void **state)
{
    struct bench *bench = *state;
    uint32_t entry = bench->place->app + 0x101;
    static const uint32_t stacks[] = {0,          0xFFFFFFFF, 0xFFFFFFFC, 0x20000000,
                                      0x1FFFFFF8, 0x20010004, 0x20010001, 0x20F00000,
                                      0x08000000, 0x40000000, 0x20000002, 0x60000000};
    for (size_t i = 0; i < sizeof stacks / sizeof stacks[0]; i++) {
        if (starts(bench, stacks[i], entry)) {
            fail_msg("stack 0x%08X was taken", (unsigned)stacks[i]);
        }
    }
    assert_false(starts(bench, STACK, entry - 1));
    assert_false(starts(bench, STACK, 0xFFFFFFFF));
    assert_true(starts(bench, 0x20020000, entry));
}

static void i5_the_button_works_with_a_broken_application(void **state)
{
    struct bench *bench = *state;
    put_vectors(bench, STACK, bench->place->app + 0x101);
    memset(bench->image + 64, 0, 900);
    bench_enter_by_button(bench);
    assert_int_equal(bench_status(bench).state, DFU_IDLE);
}

static void i5_a_bounce_of_the_button_is_nothing(void **state)
{
    struct bench *bench = *state;
    bench_install(bench, 3);
    board_press(bench->host.board, true);
    board_reset(bench->host.board, true, false);
    for (uint32_t i = 0; i < 30; i++) {
        dfu_host_run_ms(&bench->host, 4);
        board_press(bench->host.board, i % 2 != 0);
    }
    board_press(bench->host.board, false);
    assert_true(bench_wait_started(bench, 2000) <= 2000);
}

static void i14_the_layout_shows_its_own_sectors_as_readable_only(void **state)
{
    struct bench *bench = *state;
    const struct usb_setup ask = {0x80, USB_GET_DESCRIPTOR, USB_STRING << 8 | 4, 0x0409, 255};
    uint8_t bytes[255];
    uint16_t length = 0;
    char text[128];
    bench_enter(bench);
    assert_int_equal(dfu_host_control(&bench->host, &ask, bytes, &length), EP0_ACK);
    (void)usb_string_to_utf8(bytes, length, text, sizeof text);
    assert_non_null(strstr(text, bench->place->banks == 1 ? "/01*016Ka" : "/01*128Ka"));
    assert_int_equal(strncmp(text, "@Internal Flash", 15), 0);
}

static void i15_regions_leave_each_other_alone(void **state)
{
    struct bench *bench = *state;
    const struct bench_place *place = bench->place;
    struct dfu_host *host = &bench->host;
    bench_enter(bench);
    assert_int_equal(dfu_host_set_alternate(host, 0), EP0_ACK);
    assert_false(dfu_host_command(host, DFUSE_ERASE, place->drive));
    bench_expect_error(bench, DFU_ERR_ADDRESS);
    assert_int_equal(dfu_host_set_alternate(host, 1), EP0_ACK);
    assert_false(dfu_host_command(host, DFUSE_ERASE, place->app));
    bench_expect_error(bench, DFU_ERR_ADDRESS);
    bench_make_image(bench, bench->image, 4096, 8);
    assert_true(dfu_host_erase(host, place->drive, 1, 1));
    assert_true(dfu_host_write(host, place->drive, bench->image, 4096));
    assert_int_equal(dfu_host_abort(host), EP0_ACK);
    assert_true(dfu_host_read(host, place->drive, bench->other, 4096));
    assert_memory_equal(bench->image, bench->other, 4096);
}

/* While one bank is busy, the host is answered, and the other bank is worked in. */
static void i16_a_busy_bank_does_not_block(void **state)
{
    struct bench *bench = *state;
    struct dfu_host *host = &bench->host;
    uint8_t command[9] = {0xC1};
    if (bench->place->banks < 2 || bench->place->app + bench->place->app_bytes <= 0x08100000) {
        return; /* only two can be told apart, and where the application is in both */
    }
    bench_make_image(bench, bench->image, 4096, 8);
    bench_enter(bench);
    put_le32(command + 1, 0x08100000);
    put_le32(command + 5, 0x20000);
    uint64_t start = host->port->now(host->port);
    assert_int_equal(dfu_host_download(host, 0, command, sizeof command), EP0_ACK);
    assert_int_equal(dfu_host_settle(host).state, DFU_DNLOAD_IDLE);
    assert_true(dfu_host_write(host, bench->place->app + 0x1000, bench->image, 4096));
    assert_true(host->port->now(host->port) - start < (uint64_t)SOON_MS * ONE_MS);
    assert_true(dfu_host_write(host, 0x08100000, bench->image, 4096));
    assert_int_equal(dfu_host_abort(host), EP0_ACK);
    assert_true(dfu_host_read(host, 0x08100000, bench->other, 4096));
    assert_memory_equal(bench->image, bench->other, 4096);
}

static void i17_what_was_written_is_read_back(void **state)
{
    struct bench *bench = *state;
    struct dfu_host *host = &bench->host;
    const struct mem_spot spot = {MEM_SPOT_STUCK_BIT, bench->place->app + 0x105, 2};
    assert_true(mem_flash_add_spot(board_flash(host->board), &spot));
    bench_enter(bench);
    memset(bench->image, 0xFF, 1024);
    bench->image[0x106] = 0x12;
    assert_true(dfu_host_command(host, DFUSE_SET_ADDRESS, bench->place->app));
    assert_int_equal(dfu_host_download(host, 2, bench->image, 1024), EP0_ACK);
    (void)dfu_host_settle(host);
    dfu_host_run_ms(host, SOON_MS);
    struct dfu_status status = bench_status(bench);
    assert_int_equal(status.state, DFU_ERROR);
    assert_true(status.status == DFU_ERR_VERIFY || status.status == DFU_ERR_WRITE);
}

static void i17_an_uncorrectable_word_is_reported(void **state)
{
    struct bench *bench = *state;
    struct dfu_host *host = &bench->host;
    struct mem_flash *flash = board_flash(host->board);
    static const uint8_t word[32] = {1, 2, 3};
    static const uint8_t other[32] = {4, 5, 6};
    if (bench->place->banks < 2) {
        return; /* only two can be told apart */
    }
    uint32_t addr = bench->place->app + 0x400;
    assert_int_equal(mem_flash_program(flash, addr, word, sizeof word), MEM_OK);
    assert_int_equal(mem_flash_program(flash, addr, other, sizeof other), MEM_OK);
    bench_enter(bench);
    assert_false(dfu_host_read(host, bench->place->app, bench->image, 4096));
    bench_expect_error(bench, DFU_ERR_VERIFY);
    assert_true(dfu_host_erase(host, bench->place->app, 1, 1));
    assert_int_equal(dfu_host_abort(host), EP0_ACK);
    assert_true(dfu_host_read(host, bench->place->app, bench->image, 4096));
}

static bool is_blank(struct bench *bench)
{
    memset(bench->other, 0xFF, sizeof bench->other);
    return bench_holds(bench, bench->place->app, bench->other, sizeof bench->other);
}

/* Something in the sector: an application that is to be spoilt before, or what is none. */
static void fill_sector(struct bench *bench, bool valid)
{
    enum { FAR = 0x1000 };
    uint32_t app = bench->place->app;
    bench_make_image(bench, bench->image, 1024, 9);
    assert_true(board_poke(bench->host.board, app + FAR, bench->image, 64));
    assert_true(board_poke(bench->host.board, app, bench->image, valid ? 1024 : 0));
}

/* How many operations that is; the erase is the last one. */
static uint64_t count_erase(struct bench *bench, bool valid)
{
    const struct mem_flash *flash = board_flash(bench->host.board);
    uint64_t before = flash->operation_count;
    fill_sector(bench, valid);
    assert_true(dfu_host_command(&bench->host, DFUSE_ERASE, bench->place->app));
    return flash->operation_count - before;
}

/* What the controller says of an erase is not what counts: a dip of the supply spoils one, and it
 * is done again; a sector that never becomes blank is an error. */
static void i17_an_erase_is_read_back(void **state)
{
    enum { KINDS = 4 };
    static const enum mem_dip_kind kinds[KINDS] = {MEM_DIP_WEAK, MEM_DIP_EXTRA, MEM_DIP_OTHER,
                                                   MEM_DIP_NOTHING};
    struct bench *bench = *state;
    struct mem_flash *flash = board_flash(bench->host.board);
    uint32_t app = bench->place->app;
    bench_enter(bench);
    for (uint32_t i = 0; i < 4 * KINDS; i++) {
        bool valid = i >= 2 * KINDS;
        uint64_t operations = count_erase(bench, valid);
        uint64_t next = flash->operation_count + operations;
        fill_sector(bench, valid);
        flash->dip = (struct mem_dip){next, kinds[i / 2 % KINDS], i % 2 != 0, i};
        assert_true(dfu_host_command(&bench->host, DFUSE_ERASE, app));
        assert_true(is_blank(bench));
        assert_true(flash->operation_count > next);
    }
    fill_sector(bench, false);
    assert_true(mem_flash_add_spot(flash, &(struct mem_spot){MEM_SPOT_ERASE_NOOP, app, 0}));
    assert_false(dfu_host_command(&bench->host, DFUSE_ERASE, app));
    bench_expect_error(bench, DFU_ERR_ERASE);
}

static void i18_reading_is_bounded(void **state)
{
    struct bench *bench = *state;
    struct dfu_host *host = &bench->host;
    uint32_t end = bench->place->app + bench->place->app_bytes;
    uint16_t length = 2048;
    bench_enter(bench);
    assert_true(dfu_host_command(host, DFUSE_SET_ADDRESS, end - 1024));
    assert_int_equal(dfu_host_abort(host), EP0_ACK);
    assert_int_equal(dfu_host_upload(host, 2, bench->image, &length), EP0_ACK);
    assert_int_equal(length, 1024);
    assert_int_equal(bench_status(bench).state, DFU_IDLE);
    for (uint32_t block = 3; block < UINT16_MAX; block += 1021) {
        length = 2048;
        assert_int_equal(dfu_host_upload(host, (uint16_t)block, bench->image, &length), EP0_STALL);
        bench_expect_error(bench, DFU_ERR_ADDRESS);
    }
}

static void i18_a_checksum_is_bounded(void **state)
{
    struct bench *bench = *state;
    const struct bench_place *place = bench->place;
    const uint32_t end = place->app + place->app_bytes;
    const struct {
        uint32_t addr, length;
    } ranges[] = {{place->app, place->app_bytes + 1},
                  {end - 1, 2},
                  {place->app, UINT32_MAX},
                  {place->app + 4, (uint32_t)-4},
                  {place->app + 0x1000, (uint32_t)-0x1000 - place->app}};
    uint8_t command[9] = {0xC0};
    bench_enter(bench);
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        put_le32(command + 1, ranges[i].addr);
        put_le32(command + 5, ranges[i].length);
        assert_int_equal(dfu_host_download(&bench->host, 0, command, sizeof command), EP0_ACK);
        bench_expect_error(bench, DFU_ERR_ADDRESS);
    }
}

static void i19_serial_number_and_version_are_readable(void **state)
{
    struct bench *bench = *state;
    const struct usb_setup ask = {0x80, USB_GET_DESCRIPTOR, USB_STRING << 8 | 3, 0x0409, 255};
    const struct usb_setup device = {0x80, USB_GET_DESCRIPTOR, USB_DEVICE << 8, 0, 18};
    uint8_t ours[255], roms[255];
    uint16_t length = 0;
    bench_enter(bench);
    assert_int_equal(dfu_host_control(&bench->host, &ask, ours, &length), EP0_ACK);
    assert_int_equal(length, 2 + 2 * 12);
    assert_int_equal(dfu_host_control(&bench->host, &device, bench->image, NULL), EP0_ACK);
    assert_int_equal(get_le16(bench->image + 12), 0x4100);
    board_reset(bench->host.board, true, true);
    assert_true(dfu_host_wait_bus(&bench->host, true, BENCH_UP_MS));
    assert_int_equal(dfu_host_control(&bench->host, &ask, roms, &length), EP0_ACK);
    if (bench->place->banks == 1) { /* the ROMs of the H7 have the same number on every chip */
        assert_memory_equal(ours, roms, length);
    }
}

static void read_info(struct bench *bench, uint8_t info[INFO_BYTES])
{
    uint16_t length = INFO_BYTES;
    assert_int_equal(dfu_host_upload(&bench->host, INFO_BLOCK, info, &length), EP0_ACK);
    assert_int_equal(length, INFO_BYTES);
    assert_memory_equal(info, "dfuk", 4);
    (void)dfu_host_abort(&bench->host);
}

static void i20_the_reason_can_be_read(void **state)
{
    enum { REASON_AT = 6, VALID_AT = 7, BY_BUTTON = 1, BY_ORDER = 2, NO_APPLICATION = 4 };
    struct bench *bench = *state;
    uint8_t info[INFO_BYTES];
    bench_enter(bench);
    read_info(bench, info);
    assert_int_equal(info[REASON_AT], NO_APPLICATION);
    assert_int_equal(info[VALID_AT], 0);
    assert_int_equal(get_le32(info + 8), bench->place->app);
    assert_int_equal(get_le32(info + 16), bench->place->app_bytes);
    bench_install(bench, 3);
    bench_enter_by_button(bench);
    read_info(bench, info);
    assert_int_equal(info[REASON_AT], bench->place->button ? BY_BUTTON : BY_ORDER);
    assert_int_equal(info[VALID_AT], 1);
}

static void the_checksum_of_a_range_is_told(void **state)
{
    enum { CRC_AT = 20 };
    struct bench *bench = *state;
    uint8_t command[9] = {0xC0};
    uint8_t info[INFO_BYTES];
    bench_make_image(bench, bench->image, 10000, 5);
    bench_enter(bench);
    bench_download(bench, bench->image, 10000);
    put_le32(command + 1, bench->place->app);
    put_le32(command + 5, 10000);
    assert_int_equal(dfu_host_download(&bench->host, 0, command, sizeof command), EP0_ACK);
    assert_int_equal(dfu_host_settle(&bench->host).state, DFU_DNLOAD_IDLE);
    assert_int_equal(dfu_host_abort(&bench->host), EP0_ACK);
    read_info(bench, info);
    assert_int_equal(get_le32(info + CRC_AT), crc32_update(0, bench->image, 10000));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(i1_an_entry_outside_the_slot_is_not_started),
        BENCH_TEST(i2_what_cannot_run_is_not_started),
        BENCH_TEST(i5_the_button_works_with_a_broken_application),
        BENCH_TEST(i5_a_bounce_of_the_button_is_nothing),
        BENCH_TEST(i14_the_layout_shows_its_own_sectors_as_readable_only),
        BENCH_TEST(i15_regions_leave_each_other_alone),
        BENCH_TEST(i16_a_busy_bank_does_not_block),
        BENCH_TEST(i17_what_was_written_is_read_back),
        BENCH_TEST(i17_an_uncorrectable_word_is_reported),
        BENCH_TEST(i17_an_erase_is_read_back),
        BENCH_TEST(i18_reading_is_bounded),
        BENCH_TEST(i18_a_checksum_is_bounded),
        BENCH_TEST(i19_serial_number_and_version_are_readable),
        BENCH_TEST(i20_the_reason_can_be_read),
        BENCH_TEST(the_checksum_of_a_range_is_told),
    };
    return bench_choose(argc, argv) ? cmocka_run_group_tests(tests, NULL, NULL) : 2;
}
