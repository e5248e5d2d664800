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

static uint64_t pause_ns(const struct wire_transfer *transfer)
{
    uint32_t naks = transfer->naks;
    if (!transfer->control && transfer->pipe.interval_ms != 0) {
        return transfer->pipe.interval_ms * (uint64_t)TWIN_MS;
    }
    if (naks <= EAGER_NAKS) {
        return EAGER_NS;
    }
    return naks <= PATIENT_NAKS ? PATIENT_NS : TWIN_MS;
}

static uint32_t packet_limit(const struct soc_wire *wire, const struct wire_transfer *transfer)
{
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
static uint32_t out_bytes(const struct soc_wire *wire, const struct wire_transfer *transfer)
{
    uint32_t left = transfer->wanted - transfer->done;
    uint32_t most = packet_limit(wire, transfer);
    uint32_t bytes = left < most ? left : most;
    return transfer->stage == WIRE_OUT ? bytes : 0;
}

/* Time from now until the device has the whole of what it must answer. */
static uint64_t lead_ns(const struct soc_wire *wire, const struct wire_transfer *transfer)
{
    switch (transfer->stage) {
    case WIRE_SETUP: return bytes_ns(SETUP_BYTES);
    case WIRE_OUT:
    case WIRE_STATUS_OUT: return bytes_ns(AROUND_BYTES + out_bytes(wire, transfer));
    default: return bytes_ns(TOKEN_BYTES);
    }
}

static void next_try(struct soc_wire *wire, struct wire_transfer *transfer, uint64_t pause)
{
    uint64_t now_ns = wire->time->now_ns;
    uint64_t start_ns = wire->free_ns > now_ns ? wire->free_ns : now_ns;
    transfer->due_ns = start_ns + pause;
}

static void enter(struct soc_wire *wire, struct wire_transfer *transfer, enum wire_stage stage)
{
    transfer->stage = stage;
    transfer->naks = 0;
    transfer->errors = 0;
    next_try(wire, transfer, 0);
}

bool wire_transfer_runs(const struct wire_transfer *transfer)
{
    return transfer->stage > WIRE_NONE && transfer->stage < WIRE_ACKED;
}

void wire_transfer_start(struct soc_wire *wire, struct wire_transfer *transfer)
{
    transfer->done = 0;
    transfer->taken = false;
    transfer->moved = false;
    transfer->packet.address = wire->address;
    transfer->packet.endpoint = endpoint(transfer);
    wire->running |= 1U << (transfer - wire->transfers);
    if (transfer->control) {
        enter(wire, transfer, WIRE_SETUP);
    } else {
        enter(wire, transfer, device_to_host(transfer) ? WIRE_IN : WIRE_OUT);
    }
}

void wire_transfer_drop(struct soc_wire *wire, struct wire_transfer *transfer)
{
    transfer->stage = WIRE_NONE;
    wire->running &= ~(1U << (transfer - wire->transfers));
}

/* The endpoints of one interface begin anew. Those that never moved anything need not.
 * Source USB 2.0, "Set Interface", "Data Toggle" */
static void restart_interface(struct soc_wire *wire, uint16_t interface)
{
    for (uint32_t i = 1; i < WIRE_TRANSFERS; i++) {
        uint32_t *data1 = i < WIRE_IN_FIRST ? &wire->out_data1 : &wire->in_data1;
        if (wire->transfers[i].pipe.interface == interface) {
            *data1 &= ~(1U << i % WIRE_IN_FIRST);
        }
    }
}

/* What the host itself must follow of a request that was acknowledged. */
static void follow_request(struct soc_wire *wire, struct wire_transfer *transfer)
{
    const struct usb_setup *setup = &transfer->setup;
    uint32_t bit = 1U << (setup->index & 0xF);
    if (!transfer->control) {
        return;
    }
    if (setup->request_type == 0 && setup->request == USB_SET_ADDRESS) {
        wire->address = (uint8_t)(setup->value & 0x7F);
    }
    if (setup->request_type == 0 && setup->request == USB_SET_CONFIGURATION) {
        wire->in_data1 = wire->out_data1 = 0;
    }
    if (setup->request_type == 1 && setup->request == USB_SET_INTERFACE) {
        restart_interface(wire, setup->index);
    }
    if (setup->request_type == 2 && setup->request == USB_CLEAR_FEATURE && setup->value == 0) {
        uint32_t *data1 = (setup->index & USB_DIR_IN) != 0 ? &wire->in_data1 : &wire->out_data1;
        *data1 &= ~bit;
    }
}

static void finish(struct soc_wire *wire, struct wire_transfer *transfer, enum wire_stage stage)
{
    transfer->stage = stage;
    transfer->due_ns = UINT64_MAX;
    wire->running &= ~(1U << (transfer - wire->transfers));
    if (stage == WIRE_ACKED) {
        follow_request(wire, transfer);
    }
}

/* The stage after the one that a packet has just ended. */
static void next_stage(struct soc_wire *wire, struct wire_transfer *transfer)
{
    bool in = device_to_host(transfer);
    switch (transfer->stage) {
    case WIRE_SETUP:
        if (transfer->wanted == 0) {
            enter(wire, transfer, WIRE_STATUS_IN);
        } else {
            enter(wire, transfer, in ? WIRE_IN : WIRE_OUT);
        }
        break;
    case WIRE_IN:
    case WIRE_OUT:
        if (transfer->control) {
            enter(wire, transfer, in ? WIRE_STATUS_OUT : WIRE_STATUS_IN);
        } else {
            finish(wire, transfer, WIRE_ACKED);
        }
        break;
    default: finish(wire, transfer, WIRE_ACKED); break;
    }
}

/* Whether the next packet of the stage is DATA1. */
static bool expects_data1(const struct soc_wire *wire, const struct wire_transfer *transfer)
{
    uint32_t data1 = transfer->stage == WIRE_IN ? wire->in_data1 : wire->out_data1;
    if (transfer->stage == WIRE_STATUS_IN || transfer->stage == WIRE_STATUS_OUT) {
        return true;
    }
    return (data1 >> endpoint(transfer) & 1) != 0;
}

static void toggle(struct soc_wire *wire, struct wire_transfer *transfer)
{
    uint32_t bit = 1U << endpoint(transfer);
    transfer->moved = true;
    if (transfer->stage == WIRE_IN) {
        wire->in_data1 ^= bit;
    } else {
        wire->out_data1 ^= bit;
    }
}

/* NAK, STALL and silence, alike for all tokens. */
static void not_acked(struct soc_wire *wire, struct wire_transfer *transfer,
                      enum soc_usb_answer answer)
{
    switch (answer) {
    case SOC_USB_NAK:
        wire->counts.naks++;
        transfer->errors = 0;
        transfer->naks++;
        next_try(wire, transfer, bytes_ns(HANDSHAKE_BYTES) + pause_ns(transfer));
        break;
    case SOC_USB_STALL: finish(wire, transfer, WIRE_STALLED); break;
    default:
        wire->counts.silent++;
        transfer->errors++;
        next_try(wire, transfer, EAGER_NS);
        if (transfer->errors >= ERRORS_MAX) {
            finish(wire, transfer, WIRE_DEAD);
        }
        break;
    }
}

static void setup_token(struct soc_wire *wire, struct wire_transfer *transfer)
{
    transfer->packet.data1 = false;
    transfer->packet.bytes = USB_SETUP_BYTES;
    usb_setup_put(&transfer->setup, transfer->packet.data);
    enum soc_usb_answer answer = soc_dwc2_setup(wire->core, &transfer->packet);
    if (answer != SOC_USB_ACK) {
        not_acked(wire, transfer, answer);
        return;
    }
    wire->counts.packets++;
    wire->in_data1 |= 1;
    wire->out_data1 |= 1;
    next_stage(wire, transfer);
}

static void out_token(struct soc_wire *wire, struct wire_transfer *transfer)
{
    uint32_t bytes = out_bytes(wire, transfer);
    transfer->packet.data1 = expects_data1(wire, transfer);
    transfer->packet.bytes = bytes;
    memcpy(transfer->packet.data, transfer->data + transfer->done, bytes);
    enum soc_usb_answer answer = soc_dwc2_out(wire->core, &transfer->packet);
    if (answer != SOC_USB_ACK) {
        not_acked(wire, transfer, answer);
        return;
    }
    wire->counts.packets++;
    if (transfer->stage == WIRE_STATUS_OUT) {
        next_stage(wire, transfer);
        return;
    }
    toggle(wire, transfer);
    transfer->done += bytes;
    if (transfer->done == transfer->wanted) {
        next_stage(wire, transfer);
    } else {
        enter(wire, transfer, WIRE_OUT);
    }
}

static void in_token(struct soc_wire *wire, struct wire_transfer *transfer)
{
    enum soc_usb_answer answer = soc_dwc2_in(wire->core, &transfer->packet);
    if (answer != SOC_USB_ACK) {
        not_acked(wire, transfer, answer);
        return;
    }
    transfer->taken = true;
    transfer->due_ns =
        wire->time->now_ns + bytes_ns(AROUND_BYTES - TOKEN_BYTES + transfer->packet.bytes);
    wire->free_ns = transfer->due_ns;
}

/* A whole packet has come: it is acknowledged, and kept unless it is one come twice. */
static void in_packet(struct soc_wire *wire, struct wire_transfer *transfer)
{
    uint32_t bytes = transfer->packet.bytes;
    uint32_t room = transfer->stage == WIRE_IN ? transfer->wanted - transfer->done : 0;
    transfer->taken = false;
    if (bytes > room || bytes > packet_limit(wire, transfer)) {
        finish(wire, transfer, WIRE_BABBLED); /* not acknowledged */
        return;
    }
    soc_dwc2_in_acked(wire->core, &transfer->packet);
    wire->counts.packets++;
    if (transfer->packet.data1 != expects_data1(wire, transfer)) {
        next_try(wire, transfer, 0);
        return;
    }
    if (transfer->stage == WIRE_STATUS_IN) {
        next_stage(wire, transfer);
        return;
    }
    toggle(wire, transfer);
    memcpy(transfer->data + transfer->done, transfer->packet.data, bytes);
    transfer->done += bytes;
    if (bytes < packet_limit(wire, transfer) || transfer->done == transfer->wanted) {
        next_stage(wire, transfer);
    } else {
        enter(wire, transfer, WIRE_IN);
    }
}

static void step(struct soc_wire *wire, struct wire_transfer *transfer)
{
    switch (transfer->stage) {
    case WIRE_SETUP: setup_token(wire, transfer); break;
    case WIRE_OUT:
    case WIRE_STATUS_OUT: out_token(wire, transfer); break;
    case WIRE_IN:
    case WIRE_STATUS_IN:
        if (transfer->taken) {
            in_packet(wire, transfer);
        } else {
            in_token(wire, transfer);
        }
        break;
    default: break;
    }
}

/* Who has the bus comes first, then who has waited longest for it. */
static uint64_t turn_ns(const struct wire_transfer *transfer)
{
    return transfer->taken ? 0 : transfer->due_ns;
}

/* The place of the transfer whose transaction comes next, WIRE_TRANSFERS when none runs. */
static uint32_t first_in_turn(const struct soc_wire *wire)
{
    uint32_t first = WIRE_TRANSFERS;
    for (uint32_t ones = wire->running, i = 0; ones != 0; ones >>= 1, i++) {
        if ((ones & 1) != 0 && (first == WIRE_TRANSFERS ||
                                turn_ns(&wire->transfers[i]) < turn_ns(&wire->transfers[first]))) {
            first = i;
        }
    }
    return first;
}

/* Who would begin while the bus is still taken waits for its end. */
static uint64_t step_ns(const struct soc_wire *wire, const struct wire_transfer *transfer)
{
    uint64_t due_ns = transfer->due_ns;
    if (transfer->taken) {
        return due_ns;
    }
    return (due_ns > wire->free_ns ? due_ns : wire->free_ns) + lead_ns(wire, transfer);
}

uint64_t wire_transfers_due(const struct soc_wire *wire)
{
    uint32_t first = first_in_turn(wire);
    return first == WIRE_TRANSFERS ? UINT64_MAX : step_ns(wire, &wire->transfers[first]);
}

void wire_transfers_step(struct soc_wire *wire)
{
    uint64_t now_ns = wire->time->now_ns;
    if (wire_transfers_due(wire) > now_ns) {
        return;
    }
    struct wire_transfer *transfer = &wire->transfers[first_in_turn(wire)];
    if (!transfer->taken) {
        wire->free_ns = now_ns;
    }
    step(wire, transfer);
}
