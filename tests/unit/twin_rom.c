/* SPDX-License-Identifier: MIT
 * What the ROM twins answer, byte by byte and millisecond by millisecond. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/bytes.h"
#include "core/dfu.h"
#include "twin/board/board.h"

static const uint64_t ms = 1000000;

/* A board with its socket, after start-up. */
struct bench {
    struct board *board;
    struct usb_port *port;
    uint64_t last_ns; /* how long the last transfer took */
};

static void start(struct bench *bench, const char *name, const char *rom)
{
    struct board_config config = {.name = name, .rom = rom, .seed = 3};
    struct dfk_error err = {0};
    if (board_open(&config, &bench->board, &err) != 0) {
        fail_msg("%s", err.what);
    }
    bench->port = board_port(bench->board);
    bench->port->run(bench->port, 500 * ms);
}

static void stop(struct bench *bench)
{
    assert_int_equal(board_close(bench->board, NULL), 0);
}

static enum ep0_answer transfer(struct bench *bench, struct usb_setup setup, uint8_t *data,
                                uint16_t *length)
{
    uint64_t before = bench->port->now(bench->port);
    *length = setup.length;
    enum ep0_answer answer = usb_port_transfer(bench->port, &setup, data, length, 60000 * ms);
    bench->last_ns = bench->port->now(bench->port) - before;
    return answer;
}

static enum ep0_answer out(struct bench *bench, uint8_t request, uint16_t value, const void *data,
                           uint16_t size)
{
    uint8_t copy[2048] = {0};
    uint16_t length = 0;
    if (size > 0) {
        memcpy(copy, data, size);
    }
    return transfer(bench, (struct usb_setup){DFU_REQUEST_OUT, request, value, 0, size}, copy,
                    &length);
}

static struct dfu_status status(struct bench *bench)
{
    uint8_t bytes[6] = {0};
    uint16_t length = 0;
    assert_int_equal(
        transfer(bench, (struct usb_setup){DFU_REQUEST_IN, DFU_GETSTATUS, 0, 0, 6}, bytes, &length),
        EP0_ACK);
    assert_int_equal(length, 6);
    return dfu_status_get(bytes);
}

static void expect(struct bench *bench, uint8_t code, uint32_t poll_ms, uint8_t state)
{
    struct dfu_status got = status(bench);
    assert_int_equal(got.status, code);
    assert_int_equal(got.poll_timeout_ms, poll_ms);
    assert_int_equal(got.state, state);
}

static void command(struct bench *bench, uint8_t code, uint32_t addr)
{
    uint8_t bytes[5] = {code};
    put_le32(bytes + 1, addr);
    assert_int_equal(out(bench, DFU_DNLOAD, 0, bytes, sizeof bytes), EP0_ACK);
}

static bool took_ms(const struct bench *bench, uint64_t from, uint64_t to)
{
    return bench->last_ns >= from * ms && bench->last_ns <= to * ms;
}

static void f405_erase_holds_the_second_status(void **context)
{
    (void)context;
    struct bench bench;
    start(&bench, "pybv11", "V3.1");
    command(&bench, DFUSE_ERASE, 0x08020000);
    expect(&bench, DFU_OK, 100, DFU_DNBUSY);
    assert_true(took_ms(&bench, 0, 1));
    expect(&bench, DFU_OK, 0, DFU_DNLOAD_IDLE);
    assert_true(took_ms(&bench, 1990, 2001));
    stop(&bench);
}

static void f405_set_address_and_write_announce_104_ms(void **context)
{
    (void)context;
    struct bench bench;
    uint8_t data[2048] = {1, 2, 3, 4};
    uint8_t got[4] = {0};
    start(&bench, "pybv11", "V3.1");
    command(&bench, DFUSE_SET_ADDRESS, 0x08020000);
    expect(&bench, DFU_OK, 104, DFU_DNBUSY);
    expect(&bench, DFU_OK, 0, DFU_DNLOAD_IDLE);
    assert_int_equal(out(&bench, DFU_DNLOAD, 2, data, sizeof data), EP0_ACK);
    expect(&bench, DFU_OK, 104, DFU_DNBUSY);
    expect(&bench, DFU_OK, 0, DFU_DNLOAD_IDLE);
    /* 2048 bytes of 16 us each */
    assert_true(took_ms(&bench, 32, 33));
    assert_true(board_peek(bench.board, 0x08020000, got, sizeof got));
    assert_memory_equal(got, data, sizeof got);
    stop(&bench);
}

static void f405_feature_makes_erase_and_write_faster(void **context)
{
    (void)context;
    struct bench bench;
    const uint8_t x32[4] = {3, 0xFF, 0xFF, 0xFF};
    start(&bench, "pybv11", "V9.1");
    command(&bench, DFUSE_SET_ADDRESS, 0xFFFF0000);
    (void)status(&bench);
    expect(&bench, DFU_OK, 0, DFU_DNLOAD_IDLE);
    assert_int_equal(out(&bench, DFU_DNLOAD, 2, x32, sizeof x32), EP0_ACK);
    (void)status(&bench);
    expect(&bench, DFU_OK, 0, DFU_DNLOAD_IDLE);
    command(&bench, DFUSE_ERASE, 0x08020000);
    (void)status(&bench);
    expect(&bench, DFU_OK, 0, DFU_DNLOAD_IDLE);
    assert_true(took_ms(&bench, 990, 1001));
    stop(&bench);
}

static void h743_v9_2_erase_holds_the_first_status(void **context)
{
    (void)context;
    struct bench bench;
    start(&bench, "nucleo-h743zi", "V9.2");
    command(&bench, DFUSE_ERASE, 0x08100000);
    expect(&bench, DFU_OK, 1000, DFU_DNBUSY);
    assert_true(took_ms(&bench, 990, 1001));
    expect(&bench, DFU_OK, 0, DFU_DNLOAD_IDLE);
    stop(&bench);
}

static void h743_v9_0_wedges_in_the_second_bank_and_clrstatus_frees_it(void **context)
{
    (void)context;
    struct bench bench;
    const uint8_t zero = 0;
    uint8_t got = 0;
    start(&bench, "openmv4p", "V9.0");
    assert_true(board_poke(bench.board, 0x08100000, &zero, 1));
    command(&bench, DFUSE_ERASE, 0x08100000);
    expect(&bench, DFU_OK, 1000, DFU_DNBUSY);
    assert_true(took_ms(&bench, 15, 17));
    bench.port->run(bench.port, bench.port->now(bench.port) + 60000 * ms);
    expect(&bench, DFU_OK, 1000, DFU_DNBUSY);
    assert_int_equal(out(&bench, DFU_CLRSTATUS, 0, NULL, 0), EP0_ACK);
    expect(&bench, DFU_ERR_UNKNOWN, 0, DFU_ERROR);
    assert_int_equal(out(&bench, DFU_CLRSTATUS, 0, NULL, 0), EP0_ACK);
    expect(&bench, DFU_OK, 0, DFU_IDLE);
    assert_true(board_peek(bench.board, 0x08100000, &got, 1));
    assert_int_equal(got, 0xFF);
    stop(&bench);
}

static void h743_v9_1_hangs_when_the_second_bank_is_touched_too_early(void **context)
{
    (void)context;
    struct bench bench;
    uint8_t data[8] = {0};
    uint16_t length = 0;
    start(&bench, "openmv4p", "V9.1");
    command(&bench, DFUSE_ERASE, 0x08100000);
    expect(&bench, DFU_OK, 1000, DFU_DNBUSY);
    expect(&bench, DFU_OK, 0, DFU_DNLOAD_IDLE);
    assert_true(took_ms(&bench, 0, 1));
    command(&bench, DFUSE_SET_ADDRESS, 0x08100000);
    (void)status(&bench);
    (void)status(&bench);
    assert_int_equal(out(&bench, DFU_DNLOAD, 2, data, sizeof data), EP0_ACK);
    assert_int_equal(
        transfer(&bench, (struct usb_setup){DFU_REQUEST_IN, DFU_GETSTATUS, 0, 0, 6}, data, &length),
        EP0_NAK);
    stop(&bench);
}

static void a_read_waits_for_the_erase_of_its_bank(void **context)
{
    (void)context;
    struct bench bench;
    uint8_t data[64];
    uint16_t length = 0;
    start(&bench, "openmv4p", "V9.0");
    command(&bench, DFUSE_ERASE, 0x08100000);
    (void)status(&bench);
    (void)out(&bench, DFU_CLRSTATUS, 0, NULL, 0);
    (void)out(&bench, DFU_CLRSTATUS, 0, NULL, 0);
    command(&bench, DFUSE_SET_ADDRESS, 0x08120000);
    (void)status(&bench);
    (void)status(&bench);
    (void)out(&bench, DFU_ABORT, 0, NULL, 0);
    assert_int_equal(
        transfer(&bench, (struct usb_setup){DFU_REQUEST_IN, DFU_UPLOAD, 2, 0, 64}, data, &length),
        EP0_ACK);
    assert_true(took_ms(&bench, 900, 1000));
    stop(&bench);
}

static void an_address_outside_is_told_at_the_second_status(void **context)
{
    (void)context;
    struct bench bench;
    start(&bench, "pybv11", "V3.1");
    command(&bench, DFUSE_SET_ADDRESS, 0x60000000);
    expect(&bench, DFU_OK, 104, DFU_DNBUSY);
    expect(&bench, DFU_ERR_TARGET, 0, DFU_ERROR);
    assert_int_equal(out(&bench, DFU_CLRSTATUS, 0, NULL, 0), EP0_ACK);
    expect(&bench, DFU_OK, 0, DFU_IDLE);
    stop(&bench);
}

static void block_one_and_unknown_commands_are_refused(void **context)
{
    (void)context;
    struct bench bench;
    const uint8_t odd[2] = {0x77, 0};
    start(&bench, "pybv11", "V3.1");
    assert_int_equal(out(&bench, DFU_DNLOAD, 1, odd, sizeof odd), EP0_STALL);
    expect(&bench, DFU_ERR_STALLEDPKT, 0, DFU_ERROR);
    (void)out(&bench, DFU_CLRSTATUS, 0, NULL, 0);
    assert_int_equal(out(&bench, DFU_DNLOAD, 0, odd, sizeof odd), EP0_ACK);
    (void)status(&bench);
    expect(&bench, DFU_ERR_STALLEDPKT, 0, DFU_ERROR);
    stop(&bench);
}

static void get_commands_are_the_four_of_protocol_2(void **context)
{
    (void)context;
    struct bench bench;
    static const uint8_t wanted[4] = {0x00, 0x21, 0x41, 0x92};
    uint8_t data[64];
    uint16_t length = 0;
    start(&bench, "nucleo-h743zi", "V9.2");
    assert_int_equal(
        transfer(&bench, (struct usb_setup){DFU_REQUEST_IN, DFU_UPLOAD, 0, 0, 64}, data, &length),
        EP0_ACK);
    assert_int_equal(length, 4);
    assert_memory_equal(data, wanted, 4);
    stop(&bench);
}

/* The multiplier is the length of the request itself: a short last block lands elsewhere. */
static void a_short_block_with_a_growing_number_is_misplaced(void **context)
{
    (void)context;
    struct bench bench;
    uint8_t data[2048] = {0xAA, 0xBB, 0xCC, 0xDD};
    uint8_t got[4];
    static const uint8_t blank[4] = {0xFF, 0xFF, 0xFF, 0xFF};
    start(&bench, "pybv11", "V3.1");
    command(&bench, DFUSE_SET_ADDRESS, 0x08020000);
    (void)status(&bench);
    (void)status(&bench);
    assert_int_equal(out(&bench, DFU_DNLOAD, 3, data, 4), EP0_ACK);
    (void)status(&bench);
    (void)status(&bench);
    assert_true(board_peek(bench.board, 0x08020800, got, 4));
    assert_memory_equal(got, blank, 4);
    assert_true(board_peek(bench.board, 0x08020004, got, 4));
    assert_memory_equal(got, data, 4);
    stop(&bench);
}

static void leave_needs_a_valid_stack_pointer(void **context)
{
    (void)context;
    struct bench bench;
    uint8_t vectors[8];
    uint32_t generation;
    uint32_t addr = 0;
    start(&bench, "nucleo-h743zi", "V9.2");
    generation = bench.port->generation(bench.port);
    assert_int_equal(out(&bench, DFU_DNLOAD, 0, NULL, 0), EP0_ACK);
    expect(&bench, DFU_OK, 0, DFU_MANIFEST);
    bench.port->run(bench.port, bench.port->now(bench.port) + 200 * ms);
    assert_true(bench.port->attached(bench.port));
    assert_int_not_equal(bench.port->generation(bench.port), generation);
    put_le32(vectors, 0x20010000);
    put_le32(vectors + 4, 0x08000101);
    assert_true(board_poke(bench.board, 0x08000000, vectors, sizeof vectors));
    assert_int_equal(out(&bench, DFU_DNLOAD, 0, NULL, 0), EP0_ACK);
    expect(&bench, DFU_OK, 0, DFU_MANIFEST);
    assert_false(bench.port->attached(bench.port));
    assert_true(board_application(bench.board, &addr));
    assert_int_equal(addr, 0x08000000);
    stop(&bench);
}

/* Linux hands the number of bytes that were taken on to the program, which compares it. */
static void a_download_takes_its_whole_data_stage(void **state)
{
    (void)state;
    static const char *const boards[] = {"pybv11", "nucleo-h743zi", "plain-dfu11", "openmv-boot"};
    for (size_t i = 0; i < sizeof boards / sizeof boards[0]; i++) {
        struct bench bench;
        uint8_t data[64] = {0x21, 0, 0, 0, 8};
        uint16_t length = 0;
        start(&bench, boards[i], NULL);
        assert_int_equal(transfer(&bench, (struct usb_setup){DFU_REQUEST_OUT, DFU_DNLOAD, 0, 0, 5},
                                  data, &length),
                         EP0_ACK);
        assert_int_equal(length, 5);
        stop(&bench);
    }
}

/* The frame that closes a partition read to its end is no longer than what was asked for. */
static void the_end_of_a_partition_keeps_to_the_length_that_was_asked_for(void **state)
{
    (void)state;
    for (uint16_t asked = 0; asked <= 5; asked++) {
        struct bench bench;
        uint8_t data[8];
        uint16_t length = 0;
        start(&bench, "openmv-boot", NULL);
        memset(data, 0xA5, sizeof data);
        assert_int_equal(transfer(&bench,
                                  (struct usb_setup){DFU_REQUEST_IN, DFU_UPLOAD, 0xFFFF, 0, asked},
                                  data, &length),
                         EP0_ACK);
        assert_int_equal(length, asked < 4 ? asked : 4);
        for (size_t i = length; i < sizeof data; i++) {
            assert_int_equal(data[i], 0xA5);
        }
        stop(&bench);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(f405_erase_holds_the_second_status),
        cmocka_unit_test(f405_set_address_and_write_announce_104_ms),
        cmocka_unit_test(f405_feature_makes_erase_and_write_faster),
        cmocka_unit_test(h743_v9_2_erase_holds_the_first_status),
        cmocka_unit_test(h743_v9_0_wedges_in_the_second_bank_and_clrstatus_frees_it),
        cmocka_unit_test(h743_v9_1_hangs_when_the_second_bank_is_touched_too_early),
        cmocka_unit_test(a_read_waits_for_the_erase_of_its_bank),
        cmocka_unit_test(an_address_outside_is_told_at_the_second_status),
        cmocka_unit_test(block_one_and_unknown_commands_are_refused),
        cmocka_unit_test(get_commands_are_the_four_of_protocol_2),
        cmocka_unit_test(a_short_block_with_a_growing_number_is_misplaced),
        cmocka_unit_test(leave_needs_a_valid_stack_pointer),
        cmocka_unit_test(a_download_takes_its_whole_data_stage),
        cmocka_unit_test(the_end_of_a_partition_keeps_to_the_length_that_was_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
