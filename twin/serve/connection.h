/* SPDX-License-Identifier: MIT
 * One client of the server, as bytes in and bytes out: no sockets, no clock of its own. */
#ifndef TWIN_SERVE_CONNECTION_H
#define TWIN_SERVE_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "core/usbip.h"
#include "twin/serve/outlet.h"
#include "twin/serve/pipes.h"
#include "twin/serve/urb.h"

enum {
    CONNECTION_CONTROL_MAX_BYTES = 65536, /* wLength has 16 bits: nobody needs more */
    CONNECTION_MESSAGE_BYTES = USBIP_HEADER_BYTES + CONNECTION_CONTROL_MAX_BYTES, /* the usual */
    CONNECTION_OUT_LIMIT_BYTES = 262144, /* a client that does not read is not listened to */
};

/* Where the transfer at the head of the queue stands. */
enum urb_turn {
    URB_NEW,   /* not tried yet */
    URB_NAKED, /* the board was not ready: again at next_ns */
    URB_HELD,  /* answered; the client hears of it when its clock reaches next_ns */
};

enum connection_end {
    CONNECTION_OPEN,
    CONNECTION_REFUSED, /* the import was refused */
    CONNECTION_BROKE,   /* the client broke the protocol */
    CONNECTION_GONE,    /* the board left the bus: a server has no other word for it */
};

struct connection {
    const struct outlet_row *row;
    struct outlet *outlet; /* the imported board; NULL before that */
    uint32_t generation;   /* of the device that was imported */
    enum connection_end end;

    uint8_t *in; /* the message that is being received; grows for a long one */
    size_t in_length, in_room;
    uint32_t skip; /* bytes to be ignored: the data of skip_seqnum, which is too long to be kept */
    uint32_t skip_seqnum;
    struct buffer out; /* what the client has still to be sent, from out_sent on */
    size_t out_sent;

    struct urb_queue urbs;
    enum urb_turn turn;
    bool next_is_event;   /* URB_NAKED: next_ns is an event of the board, not a guess */
    uint64_t next_ns;     /* virtual */
    int32_t status;       /* URB_HELD: the answer */
    uint16_t held_length; /* URB_HELD: bytes of its data stage */
    struct pipes pipes;   /* of the endpoints but 0 */
};

/* Begins a conversation with a client that may import any board of row.
 *
 * Owns      nothing of row, which outlives the connection; connection_close frees the rest
 * Returns   false when memory ran out */
bool connection_open(struct connection *connection, const struct outlet_row *row);

/* Takes bytes of the client's stream. What follows the end of the conversation is ignored. */
void connection_take(struct connection *connection, const uint8_t *bytes, size_t length);

/* Lets the imported board work and answer until the wall clock's wall_ns. */
void connection_work(struct connection *connection, uint64_t wall_ns);

/* Gives the moment of the wall clock at which connection_work has something to do; UINT64_MAX when
 * it waits for the client only. */
uint64_t connection_due_ns(const struct connection *connection);

/* Tells whether more of the client's bytes are welcome now. */
bool connection_listens(const struct connection *connection);

/* Gives the bytes that wait to be sent.
 * Owns      nothing: valid until the next call with this connection */
const uint8_t *connection_output(const struct connection *connection, size_t *length);

/* Notes that length bytes of the output were sent. */
void connection_sent(struct connection *connection, size_t length);

/* Frees what the connection holds, and the board for the next client. */
void connection_close(struct connection *connection);

#endif
