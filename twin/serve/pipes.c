/* SPDX-License-Identifier: MIT
 * The transfers on bulk and interrupt endpoints that one client has asked for. */
#include "twin/serve/pipes.h"

#include <stdlib.h>
#include <string.h>

#include "twin/serve/exchange.h"
#include "twin/time.h"

/* How often the board is asked: often while data moves, else as often as a host's frames come. A
 * board whose time races is asked no more often than a computer does with ease. */
enum { BUSY_STEP_NS = 100 * TWIN_US, IDLE_STEP_NS = TWIN_MS, BUSY_NS = 10 * TWIN_MS };
enum { WALL_STEP_NS = 100 * TWIN_US };
enum { FIRST_ROOM = 16 };

static bool is_in(const struct usb_pipe *pipe)
{
    return (pipe->endpoint & USB_DIR_IN) != 0;
}

static bool make_room(struct pipes *pipes)
{
    if (pipes->count < pipes->room) {
        return true;
    }
    uint32_t room = pipes->room == 0 ? FIRST_ROOM : 2 * pipes->room;
    struct pipe_urb *urbs = realloc(pipes->urbs, room * sizeof *urbs);
    if (urbs == NULL) {
        return false;
    }
    pipes->urbs = urbs;
    pipes->room = room;
    return true;
}

static bool add(struct pipes *pipes, const struct pipe_urb *urb, const uint8_t *payload)
{
    struct pipe_urb fresh = *urb;
    if (pipes->count == PIPES_URBS_MAX ||
        urb->length > PIPES_WAITING_BYTES_MAX - pipes->waiting_bytes || !make_room(pipes)) {
        return false;
    }
    if (urb->length > 0) {
        fresh.data = calloc(1, urb->length);
        if (fresh.data == NULL) {
            return false;
        }
        if (payload != NULL) {
            memcpy(fresh.data, payload, urb->length);
        }
    }
    pipes->waiting_bytes += urb->length;
    pipes->urbs[pipes->count++] = fresh;
    return true;
}

static void forget(struct pipes *pipes, uint32_t place)
{
    pipes->waiting_bytes -= pipes->urbs[place].length;
    free(pipes->urbs[place].data);
    pipes->count--;
    memmove(&pipes->urbs[place], &pipes->urbs[place + 1],
            (pipes->count - place) * sizeof pipes->urbs[0]);
}

bool pipes_submit(struct connection *connection, const struct usbip_message *message,
                  const uint8_t *payload)
{
    const struct usb_pipe *pipe =
        outlet_pipe(connection->outlet, message->endpoint, message->direction != 0);
    if (pipe == NULL) {
        exchange_answer(connection, message->seqnum, USBIP_STATUS_STALL);
        return true;
    }
    struct usb_port *port = connection->outlet->port;
    const struct pipe_urb urb = {.seqnum = message->seqnum,
                                 .pipe = *pipe,
                                 .length = message->length,
                                 .flags = message->flags};
    connection->pipes.moved_ns = port->now(port);
    return add(&connection->pipes, &urb, payload);
}

bool pipes_unlink(struct connection *connection, uint32_t seqnum)
{
    struct pipes *pipes = &connection->pipes;
    struct usb_port *port = connection->outlet->port;
    for (uint32_t i = 0; i < pipes->count; i++) {
        if (pipes->urbs[i].seqnum == seqnum) {
            if (pipes->urbs[i].started && port->cancel_data(port, pipes->urbs[i].pipe.endpoint)) {
                connection->outlet->moved = true;
            }
            forget(pipes, i);
            return true;
        }
    }
    return false;
}

/* Of a transfer that has ended with moved bytes. */
static int32_t status_of(const struct pipe_urb *urb, enum ep0_answer answer, uint32_t moved)
{
    const bool needs_all = is_in(&urb->pipe) && (urb->flags & USBIP_FLAG_SHORT_NOT_OK) != 0;
    switch (answer) {
    case EP0_ACK: return needs_all && moved < urb->length ? USBIP_STATUS_SHORT : 0;
    case EP0_STALL: return USBIP_STATUS_STALL;
    case EP0_LOST: return USBIP_STATUS_PROTOCOL;
    case EP0_BABBLE: return USBIP_STATUS_OVERFLOW;
    default: return 0;
    }
}

static bool wants_tail(const struct pipe_urb *urb)
{
    const bool bulk_out = !is_in(&urb->pipe) && urb->pipe.interval_ms == 0;
    return bulk_out && (urb->flags & USBIP_FLAG_ZERO_PACKET) != 0 && !urb->tail &&
           urb->length > 0 && urb->length % urb->pipe.packet_bytes == 0;
}

/* Asks for one transfer. Returns what the board says. */
static enum ep0_answer attempt(struct connection *connection, struct pipe_urb *urb)
{
    struct usb_port *port = connection->outlet->port;
    uint8_t nothing = 0;
    uint32_t length = urb->tail ? 0 : urb->length;
    urb->started = true;
    enum ep0_answer answer =
        port->data(port, &urb->pipe, urb->data != NULL ? urb->data : &nothing, &length);
    if (answer == EP0_NAK || answer == EP0_GONE) {
        return answer;
    }
    if (answer == EP0_ACK && wants_tail(urb)) {
        urb->tail = true;
        connection->outlet->moved = true;
        return attempt(connection, urb);
    }
    const uint32_t moved = (urb->tail ? urb->length : 0) + (answer == EP0_STALL ? 0 : length);
    exchange_answer_data(connection, urb->seqnum, status_of(urb, answer, moved),
                         is_in(&urb->pipe) ? urb->data : NULL, moved);
    return answer;
}

bool pipes_work(struct connection *connection)
{
    struct pipes *pipes = &connection->pipes;
    struct usb_port *port = connection->outlet->port;
    uint32_t waiting = 0; /* bit n: endpoint n to the device, bit n + 16: to the host */
    uint32_t i = 0;
    while (i < pipes->count) {
        struct pipe_urb *urb = &pipes->urbs[i];
        uint32_t bit = 1u << ((urb->pipe.endpoint & 0xF) + (is_in(&urb->pipe) ? 16 : 0));
        enum ep0_answer answer = (waiting & bit) != 0 ? EP0_NAK : attempt(connection, urb);
        if (answer == EP0_GONE) {
            return false;
        }
        if (answer == EP0_NAK) {
            waiting |= bit;
            i++;
        } else {
            forget(pipes, i);
            pipes->moved_ns = port->now(port);
            connection->outlet->moved = true;
        }
    }
    return true;
}

uint64_t pipes_due_ns(const struct connection *connection)
{
    const struct pipes *pipes = &connection->pipes;
    if (pipes->count == 0) {
        return UINT64_MAX;
    }
    struct usb_port *port = connection->outlet->port;
    const struct pace *pace = &connection->outlet->pace;
    uint64_t now_ns = port->now(port);
    uint64_t step_ns = now_ns - pipes->moved_ns < BUSY_NS ? BUSY_STEP_NS : IDLE_STEP_NS;
    uint64_t due_ns = pace_wall_ns(pace, now_ns + step_ns);
    uint64_t rested_ns = pace_wall_ns(pace, now_ns) + WALL_STEP_NS;
    return due_ns > rested_ns ? due_ns : rested_ns;
}

void pipes_clear(struct connection *connection)
{
    struct pipes *pipes = &connection->pipes;
    while (pipes->count > 0) {
        (void)pipes_unlink(connection, pipes->urbs[pipes->count - 1].seqnum);
    }
    free(pipes->urbs);
    *pipes = (struct pipes){0};
}
