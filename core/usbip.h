/* SPDX-License-Identifier: MIT
 * The records of USB/IP 1.1.1, packed and unpacked; all integers big endian on the wire. */
#ifndef CORE_USBIP_H
#define CORE_USBIP_H

#include <stdint.h>

#include "core/usb.h"

/* Source Linux Documentation/usb/usbip_protocol.rst */
enum {
    USBIP_PORT = 3240,
    USBIP_VERSION = 0x0111,
    USBIP_REQ_DEVLIST = 0x8005,
    USBIP_REP_DEVLIST = 0x0005,
    USBIP_REQ_IMPORT = 0x8003,
    USBIP_REP_IMPORT = 0x0003,
    USBIP_CMD_SUBMIT = 1,
    USBIP_CMD_UNLINK = 2,
    USBIP_RET_SUBMIT = 3,
    USBIP_RET_UNLINK = 4,
    USBIP_OP_BYTES = 8, /* version, code, status */
    USBIP_BUSID_BYTES = 32,
    USBIP_DEVICE_BYTES = 312,
    USBIP_INTERFACE_BYTES = 4,
    USBIP_HEADER_BYTES = 48, /* of every message after import */
    USBIP_SPEED_FULL = 2,
    USBIP_SPEED_HIGH = 3,
    USBIP_STATUS_STALL = -32,     /* -EPIPE */
    USBIP_STATUS_TIMEOUT = -110,  /* -ETIMEDOUT */
    USBIP_STATUS_UNLINKED = -104, /* -ECONNRESET */
    USBIP_STATUS_GONE = -108,     /* -ESHUTDOWN */
    USBIP_STATUS_PROTOCOL = -71,  /* -EPROTO: no answer, three times */
    USBIP_STATUS_OVERFLOW = -75,  /* -EOVERFLOW: more came than was asked for */
    USBIP_STATUS_NO_MEMORY = -12, /* -ENOMEM */
    USBIP_STATUS_SHORT = -121,    /* -EREMOTEIO: less came, and that was not wanted */
    USBIP_FLAG_SHORT_NOT_OK = 0x01,
    USBIP_FLAG_ZERO_PACKET = 0x40, /* bulk, to the device: full packets, then one without bytes */
};

/* First 8 bytes of the messages before import. */
struct usbip_op {
    uint16_t version, code;
    uint32_t status; /* 0 = OK */
};

/* The device record of DEVLIST and IMPORT replies. */
struct usbip_device {
    char path[257], busid[33]; /* NUL-terminated here */
    uint32_t busnum, devnum, speed;
    uint16_t vendor, product, bcd_device;
    uint8_t class_code, subclass, protocol;
    uint8_t configuration, configurations, interfaces;
};

/* A message after import; fields that a command lacks are 0. */
struct usbip_message {
    uint32_t command, seqnum, devid, direction, endpoint;
    uint32_t flags;         /* CMD_SUBMIT: URB flags */
    int32_t status;         /* RET_*: 0 or a negative Linux error number */
    uint32_t length;        /* CMD_SUBMIT: buffer length; RET_SUBMIT: actual length; bytes */
    uint32_t unlink_seqnum; /* CMD_UNLINK */
    struct usb_setup setup; /* CMD_SUBMIT on endpoint 0 */
};

/* Packs the 8-byte operation header. */
void usbip_op_put(const struct usbip_op *op, uint8_t bytes[USBIP_OP_BYTES]);

/* Unpacks the 8-byte operation header. */
struct usbip_op usbip_op_get(const uint8_t bytes[USBIP_OP_BYTES]);

/* Packs a device record. */
void usbip_device_put(const struct usbip_device *device, uint8_t bytes[USBIP_DEVICE_BYTES]);

/* Unpacks a device record; path and busid end at their NUL or their full size. */
void usbip_device_get(const uint8_t bytes[USBIP_DEVICE_BYTES], struct usbip_device *out);

/* Packs a 48-byte message header. */
void usbip_message_put(const struct usbip_message *message, uint8_t bytes[USBIP_HEADER_BYTES]);

/* Unpacks a 48-byte message header according to its command; an unknown command leaves all but the
 * five common fields 0. */
void usbip_message_get(const uint8_t bytes[USBIP_HEADER_BYTES], struct usbip_message *out);

#endif
