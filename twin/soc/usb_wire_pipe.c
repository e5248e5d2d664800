/* SPDX-License-Identifier: MIT
 * Transfers that somebody asks the host for: their room, their results, those beside endpoint 0. */
#include <stdlib.h>
#include <string.h>

#include "twin/soc/usb_wire_inside.h"

bool wire_transfer_room(struct wire_transfer *transfer, uint32_t bytes)
{
    uint32_t room = bytes > 0 ? bytes : 1; /* no bytes are copied from somewhere, too */
    if (room <= transfer->room) {
        return true;
    }
    uint8_t *data = realloc(transfer->data, room);
    if (data == NULL) {
        return false;
    }
    transfer->data = data;
    transfer->room = room;
    return true;
}

static enum ep0_answer answer_of(const struct wire_transfer *transfer)
{
    switch (transfer->stage) {
    case WIRE_ACKED: return EP0_ACK;
    case WIRE_STALLED: return EP0_STALL;
    case WIRE_DEAD: return transfer->control ? EP0_NAK : EP0_LOST;
    case WIRE_BABBLED: return transfer->control ? EP0_NAK : EP0_BABBLE;
    default: return EP0_NAK;
    }
}

enum ep0_answer wire_transfer_result(struct wire_transfer *transfer, uint8_t *data,
                                     uint32_t *length, bool in)
{
    enum ep0_answer answer = answer_of(transfer);
    if (answer == EP0_NAK) {
        return EP0_NAK;
    }
    transfer->stage = WIRE_NONE;
    if (answer == EP0_STALL) {
        return EP0_STALL;
    }
    if (in && transfer->done > 0) {
        memcpy(data, transfer->data, transfer->done);
    }
    *length = transfer->done;
    return answer;
}

/* One place for each endpoint and direction; endpoint 0 is no pipe. */
static struct wire_transfer *find(struct soc_wire *wire, uint8_t endpoint)
{
    uint32_t place = (endpoint & 0xFu) + ((endpoint & USB_DIR_IN) != 0 ? WIRE_IN_FIRST : 0);
    return (endpoint & 0xF) == 0 ? NULL : &wire->transfers[place];
}

static bool start(struct soc_wire *wire, struct wire_transfer *transfer, const uint8_t *data)
{
    bool in = (transfer->pipe.endpoint & USB_DIR_IN) != 0;
    if (transfer->wanted > USB_PIPE_BYTES_MAX || !wire_transfer_room(transfer, transfer->wanted)) {
        return false;
    }
    if (!in && transfer->wanted > 0) {
        memcpy(transfer->data, data, transfer->wanted);
    }
    wire_transfer_start(wire, transfer);
    return true;
}

enum ep0_answer soc_wire_data(struct soc_wire *wire, const struct usb_pipe *pipe, uint8_t *data,
                              uint32_t *length)
{
    struct wire_transfer *transfer = find(wire, pipe->endpoint);
    bool in = (pipe->endpoint & USB_DIR_IN) != 0;
    if (!soc_wire_connected(wire)) {
        return EP0_GONE;
    }
    if (!wire_may_start(wire)) {
        return EP0_NAK;
    }
    if (transfer == NULL || pipe->packet_bytes == 0) {
        return EP0_STALL;
    }
    if (transfer->stage != WIRE_NONE && transfer->wanted == *length) {
        return wire_transfer_result(transfer, data, length, in);
    }
    wire_transfer_drop(wire, transfer); /* the new one may not fit, and the old must not go on */
    transfer->control = false;
    transfer->pipe = *pipe;
    transfer->wanted = *length;
    return start(wire, transfer, data) ? EP0_NAK : EP0_STALL;
}

bool soc_wire_cancel_data(struct soc_wire *wire, uint8_t endpoint)
{
    struct wire_transfer *transfer = find(wire, endpoint);
    if (transfer == NULL || transfer->stage == WIRE_NONE) {
        return false;
    }
    wire_transfer_drop(wire, transfer);
    return transfer->moved;
}
