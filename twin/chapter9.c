/* SPDX-License-Identifier: MIT
 * The standard requests of a device with one configuration, one DFU interface
 * and no endpoints. */
#include "twin/chapter9.h"

#include <string.h>

#include "core/bytes.h"

enum { RECIPIENT_INTERFACE = 1, LANGUAGE_ENGLISH_US = 0x0409, STRING_BYTES_MAX = 254 };

static void put_functional(uint8_t *at, const struct chapter9_dfu *dfu)
{
    at[0] = dfu->short_functional ? DFU_FUNCTIONAL_1_0_BYTES : DFU_FUNCTIONAL_BYTES;
    at[1] = USB_DFU_FUNCTIONAL;
    at[2] = dfu->functional.attributes;
    put_le16(at + 3, dfu->functional.detach_timeout_ms);
    put_le16(at + 5, dfu->functional.transfer_bytes);
    if (!dfu->short_functional) {
        put_le16(at + 7, dfu->functional.version);
    }
}

void chapter9_build(struct chapter9 *device, const struct chapter9_dfu *dfu)
{
    uint8_t *at = device->configuration;
    memset(at, 0, CHAPTER9_CONFIGURATION_MAX);
    device->alternate_count = dfu->alternate_count;
    at[0] = USB_CONFIGURATION_BYTES;
    at[1] = USB_CONFIGURATION;
    at[4] = 1;
    at[5] = 1;
    at[6] = dfu->string_index;
    at[7] = dfu->attributes;
    at[8] = dfu->max_power;
    at += USB_CONFIGURATION_BYTES;
    for (uint8_t i = 0; i < dfu->alternate_count; i++) {
        at[0] = USB_INTERFACE_BYTES;
        at[1] = USB_INTERFACE;
        at[3] = i;
        at[5] = USB_CLASS_APPLICATION;
        at[6] = USB_SUBCLASS_DFU;
        at[7] = dfu->protocol;
        at[8] = (uint8_t)(dfu->first_alternate_string + i);
        at += USB_INTERFACE_BYTES;
    }
    put_functional(at, dfu);
    at += at[0];
    device->configuration_bytes = (uint16_t)(at - device->configuration);
    put_le16(device->configuration + 2, device->configuration_bytes);
}

void chapter9_reset(struct chapter9 *device)
{
    device->configured = 0;
    device->alternate = 0;
}

static enum ep0_answer answer(const uint8_t *from, uint16_t have, uint8_t *data, uint16_t *length)
{
    *length = have < *length ? have : *length;
    memcpy(data, from, *length);
    return EP0_ACK;
}

static enum ep0_answer send_device(const struct chapter9 *device, uint8_t *data, uint16_t *length)
{
    const struct usb_device *d = &device->device;
    uint8_t bytes[USB_DEVICE_BYTES] = {USB_DEVICE_BYTES, USB_DEVICE,  0,           0,
                                       d->class_code,    d->subclass, d->protocol, d->packet_bytes};
    put_le16(bytes + 2, d->bcd_usb);
    put_le16(bytes + 8, d->vendor);
    put_le16(bytes + 10, d->product);
    put_le16(bytes + 12, d->bcd_device);
    bytes[14] = d->manufacturer;
    bytes[15] = d->product_text;
    bytes[16] = d->serial;
    bytes[17] = d->configurations;
    return answer(bytes, sizeof bytes, data, length);
}

static enum ep0_answer send_string(const struct chapter9 *device, uint8_t index, uint8_t *data,
                                   uint16_t *length)
{
    uint8_t bytes[2 + STRING_BYTES_MAX] = {4, USB_STRING};
    if (index == 0) {
        put_le16(bytes + 2, LANGUAGE_ENGLISH_US);
        return answer(bytes, 4, data, length);
    }
    const char *text = index <= CHAPTER9_STRINGS_MAX ? device->strings[index - 1] : NULL;
    if (text == NULL) {
        return EP0_STALL;
    }
    bool wide = !(device->eight_bit_serial && index == device->device.serial);
    uint8_t used = 2;
    for (size_t i = 0; text[i] != '\0' && used < STRING_BYTES_MAX; i++) {
        bytes[used++] = (uint8_t)text[i];
        used = (uint8_t)(used + (wide ? 1 : 0));
    }
    bytes[0] = used;
    return answer(bytes, used, data, length);
}

static enum ep0_answer send_functional(const struct chapter9 *device, uint8_t *data,
                                       uint16_t *length)
{
    if (!device->answers_functional) {
        return EP0_NAK;
    }
    uint8_t size = device->configuration[device->configuration_bytes - DFU_FUNCTIONAL_BYTES] ==
                           DFU_FUNCTIONAL_BYTES
                       ? DFU_FUNCTIONAL_BYTES
                       : DFU_FUNCTIONAL_1_0_BYTES;
    return answer(device->configuration + device->configuration_bytes - size, size, data, length);
}

static enum ep0_answer get_descriptor(const struct chapter9 *device, const struct usb_setup *setup,
                                      uint8_t *data, uint16_t *length)
{
    uint8_t index = (uint8_t)setup->value;
    switch (setup->value >> 8) {
    case USB_DEVICE: return send_device(device, data, length);
    case USB_CONFIGURATION:
        return index == 0 ? answer(device->configuration, device->configuration_bytes, data, length)
                          : EP0_STALL;
    case USB_STRING: return send_string(device, index, data, length);
    case USB_DFU_FUNCTIONAL: return send_functional(device, data, length);
    default: return EP0_STALL;
    }
}

static enum ep0_answer accept(bool good, uint16_t *length)
{
    *length = 0;
    return good ? EP0_ACK : EP0_STALL;
}

static enum ep0_answer set_interface(struct chapter9 *device, const struct usb_setup *setup,
                                     uint16_t *length)
{
    bool good = setup->index == 0 && setup->value < device->alternate_count;
    device->alternate = good ? (uint8_t)setup->value : device->alternate;
    return accept(good, length);
}

static enum ep0_answer set_configuration(struct chapter9 *device, const struct usb_setup *setup,
                                         uint16_t *length)
{
    bool good = setup->value <= 1;
    device->configured = good ? (uint8_t)setup->value : device->configured;
    device->alternate = good ? 0 : device->alternate;
    return accept(good, length);
}

enum ep0_answer chapter9_control(struct chapter9 *device, const struct usb_setup *setup,
                                 uint8_t *data, uint16_t *length)
{
    static const uint8_t self_powered[2] = {1, 0};
    static const uint8_t nothing[2];
    bool interface = (setup->request_type & 0x1F) == RECIPIENT_INTERFACE;
    switch (setup->request) {
    case USB_GET_DESCRIPTOR: return get_descriptor(device, setup, data, length);
    case USB_GET_CONFIGURATION: return answer(&device->configured, 1, data, length);
    case USB_SET_CONFIGURATION: return set_configuration(device, setup, length);
    case USB_GET_INTERFACE: return answer(&device->alternate, 1, data, length);
    case USB_SET_INTERFACE: return set_interface(device, setup, length);
    case USB_GET_STATUS: return answer(interface ? nothing : self_powered, 2, data, length);
    case USB_SET_ADDRESS: return accept(true, length);
    default: return EP0_STALL;
    }
}
