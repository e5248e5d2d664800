/* SPDX-License-Identifier: MIT
 * The transfers on bulk and interrupt endpoints that one client has asked for. */
#ifndef TWIN_SERVE_PIPES_H
#define TWIN_SERVE_PIPES_H

#include <stdbool.h>
#include <stdint.h>

#include "core/usbip.h"
#include "twin/usb_port.h"

/* What a client may have waiting: a host's drivers post some tens of transfers for each endpoint
 * that they read, few of them long. */
enum { PIPES_URBS_MAX = 512, PIPES_WAITING_BYTES_MAX = 1 << 22 };

/* A transfer that waits for its end. */
struct pipe_urb {
    uint32_t seqnum;
    struct usb_pipe pipe;
    uint32_t length; /* of data */
    uint8_t *data;   /* NULL when length is 0 */
    uint32_t flags;  /* of CMD_SUBMIT */
    bool started;    /* the port has been asked; the first of its endpoint only */
    bool tail;       /* the data have moved, the packet without bytes after them has not */
};

/* In the order in which they came; of each endpoint the first is under way. All zero is empty. */
struct pipes {
    struct pipe_urb *urbs; /* room for room */
    uint32_t count, room;
    uint32_t waiting_bytes;
    uint64_t moved_ns; /* virtual: when something last came or ended */
};

struct connection;

/* Takes a CMD_SUBMIT for an endpoint that is not 0; payload is NULL for one to the host.
 *
 * Returns   false when the client asks for too much, or memory ran out */
bool pipes_submit(struct connection *connection, const struct usbip_message *message,
                  const uint8_t *payload);

/* Takes a transfer back. Returns false when there is none of that number. */
bool pipes_unlink(struct connection *connection, uint32_t seqnum);

/* Asks the board for all that wait, and tells the client what has ended. Returns false when the
 * board is gone. */
bool pipes_work(struct connection *connection);

/* Gives the wall clock's time at which pipes_work has something to do; UINT64_MAX: never. */
uint64_t pipes_due_ns(const struct connection *connection);

/* Gives up everything. */
void pipes_clear(struct connection *connection);

#endif
