/* SPDX-License-Identifier: MIT
 * The USB/IP conversation over a connected socket. */
#ifndef BUS_USBIP_H
#define BUS_USBIP_H

#include "bus/bus.h"
#include "core/usbip.h"

enum { USBIP_DEVICES_MAX = 64, USBIP_INTERFACES_MAX = 32 };

/* One entry of a server's list. */
struct usbip_entry {
    struct usbip_device device;
    bool has_dfu; /* an interface of class 0xFE, subclass 1 */
};

/* Asks for the list of devices.
 *
 * entries   USBIP_DEVICES_MAX
 * Returns   0, -DFK_E_CONNECTION, -DFK_E_PROTOCOL */
int usbip_ask_list(int fd, struct usbip_entry *entries, size_t *count, struct dfk_error *err);

/* Asks for a device; the socket then belongs to it.
 *
 * Returns   0, -DFK_E_NO_DEVICE (refused: not there, or in use), -DFK_E_CONNECTION,
 *           -DFK_E_PROTOCOL */
int usbip_import(int fd, const char *busid, struct usbip_device *device, struct dfk_error *err);

/* Where the conversation with an imported device stands. */
struct usbip_link {
    int fd;
    uint32_t devid, seqnum;
    uint32_t answered_seqnum; /* the last transfer that was answered; 0: none */
    uint32_t answered_bytes;  /* of data that came with the answer */
    bool broken;              /* the server broke the protocol or is gone: nothing more is sent */
};

/* Makes one control transfer. As bus_control. */
enum bus_result usbip_control(struct usbip_link *link, const struct usb_setup *setup, uint8_t *data,
                              uint16_t *actual, uint32_t timeout_ms, struct dfk_error *err);

#endif
