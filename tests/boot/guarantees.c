/* SPDX-License-Identifier: MIT
 * What the bootloader guarantees, B1 and B3 to B7; B2 is in order.c, abandoned.c and
 * tests/powercut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/bytes.h"
#include "tests/boot/bench.h"
#include "twin/mem/flash.h"

enum { STACK = 0x20010000, IDLE_EXIT_MS = 60000, MARGIN_MS = 1000 };

/* Damage that an application's slot can have. */
static void damage(struct bench *bench, uint32_t seed)
{
    uint8_t *data = bench->image;
    uint32_t app = bench->place->app;
    bench_make_image(bench, data, BENCH_IMAGE_MAX, seed + 1);
    switch (seed % 8) {
    case 0: memset(data, 0xFF, BENCH_IMAGE_MAX); break;
    case 1: memset(data, 0, BENCH_IMAGE_MAX); break;
    case 2: put_le32(data, seed * 2654435761u | 7); break; /* a stack that is not aligned */
    case 3: put_le32(data, 0x40000000 + seed * 8); break;  /* no memory */
    case 4: put_le32(data + 4, app + 0x100); break;        /* not Thumb */
    case 5: put_le32(data + 4, bench->place->own + 0x101); break;
    case 6: put_le32(data + 4, seed * 2654435761u); break;
    default: put_le32(data, 0x20000000); break; /* no room on the stack */
    }
    assert_true(board_poke(bench->host.board, app, data, BENCH_IMAGE_MAX));
}

static void b1_damaged_flash_leads_to_dfu_mode_within_1_s(void **state)
{
    struct bench *bench = *state;
    const uint32_t rounds = bench->arm ? 16 : 400;
    for (uint32_t seed = 0; seed < rounds; seed++) {
        damage(bench, seed);
        if (!dfu_host_power_on(&bench->host, BENCH_UP_MS)) {
            fail_msg("damage %u: not in DFU mode", (unsigned)seed);
        }
        assert_int_equal(bench_status(bench).state, DFU_IDLE);
    }
}

static void b1_an_application_in_order_is_started(void **state)
{
    struct bench *bench = *state;
    bench_install(bench, 3);
    assert_false(dfu_host_power_on(&bench->host, BENCH_UP_MS));
    assert_true(dfu_host_started(&bench->host));
}

static bool leaves_within(struct bench *bench, uint32_t limit_ms)
{
    return bench_wait_started(bench, limit_ms) != UINT32_MAX;
}

static void b3_leave_starts_the_application(struct bench *bench, bool ask)
{
    bench_make_image(bench, bench->image, BENCH_IMAGE_MAX, 5);
    bench_enter(bench);
    bench_download(bench, bench->image, BENCH_IMAGE_MAX);
    assert_false(dfu_host_started(&bench->host));
    dfu_host_leave(&bench->host, ask);
    assert_true(leaves_within(bench, bench_leave_limit_ms(bench)));
    assert_true(bench_holds(bench, bench->place->app, bench->image, BENCH_IMAGE_MAX));
}

static void b3_leave_with_a_status_request(void **state)
{
    b3_leave_starts_the_application(*state, true);
}

static void b3_leave_without_a_status_request(void **state)
{
    b3_leave_starts_the_application(*state, false);
}

/* A person's computer may be busy: dfu-util fails when it gets no answer. */
static void b3_leave_with_a_late_status_request(void **state)
{
    enum { LATE_MS = 55 };
    struct bench *bench = *state;
    struct dfu_status status = {.status = DFU_OK};
    bench_install(bench, 3);
    bench_enter_by_button(bench);
    dfu_host_leave(&bench->host, false);
    dfu_host_run_ms(&bench->host, LATE_MS);
    assert_int_equal(dfu_host_get_status(&bench->host, &status), EP0_ACK);
    assert_int_equal(status.state, DFU_MANIFEST);
    assert_true(leaves_within(bench, bench_leave_limit_ms(bench) - LATE_MS));
}

static void b3_leave_and_more_requests(void **state)
{
    struct bench *bench = *state;
    struct dfu_status status;
    bench_install(bench, 3);
    bench_enter_by_button(bench);
    dfu_host_leave(&bench->host, true);
    for (uint32_t i = 0; i < 5; i++) {
        (void)dfu_host_get_status(&bench->host, &status);
        (void)dfu_host_abort(&bench->host);
        (void)dfu_host_clear_status(&bench->host);
    }
    assert_true(leaves_within(bench, bench_leave_limit_ms(bench)));
}

static void b3_leave_and_a_bus_reset(void **state)
{
    struct bench *bench = *state;
    bench_install(bench, 3);
    bench_enter_by_button(bench);
    dfu_host_leave(&bench->host, false);
    bench->host.port->reset(bench->host.port);
    assert_true(leaves_within(bench, bench_leave_limit_ms(bench)));
}

static void b3_leave_and_the_cable_pulled(void **state)
{
    struct bench *bench = *state;
    bench_install(bench, 3);
    bench_enter_by_button(bench);
    dfu_host_leave(&bench->host, true);
    board_suspend(bench->host.board);
    assert_true(leaves_within(bench, bench_leave_limit_ms(bench)));
}

static void b4_dfu_mode_by_accident_ends(void **state)
{
    struct bench *bench = *state;
    bench_install(bench, 3);
    bench_enter_by_button(bench);
    uint32_t ms = bench_wait_started(bench, IDLE_EXIT_MS + MARGIN_MS);
    assert_in_range(ms, IDLE_EXIT_MS - MARGIN_MS, IDLE_EXIT_MS + MARGIN_MS);
}

static void b4_a_host_that_asks_keeps_it(void **state)
{
    struct bench *bench = *state;
    bench_install(bench, 3);
    bench_enter_by_button(bench);
    for (uint32_t i = 0; i < 8; i++) {
        dfu_host_run_ms(&bench->host, IDLE_EXIT_MS / 4);
        (void)bench_status(bench);
    }
    assert_false(dfu_host_started(&bench->host));
}

static void b4_without_an_application_it_stays(void **state)
{
    struct bench *bench = *state;
    bench_enter(bench);
    dfu_host_run_ms(&bench->host, 3 * IDLE_EXIT_MS);
    assert_int_equal(bench_status(bench).state, DFU_IDLE);
}

static void b4_the_button_held_keeps_it(void **state)
{
    struct bench *bench = *state;
    if (!bench->place->button) {
        return; /* a board without one */
    }
    bench_install(bench, 3);
    bench_enter_by_button(bench);
    board_press(bench->host.board, true);
    dfu_host_run_ms(&bench->host, 2 * IDLE_EXIT_MS);
    assert_false(dfu_host_started(&bench->host));
}

/* Tries to change one place under every alternate setting, and gets an error that tells why. */
static void attack(struct bench *bench, uint32_t addr)
{
    static const uint8_t zeros[64] = {0};
    struct dfu_host *host = &bench->host;
    for (uint16_t alternate = 0; alternate < 2; alternate++) {
        assert_int_equal(dfu_host_set_alternate(host, alternate), EP0_ACK);
        assert_false(dfu_host_command(host, DFUSE_ERASE, addr));
        assert_int_equal(bench_status(bench).status, DFU_ERR_ADDRESS);
        assert_int_not_equal(bench_status(bench).string_index, 0);
        (void)dfu_host_clear_status(host);
        if (dfu_host_command(host, DFUSE_SET_ADDRESS, addr)) {
            (void)dfu_host_download(host, 2, zeros, sizeof zeros);
            assert_int_equal(dfu_host_settle(host).status, DFU_ERR_ADDRESS);
        }
        (void)dfu_host_clear_status(host);
    }
}

static void b5_its_own_sectors_are_safe(void **state)
{
    struct bench *bench = *state;
    const struct bench_place *place = bench->place;
    bench_enter(bench);
    uint32_t before = bench_checksum(bench, place->own, place->own_bytes);
    for (uint32_t at = 0; at < place->own_bytes; at += 4 * 1024) {
        attack(bench, place->own + at);
    }
    attack(bench, place->own + place->own_bytes - 32);
    assert_int_equal(bench_checksum(bench, place->own, place->own_bytes), before);
}

/* A block that would begin elsewhere and end in the bootloader, over the end of the numbers. */
static void b5_no_address_wraps_into_them(void **state)
{
    struct bench *bench = *state;
    struct dfu_host *host = &bench->host;
    static const uint8_t zeros[DFU_HOST_BLOCK_BYTES] = {0};
    bench_enter(bench);
    uint32_t before = bench_checksum(bench, bench->place->own, bench->place->own_bytes);
    uint32_t end = bench->place->app + bench->place->app_bytes;
    const uint32_t starts[] = {end - 32, bench->place->app, bench->place->app + 0x20000};
    for (uint32_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        for (uint32_t block = 2; block < UINT16_MAX; block += 797) {
            assert_int_equal(dfu_host_set_alternate(host, 0), EP0_ACK);
            assert_true(dfu_host_command(host, DFUSE_SET_ADDRESS, starts[i]));
            uint64_t addr = starts[i] + (uint64_t)(block - 2) * DFU_HOST_BLOCK_BYTES;
            (void)dfu_host_download(host, (uint16_t)block, zeros, sizeof zeros);
            bool outside = addr + sizeof zeros > end;
            assert_int_equal(dfu_host_settle(host).status == DFU_ERR_ADDRESS, outside);
        }
    }
    assert_int_equal(bench_checksum(bench, bench->place->own, bench->place->own_bytes), before);
}

static void b5_mass_erase_spares_bootloader_and_drive(void **state)
{
    struct bench *bench = *state;
    const struct bench_place *place = bench->place;
    static const uint8_t command = DFUSE_ERASE;
    bench_install(bench, 9);
    assert_true(board_poke(bench->host.board, place->drive, bench->other, BENCH_IMAGE_MAX));
    assert_true(
        board_poke(bench->host.board, place->own + place->own_bytes - 64, bench->other, 64));
    uint32_t own = bench_checksum(bench, place->own, place->own_bytes);
    uint32_t drive = bench_checksum(bench, place->drive, place->drive_bytes);
    bench_enter_by_button(bench);
    assert_int_equal(dfu_host_download(&bench->host, 0, &command, 1), EP0_ACK);
    assert_int_equal(dfu_host_settle(&bench->host).state, DFU_DNLOAD_IDLE);
    assert_int_equal(bench_checksum(bench, place->own, place->own_bytes), own);
    assert_int_equal(bench_checksum(bench, place->drive, place->drive_bytes), drive);
    memset(bench->image, 0xFF, BENCH_IMAGE_MAX);
    assert_true(bench_holds(bench, place->app, bench->image, BENCH_IMAGE_MAX));
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* Any request: most bits as a host might set them, some not. */
static struct usb_setup make_request(uint32_t *seed)
{
    static const uint8_t types[] = {0x21, 0xA1, 0x00, 0x80, 0x01, 0x81, 0x02, 0x82, 0xC0, 0xC1};
    uint32_t dice = next_random(seed) % 16;
    struct usb_setup setup = {
        .request_type =
            dice == 0 ? (uint8_t)next_random(seed) : types[next_random(seed) % sizeof types],
        .request = (uint8_t)(next_random(seed) % (dice < 2 ? 256 : 12)),
        .value = (uint16_t)(next_random(seed) % (dice < 4 ? 65536 : 4)),
        .index = (uint16_t)(next_random(seed) % (dice == 5 ? 65536 : 2)),
        .length = (uint16_t)(next_random(seed) % (dice < 8 ? 4096 : 12)),
    };
    return setup;
}

static void b6_no_requests_make_it_stop_answering(void **state)
{
    struct bench *bench = *state;
    struct dfu_host *host = &bench->host;
    const struct usb_setup ask = {0x80, USB_GET_DESCRIPTOR, USB_DEVICE << 8, 0, USB_DEVICE_BYTES};
    uint32_t seed = 11;
    uint32_t before = bench_checksum(bench, bench->place->own, bench->place->own_bytes);
    bench_enter(bench);
    for (uint32_t i = 0; i < (bench->arm ? 500u : 20000u); i++) {
        static uint8_t data[UINT16_MAX];
        struct usb_setup setup = make_request(&seed);
        for (uint32_t k = 0; k < 16; k++) {
            data[k] = (uint8_t)(k == 0 && i % 2 == 0 ? 0x41 : next_random(&seed));
        }
        if (setup.request_type != 0x00 || setup.request != USB_SET_ADDRESS) {
            (void)dfu_host_control(host, &setup, data, NULL);
        }
        if (!host->port->attached(host->port)) {
            assert_true(dfu_host_power_on(host, BENCH_UP_MS));
        }
        uint8_t device[USB_DEVICE_BYTES] = {0};
        assert_int_equal(dfu_host_control(host, &ask, device, NULL), EP0_ACK);
        assert_int_equal(device[1], USB_DEVICE);
    }
    assert_int_equal(bench_checksum(bench, bench->place->own, bench->place->own_bytes), before);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(b1_damaged_flash_leads_to_dfu_mode_within_1_s),
        BENCH_TEST(b1_an_application_in_order_is_started),
        BENCH_TEST(b3_leave_with_a_status_request),
        BENCH_TEST(b3_leave_without_a_status_request),
        BENCH_TEST(b3_leave_with_a_late_status_request),
        BENCH_TEST(b3_leave_and_more_requests),
        BENCH_TEST(b3_leave_and_a_bus_reset),
        BENCH_TEST(b3_leave_and_the_cable_pulled),
        BENCH_TEST(b4_dfu_mode_by_accident_ends),
        BENCH_TEST(b4_a_host_that_asks_keeps_it),
        BENCH_TEST(b4_without_an_application_it_stays),
        BENCH_TEST(b4_the_button_held_keeps_it),
        BENCH_TEST(b5_its_own_sectors_are_safe),
        BENCH_TEST(b5_no_address_wraps_into_them),
        BENCH_TEST(b5_mass_erase_spares_bootloader_and_drive),
        BENCH_TEST(b6_no_requests_make_it_stop_answering),
    };
    return bench_choose(argc, argv) ? cmocka_run_group_tests(tests, NULL, NULL) : 2;
}
