/* SPDX-License-Identifier: MIT
 * The transactions of one USB transfer, as a full-speed host controller makes them. */
#include <string.h>

#include "twin/soc/usb_wire_inside.h"

/* Bytes on the wires, gaps counted as bytes, so that an ideal device's transfer takes what
 * usb_control_time_ns says. Source USB 2.0, "Control Transfer Bus Access Constraints" */
enum {
    SETUP_BYTES = 19,     /* token, DATA0 with 8 bytes, handshake */
    TOKEN_BYTES = 4,      /* sync, PID, address and CRC5 */
    AROUND_BYTES = 13,    /* everything of a transaction but its data */
    HANDSHAKE_BYTES = 4,  /* with its turnaround */
    NS_PER_3_BYTES = 2000 /* 12 Mbit/s */
};

enum { ERRORS_MAX = 3 }; /* USB 2.0, "Error Handling" in "Host": three strikes */

/* Tries after a NAK: at once for a device that is about to answer, later for one that makes the
 * host wait. A host controller's choice; some try once a frame. */
enum { EAGER_NAKS = 8, EAGER_NS = 16 * TWIN_US, PATIENT_NAKS = 64, PATIENT_NS = 125 * TWIN_US };

static uint64_t bytes_ns(uint32_t bytes)
{
    return (uint64_t)bytes * NS_PER_3_BYTES / 3;
}

static uint64_t pause_ns(uint32_t naks)
{
    if (naks <= EAGER_NAKS) {
        return EAGER_NS;
    }
    return naks <= PATIENT_NAKS ? PATIENT_NS : TWIN_MS;
}

static uint32_t packet_limit(const struct soc_wire *wire)
{
    const struct wire_transfer *transfer = &wire->transfer;
    return transfer->control ? wire->ep0_bytes : transfer->pipe.packet_bytes;
}

static uint8_t endpoint(const struct wire_transfer *transfer)
{
    return transfer->control ? 0 : transfer->pipe.endpoint & 0xF;
}

static bool device_to_host(const struct wire_transfer *transfer)
{
    uint8_t direction = transfer->control ? transfer->setup.request_type : transfer->pipe.endpoint;
    return (direction & USB_DIR_IN) != 0;
}

/* Bytes that the next OUT packet carries. */
static uint32_t out_bytes(const struct soc_wire *wire)
{
    const struct wire_transfer *transfer = &wire->transfer;
    uint32_t left = transfer->wanted - transfer->done;
    uint32_t most = packet_limit(wire);
    uint32_t bytes = left < most ? left : most;
    return transfer->stage == WIRE_OUT ? bytes : 0;
}

/* Time from now until the device has the whole of what it must answer. */
static uint64_t lead_ns(const struct soc_wire *wire)
{
    switch (wire->transfer.stage) {
    case WIRE_SETUP: return bytes_ns(SETUP_BYTES);
    case WIRE_OUT:
    case WIRE_STATUS_OUT: return bytes_ns(AROUND_BYTES + out_bytes(wire));
    default: return bytes_ns(TOKEN_BYTES);
    }
}

static void next_try(struct soc_wire *wire, uint64_t pause)
{
    wire->transfer.due_ns = wire->time->now_ns + pause + lead_ns(wire);
}

static void enter(struct soc_wire *wire, enum wire_stage stage)
{
    wire->transfer.stage = stage;
    wire->transfer.naks = 0;
    wire->transfer.errors = 0;
    next_try(wire, 0);
}

bool wire_transfer_runs(const struct soc_wire *wire)
{
    return wire->transfer.stage > WIRE_NONE && wire->transfer.stage < WIRE_ACKED;
}

void wire_transfer_start(struct soc_wire *wire)
{
    struct wire_transfer *transfer = &wire->transfer;
    transfer->done = 0;
    transfer->taken = false;
    transfer->packet.address = wire->address;
    transfer->packet.endpoint = endpoint(transfer);
    if (transfer->control) {
        enter(wire, WIRE_SETUP);
    } else {
        enter(wire, device_to_host(transfer) ? WIRE_IN : WIRE_OUT);
    }
}

/* What the host itself must follow of a request that was acknowledged. */
static void follow_request(struct soc_wire *wire)
{
    const struct usb_setup *setup = &wire->transfer.setup;
    uint32_t bit = 1U << (setup->index & 0xF);
    if (!wire->transfer.control) {
        return;
    }
    if (setup->request_type == 0 && setup->request == USB_SET_ADDRESS) {
        wire->address = (uint8_t)(setup->value & 0x7F);
    }
    if ((setup->request_type == 0 && setup->request == USB_SET_CONFIGURATION) ||
        (setup->request_type == 1 && setup->request == USB_SET_INTERFACE)) {
        wire->in_data1 = wire->out_data1 = 0;
    }
    if (setup->request_type == 2 && setup->request == USB_CLEAR_FEATURE && setup->value == 0) {
        uint32_t *data1 = (setup->index & USB_DIR_IN) != 0 ? &wire->in_data1 : &wire->out_data1;
        *data1 &= ~bit;
    }
}

static void finish(struct soc_wire *wire, enum wire_stage stage)
{
    wire->transfer.stage = stage;
    wire->transfer.due_ns = UINT64_MAX;
    if (stage == WIRE_ACKED) {
        follow_request(wire);
    }
}

/* The stage after the one that a packet has just ended. */
static void next_stage(struct soc_wire *wire)
{
    struct wire_transfer *transfer = &wire->transfer;
    bool in = device_to_host(transfer);
    switch (transfer->stage) {
    case WIRE_SETUP:
        if (transfer->wanted == 0) {
            enter(wire, WIRE_STATUS_IN);
        } else {
            enter(wire, in ? WIRE_IN : WIRE_OUT);
        }
        break;
    case WIRE_IN:
    case WIRE_OUT:
        if (transfer->control) {
            enter(wire, in ? WIRE_STATUS_OUT : WIRE_STATUS_IN);
        } else {
            finish(wire, WIRE_ACKED);
        }
        break;
    default: finish(wire, WIRE_ACKED); break;
    }
}

/* Whether the next packet of the stage is DATA1. */
static bool expects_data1(const struct soc_wire *wire)
{
    const struct wire_transfer *transfer = &wire->transfer;
    uint32_t data1 = transfer->stage == WIRE_IN ? wire->in_data1 : wire->out_data1;
    if (transfer->stage == WIRE_STATUS_IN || transfer->stage == WIRE_STATUS_OUT) {
        return true;
    }
    return (data1 >> endpoint(transfer) & 1) != 0;
}

static void toggle(struct soc_wire *wire)
{
    uint32_t bit = 1U << endpoint(&wire->transfer);
    if (wire->transfer.stage == WIRE_IN) {
        wire->in_data1 ^= bit;
    } else {
        wire->out_data1 ^= bit;
    }
}

/* NAK, STALL and silence, alike for all tokens. */
static void not_acked(struct soc_wire *wire, enum soc_usb_answer answer)
{
    struct wire_transfer *transfer = &wire->transfer;
    switch (answer) {
    case SOC_USB_NAK:
        wire->counts.naks++;
        transfer->errors = 0;
        transfer->naks++;
        next_try(wire, bytes_ns(HANDSHAKE_BYTES) + pause_ns(transfer->naks));
        break;
    case SOC_USB_STALL: finish(wire, WIRE_STALLED); break;
    default:
        wire->counts.silent++;
        transfer->errors++;
        next_try(wire, EAGER_NS);
        if (transfer->errors >= ERRORS_MAX) {
            finish(wire, WIRE_DEAD);
        }
        break;
    }
}

static void setup_token(struct soc_wire *wire)
{
    struct wire_transfer *transfer = &wire->transfer;
    transfer->packet.data1 = false;
    transfer->packet.bytes = USB_SETUP_BYTES;
    usb_setup_put(&transfer->setup, transfer->packet.data);
    enum soc_usb_answer answer = soc_dwc2_setup(wire->core, &transfer->packet);
    if (answer != SOC_USB_ACK) {
        not_acked(wire, answer);
        return;
    }
    wire->counts.packets++;
    wire->in_data1 |= 1;
    wire->out_data1 |= 1;
    next_stage(wire);
}

static void out_token(struct soc_wire *wire)
{
    struct wire_transfer *transfer = &wire->transfer;
    uint32_t bytes = out_bytes(wire);
    transfer->packet.data1 = expects_data1(wire);
    transfer->packet.bytes = bytes;
    memcpy(transfer->packet.data, transfer->data + transfer->done, bytes);
    enum soc_usb_answer answer = soc_dwc2_out(wire->core, &transfer->packet);
    if (answer != SOC_USB_ACK) {
        not_acked(wire, answer);
        return;
    }
    wire->counts.packets++;
    if (transfer->stage == WIRE_STATUS_OUT) {
        next_stage(wire);
        return;
    }
    toggle(wire);
    transfer->done += bytes;
    if (transfer->done == transfer->wanted) {
        next_stage(wire);
    } else {
        enter(wire, WIRE_OUT);
    }
}

static void in_token(struct soc_wire *wire)
{
    struct wire_transfer *transfer = &wire->transfer;
    enum soc_usb_answer answer = soc_dwc2_in(wire->core, &transfer->packet);
    if (answer != SOC_USB_ACK) {
        not_acked(wire, answer);
        return;
    }
    transfer->taken = true;
    transfer->due_ns =
        wire->time->now_ns + bytes_ns(AROUND_BYTES - TOKEN_BYTES + transfer->packet.bytes);
}

/* A whole packet has come: it is acknowledged, and kept unless it is one come twice. */
static void in_packet(struct soc_wire *wire)
{
    struct wire_transfer *transfer = &wire->transfer;
    uint32_t bytes = transfer->packet.bytes;
    uint32_t room = transfer->stage == WIRE_IN ? transfer->wanted - transfer->done : 0;
    transfer->taken = false;
    if (bytes > room || bytes > packet_limit(wire)) {
        finish(wire, WIRE_DEAD); /* babble: not acknowledged */
        return;
    }
    soc_dwc2_in_acked(wire->core, &transfer->packet);
    wire->counts.packets++;
    if (transfer->packet.data1 != expects_data1(wire)) {
        next_try(wire, 0);
        return;
    }
    if (transfer->stage == WIRE_STATUS_IN) {
        next_stage(wire);
        return;
    }
    toggle(wire);
    memcpy(transfer->data + transfer->done, transfer->packet.data, bytes);
    transfer->done += bytes;
    if (bytes < packet_limit(wire) || transfer->done == transfer->wanted) {
        next_stage(wire);
    } else {
        enter(wire, WIRE_IN);
    }
}

void wire_transfer_step(struct soc_wire *wire)
{
    switch (wire->transfer.stage) {
    case WIRE_SETUP: setup_token(wire); break;
    case WIRE_OUT:
    case WIRE_STATUS_OUT: out_token(wire); break;
    case WIRE_IN:
    case WIRE_STATUS_IN:
        if (wire->transfer.taken) {
            in_packet(wire);
        } else {
            in_token(wire);
        }
        break;
    default: break;
    }
}
