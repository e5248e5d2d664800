/* SPDX-License-Identifier: MIT
 * Standard and vendor requests: USB 2.0, chapter 9. */
#include "boot/inside.h"
#include "boot/port.h"
#include "core/bytes.h"

enum {
    RECIPIENT_MASK = 0x1F,
    TO_DEVICE = 0,
    TO_INTERFACE = 1,
    TO_ENDPOINT = 2,
    TYPE_MASK = 0x60,
    TYPE_VENDOR = 0x40,
    SELF_POWERED = 1,
    FEATURE_HALT = 0,
    ADDRESS_MAX = 127,
    SERIAL_BYTES = 6,
    MS_STRING = 0xEE,
    LANGUAGE = 0x0409,
    TOTAL_AT = 2, /* low byte of wTotalLength */
};

static uint32_t put_text(uint8_t *at, const char *text)
{
    uint32_t length = 2;
    for (; *text != '\0' && length + 2 <= BOOT_REPLY_BYTES; text++) {
        at[length++] = (uint8_t)*text;
        at[length++] = 0;
    }
    return length;
}

/* Source    as the ROMs of the F4 make it: bytes 11, 10 + 2, 9, 8 + 0, 7, 6 of the UID */
static uint32_t put_serial(const struct boot *boot, uint8_t *at)
{
    const uint8_t *uid = boot->uid;
    const uint8_t bytes[SERIAL_BYTES] = {
        uid[11], (uint8_t)(uid[10] + uid[2]), uid[9], (uint8_t)(uid[8] + uid[0]), uid[7], uid[6]};
    char text[2 * SERIAL_BYTES + 1];
    for (uint32_t i = 0; i < 2 * SERIAL_BYTES; i++) {
        uint32_t digit = bytes[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15;
        text[i] = (char)(digit < 10 ? '0' + digit : 'A' - 10 + digit);
    }
    text[2 * SERIAL_BYTES] = '\0';
    return put_text(at, text);
}

static uint32_t put_string(const struct boot *boot, uint8_t *at, uint8_t index)
{
    const char *text = text_find(boot, index);
    uint32_t length = 0;
    if (index == 0) {
        put_le16(at + 2, LANGUAGE);
        length = 4;
    } else if (index == BOOT_STRING_SERIAL) {
        length = put_serial(boot, at);
    } else if (index == MS_STRING) {
        length = put_text(at, "MSFT100B"); /* B: the vendor code */
    } else if (text != 0) {
        length = put_text(at, text);
    }
    at[0] = (uint8_t)length;
    at[1] = USB_STRING;
    return length;
}

static uint32_t find_descriptor(struct boot *boot, const uint8_t **data)
{
    uint8_t index = (uint8_t)boot->setup.value;
    *data = boot->reply;
    switch (boot->setup.value >> 8) {
    case USB_DEVICE: *data = board_of(boot)->device; return index == 0 ? USB_DEVICE_BYTES : 0;
    case USB_CONFIGURATION:
        *data = board_of(boot)->configuration;
        return index == 0 ? board_of(boot)->configuration[TOTAL_AT] : 0;
    case USB_STRING: return put_string(boot, boot->reply, index);
    case USB_DFU_FUNCTIONAL:
        *data = board_of(boot)->configuration + board_of(boot)->configuration[TOTAL_AT] -
                DFU_FUNCTIONAL_BYTES;
        return DFU_FUNCTIONAL_BYTES;
    default: return descriptor_find((uint8_t)(boot->setup.value >> 8), index, data);
    }
}

static void send(const struct boot *boot, const uint8_t *data, uint32_t length)
{
    if (length == 0) {
        port_ep0_stall();
    } else {
        uint32_t asked = boot->setup.length;
        port_ep0_send(data, length < asked ? length : asked, asked);
    }
}

static bool is_known_recipient(const struct boot *boot)
{
    uint8_t recipient = boot->setup.request_type & RECIPIENT_MASK;
    uint16_t index = boot->setup.index;
    uint32_t direction = recipient == TO_ENDPOINT ? USB_DIR_IN : 0;
    return recipient <= TO_ENDPOINT && (index & ~direction) == 0;
}

static uint32_t answer_in(struct boot *boot, const uint8_t **data)
{
    const struct usb_setup *setup = &boot->setup;
    uint8_t recipient = setup->request_type & RECIPIENT_MASK;
    *data = boot->reply;
    switch (setup->request) {
    case USB_GET_DESCRIPTOR: return find_descriptor(boot, data);
    case USB_GET_STATUS:
        put_le16(boot->reply, recipient == TO_DEVICE ? SELF_POWERED : 0);
        return is_known_recipient(boot) ? 2 : 0;
    case USB_GET_CONFIGURATION:
        boot->reply[0] = boot->configured;
        return recipient == TO_DEVICE ? 1 : 0;
    case USB_GET_INTERFACE:
        boot->reply[0] = boot->alternate;
        return recipient == TO_INTERFACE && setup->index == 0 && boot->configured ? 1 : 0;
    default: return 0;
    }
}

static bool set_interface(struct boot *boot)
{
    const struct usb_setup *setup = &boot->setup;
    if (setup->index != 0 || setup->value >= board_of(boot)->region_count || !boot->configured) {
        return false;
    }
    boot->alternate = (uint8_t)setup->value;
    boot->pointer = board_of(boot)->regions[setup->value].write.addr;
    leave_host_gone(boot, false);
    boot->pending = false; /* who was to hear of it is gone */
    dfu_rest(boot);
    return true;
}

static bool do_out(struct boot *boot)
{
    const struct usb_setup *setup = &boot->setup;
    uint8_t recipient = setup->request_type & RECIPIENT_MASK;
    switch (setup->request) {
    case USB_SET_ADDRESS:
        if (recipient != TO_DEVICE || setup->value > ADDRESS_MAX) {
            return false;
        }
        port_usb_set_address((uint8_t)setup->value);
        return true;
    case USB_SET_CONFIGURATION:
        if (recipient != TO_DEVICE || setup->value > 1) {
            return false;
        }
        boot->configured = setup->value == 1;
        boot->alternate = 0;
        leave_host_gone(boot, false);
        return true;
    case USB_SET_INTERFACE: return recipient == TO_INTERFACE && set_interface(boot);
    case USB_CLEAR_FEATURE:
    case USB_SET_FEATURE:
        return recipient == TO_ENDPOINT && is_known_recipient(boot) && setup->value == FEATURE_HALT;
    default: return false;
    }
}

void usb_answer(struct boot *boot)
{
    const struct usb_setup *setup = &boot->setup;
    const uint8_t *data = 0;
    bool in = (setup->request_type & USB_DIR_IN) != 0;
    uint8_t type = setup->request_type & TYPE_MASK;
    if (type == TYPE_VENDOR) {
        uint32_t length = in ? descriptor_vendor(setup, &data) : 0;
        send(boot, data, length);
    } else if (type != 0) {
        port_ep0_stall();
    } else if (in) {
        uint32_t length = answer_in(boot, &data);
        send(boot, data, length);
    } else if (setup->length == 0 && do_out(boot)) {
        port_ep0_send(0, 0, 0);
    } else {
        port_ep0_stall();
    }
}
