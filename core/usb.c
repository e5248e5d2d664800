/* SPDX-License-Identifier: MIT
 * USB chapter 9: setup packets, descriptors, strings, wire time. */
#include "core/usb.h"

#include <stdbool.h>

#include "core/bytes.h"

enum {
    FIRST_SURROGATE = 0xD800,
    LOW_SURROGATE = 0xDC00,
    AFTER_SURROGATES = 0xE000,
    REPLACEMENT = 0xFFFD,
    UTF8_MAX = 4,
};

enum usb_result usb_device_parse(const uint8_t *data, uint32_t length, struct usb_device *out)
{
    if (length < USB_DEVICE_BYTES) {
        return USB_TOO_SHORT;
    }
    if (data[0] < USB_DEVICE_BYTES) {
        return USB_BAD_LENGTH;
    }
    if (data[1] != USB_DEVICE) {
        return USB_WRONG_TYPE;
    }
    out->bcd_usb = get_le16(data + 2);
    out->class_code = data[4];
    out->subclass = data[5];
    out->protocol = data[6];
    out->packet_bytes = data[7];
    out->vendor = get_le16(data + 8);
    out->product = get_le16(data + 10);
    out->bcd_device = get_le16(data + 12);
    out->manufacturer = data[14];
    out->product_text = data[15];
    out->serial = data[16];
    out->configurations = data[17];
    return USB_OK;
}

void usb_setup_put(const struct usb_setup *setup, uint8_t bytes[USB_SETUP_BYTES])
{
    bytes[0] = setup->request_type;
    bytes[1] = setup->request;
    put_le16(bytes + 2, setup->value);
    put_le16(bytes + 4, setup->index);
    put_le16(bytes + 6, setup->length);
}

struct usb_setup usb_setup_get(const uint8_t bytes[USB_SETUP_BYTES])
{
    struct usb_setup setup;
    setup.request_type = bytes[0];
    setup.request = bytes[1];
    setup.value = get_le16(bytes + 2);
    setup.index = get_le16(bytes + 4);
    setup.length = get_le16(bytes + 6);
    return setup;
}

/* C0 and C1 without NUL: they would move a terminal's cursor, or worse. */
static bool is_control(uint32_t unit)
{
    return (unit > 0 && unit < 0x20) || (unit >= 0x7F && unit < 0xA0);
}

/* Takes one code point off the units; a surrogate without its other half becomes U+FFFD. */
static uint32_t next_code_point(const uint8_t *units, uint32_t count, uint32_t *at)
{
    uint32_t unit = get_le16(units + 2 * *at);
    *at += 1;
    if (unit < FIRST_SURROGATE || unit >= AFTER_SURROGATES) {
        return is_control(unit) ? REPLACEMENT : unit;
    }
    uint32_t low = *at < count ? get_le16(units + 2 * *at) : 0;
    if (unit >= LOW_SURROGATE || low < LOW_SURROGATE || low >= AFTER_SURROGATES) {
        return REPLACEMENT;
    }
    *at += 1;
    return 0x10000 + ((unit - FIRST_SURROGATE) << 10) + (low - LOW_SURROGATE);
}

static uint32_t put_utf8(uint32_t point, uint8_t bytes[UTF8_MAX])
{
    static const uint8_t lead[UTF8_MAX] = {0x00, 0xC0, 0xE0, 0xF0};
    uint32_t extra = point < 0x80 ? 0 : point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    bytes[0] = (uint8_t)(lead[extra] | (point >> (6 * extra)));
    for (uint32_t i = 1; i <= extra; i++) {
        bytes[i] = (uint8_t)(0x80 | ((point >> (6 * (extra - i))) & 0x3F));
    }
    return extra + 1;
}

uint32_t usb_string_to_utf8(const uint8_t *descriptor, uint32_t length, char *text,
                            uint32_t capacity)
{
    uint32_t used = 0;
    if (length >= 2 && descriptor[1] == USB_STRING && descriptor[0] >= 2) {
        uint32_t whole = descriptor[0] < length ? descriptor[0] : length;
        uint32_t count = (whole - 2) / 2;
        uint32_t at = 0;
        while (at < count) {
            uint8_t bytes[UTF8_MAX];
            uint32_t size = put_utf8(next_code_point(descriptor + 2, count, &at), bytes);
            if (bytes[0] == 0 || used + size >= capacity) {
                break;
            }
            for (uint32_t i = 0; i < size; i++) {
                text[used + i] = (char)bytes[i];
            }
            used += size;
        }
    }
    if (capacity > 0) {
        text[used] = '\0';
    }
    return used;
}

uint32_t usb_control_time_ns(uint32_t data_bytes)
{
    enum { TRANSFER_OVERHEAD = 45, PACKET_OVERHEAD = 13, NS_PER_3_BYTES = 2000 };
    uint32_t packets = (data_bytes + USB_EP0_PACKET_BYTES - 1) / USB_EP0_PACKET_BYTES;
    uint32_t more = packets > 1 ? packets - 1 : 0;
    return (TRANSFER_OVERHEAD + data_bytes + PACKET_OVERHEAD * more) * NS_PER_3_BYTES / 3;
}
