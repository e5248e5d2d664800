/* SPDX-License-Identifier: MIT
 * Standard requests, wrong lengths, unknown descriptors, refusal and recovery; the descriptors by
 * which Windows and browsers find their driver. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/bytes.h"
#include "tests/boot/bench.h"

enum { BOS = 0x0F, MS_STRING = 0xEE, MS_VENDOR = 0x42, CAPABILITY = 0x10, PLATFORM = 5 };

static enum ep0_answer ask(struct bench *bench, uint8_t type, uint8_t request, uint16_t value,
                           uint16_t length)
{
    const struct usb_setup setup = {type, request, value, 0, length};
    uint16_t actual = 0;
    memset(bench->image, 0xEE, 1024);
    enum ep0_answer answer = dfu_host_control(&bench->host, &setup, bench->image, &actual);
    bench->image[1024] = (uint8_t)actual;
    return answer;
}

static uint16_t get_descriptor(struct bench *bench, uint8_t type, uint8_t index, uint16_t length)
{
    enum ep0_answer answer =
        ask(bench, 0x80, USB_GET_DESCRIPTOR, (uint16_t)(type << 8 | index), length);
    assert_int_equal(answer, EP0_ACK);
    return bench->image[1024];
}

static void the_device_descriptor_is_in_order(void **state)
{
    struct bench *bench = *state;
    struct usb_device device;
    bench_enter(bench);
    assert_int_equal(get_descriptor(bench, USB_DEVICE, 0, 64), USB_DEVICE_BYTES);
    assert_int_equal(usb_device_parse(bench->image, USB_DEVICE_BYTES, &device), USB_OK);
    assert_int_equal(device.bcd_usb, 0x0210);
    assert_int_equal(device.packet_bytes, 64);
    assert_int_equal(device.vendor, 0x0483);
    assert_int_equal(device.product, 0xDF11);
    assert_int_equal(device.configurations, 1);
}

static void lengths_are_cut_to_what_was_asked_for(void **state)
{
    static const uint8_t types[] = {USB_DEVICE, USB_CONFIGURATION, USB_STRING, BOS};
    struct bench *bench = *state;
    bench_enter(bench);
    for (size_t i = 0; i < sizeof types; i++) {
        uint8_t index = types[i] == USB_STRING ? 1 : 0;
        uint16_t whole = get_descriptor(bench, types[i], index, 255);
        uint16_t total = types[i] == USB_CONFIGURATION || types[i] == BOS
                             ? get_le16(bench->image + 2)
                             : bench->image[0];
        assert_int_equal(whole, total);
        for (uint16_t length = 0; length <= whole + 1; length++) {
            uint16_t got = get_descriptor(bench, types[i], index, length);
            assert_int_equal(got, length < whole ? length : whole);
            assert_int_equal(bench->image[got], 0xEE);
        }
    }
}

static void the_configuration_has_an_alternate_for_each_region(void **state)
{
    struct bench *bench = *state;
    struct dfu_interface found;
    bench_enter(bench);
    uint16_t length = get_descriptor(bench, USB_CONFIGURATION, 0, 255);
    assert_true(dfu_interface_find(bench->image, length, &found));
    assert_int_equal(found.alternate_count, 2);
    assert_int_equal(found.protocol, 2);
    assert_true(found.has_functional);
    assert_int_equal(found.functional.transfer_bytes, 2048);
    assert_int_equal(found.functional.version, DFU_VERSION_DFUSE);
    assert_int_equal(found.functional.attributes & 3, DFU_CAN_DNLOAD | DFU_CAN_UPLOAD);
}

static void every_string_that_is_named_is_there(void **state)
{
    struct bench *bench = *state;
    char text[256];
    bench_enter(bench);
    assert_int_equal(get_descriptor(bench, USB_STRING, 0, 255), 4);
    assert_int_equal(get_le16(bench->image + 2), 0x0409);
    for (uint8_t index = 1; index <= 5; index++) {
        uint16_t length = get_descriptor(bench, USB_STRING, index, 255);
        assert_true(usb_string_to_utf8(bench->image, length, text, sizeof text) > 3);
    }
    for (uint8_t index = 0x10; index < 0x19; index++) {
        uint16_t length = get_descriptor(bench, USB_STRING, index, 255);
        assert_true(usb_string_to_utf8(bench->image, length, text, sizeof text) > 3);
    }
}

static void what_is_not_there_is_refused_and_the_next_request_answered(void **state)
{
    struct bench *bench = *state;
    bench_enter(bench);
    for (uint32_t type = 0; type < 256; type++) {
        for (uint32_t index = 0; index < (type == USB_STRING ? 0 : 3u); index++) {
            bool known = index == 0 && (type == USB_DEVICE || type == USB_CONFIGURATION ||
                                        type == BOS || type == USB_DFU_FUNCTIONAL);
            known = known || (type == USB_DFU_FUNCTIONAL);
            uint16_t value = (uint16_t)(type << 8 | index);
            enum ep0_answer answer = ask(bench, 0x80, USB_GET_DESCRIPTOR, value, 64);
            assert_int_equal(answer, known ? EP0_ACK : EP0_STALL);
            assert_int_equal(get_descriptor(bench, USB_DEVICE, 0, 18), 18);
        }
    }
    assert_int_equal(ask(bench, 0x80, USB_GET_DESCRIPTOR, USB_STRING << 8 | 6, 64), EP0_STALL);
    assert_int_equal(ask(bench, 0x80, USB_GET_DESCRIPTOR, USB_STRING << 8 | 0x19, 64), EP0_STALL);
}

static void status_configuration_and_interface_follow_the_host(void **state)
{
    struct bench *bench = *state;
    bench_enter(bench);
    assert_int_equal(ask(bench, 0x80, USB_GET_STATUS, 0, 2), EP0_ACK);
    assert_int_equal(get_le16(bench->image), 1);
    assert_int_equal(ask(bench, 0x81, USB_GET_STATUS, 0, 2), EP0_ACK);
    assert_int_equal(get_le16(bench->image), 0);
    assert_int_equal(ask(bench, 0x82, USB_GET_STATUS, 0, 2), EP0_ACK);
    assert_int_equal(ask(bench, 0x00, USB_SET_CONFIGURATION, 2, 0), EP0_STALL);
    assert_int_equal(ask(bench, 0x00, USB_SET_CONFIGURATION, 1, 0), EP0_ACK);
    assert_int_equal(ask(bench, 0x80, USB_GET_CONFIGURATION, 0, 1), EP0_ACK);
    assert_int_equal(bench->image[0], 1);
    assert_int_equal(ask(bench, 0x01, USB_SET_INTERFACE, 1, 0), EP0_ACK);
    assert_int_equal(ask(bench, 0x81, USB_GET_INTERFACE, 0, 1), EP0_ACK);
    assert_int_equal(bench->image[0], 1);
    for (uint16_t alternate = 2; alternate < 300; alternate++) {
        assert_int_equal(ask(bench, 0x01, USB_SET_INTERFACE, alternate, 0), EP0_STALL);
    }
    assert_int_equal(ask(bench, 0x81, USB_GET_INTERFACE, 0, 1), EP0_ACK);
    assert_int_equal(bench->image[0], 1);
    assert_int_equal(ask(bench, 0x00, USB_SET_CONFIGURATION, 0, 0), EP0_ACK);
    assert_int_equal(ask(bench, 0x80, USB_GET_CONFIGURATION, 0, 1), EP0_ACK);
    assert_int_equal(bench->image[0], 0);
    assert_int_equal(ask(bench, 0x01, USB_SET_INTERFACE, 1, 0), EP0_STALL);
}

static void a_bus_reset_takes_the_configuration_back(void **state)
{
    struct bench *bench = *state;
    bench_enter(bench);
    assert_int_equal(ask(bench, 0x00, USB_SET_CONFIGURATION, 1, 0), EP0_ACK);
    bench->host.port->reset(bench->host.port);
    assert_true(dfu_host_wait_bus(&bench->host, true, 500));
    assert_int_equal(ask(bench, 0x80, USB_GET_CONFIGURATION, 0, 1), EP0_ACK);
    assert_int_equal(bench->image[0], 0);
}

static void windows_and_browsers_find_their_descriptors(void **state)
{
    static const uint8_t webusb[] = {0x38, 0xB6, 0x08, 0x34, 0xA9, 0x09, 0xA0, 0x47,
                                     0x8B, 0xFD, 0xA0, 0x76, 0x88, 0x15, 0xB6, 0x65};
    static const uint8_t ms_os_2[] = {0xDF, 0x60, 0xDD, 0xD8, 0x89, 0x45, 0xC7, 0x4C,
                                      0x9C, 0xD2, 0x65, 0x9D, 0x9E, 0x64, 0x8A, 0x9F};
    struct bench *bench = *state;
    const struct usb_setup set = {0xC0, MS_VENDOR, 0, 7, 512};
    const struct usb_setup old = {0xC0, MS_VENDOR, 0, 4, 40};
    uint16_t length = 0;
    bench_enter(bench);
    (void)get_descriptor(bench, BOS, 0, 255);
    assert_int_equal(bench->image[4], 2);
    const uint8_t *first = bench->image + 5;
    const uint8_t *second = first + first[0];
    assert_int_equal(first[1], CAPABILITY);
    assert_int_equal(first[2], PLATFORM);
    assert_memory_equal(first + 4, webusb, sizeof webusb);
    assert_memory_equal(second + 4, ms_os_2, sizeof ms_os_2);
    uint16_t promised = get_le16(second + 24);
    assert_int_equal(second[26], MS_VENDOR);
    assert_int_equal(dfu_host_control(&bench->host, &set, bench->image, &length), EP0_ACK);
    assert_int_equal(length, promised);
    assert_memory_equal(bench->image + 14, "WINUSB\0\0", 8);
    assert_int_equal(get_descriptor(bench, USB_STRING, MS_STRING, 18), 18);
    assert_memory_equal(bench->image + 2,
                        "M\0S\0F\0T\0"
                        "1\0"
                        "0\0"
                        "0\0"
                        "B",
                        15);
    assert_int_equal(dfu_host_control(&bench->host, &old, bench->image, &length), EP0_ACK);
    assert_int_equal(get_le32(bench->image), length);
    assert_memory_equal(bench->image + 18, "WINUSB\0\0", 8);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(the_device_descriptor_is_in_order),
        BENCH_TEST(lengths_are_cut_to_what_was_asked_for),
        BENCH_TEST(the_configuration_has_an_alternate_for_each_region),
        BENCH_TEST(every_string_that_is_named_is_there),
        BENCH_TEST(what_is_not_there_is_refused_and_the_next_request_answered),
        BENCH_TEST(status_configuration_and_interface_follow_the_host),
        BENCH_TEST(a_bus_reset_takes_the_configuration_back),
        BENCH_TEST(windows_and_browsers_find_their_descriptors),
    };
    return bench_choose(argc, argv) ? cmocka_run_group_tests(tests, NULL, NULL) : 2;
}
