/* SPDX-License-Identifier: MIT
 * A serial line over USB that is driven by interrupts as ST's library drives the OTG core. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/arm/hal_bench.h"
#include "twin/guest.h"
#include "twin/time.h"

static enum ep0_answer read_from(struct hal_bench *bench, const struct usb_setup *setup,
                                 uint8_t *data, uint16_t *length)
{
    *length = setup->length;
    return hal_bench_control(bench, setup, data, length);
}

static void enumerates(struct hal_bench *bench)
{
    static const struct usb_setup configuration = {0x80, 6, 2 << 8, 0, 255};
    static const struct usb_setup text = {0x80, 6, 3 << 8 | 2, 0x0409, 255};
    static const struct usb_setup nothing = {0x80, 6, 6 << 8, 0, 10};
    uint8_t data[255];
    uint16_t length = 0;
    hal_bench_attach(bench);
    assert_int_equal(read_from(bench, &configuration, data, &length), EP0_ACK);
    assert_int_equal(length, 67);
    assert_int_equal(data[66], 0);
    assert_int_equal(data[62], 0x81);
    assert_int_equal(read_from(bench, &text, data, &length), EP0_ACK);
    assert_int_equal(length, 24);
    assert_int_equal(data[2], 's');
    assert_int_equal(read_from(bench, &nothing, data, &length), EP0_STALL);
    assert_int_equal(read_from(bench, &text, data, &length), EP0_ACK);
    assert_int_equal(hal_bench_seen(bench, HAL_SEEN_RESET), 1);
    assert_int_equal(hal_bench_seen(bench, HAL_SEEN_ENUMERATED), 1);
    hal_bench_expect_calm(bench);
}

static void a_device_enumerates(void **state)
{
    (void)state;
    hal_bench_each(HAL_DO_cdc, enumerates);
}

/* Endpoint 0 at any length, with an empty packet where one is due. */
static void moves_control_data(struct hal_bench *bench)
{
    static const uint16_t lengths[] = {1, 8, 63, 64, 65, 127, 128, 129, 192, 500, 1024, 1025};
    uint8_t data[2048], back[2048];
    hal_bench_attach(bench);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        uint16_t bytes = lengths[i];
        const struct usb_setup read = {0xC0, HAL_ASK_READ, bytes, 0, 2048};
        const struct usb_setup write = {0x40, HAL_ASK_WRITE, 0, 0, bytes};
        const struct usb_setup again = {0xC0, HAL_ASK_WRITTEN, 0, 0, bytes};
        uint16_t length = 0;
        assert_int_equal(read_from(bench, &read, data, &length), EP0_ACK);
        assert_int_equal(length, bytes);
        for (uint32_t at = 0; at < bytes; at++) {
            assert_int_equal(data[at], (uint8_t)(at * 7));
            data[at] = (uint8_t)(at * 3 + bytes);
        }
        length = bytes;
        assert_int_equal(hal_bench_control(bench, &write, data, &length), EP0_ACK);
        assert_int_equal(read_from(bench, &again, back, &length), EP0_ACK);
        assert_int_equal(length, bytes);
        assert_memory_equal(back, data, bytes);
    }
    hal_bench_expect_calm(bench);
}

static void endpoint_0_moves_any_length(void **state)
{
    (void)state;
    hal_bench_each(HAL_DO_cdc, moves_control_data);
}

static void echoes(struct hal_bench *bench)
{
    hal_bench_attach(bench);
    for (uint32_t bytes = 1; bytes <= 64; bytes++) {
        hal_bench_echo(bench, bytes, (uint8_t)(bytes * 3));
    }
    hal_bench_expect_calm(bench);
}

static void bulk_packets_are_echoed(void **state)
{
    (void)state;
    hal_bench_each(HAL_DO_cdc, echoes);
}

/* Requests of the class, and the notice that follows one of them in two packets. */
static void talks_cdc(struct hal_bench *bench)
{
    static const struct usb_setup set_line = {0x21, 0x20, 0, 0, 7};
    static const struct usb_setup get_line = {0xA1, 0x21, 0, 0, 7};
    uint8_t coding[7] = {0x80, 0x25, 0, 0, 0, 0, 8}, back[7], notice[16];
    uint16_t length = 7;
    uint32_t bytes = sizeof notice;
    hal_bench_attach(bench);
    assert_int_equal(hal_bench_control(bench, &set_line, coding, &length), EP0_ACK);
    assert_int_equal(read_from(bench, &get_line, back, &length), EP0_ACK);
    assert_memory_equal(back, coding, 7);
    assert_int_equal(hal_bench_seen(bench, HAL_SEEN_LINE), 1);
    assert_int_equal(hal_bench_ask(bench, 0x21, 0x22, 3, 0), EP0_ACK);
    assert_int_equal(hal_bench_data(bench, 0x82, notice, &bytes), EP0_ACK);
    assert_int_equal(bytes, 10);
    assert_int_equal(notice[0], 0xA1);
    assert_int_equal(notice[8], 3);
    hal_bench_echo(bench, 20, 1);
}

static void the_class_has_its_requests_and_notices(void **state)
{
    (void)state;
    hal_bench_each(HAL_DO_cdc, talks_cdc);
}

/* All endpoints at once: a read waits, a notice waits, and both get theirs. */
static void shares(struct hal_bench *bench)
{
    struct usb_port *port = bench->port;
    const struct usb_pipe in = {0x81, 64, 0, 1}, notices = {0x82, 8, 16, 0};
    uint8_t data[64] = {0}, notice[16];
    uint32_t length = 64, notice_length = 16;
    hal_bench_attach(bench);
    assert_int_equal(port->data(port, &in, data, &length), EP0_NAK);
    assert_int_equal(port->data(port, &notices, notice, &notice_length), EP0_NAK);
    hal_bench_run(bench, 30);
    uint32_t sent = 40;
    memset(data, 9, sizeof data);
    assert_int_equal(hal_bench_data(bench, 0x01, data, &sent), EP0_ACK);
    assert_int_equal(hal_bench_ask(bench, 0x21, 0x22, 3, 0), EP0_ACK);
    hal_bench_run(bench, 40);
    assert_int_equal(port->data(port, &in, data, &length), EP0_ACK);
    assert_int_equal(length, 40);
    assert_int_equal(port->data(port, &notices, notice, &notice_length), EP0_ACK);
    assert_int_equal(notice_length, 10);
}

static void transfers_go_on_beside_each_other(void **state)
{
    (void)state;
    hal_bench_each(HAL_DO_cdc, shares);
}

static void halts(struct hal_bench *bench)
{
    static const struct usb_setup status = {0x82, 0, 0, 0x81, 2};
    uint8_t data[64] = {1};
    uint16_t length = 0;
    uint32_t bytes = 64;
    hal_bench_attach(bench);
    hal_bench_echo(bench, 10, 1);
    assert_int_equal(hal_bench_ask(bench, 2, 3, 0, 0x81), EP0_ACK);
    assert_int_equal(hal_bench_ask(bench, 2, 3, 0, 0x01), EP0_ACK);
    assert_int_equal(read_from(bench, &status, data, &length), EP0_ACK);
    assert_int_equal(data[0], 1);
    assert_int_equal(hal_bench_data(bench, 0x81, data, &bytes), EP0_STALL);
    bytes = 5;
    assert_int_equal(hal_bench_data(bench, 0x01, data, &bytes), EP0_STALL);
    assert_int_equal(hal_bench_ask(bench, 2, 1, 0, 0x81), EP0_ACK);
    assert_int_equal(hal_bench_ask(bench, 2, 1, 0, 0x01), EP0_ACK);
    assert_int_equal(read_from(bench, &status, data, &length), EP0_ACK);
    assert_int_equal(data[0], 0);
    hal_bench_echo(bench, 33, 2); /* both begin with DATA0 again */
    hal_bench_echo(bench, 64, 3);
}

static void a_halted_endpoint_goes_on_when_cleared(void **state)
{
    (void)state;
    hal_bench_each(HAL_DO_cdc, halts);
}

/* Many packets in one transfer, more than the FIFO holds; and one nobody fetched, given up. */
static void sends_long(struct hal_bench *bench)
{
    static const uint16_t lengths[] = {65, 128, 500, 512, 640, 1999};
    uint8_t data[2048];
    hal_bench_attach(bench);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        uint32_t length = sizeof data;
        assert_int_equal(hal_bench_ask(bench, 0x40, HAL_ASK_HOLD, lengths[i], 0), EP0_ACK);
        assert_int_equal(hal_bench_data(bench, 0x81, data, &length), EP0_ACK);
        assert_int_equal(length, lengths[i]);
        for (uint32_t at = 0; at < length; at++) {
            assert_int_equal(data[at], (uint8_t)(at * 7));
        }
    }
    hal_bench_expect_calm(bench);
}

static void long_transfers_fill_the_fifo_as_it_empties(void **state)
{
    (void)state;
    hal_bench_each(HAL_DO_cdc, sends_long);
}

/* Two long transfers at a time take the bus's time for both. */
static void keeps_to_the_bus(struct hal_bench *bench)
{
    enum { BYTES = 2000, AROUND = 13, PACKETS = 32 };
    struct usb_port *port = bench->port;
    const struct usb_pipe in = {0x81, 64, 0, 1};
    const struct usb_setup read = {0xC0, HAL_ASK_READ, BYTES, 0, BYTES};
    static uint8_t data[BYTES], other[BYTES];
    uint16_t length = BYTES;
    uint32_t bytes = BYTES;
    hal_bench_attach(bench);
    assert_int_equal(hal_bench_ask(bench, 0x40, HAL_ASK_HOLD, BYTES, 0), EP0_ACK);
    uint64_t start_ns = port->now(port);
    assert_int_equal(port->data(port, &in, data, &bytes), EP0_NAK);
    assert_int_equal(hal_bench_control(bench, &read, other, &length), EP0_ACK);
    assert_int_equal(hal_bench_data(bench, 0x81, data, &bytes), EP0_ACK);
    uint64_t took_ns = port->now(port) - start_ns;
    uint64_t least_ns = usb_control_time_ns(BYTES) + (BYTES + AROUND * PACKETS) * 2000ull / 3;
    assert_in_range(took_ns, least_ns, 2 * least_ns);
    assert_memory_equal(data, other, BYTES);
}

static void transfers_share_the_time_of_the_bus(void **state)
{
    (void)state;
    hal_bench_each(HAL_DO_cdc, keeps_to_the_bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_device_enumerates),
        cmocka_unit_test(endpoint_0_moves_any_length),
        cmocka_unit_test(bulk_packets_are_echoed),
        cmocka_unit_test(the_class_has_its_requests_and_notices),
        cmocka_unit_test(transfers_go_on_beside_each_other),
        cmocka_unit_test(a_halted_endpoint_goes_on_when_cleared),
        cmocka_unit_test(long_transfers_fill_the_fifo_as_it_empties),
        cmocka_unit_test(transfers_share_the_time_of_the_bus),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
