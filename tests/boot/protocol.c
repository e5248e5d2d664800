/* SPDX-License-Identifier: MIT
 * The invariants I8 to I12, of the protocol. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/bytes.h"
#include "tests/boot/bench.h"
#include "twin/mem/flash.h"

enum {
    QUIET_MS = 5000,
    SOON_MS = 200,
    AGAIN_MS = 4000,
    ONE_MS = 1000000,
};

/* Types, requests and lengths in all combinations, in every state that a host can reach. */
static void try_all(struct bench *bench, uint16_t value, uint16_t length)
{
    static const uint8_t types[] = {0x00, 0x01, 0x02, 0x20, 0x21, 0x22, 0x40, 0x41, 0x60,
                                    0x80, 0x81, 0x82, 0xA0, 0xA1, 0xA2, 0xC0, 0xC1, 0xFF};
    static uint8_t data[UINT16_MAX];
    for (size_t i = 0; i < sizeof types; i++) {
        for (uint32_t request = 0; request < 16; request++) {
            struct usb_setup setup = {types[i], (uint8_t)request, value, 0, length};
            bool address = types[i] == 0 && request == USB_SET_ADDRESS;
            bool leave = types[i] == 0x21 && request == DFU_DNLOAD && length == 0;
            if (!address && !leave) {
                enum ep0_answer answer = dfu_host_control(&bench->host, &setup, data, NULL);
                assert_true(answer == EP0_ACK || answer == EP0_STALL);
            }
        }
    }
}

static void i8_every_request_is_answered(void **state)
{
    static const uint16_t lengths[] = {0, 1, 2, 6, 18, 63, 64, 65, 255, 2048, 2049, 4096, 65535};
    static const uint16_t values[] = {0, 1, 2, 3, 0x0100, 0x0200, 0x0300, 0x03EE, 0xFFFF};
    struct bench *bench = *state;
    const size_t some = bench->arm ? 4 : sizeof values / sizeof values[0];
    bench_enter(bench);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        for (size_t k = 0; k < some; k++) {
            try_all(bench, values[k], lengths[i]);
        }
        (void)dfu_host_clear_status(&bench->host);
    }
}

static void i8_another_interface_is_refused(void **state)
{
    struct bench *bench = *state;
    const struct usb_setup wrong = {DFU_REQUEST_IN, DFU_GETSTATUS, 0, 1, DFU_STATUS_BYTES};
    uint8_t bytes[DFU_STATUS_BYTES];
    bench_enter(bench);
    assert_int_equal(dfu_host_control(&bench->host, &wrong, bytes, NULL), EP0_STALL);
    assert_int_equal(bench_status(bench).state, DFU_IDLE);
}

/* As many bytes as wTransferSize is all that there is room for. */
static void a_block_longer_than_the_transfer_size_is_refused(void **state)
{
    enum { TRANSFER_BYTES = 2048, TEXT_LONG = 0x17 };
    static const uint16_t lengths[] = {TRANSFER_BYTES + 1, 2 * TRANSFER_BYTES, UINT16_MAX};
    static uint8_t data[UINT16_MAX];
    struct bench *bench = *state;
    bench_enter(bench);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        assert_int_equal(dfu_host_download(&bench->host, 2, data, lengths[i]), EP0_STALL);
        assert_int_equal(bench_status(bench).string_index, TEXT_LONG);
        bench_expect_error(bench, DFU_ERR_STALLEDPKT);
    }
    bench_make_image(bench, bench->image, TRANSFER_BYTES, 5);
    assert_true(dfu_host_write(&bench->host, bench->place->app, bench->image, TRANSFER_BYTES));
}

/* Flash work begins when the status was read, and takes no part in the transfer. */
static void i9_flash_work_is_announced_before_it_begins(void **state)
{
    struct bench *bench = *state;
    struct dfu_host *host = &bench->host;
    struct mem_flash *flash = board_flash(host->board);
    uint8_t command[5] = {DFUSE_ERASE};
    bench_install(bench, 3);
    bench_enter_by_button(bench);
    put_le32(command + 1, bench->place->app);
    uint64_t before = flash->operation_count;
    uint64_t start = host->port->now(host->port);
    assert_int_equal(dfu_host_download(host, 0, command, sizeof command), EP0_ACK);
    assert_true(host->port->now(host->port) - start < 2 * ONE_MS);
    dfu_host_run_ms(host, SOON_MS);
    assert_int_equal(flash->operation_count, before);
    struct dfu_status status = bench_status(bench);
    assert_int_equal(status.state, DFU_DNBUSY);
    assert_int_equal(status.poll_timeout_ms, 1000);
    assert_true(host->port->now(host->port) - start < (SOON_MS + 5) * (uint64_t)ONE_MS);
    assert_int_equal(dfu_host_settle(host).state, DFU_DNLOAD_IDLE);
    assert_true(flash->operation_count > before);
}

/* The system resets a port when the line is disturbed, and the host's program does not hear of it.
 */
static void i9_a_reset_of_the_bus_before_the_status_stops_nothing(void **state)
{
    struct bench *bench = *state;
    struct dfu_host *host = &bench->host;
    const struct usb_setup configure = {0, USB_SET_CONFIGURATION, 1, 0, 0};
    bench_make_image(bench, bench->image, BENCH_IMAGE_MAX, 5);
    bench_enter(bench);
    assert_true(dfu_host_erase(host, bench->place->app, 1, 1));
    assert_true(dfu_host_command(host, DFUSE_SET_ADDRESS, bench->place->app + 4096));
    for (uint16_t block = 2; block < 5; block++) {
        assert_int_equal(dfu_host_download(host, block, bench->image, 2048), EP0_ACK);
        host->port->reset(host->port);
        assert_int_equal(dfu_host_control(host, &configure, NULL, NULL), EP0_ACK);
        assert_int_equal(bench_status(bench).status, DFU_OK);
    }
    dfu_host_run_ms(host, 100);
    for (uint32_t i = 0; i < 3; i++) {
        assert_true(bench_holds(bench, bench->place->app + 4096 + i * 2048, bench->image, 2048));
    }
}

/* With two banks a block comes in while the one before it is written, and may fail. */
static void i11_an_error_while_the_next_block_comes_in_stays(void **state)
{
    enum { LAST_OPERATION = 40, STEP = 6 };
    struct bench *bench = *state;
    struct dfu_host *host = &bench->host;
    for (uint64_t operation = 2; operation < LAST_OPERATION; operation += STEP) {
        bench_make_image(bench, bench->image, BENCH_IMAGE_MAX, 5);
        bench_enter(bench);
        struct mem_flash *flash = board_flash(host->board);
        assert_true(dfu_host_erase(host, bench->place->app, 1, 1));
        assert_true(dfu_host_command(host, DFUSE_SET_ADDRESS, bench->place->app));
        flash->operation_count = 0;
        flash->dip = (struct mem_dip){.at_operation = operation, .kind = MEM_DIP_EXTRA, .seed = 1};
        assert_int_equal(dfu_host_download(host, 2, bench->image, 2048), EP0_ACK);
        (void)bench_status(bench);
        (void)bench_status(bench);
        (void)dfu_host_download(host, 3, bench->image + 2048, 2048);
        struct dfu_status status = dfu_host_settle(host);
        assert_int_equal(status.state, DFU_ERROR);
        assert_int_equal(status.status, DFU_ERR_WRITE);
        flash->dip = (struct mem_dip){0};
    }
}

/* A CPU that stands still for its erase does not see it, and a host looks at the port again only
 * when something appears there. */
static void i12_a_reset_of_the_bus_during_an_erase_does_not_lose_the_board(void **state)
{
    struct bench *bench = *state;
    struct dfu_host *host = &bench->host;
    uint8_t command[5] = {DFUSE_ERASE};
    bench_install(bench, 3);
    bench_enter_by_button(bench);
    put_le32(command + 1, bench->place->app);
    assert_int_equal(dfu_host_download(host, 0, command, sizeof command), EP0_ACK);
    assert_int_equal(bench_status(bench).state, DFU_DNBUSY);
    dfu_host_run_ms(host, SOON_MS);
    host->port->reset(host->port);
    dfu_host_run_ms(host, AGAIN_MS);
    assert_int_equal(bench_status(bench).state, DFU_IDLE);
}

static void i9_a_block_is_announced_too(void **state)
{
    struct bench *bench = *state;
    struct dfu_host *host = &bench->host;
    bench_make_image(bench, bench->image, BENCH_IMAGE_MAX, 5);
    bench_enter(bench);
    assert_true(dfu_host_erase(host, bench->place->app, 1, 1));
    assert_true(dfu_host_command(host, DFUSE_SET_ADDRESS, bench->place->app));
    uint32_t busy = 0;
    for (uint16_t block = 2; block < 8; block++) {
        assert_int_equal(dfu_host_download(host, block, bench->image + (block - 2) * 2048, 2048),
                         EP0_ACK);
        struct dfu_status status = bench_status(bench);
        assert_int_equal(status.state, DFU_DNBUSY);
        if (status.poll_timeout_ms != 0) {
            assert_in_range(status.poll_timeout_ms, 1, 20);
            busy++;
        }
        (void)dfu_host_settle(host);
    }
    assert_true(busy > 2);
}

static void i10_mass_erase_is_one_sector_after_the_other(void **state)
{
    struct bench *bench = *state;
    static const uint8_t command = DFUSE_ERASE;
    const uint64_t erase_ns = 900000000;
    uint32_t sectors = bench->place->app_bytes / bench->place->app_sector_bytes;
    struct usb_port *port = bench->host.port;
    bench_enter(bench);
    uint64_t began_ns = port->now(port);
    assert_int_equal(dfu_host_download(&bench->host, 0, &command, 1), EP0_ACK);
    struct dfu_status status = bench_status(bench);
    while (status.state == DFU_DNBUSY) {
        assert_in_range(status.poll_timeout_ms, 1, 2000);
        dfu_host_run_ms(&bench->host, status.poll_timeout_ms);
        status = bench_status(bench);
    }
    assert_int_equal(status.state, DFU_DNLOAD_IDLE);
    assert_true(port->now(port) - began_ns >= erase_ns * (sectors / bench->place->banks));
}

static void i11_errors_are_true_and_stay(void **state)
{
    struct bench *bench = *state;
    struct dfu_host *host = &bench->host;
    static const uint8_t unknown[3] = {0x77, 1, 2};
    static const uint8_t block[64] = {0};
    bench_enter(bench);
    assert_false(dfu_host_command(host, DFUSE_ERASE, 0x1FFF0000));
    bench_expect_error(bench, DFU_ERR_ADDRESS);
    assert_int_equal(dfu_host_download(host, 0, unknown, sizeof unknown), EP0_ACK);
    bench_expect_error(bench, DFU_ERR_STALLEDPKT);
    assert_int_equal(dfu_host_clear_status(host), EP0_STALL);
    bench_expect_error(bench, DFU_ERR_STALLEDPKT);
    assert_true(dfu_host_erase(host, bench->place->app, 1, 1));
    assert_true(dfu_host_write(host, bench->place->app + 0x100, block, sizeof block));
    memset(bench->image, 0x55, sizeof block);
    (void)dfu_host_write(host, bench->place->app + 0x100, bench->image, sizeof block);
    (void)dfu_host_abort(host);
    dfu_host_run_ms(host, SOON_MS);
    bench_expect_error(bench, DFU_ERR_WRITE);
}

static void i11_leave_without_an_application_is_refused(void **state)
{
    struct bench *bench = *state;
    bench_enter(bench);
    dfu_host_leave(&bench->host, false);
    dfu_host_run_ms(&bench->host, SOON_MS);
    bench_expect_error(bench, DFU_ERR_FIRMWARE);
}

static void i12_a_finished_download_starts_after_a_bus_reset(void **state)
{
    struct bench *bench = *state;
    bench_make_image(bench, bench->image, 5024, 5);
    bench_enter(bench);
    bench_download(bench, bench->image, 5024);
    bench->host.port->reset(bench->host.port);
    dfu_host_run_ms(&bench->host, SOON_MS);
    assert_false(dfu_host_power_on(&bench->host, BENCH_UP_MS));
    assert_true(dfu_host_started(&bench->host));
}

static void i12_a_finished_download_starts_when_the_host_goes(void **state)
{
    struct bench *bench = *state;
    bench_make_image(bench, bench->image, 5024, 5);
    bench_enter(bench);
    bench_download(bench, bench->image, 5024);
    board_suspend(bench->host.board);
    assert_true(bench_wait_started(bench, bench_leave_limit_ms(bench) + SOON_MS) != UINT32_MAX);
}

/* As dfu-util without ":leave" ends: whole blocks, then an ABORT, then nothing. */
static void i12_a_quiet_host_has_finished(void **state)
{
    struct bench *bench = *state;
    bench_make_image(bench, bench->image, 8192, 5);
    bench_enter(bench);
    bench_download(bench, bench->image, 8192);
    assert_int_equal(dfu_host_abort(&bench->host), EP0_ACK);
    dfu_host_run_ms(&bench->host, QUIET_MS + SOON_MS);
    assert_false(dfu_host_power_on(&bench->host, BENCH_UP_MS));
    assert_true(dfu_host_started(&bench->host));
}

static void i12_a_host_that_died_has_not(void **state)
{
    struct bench *bench = *state;
    bench_make_image(bench, bench->image, 8192, 5);
    bench_enter(bench);
    bench_download(bench, bench->image, 8192);
    dfu_host_run_ms(&bench->host, QUIET_MS + SOON_MS);
    bench->host.port->reset(bench->host.port);
    board_suspend(bench->host.board);
    dfu_host_run_ms(&bench->host, SOON_MS);
    assert_true(dfu_host_power_on(&bench->host, BENCH_UP_MS));
}

static void i12_a_finished_download_outlives_its_reader(void **state)
{
    struct bench *bench = *state;
    bench_make_image(bench, bench->image, 8192, 5);
    bench_enter(bench);
    bench_download(bench, bench->image, 8192);
    assert_int_equal(dfu_host_abort(&bench->host), EP0_ACK);
    const uint32_t app = bench->place->app;
    uint8_t sum[9] = {0xC0, 0, (uint8_t)(app >> 8), (uint8_t)(app >> 16), (uint8_t)(app >> 24), 9};
    for (uint32_t i = 0; i < 2; i++) {
        assert_int_equal(dfu_host_download(&bench->host, 0, sum, sizeof sum), EP0_ACK);
        assert_int_equal(dfu_host_settle(&bench->host).state, DFU_DNLOAD_IDLE);
        assert_int_equal(dfu_host_abort(&bench->host), EP0_ACK);
        assert_true(dfu_host_read(&bench->host, bench->place->app, bench->other, 8192));
        assert_memory_equal(bench->other, bench->image, 8192);
    }
    dfu_host_run_ms(&bench->host, QUIET_MS + SOON_MS);
    assert_false(dfu_host_power_on(&bench->host, BENCH_UP_MS));
    assert_true(dfu_host_started(&bench->host));
}

static void i12_a_reader_does_not_finish_what_another_host_left(void **state)
{
    struct bench *bench = *state;
    bench_make_image(bench, bench->image, 8192, 5);
    bench_enter(bench);
    bench_download(bench, bench->image, 8192);
    assert_true(dfu_host_command(&bench->host, DFUSE_SET_ADDRESS, bench->place->app));
    assert_int_equal(dfu_host_abort(&bench->host), EP0_ACK);
    dfu_host_run_ms(&bench->host, QUIET_MS + SOON_MS);
    assert_true(dfu_host_power_on(&bench->host, BENCH_UP_MS));
}

static void i12_an_erase_undoes_a_finished_download(void **state)
{
    struct bench *bench = *state;
    const struct bench_place *place = bench->place;
    uint32_t second = place->app + place->app_sector_bytes;
    bench_make_image(bench, bench->image, 8192, 5);
    bench_enter(bench);
    bench_download(bench, bench->image, 8192);
    assert_int_equal(dfu_host_abort(&bench->host), EP0_ACK);
    assert_true(dfu_host_erase(&bench->host, second, 1, place->app_sector_bytes));
    dfu_host_run_ms(&bench->host, QUIET_MS + SOON_MS);
    assert_true(dfu_host_power_on(&bench->host, BENCH_UP_MS));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(i8_every_request_is_answered),
        BENCH_TEST(i8_another_interface_is_refused),
        BENCH_TEST(a_block_longer_than_the_transfer_size_is_refused),
        BENCH_TEST(i9_flash_work_is_announced_before_it_begins),
        BENCH_TEST(i9_a_reset_of_the_bus_before_the_status_stops_nothing),
        BENCH_TEST(i11_an_error_while_the_next_block_comes_in_stays),
        BENCH_TEST(i12_a_reset_of_the_bus_during_an_erase_does_not_lose_the_board),
        BENCH_TEST(i9_a_block_is_announced_too),
        BENCH_TEST(i10_mass_erase_is_one_sector_after_the_other),
        BENCH_TEST(i11_errors_are_true_and_stay),
        BENCH_TEST(i11_leave_without_an_application_is_refused),
        BENCH_TEST(i12_a_finished_download_starts_after_a_bus_reset),
        BENCH_TEST(i12_a_finished_download_starts_when_the_host_goes),
        BENCH_TEST(i12_a_quiet_host_has_finished),
        BENCH_TEST(i12_a_host_that_died_has_not),
        BENCH_TEST(i12_a_finished_download_outlives_its_reader),
        BENCH_TEST(i12_a_reader_does_not_finish_what_another_host_left),
        BENCH_TEST(i12_an_erase_undoes_a_finished_download),
    };
    return bench_choose(argc, argv) ? cmocka_run_group_tests(tests, NULL, NULL) : 2;
}
