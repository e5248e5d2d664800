/* SPDX-License-Identifier: MIT
 * Fuzz target: any bytes as the descriptors of a device: configuration, device, string. */
#include <stdlib.h>
#include <string.h>

#include "core/dfu.h"
#include "core/usb.h"

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void check_configuration(const uint8_t *data, uint32_t length)
{
    struct dfu_interface found;
    memset(&found, 0xEE, sizeof found);
    if (!dfu_interface_find(data, length, &found)) {
        must(found.configuration == 0xEE && found.alternate_count == 0xEE);
        return;
    }
    must(found.alternate_count > 0 && found.alternate_count <= DFU_ALTERNATES_MAX);
    must(found.interface == found.alternates[0].interface);
    must(found.protocol == found.alternates[0].protocol);
    for (uint8_t i = 0; i < found.alternate_count; i++) {
        must(found.alternates[i].interface == found.interface);
    }
}

static void check_device(const uint8_t *data, uint32_t length)
{
    struct usb_device device;
    enum usb_result result = usb_device_parse(data, length, &device);
    must(result == USB_OK || result == USB_TOO_SHORT || result == USB_BAD_LENGTH ||
         result == USB_WRONG_TYPE);
    must(result != USB_OK || length >= USB_DEVICE_BYTES);
}

/* Bytes that follow a lead byte, or 4 for what can be no lead byte. */
static uint32_t following(uint8_t lead)
{
    return lead < 0x80             ? 0
           : (lead & 0xE0) == 0xC0 ? 1
           : (lead & 0xF0) == 0xE0 ? 2
           : (lead & 0xF8) == 0xF0 ? 3
                                   : 4;
}

static void check_utf8(const char *text, uint32_t length)
{
    uint32_t at = 0;
    while (at < length) {
        uint8_t lead = (uint8_t)text[at++];
        must(lead >= 0x20 && lead != 0x7F && following(lead) < 4);
        for (uint32_t left = following(lead); left > 0; left--) {
            must(at < length && ((uint8_t)text[at++] & 0xC0) == 0x80);
        }
    }
}

static void check_string(const uint8_t *data, uint32_t length, uint32_t capacity)
{
    char *text = malloc(capacity + 1);
    must(text != NULL);
    text[capacity] = '?';
    uint32_t used = usb_string_to_utf8(data, length, text, capacity);
    must(text[capacity] == '?');
    if (capacity > 0) {
        must(used < capacity && strlen(text) == used);
        check_utf8(text, used);
    }
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    uint32_t bytes = length < UINT16_MAX ? (uint32_t)length : UINT16_MAX;
    check_configuration(data, bytes);
    check_device(data, bytes);
    check_string(data, bytes, 256);
    check_string(data, bytes, bytes > 0 ? data[bytes - 1] : 0);
    return 0;
}
