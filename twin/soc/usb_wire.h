/* SPDX-License-Identifier: MIT
 * The USB host at the other end of a DWC2 core's cable, packet by packet in virtual time. */
#ifndef TWIN_SOC_USB_WIRE_H
#define TWIN_SOC_USB_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "twin/soc/dwc2.h"
#include "twin/usb_port.h"

/* The host. It sees the device attach, resets it, learns the size of its endpoint 0 and gives it
 * address 1, as every host does; only then is the device connected. After that it makes the
 * transfers that it is asked for, one on each endpoint at a time, whose transactions share the bus.
 */
struct soc_wire;

/* What went over the cable since the start. */
struct soc_wire_counts {
    uint64_t packets; /* transactions that carried a packet and were acknowledged */
    uint64_t naks;    /* tries that the device put off */
    uint64_t silent;  /* tokens without an answer */
    uint64_t resets;  /* bus resets */
};

/* Makes a host with the cable plugged in.
 *
 * Owns      core and time stay the caller's and must outlive the wire, which goes back with
 *           soc_wire_free
 * Returns   the wire, NULL without memory */
struct soc_wire *soc_wire_new(struct soc_dwc2 *core, const struct twin_time *time);

/* Frees a wire. */
void soc_wire_free(struct soc_wire *wire);

/* Gives the wire as a part without registers: its due and advance drive the host. Its reset does
 * nothing: a reset of the chip is not one of the host. Valid as long as the wire. */
struct soc_part soc_wire_part(struct soc_wire *wire);

/* Says whether a device is on the bus and has its address. */
bool soc_wire_connected(const struct soc_wire *wire);

/* Tries a control transfer. The first call starts it, further calls with the same setup ask how
 * it stands; a call with another setup aborts it and starts the other, and the device sees the new
 * SETUP in the midst of the old transfer.
 *
 * data      at least setup->length bytes: sent by the first call, or filled with EP0_ACK
 * length    wLength on entry, bytes of the data stage with EP0_ACK, else untouched
 * Returns   EP0_NAK while it is under way, then EP0_ACK or EP0_STALL once, EP0_GONE when there is
 *           no device. A token that stays unanswered three times kills the transfer, as it does in
 *           every host controller; it then answers EP0_NAK until the caller's limit has passed and
 *           it is cancelled. A device asleep is woken first.
 * Source    USB 2.0, "Control Transfers", "Error Handling on the Last Data Transaction" */
enum ep0_answer soc_wire_control(struct soc_wire *wire, const struct usb_setup *setup,
                                 uint8_t *data, uint16_t *length);

/* Tries a bulk or interrupt transfer, as soc_wire_control does; those on other endpoints go on
 * beside it. An IN transfer ends with a short packet or when *length bytes have come.
 *
 * length    at most USB_PIPE_BYTES_MAX; more is refused
 * Returns   as soc_wire_control, but EP0_LOST or EP0_BABBLE once for a transfer that was killed */
enum ep0_answer soc_wire_data(struct soc_wire *wire, const struct usb_pipe *pipe, uint8_t *data,
                              uint32_t *length);

/* Gives up the control transfer under way. The device is not told. */
void soc_wire_cancel(struct soc_wire *wire);

/* Gives up the transfer under way on another endpoint. The device is not told.
 *
 * endpoint  as in its descriptor
 * Returns   whether packets of it had moved: then the data toggle is another one than before it */
bool soc_wire_cancel_data(struct soc_wire *wire, uint8_t endpoint);

/* Resets the port, then gives the address again. The device counts as connected meanwhile, unless
 * that fails. */
void soc_wire_bus_reset(struct soc_wire *wire);

/* Stops or takes up the starts of frame: the host goes to sleep or wakes. Only an idle, connected
 * device is put to sleep. */
void soc_wire_sleep(struct soc_wire *wire, bool asleep);

/* Plugs the cable in or out at the host's end. */
void soc_wire_plug(struct soc_wire *wire, bool plugged);

/* Gives the counts so far. */
struct soc_wire_counts soc_wire_counts(const struct soc_wire *wire);

#endif
