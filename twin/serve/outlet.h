/* SPDX-License-Identifier: MIT
 * One board's place on the server: its socket, its pace and what a list says of it. */
#ifndef TWIN_SERVE_OUTLET_H
#define TWIN_SERVE_OUTLET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "core/usbip.h"
#include "twin/serve/pace.h"
#include "twin/usb_port.h"

enum { OUTLET_INTERFACES_MAX = 32, OUTLETS_MAX = 16, OUTLET_ENDPOINTS = 16 };

struct outlet {
    struct usb_port *port;
    struct pace pace;
    struct clock *clock; /* the wall clock, to notice a slow board; NULL: every board is fast */
    bool taken;          /* a client has imported it */
    /* Read from the board's descriptors; valid while known and generation is still the board's. */
    bool known;
    uint32_t generation;
    struct usbip_device record;
    struct usb_interface_class {
        uint8_t class_code, subclass, protocol;
    } interfaces[OUTLET_INTERFACES_MAX];
    /* Endpoints to the device, to the host, by number; packet_bytes 0: there is none. */
    struct usb_pipe pipes[2][OUTLET_ENDPOINTS];
    bool moved; /* data went over one of them since the bus was last reset */
};

/* All the boards of a server. */
struct outlet_row {
    struct outlet *outlets;
    uint32_t count; /* 1..OUTLETS_MAX */
};

/* Makes the place of board number 0.. with bus id "1-<number + 1>". */
struct outlet outlet_make(struct usb_port *port, uint32_t number, double speed, uint64_t wall_ns);

/* Lets the board work until the virtual time that belongs to wall_ns, or for some 20 ms of the wall
 * clock: a board that needs more than a second for a second (a fast core that never sleeps) falls
 * behind, instead of keeping the server from everything else. */
void outlet_advance(struct outlet *outlet, uint64_t wall_ns);

/* Makes sure that the record is that of the device which is on the bus now. Asks the device when it
 * is new there. Returns false when there is no device or it does not say what it is. */
bool outlet_identify(struct outlet *outlet);

/* Gives a bulk or interrupt endpoint of the device as identified, NULL when it has none.
 * Owns      nothing: valid until the device is identified again */
const struct usb_pipe *outlet_pipe(const struct outlet *outlet, uint32_t number, bool in);

/* The client lets go. A device that has moved data on its endpoints is reset, as a host does before
 * it hands one out again: else the next client begins with another data toggle than the device. */
void outlet_release(struct outlet *outlet);

/* Appends the device record; with_interfaces adds what only DEVLIST tells.
 *
 * Source    Linux Documentation/usb/usbip_protocol.rst, OP_REP_DEVLIST, OP_REP_IMPORT */
void outlet_put(const struct outlet *outlet, bool with_interfaces, struct buffer *out);

#endif
