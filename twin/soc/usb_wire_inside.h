/* SPDX-License-Identifier: MIT
 * What the two files of the host share. */
#ifndef TWIN_SOC_USB_WIRE_INSIDE_H
#define TWIN_SOC_USB_WIRE_INSIDE_H

#include "twin/soc/usb_wire.h"

/* Transfers: endpoint 0, OUT endpoints from 1, IN endpoints from 17. */
enum { WIRE_EP0_BYTES = USB_EP0_PACKET_BYTES, WIRE_TRANSFERS = 32, WIRE_IN_FIRST = 16 };

enum wire_stage {
    WIRE_NONE, /* no transfer */
    WIRE_SETUP,
    WIRE_OUT,
    WIRE_IN,
    WIRE_STATUS_OUT,
    WIRE_STATUS_IN,
    WIRE_ACKED,
    WIRE_STALLED,
    WIRE_DEAD,    /* no answer */
    WIRE_BABBLED, /* more than was asked for */
};

/* A transfer under way. */
struct wire_transfer {
    enum wire_stage stage;
    bool control;
    struct usb_setup setup; /* of a control transfer */
    struct usb_pipe pipe;   /* of the others */
    uint64_t due_ns;        /* when its packet ends, if taken; else when it wants the bus */
    uint32_t wanted, done;  /* bytes of the data stage */
    uint32_t naks, errors;  /* in a row */
    bool taken;             /* packet came, and is not acknowledged yet */
    bool moved;             /* a packet of the data stage was acknowledged */
    struct soc_usb_packet packet;
    uint8_t *data; /* room bytes, of malloc */
    uint32_t room;
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
    uint64_t free_ns; /* until when the last transaction takes the bus */
    uint32_t running; /* bit n: transfer n has something to do */
    struct wire_transfer transfers[WIRE_TRANSFERS];
};

/* Makes room for the data of a transfer. Returns false without memory. */
bool wire_transfer_room(struct wire_transfer *transfer, uint32_t bytes);

/* Starts a control transfer or one on a pipe: fill control, setup or pipe, wanted and data. */
void wire_transfer_start(struct soc_wire *wire, struct wire_transfer *transfer);

/* Ends what is under way, as if it had never been. */
void wire_transfer_drop(struct soc_wire *wire, struct wire_transfer *transfer);

/* Gives the moment of the next transaction of any transfer, UINT64_MAX when there is none. */
uint64_t wire_transfers_due(const struct soc_wire *wire);

/* Makes the transaction that is due, if one is. */
void wire_transfers_step(struct soc_wire *wire);

/* Says whether the transfer still has something to do. */
bool wire_transfer_runs(const struct wire_transfer *transfer);

/* Says how the transfer stands, and takes the result away: its data, when in, and how much. */
enum ep0_answer wire_transfer_result(struct wire_transfer *transfer, uint8_t *data,
                                     uint32_t *length, bool in);

/* Makes the wire ready for a transfer; false while it is not. */
bool wire_may_start(struct soc_wire *wire);

#endif
