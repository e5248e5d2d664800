/* SPDX-License-Identifier: MIT
 * Transfers between a client's queues and its board, each at its moment. */
#include "twin/serve/exchange.h"

#include "twin/time.h"

enum {
    STEPS_PER_CALL = 256,   /* then other boards and the client's UNLINK have their turn */
    NAK_RETRY_NS = TWIN_MS, /* for a board that NAKs and has no event in sight */
};

static void put_message(struct connection *connection, const struct usbip_message *message)
{
    uint8_t bytes[USBIP_HEADER_BYTES];
    usbip_message_put(message, bytes);
    buffer_append(&connection->out, bytes, sizeof bytes);
}

void exchange_answer(struct connection *connection, uint32_t seqnum, int32_t status)
{
    const struct usbip_message answer = {
        .command = USBIP_RET_SUBMIT, .seqnum = seqnum, .status = status};
    put_message(connection, &answer);
}

void exchange_answer_data(struct connection *connection, uint32_t seqnum, int32_t status,
                          const uint8_t *data, uint32_t length)
{
    const struct usbip_message answer = {
        .command = USBIP_RET_SUBMIT, .seqnum = seqnum, .status = status, .length = length};
    put_message(connection, &answer);
    if (data != NULL) {
        buffer_append(&connection->out, data, length);
    }
}

static void next_turn(struct connection *connection, uint32_t place)
{
    urb_remove(&connection->urbs, place);
    if (place == 0) {
        connection->turn = URB_NEW;
    }
}

/* The client hears what the board said to the head of the queue. */
static void release_held(struct connection *connection)
{
    const struct urb *urb = urb_head(&connection->urbs);
    const struct usbip_message answer = {.command = USBIP_RET_SUBMIT,
                                         .seqnum = urb->seqnum,
                                         .status = connection->status,
                                         .length = connection->held_length};
    put_message(connection, &answer);
    if ((urb->setup.request_type & USB_DIR_IN) != 0) {
        buffer_append(&connection->out, urb->data, connection->held_length);
    }
    next_turn(connection, 0);
}

void exchange_unlink(struct connection *connection, uint32_t seqnum, uint32_t unlink_seqnum)
{
    uint32_t place = urb_find(&connection->urbs, unlink_seqnum);
    struct usbip_message answer = {.command = USBIP_RET_UNLINK, .seqnum = seqnum};
    if (place == 0 && connection->urbs.count > 0 && connection->turn == URB_HELD) {
        /* it happened: the answer has to come before "too late", or Linux takes it for a stray */
        release_held(connection);
    } else if (place < connection->urbs.count) {
        if (place == 0 && connection->turn == URB_NAKED) {
            connection->outlet->port->cancel(connection->outlet->port);
        }
        next_turn(connection, place);
        answer.status = USBIP_STATUS_UNLINKED;
    } else if (pipes_unlink(connection, unlink_seqnum)) {
        answer.status = USBIP_STATUS_UNLINKED;
    }
    put_message(connection, &answer);
}

static bool is_gone(const struct connection *connection)
{
    struct usb_port *port = connection->outlet->port;
    return !port->attached(port) || port->generation(port) != connection->generation;
}

static void hold(struct connection *connection, int32_t status, uint16_t length)
{
    struct usb_port *port = connection->outlet->port;
    connection->turn = URB_HELD;
    connection->status = status;
    connection->held_length = length;
    connection->next_ns = port->now(port);
}

static void try_later(struct connection *connection)
{
    struct usb_port *port = connection->outlet->port;
    uint64_t now_ns = port->now(port);
    uint64_t wake_ns = port->wake(port);
    connection->turn = URB_NAKED;
    connection->next_is_event = wake_ns > now_ns && wake_ns != UINT64_MAX;
    connection->next_ns = connection->next_is_event ? wake_ns : now_ns + NAK_RETRY_NS;
}

static void try_transfer(struct connection *connection)
{
    struct usb_port *port = connection->outlet->port;
    struct urb *urb = urb_head(&connection->urbs);
    const struct usb_setup setup = urb->setup;
    uint16_t length = setup.length;
    uint8_t nothing = 0;
    switch (port->control(port, &setup, urb->data != NULL ? urb->data : &nothing, &length)) {
    case EP0_ACK: hold(connection, 0, length < setup.length ? length : setup.length); break;
    case EP0_STALL: hold(connection, USBIP_STATUS_STALL, 0); break;
    case EP0_LOST:
    case EP0_BABBLE:
    case EP0_NAK: try_later(connection); break;
    case EP0_GONE: connection->end = CONNECTION_GONE; break;
    }
}

/* Gives the virtual time that the board may reach now. */
static uint64_t horizon_ns(const struct connection *connection, uint64_t wall_ns)
{
    const struct pace *pace = &connection->outlet->pace;
    uint64_t target_ns = pace_virtual_ns(pace, wall_ns);
    bool ahead = pace_is_free(pace) && (connection->turn == URB_HELD || connection->next_is_event);
    return ahead && connection->next_ns > target_ns ? connection->next_ns : target_ns;
}

/* Does one thing with the head of the queue. Returns false when its moment has not come. */
static bool step(struct connection *connection, uint64_t wall_ns)
{
    struct usb_port *port = connection->outlet->port;
    if (connection->turn == URB_NEW) {
        outlet_advance(connection->outlet, wall_ns);
    } else if (connection->next_ns > horizon_ns(connection, wall_ns)) {
        return false;
    } else if (connection->turn == URB_HELD) {
        release_held(connection);
        return true;
    } else if (connection->next_ns > port->now(port)) {
        port->run(port, connection->next_ns);
    }
    if (is_gone(connection)) {
        connection->end = CONNECTION_GONE;
        return false;
    }
    try_transfer(connection);
    return connection->end == CONNECTION_OPEN;
}

void connection_work(struct connection *connection, uint64_t wall_ns)
{
    if (connection->outlet == NULL || connection->end != CONNECTION_OPEN) {
        return;
    }
    uint32_t steps = 0;
    while (connection->urbs.count > 0 && steps < STEPS_PER_CALL && step(connection, wall_ns)) {
        steps++;
    }
    if (steps < STEPS_PER_CALL) {
        outlet_advance(connection->outlet, wall_ns);
        connection->end =
            connection->turn != URB_HELD && is_gone(connection) ? CONNECTION_GONE : connection->end;
    }
    if (connection->end == CONNECTION_OPEN && !is_gone(connection) && !pipes_work(connection)) {
        connection->end = CONNECTION_GONE;
    }
}

static uint64_t control_due_ns(const struct connection *connection)
{
    if (connection->urbs.count == 0) {
        return UINT64_MAX;
    }
    const struct pace *pace = &connection->outlet->pace;
    if (connection->turn == URB_NEW || connection->next_ns <= horizon_ns(connection, 0)) {
        return 0;
    }
    return pace_wall_ns(pace, connection->next_ns);
}

uint64_t connection_due_ns(const struct connection *connection)
{
    if (connection->outlet == NULL || connection->end != CONNECTION_OPEN) {
        return UINT64_MAX;
    }
    uint64_t control_ns = control_due_ns(connection);
    uint64_t data_ns = pipes_due_ns(connection);
    return control_ns < data_ns ? control_ns : data_ns;
}
