/* SPDX-License-Identifier: MIT
 * Reading the descriptors and strings of a device through any bus's control transfers. */
#include "bus/read.h"

#include <string.h>

#include "core/bytes.h"

enum {
    READ_TIMEOUT_MS = 1000,
    STRING_BYTES = 255,
    LANGUAGE_DEFAULT = 0x0409,
    TRIES_MAX = 3,
    READS_MAX = 4
};

/* Whether all came that there is, as far as the descriptor says so itself. */
static bool is_whole(const struct usb_setup *setup, const uint8_t *data, uint16_t actual)
{
    bool configuration = setup->value >> 8 == USB_CONFIGURATION;
    uint16_t wanted = configuration || actual == 0 ? setup->length : data[0];
    return actual >= (wanted < setup->length ? wanted : setup->length);
}

static uint16_t get_descriptor(struct bus_handle *handle, uint16_t value, uint16_t index,
                               uint8_t *data, uint16_t length)
{
    struct usb_setup setup = {USB_DIR_IN, USB_GET_DESCRIPTOR, value, index, length};
    uint16_t actual = 0;
    enum bus_result result = BUS_STALL;
    bool again = true;
    /* One lost or cut answer must not turn a memory layout into nothing. A device that does not
     * answer at all is told by the length; the failure is not the caller's. */
    for (unsigned tries = 0; tries < TRIES_MAX && again; tries++) {
        result = bus_control(handle, &setup, data, &actual, READ_TIMEOUT_MS, NULL);
        again = result == BUS_OK ? !is_whole(&setup, data, actual)
                                 : result == BUS_STALL || result == BUS_TIMEOUT;
    }
    return result == BUS_OK ? actual : 0;
}

/* What decides how a device is treated is read until two answers in a row agree: a bit that was
 * turned over on the way would make another device of it. */
static uint16_t get_agreed(struct bus_handle *handle, uint16_t value, uint8_t *data,
                           uint16_t length)
{
    uint8_t before[BUS_CONFIGURATION_BYTES_MAX];
    uint16_t actual = get_descriptor(handle, value, 0, data, length);
    bool agreed = actual == 0;
    for (unsigned reads = 1; reads < READS_MAX && !agreed; reads++) {
        uint16_t size = actual;
        memcpy(before, data, size);
        actual = get_descriptor(handle, value, 0, data, length);
        agreed = actual == 0 || (actual == size && memcmp(before, data, size) == 0);
    }
    return agreed ? actual : 0;
}

void bus_read_string(struct bus_handle *handle, uint8_t index, char *text, uint32_t capacity)
{
    uint8_t bytes[STRING_BYTES];
    text[0] = '\0';
    if (index == 0) {
        return;
    }
    uint16_t length = get_descriptor(handle, USB_STRING << 8, 0, bytes, sizeof bytes);
    uint16_t language = length >= 4 ? get_le16(bytes + 2) : LANGUAGE_DEFAULT;
    length =
        get_descriptor(handle, (uint16_t)(USB_STRING << 8 | index), language, bytes, sizeof bytes);
    (void)usb_string_to_utf8(bytes, length, text, capacity);
}

bool bus_read_device(struct bus_handle *handle, struct bus_device *out)
{
    uint8_t bytes[USB_DEVICE_BYTES];
    uint16_t length = get_agreed(handle, USB_DEVICE << 8, bytes, sizeof bytes);
    if (usb_device_parse(bytes, length, &out->descriptor) != USB_OK) {
        return false;
    }
    uint16_t value = USB_CONFIGURATION << 8;
    uint8_t header[USB_CONFIGURATION_BYTES] = {0};
    if (get_agreed(handle, value, header, sizeof header) == sizeof header) {
        uint16_t whole = get_le16(header + 2);
        uint16_t room = sizeof out->configuration;
        out->configuration_bytes =
            get_agreed(handle, value, out->configuration, whole < room ? whole : room);
    }
    const struct usb_device *device = &out->descriptor;
    bus_read_string(handle, device->manufacturer, out->manufacturer, sizeof out->manufacturer);
    bus_read_string(handle, device->product_text, out->product, sizeof out->product);
    bus_read_string(handle, device->serial, out->serial, sizeof out->serial);
    return true;
}
