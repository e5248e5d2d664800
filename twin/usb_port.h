/* SPDX-License-Identifier: MIT
 * The USB socket of a virtual board, as the host's side of the cable sees it.
 */
#ifndef TWIN_USB_PORT_H
#define TWIN_USB_PORT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/usb.h"

/* What endpoint 0 says to one attempt at a control transfer. The last two are of the others: a
 * control transfer that nobody answers is EP0_NAK until it is given up. */
enum ep0_answer {
    EP0_ACK,    /* done; *length is the data stage's */
    EP0_STALL,  /* refused */
    EP0_NAK,    /* not yet: let time pass and try the same transfer again */
    EP0_GONE,   /* nothing is on the bus any more */
    EP0_LOST,   /* ended: three tokens without an answer; *length is what had moved */
    EP0_BABBLE, /* ended: a packet was longer than what is left; *length is what had moved */
};

/* A bulk or interrupt endpoint, as its descriptor tells. Source USB 2.0, "Endpoint" */
struct usb_pipe {
    uint8_t endpoint;      /* bEndpointAddress: bit 7 = device to host */
    uint16_t packet_bytes; /* wMaxPacketSize, 1..64 */
    uint8_t interval_ms;   /* of an interrupt endpoint, bInterval; 0: bulk */
    uint8_t interface;     /* bInterfaceNumber of the one that it belongs to */
};

enum { USB_PIPE_BYTES_MAX = 1 << 18 }; /* that one transfer may have; hosts ask for half */

/* A virtual board's socket. Times are virtual nanoseconds.
 *
 * attached   a device is on the bus (pull-up on and powered)
 * generation changes each time the device leaves and comes back
 * control    tries a control transfer; *length is wLength on entry; takes the
 * transfer's wire time when it does not answer EP0_NAK now        current time
 * wake       time of the board's next event (end of an erase, ...), UINT64_MAX
 * when none run        lets time pass until a moment; the board works meanwhile
 * cancel     the host gives a transfer up that was answered EP0_NAK
 * reset      the host resets the port
 * data       tries a transfer on another endpoint, as control does; *length is what is
 *            wanted on entry, at most USB_PIPE_BYTES_MAX; they go on beside each other
 * cancel_data the host gives up the transfer on an endpoint; tells whether packets of it
 *            had moved, so that the data toggle is another one than before it */
struct usb_port {
    bool (*attached)(struct usb_port *port);
    uint32_t (*generation)(struct usb_port *port);
    enum ep0_answer (*control)(struct usb_port *port, const struct usb_setup *setup, uint8_t *data,
                               uint16_t *length);
    uint64_t (*now)(struct usb_port *port);
    uint64_t (*wake)(struct usb_port *port);
    void (*run)(struct usb_port *port, uint64_t until_ns);
    void (*cancel)(struct usb_port *port);
    void (*reset)(struct usb_port *port);
    enum ep0_answer (*data)(struct usb_port *port, const struct usb_pipe *pipe, uint8_t *data,
                            uint32_t *length);
    bool (*cancel_data)(struct usb_port *port, uint8_t endpoint);
};

/* Makes one whole control transfer as a host controller does: repeats while the
 * board NAKs, until it answers or limit_ns have passed. Returns EP0_NAK when
 * the limit passed. */
enum ep0_answer usb_port_transfer(struct usb_port *port, const struct usb_setup *setup,
                                  uint8_t *data, uint16_t *length, uint64_t limit_ns);

#endif
