/* SPDX-License-Identifier: MIT
 * The records of USB/IP 1.1.1, packed and unpacked. */
#include "core/usbip.h"

#include "core/bytes.h"

enum { PATH_BYTES = 256, BUSID_AT = PATH_BYTES, NUMBERS_AT = PATH_BYTES + USBIP_BUSID_BYTES };

void usbip_op_put(const struct usbip_op *op, uint8_t bytes[USBIP_OP_BYTES])
{
    put_be16(bytes, op->version);
    put_be16(bytes + 2, op->code);
    put_be32(bytes + 4, op->status);
}

struct usbip_op usbip_op_get(const uint8_t bytes[USBIP_OP_BYTES])
{
    struct usbip_op op;
    op.version = get_be16(bytes);
    op.code = get_be16(bytes + 2);
    op.status = get_be32(bytes + 4);
    return op;
}

/* Copies text up to its NUL and fills the rest with zeros. */
static void put_text(uint8_t *to, const char *text, uint32_t size)
{
    uint32_t at = 0;
    while (at < size && text[at] != '\0') {
        to[at] = (uint8_t)text[at];
        at++;
    }
    while (at < size) {
        to[at++] = 0;
    }
}

static void get_text(const uint8_t *from, char *text, uint32_t size)
{
    uint32_t at = 0;
    while (at < size && from[at] != 0) {
        text[at] = (char)from[at];
        at++;
    }
    text[at] = '\0';
}

void usbip_device_put(const struct usbip_device *device, uint8_t bytes[USBIP_DEVICE_BYTES])
{
    uint8_t *numbers = bytes + NUMBERS_AT;
    put_text(bytes, device->path, PATH_BYTES);
    put_text(bytes + BUSID_AT, device->busid, USBIP_BUSID_BYTES);
    put_be32(numbers, device->busnum);
    put_be32(numbers + 4, device->devnum);
    put_be32(numbers + 8, device->speed);
    put_be16(numbers + 12, device->vendor);
    put_be16(numbers + 14, device->product);
    put_be16(numbers + 16, device->bcd_device);
    numbers[18] = device->class_code;
    numbers[19] = device->subclass;
    numbers[20] = device->protocol;
    numbers[21] = device->configuration;
    numbers[22] = device->configurations;
    numbers[23] = device->interfaces;
}

void usbip_device_get(const uint8_t bytes[USBIP_DEVICE_BYTES], struct usbip_device *out)
{
    const uint8_t *numbers = bytes + NUMBERS_AT;
    get_text(bytes, out->path, PATH_BYTES);
    get_text(bytes + BUSID_AT, out->busid, USBIP_BUSID_BYTES);
    out->busnum = get_be32(numbers);
    out->devnum = get_be32(numbers + 4);
    out->speed = get_be32(numbers + 8);
    out->vendor = get_be16(numbers + 12);
    out->product = get_be16(numbers + 14);
    out->bcd_device = get_be16(numbers + 16);
    out->class_code = numbers[18];
    out->subclass = numbers[19];
    out->protocol = numbers[20];
    out->configuration = numbers[21];
    out->configurations = numbers[22];
    out->interfaces = numbers[23];
}

void usbip_message_put(const struct usbip_message *message, uint8_t bytes[USBIP_HEADER_BYTES])
{
    for (uint32_t i = 0; i < USBIP_HEADER_BYTES; i++) {
        bytes[i] = 0;
    }
    put_be32(bytes, message->command);
    put_be32(bytes + 4, message->seqnum);
    put_be32(bytes + 8, message->devid);
    put_be32(bytes + 12, message->direction);
    put_be32(bytes + 16, message->endpoint);
    switch (message->command) {
    case USBIP_CMD_SUBMIT:
        put_be32(bytes + 20, message->flags);
        put_be32(bytes + 24, message->length);
        usb_setup_put(&message->setup, bytes + 40);
        break;
    case USBIP_RET_SUBMIT:
        put_be32(bytes + 20, (uint32_t)message->status);
        put_be32(bytes + 24, message->length);
        break;
    case USBIP_CMD_UNLINK: put_be32(bytes + 20, message->unlink_seqnum); break;
    case USBIP_RET_UNLINK: put_be32(bytes + 20, (uint32_t)message->status); break;
    default: break;
    }
}

void usbip_message_get(const uint8_t bytes[USBIP_HEADER_BYTES], struct usbip_message *out)
{
    static const struct usbip_message nothing;
    *out = nothing;
    out->command = get_be32(bytes);
    out->seqnum = get_be32(bytes + 4);
    out->devid = get_be32(bytes + 8);
    out->direction = get_be32(bytes + 12);
    out->endpoint = get_be32(bytes + 16);
    switch (out->command) {
    case USBIP_CMD_SUBMIT:
        out->flags = get_be32(bytes + 20);
        out->length = get_be32(bytes + 24);
        out->setup = usb_setup_get(bytes + 40);
        break;
    case USBIP_RET_SUBMIT:
        out->status = (int32_t)get_be32(bytes + 20);
        out->length = get_be32(bytes + 24);
        break;
    case USBIP_CMD_UNLINK: out->unlink_seqnum = get_be32(bytes + 20); break;
    case USBIP_RET_UNLINK: out->status = (int32_t)get_be32(bytes + 20); break;
    default: break;
    }
}
