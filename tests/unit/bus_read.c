/* SPDX-License-Identifier: MIT
 * Descriptors and strings read from devices that answer, answer late, or answer nonsense. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "bus/read.h"

enum { ANSWERS_MAX = 6, ASKED_MAX = 32 };

/* What a device says when it is asked for one descriptor. */
struct says {
    uint16_t value, index;
    const char *bytes;
    uint16_t length;
    enum bus_result first; /* instead of an answer, so many times */
    unsigned failures;
    uint16_t cut; /* so many bytes the first time; 0: all */
    uint8_t turn; /* bits that are turned over in the last byte the first time */
};

struct device {
    struct bus bus;           /* first */
    struct bus_handle handle; /* on that bus */
    struct says says[ANSWERS_MAX];
    struct usb_setup asked[ASKED_MAX];
    size_t asked_count;
};

static enum bus_result speak(struct bus_handle *handle, const struct usb_setup *setup,
                             uint8_t *data, uint16_t *actual, uint32_t timeout_ms,
                             struct dfk_error *err)
{
    struct device *device = (struct device *)handle->bus;
    (void)timeout_ms;
    (void)err;
    assert_true(device->asked_count < ASKED_MAX);
    device->asked[device->asked_count++] = *setup;
    for (size_t i = 0; i < ANSWERS_MAX; i++) {
        struct says *says = &device->says[i];
        if (says->bytes != NULL && says->value == setup->value && says->index == setup->index) {
            if (says->failures > 0) {
                says->failures--;
                return says->first;
            }
            *actual = says->length < setup->length ? says->length : setup->length;
            if (says->length == 0) {
                *actual = 0;
                return BUS_OK;
            }
            *actual = says->cut != 0 && says->cut < *actual ? says->cut : *actual;
            memcpy(data, says->bytes, *actual);
            data[*actual - 1] ^= says->turn;
            says->cut = 0;
            says->turn = 0;
            return BUS_OK;
        }
    }
    return BUS_STALL;
}

static const struct bus_ops ops = {.control = speak};

static struct bus_handle *plug(struct device *device)
{
    device->bus.ops = &ops;
    device->handle.bus = &device->bus;
    return &device->handle;
}

#define DEVICE    "\x12\x01\x00\x02\x00\x00\x00\x40\x83\x04\x11\xDF\x00\x22\x01\x02\x03\x01"
#define SHORT     "\x09\x02\x1B\x00\x01\x01\x00\xC0\x32"
#define INTERFACE "\x09\x04\x00\x00\x00\xFE\x01\x02\x04"
#define DFU       "\x09\x21\x0B\xFF\x00\x00\x08\x1A\x01"
#define LANGUAGE  "\x04\x03\x07\x04"

static void a_device_is_read_with_its_texts(void **state)
{
    (void)state;
    struct device device = {.says = {{0x0100, 0, DEVICE, 18, BUS_OK, 0},
                                     {0x0200, 0, SHORT INTERFACE DFU, 27, BUS_OK, 0},
                                     {0x0300, 0, LANGUAGE, 4, BUS_OK, 0},
                                     {0x0301, 0x0407, "\x06\x03S\0T\0", 6, BUS_OK, 0},
                                     {0x0302, 0x0407, "\x08\x03\x42\0\xE9\0t\0", 8, BUS_OK, 0},
                                     {0x0303, 0x0407, "\x04\x03\x37\0", 4, BUS_OK, 0}}};
    struct bus_device out = {.path = "1-1"};
    assert_true(bus_read_device(plug(&device), &out));
    assert_int_equal(out.descriptor.vendor, 0x0483);
    assert_int_equal(out.descriptor.bcd_device, 0x2200);
    assert_int_equal(out.configuration_bytes, 27);
    assert_memory_equal(out.configuration, SHORT INTERFACE DFU, 27);
    assert_string_equal(out.manufacturer, "ST");
    assert_string_equal(out.product, "B\xC3\xA9t");
    assert_string_equal(out.serial, "7");
    assert_string_equal(out.path, "1-1");
    assert_int_equal(device.asked[0].request_type, 0x80);
    assert_int_equal(device.asked[0].request, 6);
    assert_int_equal(device.asked[0].length, 18);
    assert_int_equal(device.asked[2].length, 9);
    assert_int_equal(device.asked[4].length, 27);
}

static void what_is_no_device_is_not_read_further(void **state)
{
    (void)state;
    static const struct says bad[] = {
        {0x0100, 0, DEVICE, 17, BUS_OK, 0},    {0x0100, 0, "\x11" DEVICE, 18, BUS_OK, 0},
        {0x0100, 0, DEVICE, 18, BUS_STALL, 3}, {0x0100, 0, DEVICE, 18, BUS_GONE, 1},
        {0x0100, 0, "", 0, BUS_OK, 0},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct device device = {.says = {bad[i]}};
        struct bus_device out = {.path = "1-1"};
        assert_false(bus_read_device(plug(&device), &out));
        assert_int_equal(out.configuration_bytes, 0);
        assert_int_equal(out.descriptor.vendor, 0);
        assert_string_equal(out.serial, "");
    }
}

static void one_or_two_lost_answers_are_asked_for_again(void **state)
{
    (void)state;
    static const enum bus_result losses[] = {BUS_STALL, BUS_TIMEOUT};
    for (size_t i = 0; i < 2; i++) {
        struct device device = {.says = {{0x0304, 0x0409, "\x04\x03\x40\0", 4, losses[i], 2}}};
        char text[8] = "before";
        bus_read_string(plug(&device), 4, text, sizeof text);
        assert_string_equal(text, "@");
        assert_int_equal(device.asked_count, 3 + 3);
    }
}

static void an_answer_that_was_cut_is_asked_for_again(void **state)
{
    (void)state;
    struct device device = {.says = {{0x0300, 0, LANGUAGE, 4, BUS_OK, 0, .cut = 2},
                                     {0x0304, 0x0407, "\x06\x03@\0I\0", 6, BUS_OK, 0, .cut = 4}}};
    char text[8] = "before";
    bus_read_string(plug(&device), 4, text, sizeof text);
    assert_string_equal(text, "@I");
    assert_int_equal(device.asked_count, 4);
}

/* Another vendor would be another device, without its known faults. */
static void a_descriptor_with_a_bit_turned_over_is_outvoted(void **state)
{
    (void)state;
    struct device device = {
        .says = {{0x0100, 0, DEVICE, 18, BUS_OK, 0, .cut = 9, .turn = 0x20},
                 {0x0200, 0, SHORT INTERFACE DFU, 27, BUS_OK, 0, .turn = 0x40}}};
    struct bus_device out = {.path = "1-1"};
    assert_true(bus_read_device(plug(&device), &out));
    assert_int_equal(out.descriptor.vendor, 0x0483);
    assert_int_equal(out.configuration_bytes, 27);
    assert_memory_equal(out.configuration, SHORT INTERFACE DFU, 27);
}

static void a_device_that_is_gone_is_asked_once(void **state)
{
    (void)state;
    struct device device = {.says = {{0x0300, 0, LANGUAGE, 4, BUS_GONE, 9},
                                     {0x0304, 0x0409, "\x04\x03\x40\0", 4, BUS_GONE, 9}}};
    char text[8] = "before";
    bus_read_string(plug(&device), 4, text, sizeof text);
    assert_string_equal(text, "");
    assert_int_equal(device.asked_count, 2);
}

static void string_0_is_no_string(void **state)
{
    (void)state;
    struct device device = {.says = {{0x0300, 0, LANGUAGE, 4, BUS_OK, 0}}};
    char text[8] = "before";
    bus_read_string(plug(&device), 0, text, sizeof text);
    assert_string_equal(text, "");
    assert_int_equal(device.asked_count, 0);
}

static void a_configuration_that_lies_about_its_length_is_cut(void **state)
{
    (void)state;
    struct device device = {
        .says = {{0x0100, 0, DEVICE, 18, BUS_OK, 0},
                 {0x0200, 0, "\x09\x02\xFF\xFF\x01\x01\x00\xC0\x32" INTERFACE, 18, BUS_OK, 0}}};
    struct bus_device out = {.path = "1-1"};
    assert_true(bus_read_device(plug(&device), &out));
    assert_int_equal(out.configuration_bytes, 18);
    assert_int_equal(device.asked[4].length, 1024);
    assert_int_equal(out.configuration[18], 0);
    device = (struct device){
        .says = {{0x0100, 0, DEVICE, 18, BUS_OK, 0}, {0x0200, 0, SHORT, 8, BUS_OK, 0}}};
    out = (struct bus_device){.path = "1-1"};
    assert_true(bus_read_device(plug(&device), &out));
    assert_int_equal(out.configuration_bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_device_is_read_with_its_texts),
        cmocka_unit_test(what_is_no_device_is_not_read_further),
        cmocka_unit_test(one_or_two_lost_answers_are_asked_for_again),
        cmocka_unit_test(an_answer_that_was_cut_is_asked_for_again),
        cmocka_unit_test(a_descriptor_with_a_bit_turned_over_is_outvoted),
        cmocka_unit_test(a_device_that_is_gone_is_asked_once),
        cmocka_unit_test(string_0_is_no_string),
        cmocka_unit_test(a_configuration_that_lies_about_its_length_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
