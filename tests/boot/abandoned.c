/* SPDX-License-Identifier: MIT
 * B2: what one host left unfinished, another one does not complete, nor is it held up by it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/bytes.h"
#include "tests/boot/bench.h"

enum { BLOCK = DFU_HOST_BLOCK_BYTES, DRIVE_BYTES = 100 };

/* A host that dies after the first two blocks of an application. */
static void begin_update(struct bench *bench)
{
    bench_make_image(bench, bench->image, BENCH_IMAGE_MAX, 5);
    bench_enter(bench);
    assert_true(dfu_host_erase(&bench->host, bench->place->app, bench->place->app_sector_bytes,
                               bench->place->app_sector_bytes));
    assert_true(dfu_host_write(&bench->host, bench->place->app, bench->image, 2 * BLOCK));
}

/* A host that dies before it hears that the first block was taken. */
static void begin_unheard(struct bench *bench)
{
    const struct bench_place *place = bench->place;
    bench_make_image(bench, bench->image, BENCH_IMAGE_MAX, 5);
    bench_enter(bench);
    assert_true(
        dfu_host_erase(&bench->host, place->app, place->app_sector_bytes, place->app_sector_bytes));
    assert_true(dfu_host_command(&bench->host, DFUSE_SET_ADDRESS, place->app));
    assert_int_equal(dfu_host_download(&bench->host, DFUSE_FIRST_DATA_BLOCK, bench->image, BLOCK),
                     EP0_ACK);
}

/* The next one asks for the status first, as all do. */
static void look_first(struct bench *bench)
{
    enum { PROGRAM_STARTS_MS = 100 };
    dfu_host_run_ms(&bench->host, PROGRAM_STARTS_MS);
    assert_int_equal(bench_status(bench).state, DFU_IDLE);
    dfu_host_run_ms(&bench->host, PROGRAM_STARTS_MS);
}

/* Fills the drive as dfu-util does. */
static void fill_drive(struct bench *bench)
{
    const struct bench_place *place = bench->place;
    struct dfu_host *host = &bench->host;
    assert_true(
        dfu_host_erase(host, place->drive, place->drive_sector_bytes, place->drive_sector_bytes));
    assert_true(dfu_host_write(host, place->drive, bench->image, DRIVE_BYTES));
    assert_int_equal(dfu_host_abort(host), EP0_ACK);
}

/* Another one, which writes to the drive. */
static void write_drive(struct bench *bench)
{
    assert_int_equal(dfu_host_set_alternate(&bench->host, 1), EP0_ACK);
    fill_drive(bench);
}

static void b2_the_drive_written_after_half_an_application(void **state)
{
    struct bench *bench = *state;
    begin_update(bench);
    write_drive(bench);
    bench_expect_no_application(bench);
}

static void b2_the_drive_written_after_half_an_application_and_leave(void **state)
{
    struct bench *bench = *state;
    begin_update(bench);
    write_drive(bench);
    dfu_host_leave(&bench->host, true);
    bench_expect_no_application(bench);
}

static void b2_a_bus_reset_and_leave_after_half_an_application(void **state)
{
    enum { UP_MS = 100 };
    struct bench *bench = *state;
    begin_update(bench);
    bench->host.port->reset(bench->host.port);
    dfu_host_run_ms(&bench->host, UP_MS);
    dfu_host_leave(&bench->host, true);
    bench_expect_no_application(bench);
}

/* As a host does that knows neither alternate settings nor resets. */
static void b2_a_configuration_and_leave_after_half_an_application(void **state)
{
    const struct usb_setup configure = {0, USB_SET_CONFIGURATION, 1, 0, 0};
    struct bench *bench = *state;
    begin_update(bench);
    assert_int_equal(dfu_host_control(&bench->host, &configure, NULL, NULL), EP0_ACK);
    assert_int_equal(bench_status(bench).state, DFU_IDLE);
    dfu_host_leave(&bench->host, true);
    bench_expect_no_application(bench);
}

/* Every block of a host may be shorter than the largest. */
static void b2_a_host_of_small_blocks_dies(void **state)
{
    enum { SMALL = BLOCK / 2 };
    struct bench *bench = *state;
    const struct bench_place *place = bench->place;
    bench_make_image(bench, bench->image, BENCH_IMAGE_MAX, 5);
    bench_enter(bench);
    for (uint32_t blocks = 1; blocks < 4; blocks++) {
        assert_true(dfu_host_erase(&bench->host, place->app, place->app_sector_bytes,
                                   place->app_sector_bytes));
        for (uint32_t i = 0; i < blocks; i++) {
            assert_true(dfu_host_write(&bench->host, place->app + i * SMALL,
                                       bench->image + i * SMALL, SMALL));
        }
        bench->host.port->reset(bench->host.port);
        look_first(bench);
    }
    bench_expect_no_application(bench);
}

static void b2_the_drive_written_after_a_first_block_without_its_status(void **state)
{
    struct bench *bench = *state;
    begin_unheard(bench);
    assert_int_equal(dfu_host_set_alternate(&bench->host, 1), EP0_ACK);
    look_first(bench);
    fill_drive(bench);
    dfu_host_leave(&bench->host, true);
    bench_expect_no_application(bench);
}

static void b2_a_bus_reset_and_leave_after_a_first_block_without_its_status(void **state)
{
    struct bench *bench = *state;
    begin_unheard(bench);
    bench->host.port->reset(bench->host.port);
    look_first(bench);
    dfu_host_leave(&bench->host, true);
    bench_expect_no_application(bench);
}

static void an_application_written_after_a_first_block_without_its_status(void **state)
{
    enum { SHORT_BYTES = 3 * BLOCK + 128 };
    struct bench *bench = *state;
    begin_unheard(bench);
    assert_int_equal(dfu_host_set_alternate(&bench->host, 0), EP0_ACK);
    look_first(bench);
    bench_make_image(bench, bench->image, SHORT_BYTES, 6);
    bench_download(bench, bench->image, SHORT_BYTES);
    dfu_host_leave(&bench->host, true);
    uint32_t limit_ms = bench_leave_limit_ms(bench);
    assert_true(bench_wait_started(bench, limit_ms) <= limit_ms);
    assert_true(bench_holds(bench, bench->place->app, bench->image, SHORT_BYTES));
}

/* One that asks for no status before it begins. */
static void an_erase_straight_after_a_first_block_without_its_status(void **state)
{
    enum { SHORT_BYTES = 3 * BLOCK + 128, SETTLE_MS = 20 };
    struct bench *bench = *state;
    begin_unheard(bench);
    assert_int_equal(dfu_host_set_alternate(&bench->host, 0), EP0_ACK);
    dfu_host_run_ms(&bench->host, SETTLE_MS);
    bench_make_image(bench, bench->image, SHORT_BYTES, 6);
    bench_download(bench, bench->image, SHORT_BYTES);
    dfu_host_leave(&bench->host, true);
    uint32_t limit_ms = bench_leave_limit_ms(bench);
    assert_true(bench_wait_started(bench, limit_ms) <= limit_ms);
}

/* A start that ends one host's download still waits when the next one erases everything, and
 * leaves. */
static void b2_an_erase_straight_after_a_last_block_without_its_status(void **state)
{
    enum { REST_BYTES = 4 * BLOCK, WRITTEN_MS = 20 };
    struct bench *bench = *state;
    struct dfu_host *host = &bench->host;
    const struct bench_place *place = bench->place;
    const uint8_t command = DFUSE_ERASE;
    bench_make_image(bench, bench->image, BENCH_IMAGE_MAX, 5);
    bench_enter(bench);
    assert_true(dfu_host_erase(host, place->app, place->app_sector_bytes, place->app_sector_bytes));
    assert_true(dfu_host_write(host, place->app + BLOCK, bench->image + BLOCK, REST_BYTES));
    assert_true(dfu_host_command(host, DFUSE_SET_ADDRESS, place->app));
    dfu_host_run_ms(host, WRITTEN_MS);
    assert_int_equal(dfu_host_download(host, DFUSE_FIRST_DATA_BLOCK, bench->image, BLOCK / 2),
                     EP0_ACK);
    host->port->reset(host->port);
    assert_true(dfu_host_wait_bus(host, true, BENCH_UP_MS));
    (void)dfu_host_download(host, DFUSE_COMMAND_BLOCK, &command, 1);
    (void)dfu_host_settle(host); /* a seal may have been found torn */
    dfu_host_leave(host, false);
    bench_expect_no_application(bench);
}

/* A file for both, in one session or two: what was complete stays so. */
static void the_drive_written_after_a_whole_application(void **state)
{
    enum { SHORT_BYTES = 3 * BLOCK + 128 };
    struct bench *bench = *state;
    bench_make_image(bench, bench->image, SHORT_BYTES, 5);
    bench_enter(bench);
    bench_download(bench, bench->image, SHORT_BYTES);
    write_drive(bench);
    dfu_host_leave(&bench->host, true);
    uint32_t limit_ms = bench_leave_limit_ms(bench);
    assert_true(bench_wait_started(bench, limit_ms) <= limit_ms);
    assert_true(bench_holds(bench, bench->place->app, bench->image, SHORT_BYTES));
    assert_true(bench_holds(bench, bench->place->drive, bench->image, DRIVE_BYTES));
}

/* The erases of a host that died go on while the next one waits to read. */
static void i8_reading_after_an_abandoned_mass_erase_is_answered(void **state)
{
    enum { TRIES = 5 };
    struct bench *bench = *state;
    const uint8_t command = DFUSE_ERASE;
    struct dfu_status status;
    bench_enter(bench);
    assert_int_equal(dfu_host_download(&bench->host, DFUSE_COMMAND_BLOCK, &command, 1), EP0_ACK);
    assert_int_equal(dfu_host_get_status(&bench->host, &status), EP0_ACK);
    assert_int_equal(dfu_host_set_alternate(&bench->host, 0), EP0_ACK);
    assert_int_equal(bench_status(bench).state, DFU_IDLE);
    enum ep0_answer answer = EP0_NAK;
    for (uint32_t i = 0; i < TRIES && answer == EP0_NAK; i++) {
        uint16_t length = BLOCK;
        answer = dfu_host_upload(&bench->host, DFUSE_FIRST_DATA_BLOCK, bench->image, &length);
    }
    assert_int_equal(answer, EP0_ACK);
}

/* A checksum that its host does not wait for leaves the data of the next one alone. */
/* The next host is there before the whole application is summed up. */
static void abandon_a_checksum(struct bench *bench)
{
    struct dfu_host *host = &bench->host;
    uint8_t command[9] = {0xC0};
    struct dfu_status status;
    put_le32(command + 1, bench->place->app);
    put_le32(command + 5, bench->place->app_bytes);
    assert_int_equal(dfu_host_download(host, DFUSE_COMMAND_BLOCK, command, sizeof command),
                     EP0_ACK);
    assert_int_equal(dfu_host_get_status(host, &status), EP0_ACK);
    assert_int_equal(status.state, DFU_DNBUSY);
    assert_true(status.poll_timeout_ms > 0);
    assert_int_equal(dfu_host_set_alternate(host, 0), EP0_ACK);
}

static void an_abandoned_checksum_does_not_get_into_data(void **state)
{
    struct bench *bench = *state;
    struct dfu_host *host = &bench->host;
    const struct bench_place *place = bench->place;
    bench_install(bench, 3);
    bench_enter_by_button(bench);
    bench_make_image(bench, bench->image, BENCH_IMAGE_MAX, 5);
    assert_true(dfu_host_erase(host, place->app, place->app_sector_bytes, place->app_sector_bytes));
    assert_int_equal(dfu_host_abort(host), EP0_ACK);
    abandon_a_checksum(bench);
    assert_int_equal(dfu_host_download(host, DFUSE_FIRST_DATA_BLOCK, bench->image, BLOCK), EP0_ACK);
    assert_int_equal(dfu_host_settle(host).status, DFU_OK);
    assert_int_equal(dfu_host_abort(host), EP0_ACK);
    assert_true(dfu_host_read(host, place->app, bench->other, BLOCK));
    assert_memory_equal(bench->other, bench->image, BLOCK);
}

static void an_abandoned_checksum_is_not_waited_for(void **state)
{
    struct bench *bench = *state;
    struct dfu_host *host = &bench->host;
    uint8_t command[5] = {DFUSE_SET_ADDRESS};
    struct dfu_status status;
    bench_install(bench, 3);
    bench_enter_by_button(bench);
    abandon_a_checksum(bench);
    put_le32(command + 1, bench->place->app);
    assert_int_equal(dfu_host_download(host, DFUSE_COMMAND_BLOCK, command, sizeof command),
                     EP0_ACK);
    assert_int_equal(dfu_host_get_status(host, &status), EP0_ACK);
    assert_int_equal(status.poll_timeout_ms, 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(b2_the_drive_written_after_half_an_application),
        BENCH_TEST(b2_the_drive_written_after_half_an_application_and_leave),
        BENCH_TEST(b2_a_bus_reset_and_leave_after_half_an_application),
        BENCH_TEST(b2_a_configuration_and_leave_after_half_an_application),
        BENCH_TEST(b2_a_host_of_small_blocks_dies),
        BENCH_TEST(b2_the_drive_written_after_a_first_block_without_its_status),
        BENCH_TEST(b2_a_bus_reset_and_leave_after_a_first_block_without_its_status),
        BENCH_TEST(an_application_written_after_a_first_block_without_its_status),
        BENCH_TEST(an_erase_straight_after_a_first_block_without_its_status),
        BENCH_TEST(b2_an_erase_straight_after_a_last_block_without_its_status),
        BENCH_TEST(the_drive_written_after_a_whole_application),
        BENCH_TEST(i8_reading_after_an_abandoned_mass_erase_is_answered),
        BENCH_TEST(an_abandoned_checksum_does_not_get_into_data),
        BENCH_TEST(an_abandoned_checksum_is_not_waited_for),
    };
    return bench_choose(argc, argv) ? cmocka_run_group_tests(tests, NULL, NULL) : 2;
}
