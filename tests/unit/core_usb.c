/* SPDX-License-Identifier: MIT
 * Setup packets, device descriptors, strings and wire time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/usb.h"

static void a_setup_packet_has_eight_bytes(void **state)
{
    (void)state;
    static const uint8_t wire[USB_SETUP_BYTES] = {0xA1, 3, 0x34, 0x12, 0x78, 0x56, 0x06, 0x01};
    struct usb_setup setup = usb_setup_get(wire);
    assert_int_equal(setup.request_type, 0xA1);
    assert_int_equal(setup.request, 3);
    assert_int_equal(setup.value, 0x1234);
    assert_int_equal(setup.index, 0x5678);
    assert_int_equal(setup.length, 0x0106);
    uint8_t bytes[USB_SETUP_BYTES];
    usb_setup_put(&setup, bytes);
    assert_memory_equal(bytes, wire, sizeof wire);
}

/* An STM32F4 boot loader. */
static const uint8_t device_wire[USB_DEVICE_BYTES] = {18,   1,    0x00, 0x01, 0,    0, 0, 64, 0x83,
                                                      0x04, 0x11, 0xDF, 0x00, 0x22, 1, 2, 3,  1};

static void a_device_descriptor_is_read(void **state)
{
    (void)state;
    uint8_t longer[32] = {0};
    struct usb_device device;
    assert_int_equal(usb_device_parse(device_wire, sizeof device_wire, &device), USB_OK);
    assert_int_equal(device.bcd_usb, 0x0100);
    assert_int_equal(device.class_code, 0);
    assert_int_equal(device.subclass, 0);
    assert_int_equal(device.protocol, 0);
    assert_int_equal(device.packet_bytes, 64);
    assert_int_equal(device.vendor, 0x0483);
    assert_int_equal(device.product, 0xDF11);
    assert_int_equal(device.bcd_device, 0x2200);
    assert_int_equal(device.manufacturer, 1);
    assert_int_equal(device.product_text, 2);
    assert_int_equal(device.serial, 3);
    assert_int_equal(device.configurations, 1);
    memcpy(longer, device_wire, sizeof device_wire);
    longer[0] = 32;
    assert_int_equal(usb_device_parse(longer, sizeof longer, &device), USB_OK);
}

static void what_is_no_device_descriptor_leaves_the_result_untouched(void **state)
{
    (void)state;
    struct usb_device device = {.vendor = 0x1234};
    uint8_t bytes[USB_DEVICE_BYTES];
    memcpy(bytes, device_wire, sizeof bytes);
    assert_int_equal(usb_device_parse(bytes, 17, &device), USB_TOO_SHORT);
    assert_int_equal(usb_device_parse(bytes, 0, &device), USB_TOO_SHORT);
    bytes[0] = 17;
    assert_int_equal(usb_device_parse(bytes, 18, &device), USB_BAD_LENGTH);
    bytes[0] = 18;
    bytes[1] = 2;
    assert_int_equal(usb_device_parse(bytes, 18, &device), USB_WRONG_TYPE);
    assert_int_equal(device.vendor, 0x1234);
}

struct string_case {
    const char *about;
    uint8_t wire[32];
    uint32_t length;   /* bytes that arrived */
    uint32_t capacity; /* of the buffer */
    const char *text;
};

#define FFFD "\xEF\xBF\xBD"

static const struct string_case string_cases[] = {
    {"ASCII", {8, 3, 'D', 0, 'F', 0, 'U', 0}, 8, 32, "DFU"},
    {"a language table of one", {4, 3, 0x09, 0x04}, 4, 32, "\xD0\x89"},
    {"two bytes of UTF-8", {4, 3, 0xDC, 0x00}, 4, 32, "\xC3\x9C"},
    {"three bytes of UTF-8", {4, 3, 0xAC, 0x20}, 4, 32, "\xE2\x82\xAC"},
    {"the last unit before the surrogates", {4, 3, 0xFF, 0xD7}, 4, 32, "\xED\x9F\xBF"},
    {"the first unit after them", {4, 3, 0x00, 0xE0}, 4, 32, "\xEE\x80\x80"},
    {"a pair of surrogates", {6, 3, 0x3D, 0xD8, 0x00, 0xDE}, 6, 32, "\xF0\x9F\x98\x80"},
    {"the last pair", {6, 3, 0xFF, 0xDB, 0xFF, 0xDF}, 6, 32, "\xF4\x8F\xBF\xBF"},
    {"half a pair at the end", {4, 3, 0x3D, 0xD8}, 4, 32, FFFD},
    {"half a pair before a letter", {6, 3, 0x3D, 0xD8, 'a', 0}, 6, 32, FFFD "a"},
    {"the second half first", {6, 3, 0x00, 0xDE, 0x3D, 0xD8}, 6, 32, FFFD FFFD},
    {"a half before a pair",
     {8, 3, 0x3D, 0xD8, 0x3D, 0xD8, 0x00, 0xDE},
     8,
     32,
     FFFD "\xF0\x9F\x98\x80"},
    {"control characters",
     {12, 3, 'a', 0, 0x1B, 0, 0x7F, 0, 0x9B, 0, '\n', 0},
     12,
     32,
     "a" FFFD FFFD FFFD FFFD},
    {"a NUL and garbage behind it", {8, 3, 'a', 0, 0, 0, 'b', 0}, 8, 32, "a"},
    {"an odd length", {7, 3, 'a', 0, 'b', 0, 'c'}, 7, 32, "ab"},
    {"a descriptor that claims more than arrived", {200, 3, 'a', 0, 'b', 0}, 6, 32, "ab"},
    {"a descriptor that claims less", {4, 3, 'a', 0, 'b', 0}, 6, 32, "a"},
    {"empty", {2, 3}, 2, 32, ""},
    {"a length of 0", {0, 3, 'a', 0}, 4, 32, ""},
    {"a length of 1", {1, 3, 'a', 0}, 4, 32, ""},
    {"another descriptor", {4, 2, 'a', 0}, 4, 32, ""},
    {"one byte", {4}, 1, 32, ""},
    {"nothing", {0}, 0, 32, ""},
    {"no room for all", {8, 3, 'D', 0, 'F', 0, 'U', 0}, 8, 3, "DF"},
    {"just room", {8, 3, 'D', 0, 'F', 0, 'U', 0}, 8, 4, "DFU"},
    {"no room for half a character", {6, 3, 'a', 0, 0xAC, 0x20}, 6, 4, "a"},
    {"room for the NUL only", {4, 3, 'a', 0}, 4, 1, ""},
};

static void strings_become_utf8(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof string_cases / sizeof string_cases[0]; i++) {
        const struct string_case *c = &string_cases[i];
        char text[33];
        memset(text, '?', sizeof text);
        uint32_t used = usb_string_to_utf8(c->wire, c->length, text, c->capacity);
        if (used != strlen(c->text) || memcmp(text, c->text, used + 1) != 0 ||
            text[c->capacity] != '?') {
            fail_msg("%s: %u bytes, \"%.32s\"", c->about, used, text);
        }
    }
}

static void a_buffer_of_nothing_is_left_alone(void **state)
{
    (void)state;
    static const uint8_t wire[] = {4, 3, 'a', 0};
    char text[1] = {'?'};
    assert_int_equal(usb_string_to_utf8(wire, 4, text, 0), 0);
    assert_int_equal(text[0], '?');
}

static void a_transfer_takes_its_bytes_at_12_mbit(void **state)
{
    (void)state;
    static const uint32_t cases[][2] = {
        {0, 30000},     {6, 34000},      {64, 72666},       {65, 82000},
        {1024, 842666}, {2048, 1664000}, {65535, 52586000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(usb_control_time_ns(cases[i][0]), cases[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_setup_packet_has_eight_bytes),
        cmocka_unit_test(a_device_descriptor_is_read),
        cmocka_unit_test(what_is_no_device_descriptor_leaves_the_result_untouched),
        cmocka_unit_test(strings_become_utf8),
        cmocka_unit_test(a_buffer_of_nothing_is_left_alone),
        cmocka_unit_test(a_transfer_takes_its_bytes_at_12_mbit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
