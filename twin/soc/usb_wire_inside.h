/* SPDX-License-Identifier: MIT
 * What the two files of the host share. */
#ifndef TWIN_SOC_USB_WIRE_INSIDE_H
#define TWIN_SOC_USB_WIRE_INSIDE_H

#include "twin/soc/usb_wire.h"

enum { WIRE_TRANSFER_BYTES = UINT16_MAX + 1, WIRE_EP0_BYTES = USB_EP0_PACKET_BYTES };

enum wire_stage {
    WIRE_NONE, /* no transfer */
    WIRE_SETUP,
    WIRE_OUT,
    WIRE_IN,
    WIRE_STATUS_OUT,
    WIRE_STATUS_IN,
    WIRE_ACKED,
    WIRE_STALLED,
    WIRE_DEAD, /* no answer, or nonsense */
};

/* The transfer under way. */
struct wire_transfer {
    enum wire_stage stage;
    bool control;
    struct usb_setup setup;    /* of a control transfer */
    struct soc_wire_pipe pipe; /* of the others */
    uint64_t due_ns;           /* next moment on the wires */
    uint32_t wanted, done;     /* bytes of the data stage */
    uint32_t naks, errors;     /* in a row */
    bool taken;                /* packet came, and is not acknowledged yet */
    struct soc_usb_packet packet;
    uint8_t data[WIRE_TRANSFER_BYTES];
};

enum wire_state {
    WIRE_EMPTY,
    WIRE_DEBOUNCE,
    WIRE_RESET,
    WIRE_RECOVERY,
    WIRE_DESCRIBE,
    WIRE_ADDRESS,
    WIRE_SETTLE,
    WIRE_READY,
    WIRE_ASLEEP,
    WIRE_RESUME,
    WIRE_RESUMED,
    WIRE_FAILED,
};

struct soc_wire {
    struct soc_dwc2 *core;
    const struct twin_time *time;
    enum wire_state state;
    uint64_t due_ns;   /* of the state */
    bool plugged, up;  /* up: the pull-up, as last noticed */
    uint32_t pull_ups; /* of the core, as last noticed */
    bool connected;
    uint32_t tries; /* at enumerating */
    uint8_t address;
    uint32_t ep0_bytes;           /* bMaxPacketSize0 */
    uint32_t in_data1, out_data1; /* bit n: endpoint n's next packet is DATA1 */
    struct soc_wire_counts counts;
    struct wire_transfer transfer;
};

/* Starts a control transfer or one on a pipe: fill control, setup or pipe, wanted and data. */
void wire_transfer_start(struct soc_wire *wire);

/* Makes the transaction that is due. */
void wire_transfer_step(struct soc_wire *wire);

/* Says whether the transfer still has something to do. */
bool wire_transfer_runs(const struct soc_wire *wire);

#endif
