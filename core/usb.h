/* SPDX-License-Identifier: MIT
 * USB chapter 9: setup packets, standard requests and descriptor numbers. */
#ifndef CORE_USB_H
#define CORE_USB_H

#include <stdint.h>

/* A setup packet. Source USB 2.0, "USB Device Requests" */
struct usb_setup {
    uint8_t request_type; /* bmRequestType: bit 7 = device to host */
    uint8_t request;      /* bRequest */
    uint16_t value;       /* wValue */
    uint16_t index;       /* wIndex */
    uint16_t length;      /* wLength, bytes of the data stage */
};

enum { USB_DIR_IN = 0x80, USB_SETUP_BYTES = 8, USB_EP0_PACKET_BYTES = 64 };

enum usb_request {
    USB_GET_STATUS = 0,
    USB_CLEAR_FEATURE = 1,
    USB_SET_FEATURE = 3,
    USB_SET_ADDRESS = 5,
    USB_GET_DESCRIPTOR = 6,
    USB_GET_CONFIGURATION = 8,
    USB_SET_CONFIGURATION = 9,
    USB_GET_INTERFACE = 10,
    USB_SET_INTERFACE = 11,
};

enum usb_descriptor {
    USB_DEVICE = 1,
    USB_CONFIGURATION = 2,
    USB_STRING = 3,
    USB_INTERFACE = 4,
    USB_ENDPOINT = 5,
    USB_DFU_FUNCTIONAL = 0x21, /* the same number as HID's: only inside class 0xFE subclass 1 */
};

enum {
    USB_DEVICE_BYTES = 18,
    USB_CONFIGURATION_BYTES = 9,
    USB_INTERFACE_BYTES = 9,
    USB_CLASS_APPLICATION = 0xFE,
    USB_SUBCLASS_DFU = 1,
    USB_PROTOCOL_RUNTIME = 1,
    USB_PROTOCOL_DFU = 2,
};

/* What a device descriptor says. Source USB 2.0, "Standard Device Descriptor" */
struct usb_device {
    uint16_t bcd_usb, vendor, product, bcd_device;
    uint8_t class_code, subclass, protocol;
    uint8_t packet_bytes;                       /* bMaxPacketSize0 */
    uint8_t manufacturer, product_text, serial; /* string indices, 0 = none */
    uint8_t configurations;
};

enum usb_result { USB_OK, USB_TOO_SHORT, USB_BAD_LENGTH, USB_WRONG_TYPE };

/* Reads a device descriptor. out is untouched on failure. */
enum usb_result usb_device_parse(const uint8_t *data, uint32_t length, struct usb_device *out);

/* Packs a setup packet into its 8 bytes. */
void usb_setup_put(const struct usb_setup *setup, uint8_t bytes[USB_SETUP_BYTES]);

/* Unpacks the 8 bytes of a setup packet. */
struct usb_setup usb_setup_get(const uint8_t bytes[USB_SETUP_BYTES]);

/* Turns a string descriptor into UTF-8, always NUL-terminated, cut at capacity between characters.
 * The text ends at its first NUL. Control characters and halves of surrogate pairs become U+FFFD:
 * the text of a stranger's device goes to terminals and logs.
 *
 * Returns   the number of bytes before the NUL; 0 when the descriptor is not a string descriptor
 * Source    USB 2.0, "String" */
uint32_t usb_string_to_utf8(const uint8_t *descriptor, uint32_t length, char *text,
                            uint32_t capacity);

/* Gives the time that one control transfer takes at full speed with nothing else on the bus.
 *
 * data_bytes bytes of the data stage, 0..65535
 * Returns    nanoseconds: 45 bytes of overhead for the transfer and 13 for each packet of the data
 *            stage after the first, at 12 Mbit/s
 * Source     USB 2.0, "Control Transfer Bus Access Constraints", "Bulk Transfer Bus Access
 *            Constraints" (13 bytes a packet) */
uint32_t usb_control_time_ns(uint32_t data_bytes);

#endif
