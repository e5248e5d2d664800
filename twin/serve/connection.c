/* SPDX-License-Identifier: MIT
 * One client of the server, as bytes in and bytes out: no sockets, no clock of its own. */
#include "twin/serve/connection.h"

#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "twin/serve/exchange.h"

enum {
    IMPORT_BYTES = USBIP_OP_BYTES + USBIP_BUSID_BYTES,
    PACKETS_AT = 0x20, /* number_of_packets of CMD_SUBMIT */
};

bool connection_open(struct connection *connection, const struct outlet_row *row)
{
    *connection = (struct connection){.row = row};
    connection->in = malloc(CONNECTION_MESSAGE_BYTES);
    connection->in_room = CONNECTION_MESSAGE_BYTES;
    return connection->in != NULL;
}

void connection_close(struct connection *connection)
{
    if (connection->outlet != NULL) {
        struct usb_port *port = connection->outlet->port;
        if (connection->urbs.count > 0 && connection->turn == URB_NAKED) {
            port->cancel(port); /* or the next client would get its answer */
        }
        pipes_clear(connection);
        outlet_release(connection->outlet);
    }
    urb_clear(&connection->urbs);
    buffer_free(&connection->out);
    free(connection->in);
    *connection = (struct connection){.end = connection->end};
}

static void end(struct connection *connection, enum connection_end why)
{
    if (connection->end == CONNECTION_OPEN) {
        connection->end = why;
    }
}

static void put_op(struct connection *connection, uint16_t code, uint32_t status)
{
    const struct usbip_op op = {.version = USBIP_VERSION, .code = code, .status = status};
    uint8_t bytes[USBIP_OP_BYTES];
    usbip_op_put(&op, bytes);
    buffer_append(&connection->out, bytes, sizeof bytes);
}

static void answer_devlist(struct connection *connection)
{
    const struct outlet_row *row = connection->row;
    bool listed[OUTLETS_MAX] = {false};
    uint32_t count = 0;
    for (uint32_t i = 0; i < row->count; i++) {
        listed[i] = outlet_identify(&row->outlets[i]);
        count += listed[i];
    }
    put_op(connection, USBIP_REP_DEVLIST, 0);
    uint8_t number[4];
    put_be32(number, count);
    buffer_append(&connection->out, number, sizeof number);
    for (uint32_t i = 0; i < row->count; i++) {
        if (listed[i]) {
            outlet_put(&row->outlets[i], true, &connection->out);
        }
    }
}

static struct outlet *find_outlet(const struct outlet_row *row, const char *busid)
{
    for (uint32_t i = 0; i < row->count; i++) {
        if (strcmp(row->outlets[i].record.busid, busid) == 0) {
            return &row->outlets[i];
        }
    }
    return NULL;
}

static void answer_import(struct connection *connection)
{
    char busid[USBIP_BUSID_BYTES + 1] = {0};
    memcpy(busid, connection->in + USBIP_OP_BYTES, USBIP_BUSID_BYTES);
    struct outlet *outlet = find_outlet(connection->row, busid);
    if (outlet == NULL || outlet->taken || !outlet_identify(outlet)) {
        put_op(connection, USBIP_REP_IMPORT, 1);
        end(connection, CONNECTION_REFUSED);
        return;
    }
    outlet->taken = true;
    connection->outlet = outlet;
    connection->generation = outlet->generation;
    put_op(connection, USBIP_REP_IMPORT, 0);
    outlet_put(outlet, false, &connection->out);
}

/* A transfer on endpoint 0. */
static void submit_control(struct connection *connection, const struct usbip_message *message)
{
    struct usb_setup setup = message->setup;
    const bool in = message->direction != 0;
    const bool setup_in = (setup.request_type & USB_DIR_IN) != 0;
    if (setup.length > 0 && in != setup_in) {
        exchange_answer(connection, message->seqnum, USBIP_STATUS_STALL);
        return;
    }
    if (message->length < setup.length) {
        setup.length = (uint16_t)message->length;
    }
    const uint8_t *payload = in ? NULL : connection->in + USBIP_HEADER_BYTES;
    if (!urb_add(&connection->urbs, message->seqnum, &setup, payload)) {
        end(connection, CONNECTION_BROKE);
    }
}

/* Honest, yet more than we keep. */
static bool is_too_long(const struct usbip_message *message)
{
    return message->command == USBIP_CMD_SUBMIT && message->endpoint != 0 &&
           message->length > USB_PIPE_BYTES_MAX;
}

/* The answer to one whose data come waits for their end: a client may still need them until then.
 */
static void refuse_long(struct connection *connection, const struct usbip_message *message)
{
    if (message->direction == 0) {
        connection->skip = message->length;
        connection->skip_seqnum = message->seqnum;
    } else {
        exchange_answer(connection, message->seqnum, USBIP_STATUS_NO_MEMORY);
    }
}

/* Returns how many of the bytes belong to what is ignored. */
static size_t skip(struct connection *connection, size_t length)
{
    uint32_t part = length < connection->skip ? (uint32_t)length : connection->skip;
    if (part > 0 && part == connection->skip) {
        exchange_answer(connection, connection->skip_seqnum, USBIP_STATUS_NO_MEMORY);
    }
    connection->skip -= part;
    return part;
}

static void submit(struct connection *connection, const struct usbip_message *message)
{
    if (message->endpoint == 0) {
        submit_control(connection, message);
        return;
    }
    if (is_too_long(message)) {
        refuse_long(connection, message);
        return;
    }
    const bool in = message->direction != 0;
    if (!pipes_submit(connection, message, in ? NULL : connection->in + USBIP_HEADER_BYTES)) {
        end(connection, CONNECTION_BROKE);
    }
}

static bool is_urb_phase(const struct connection *connection)
{
    return connection->outlet != NULL;
}

/* Whatever a client claims that no URB of our endpoints can be. */
static bool is_lie(const struct usbip_message *message, const uint8_t *header)
{
    if (message->command == USBIP_CMD_UNLINK) {
        return false;
    }
    const uint32_t packets = get_be32(header + PACKETS_AT);
    const bool iso = packets != 0 && packets != UINT32_MAX; /* documented is ~0, Linux sends 0 */
    const uint32_t most =
        message->endpoint == 0 ? (uint32_t)CONNECTION_CONTROL_MAX_BYTES : INT32_MAX;
    return message->command != USBIP_CMD_SUBMIT || message->direction > 1 ||
           message->length > most || iso;
}

/* Length of a message after import of which the header is there; 0 when it is none. */
static size_t message_bytes(const struct connection *connection)
{
    struct usbip_message message;
    usbip_message_get(connection->in, &message);
    if (is_lie(&message, connection->in)) {
        return 0;
    }
    bool payload =
        message.command == USBIP_CMD_SUBMIT && message.direction == 0 && !is_too_long(&message);
    return USBIP_HEADER_BYTES + (payload ? message.length : 0);
}

static size_t op_bytes(const struct connection *connection)
{
    struct usbip_op op = usbip_op_get(connection->in);
    if (op.version != USBIP_VERSION) {
        return 0;
    }
    if (op.code == USBIP_REQ_DEVLIST) {
        return USBIP_OP_BYTES;
    }
    return op.code == USBIP_REQ_IMPORT ? IMPORT_BYTES : 0;
}

/* Length of the message that in begins with, as far as that can be told; 0 when it is none. */
static size_t wanted_bytes(const struct connection *connection)
{
    size_t header = is_urb_phase(connection) ? USBIP_HEADER_BYTES : USBIP_OP_BYTES;
    if (connection->in_length < header) {
        return header;
    }
    return is_urb_phase(connection) ? message_bytes(connection) : op_bytes(connection);
}

static void take_message(struct connection *connection)
{
    if (!is_urb_phase(connection)) {
        struct usbip_op op = usbip_op_get(connection->in);
        if (op.code == USBIP_REQ_DEVLIST) {
            answer_devlist(connection);
        } else {
            answer_import(connection);
        }
        return;
    }
    struct usbip_message message;
    usbip_message_get(connection->in, &message);
    if (message.command == USBIP_CMD_SUBMIT) {
        submit(connection, &message);
    } else {
        exchange_unlink(connection, message.seqnum, message.unlink_seqnum);
    }
}

/* Only what goes to an endpoint but 0 is ever longer than usual. */
static bool make_room(struct connection *connection, size_t bytes)
{
    if (bytes <= connection->in_room) {
        return true;
    }
    uint8_t *in = realloc(connection->in, bytes);
    if (in == NULL) {
        return false;
    }
    connection->in = in;
    connection->in_room = bytes;
    return true;
}

void connection_take(struct connection *connection, const uint8_t *bytes, size_t length)
{
    while (length > 0 && connection->end == CONNECTION_OPEN) {
        size_t skipped = skip(connection, length);
        bytes += skipped;
        length -= skipped;
        if (!make_room(connection, wanted_bytes(connection))) {
            end(connection, CONNECTION_BROKE);
            return;
        }
        size_t missing = wanted_bytes(connection) - connection->in_length;
        size_t part = missing < length ? missing : length;
        memcpy(connection->in + connection->in_length, bytes, part);
        connection->in_length += part;
        bytes += part;
        length -= part;
        size_t wanted = wanted_bytes(connection);
        if (wanted == 0 || connection->out.failed) {
            end(connection, CONNECTION_BROKE);
        } else if (connection->in_length == wanted) {
            take_message(connection);
            connection->in_length = 0;
        }
    }
}

bool connection_listens(const struct connection *connection)
{
    return connection->end == CONNECTION_OPEN &&
           connection->out.length - connection->out_sent < CONNECTION_OUT_LIMIT_BYTES;
}

const uint8_t *connection_output(const struct connection *connection, size_t *length)
{
    *length = connection->out.length - connection->out_sent;
    return *length > 0 ? connection->out.data + connection->out_sent : NULL;
}

/* What is sent makes room when it is the greater part: moving the rest then costs no more than
 * sending did, and a client that never reads the last byte cannot make the buffer grow. */
void connection_sent(struct connection *connection, size_t length)
{
    struct buffer *out = &connection->out;
    connection->out_sent += length;
    size_t rest = out->length - connection->out_sent;
    if (rest <= connection->out_sent && connection->out_sent > 0) {
        memmove(out->data, out->data + connection->out_sent, rest);
        out->length = rest;
        connection->out_sent = 0;
    }
}
