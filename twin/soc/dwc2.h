/* SPDX-License-Identifier: MIT
 * The Synopsys DWC2 OTG full-speed core in device mode: its registers, and its side of the cable.
 */
#ifndef TWIN_SOC_DWC2_H
#define TWIN_SOC_DWC2_H

#include <stdbool.h>
#include <stdint.h>

#include "twin/soc/part.h"

enum { SOC_USB_PACKET_BYTES = 64, SOC_DWC2_ENDPOINTS_MAX = 9, SOC_DWC2_WORDS_MAX = 1024 };

/* What differs between two chips' cores. Source RM0090, RM0433, "OTG_FS register map" */
struct soc_dwc2_row {
    const char *name;
    uint32_t base, irq;    /* irq: position in the vector table, 0 = WWDG */
    uint32_t endpoints;    /* IN and as many OUT, endpoint 0 included */
    uint32_t fifo_words;   /* packet RAM */
    uint32_t cid, snpsid;  /* version of the wrapper, of the core */
    uint32_t hwcfg[4];     /* GHWCFG1..4 */
    uint32_t gotgctl_mask; /* bits that can be written */
    uint32_t gahbcfg_mask;
    uint32_t gusbcfg_mask;
    uint32_t gccfg_mask;
    uint32_t dctl_reset;
    uint32_t dieptxf_step; /* between the reset values of two DIEPTXFn */
    bool wrapper_2;        /* CID 2.x: BVALOEN, VBDEN, NAK interrupts; else NOVBUSSENS, VBUSBSEN */
};

extern const struct soc_dwc2_row soc_dwc2_f405; /* OTG_FS */
extern const struct soc_dwc2_row soc_dwc2_h743; /* USB2 OTG_FS */

struct soc_dwc2;

/* Makes a core in its reset state. No DMA, no host mode, no isochronous endpoints.
 *
 * Owns      row, lines and clocks stay the caller's and must outlive the core; clocks->usb other
 *           than 48 MHz +- 0.25 % makes the core deaf, 0 makes its registers read 0 and ignore
 *           writes; the core goes back with soc_dwc2_free
 * Returns   the core, NULL without memory */
struct soc_dwc2 *soc_dwc2_new(const struct soc_dwc2_row *row, const struct soc_lines *lines,
                              const struct soc_clocks *clocks);

/* Frees a core. */
void soc_dwc2_free(struct soc_dwc2 *core);

/* Gives the core as a part of the chip; valid as long as the core. */
struct soc_part soc_dwc2_part(struct soc_dwc2 *core);

/* --- The cable: what a host controller sees of the core, and does to it. --- */

/* What is on the wires, as the host drives them. */
enum soc_usb_bus {
    SOC_USB_IDLE,   /* no start of frame: suspend, or nobody there */
    SOC_USB_RESET,  /* SE0 */
    SOC_USB_FRAMES, /* a start of frame each millisecond */
    SOC_USB_RESUME, /* K */
};

/* A device's answer to a token. */
enum soc_usb_answer { SOC_USB_ACK, SOC_USB_NAK, SOC_USB_STALL, SOC_USB_SILENT };

/* One data packet and the token before it. */
struct soc_usb_packet {
    uint8_t address, endpoint; /* endpoint without direction, 0..15 */
    bool data1;                /* DATA1, not DATA0 */
    uint32_t bytes;            /* 0..64 */
    uint8_t data[SOC_USB_PACKET_BYTES];
};

/* Says whether the pull-up on D+ is on. */
bool soc_dwc2_pulled_up(const struct soc_dwc2 *core);

/* Gives the number of times that the pull-up has gone on: a change betrays a short disconnect. */
uint32_t soc_dwc2_pull_ups(const struct soc_dwc2 *core);

/* Says whether the device signals a remote wakeup (RWUSIG while suspended). */
bool soc_dwc2_wakes_host(const struct soc_dwc2 *core);

/* Puts or removes 5 V at VBUS. New cores have none. */
void soc_dwc2_vbus(struct soc_dwc2 *core, bool on);

/* Changes what the host drives, now. From SOC_USB_RESET to SOC_USB_FRAMES ends a bus reset. */
void soc_dwc2_bus(struct soc_dwc2 *core, enum soc_usb_bus bus);

/* Gives the device a SETUP transaction; packet->bytes is 8. The device answers ACK or is silent. */
enum soc_usb_answer soc_dwc2_setup(struct soc_dwc2 *core, const struct soc_usb_packet *packet);

/* Gives the device an OUT transaction. */
enum soc_usb_answer soc_dwc2_out(struct soc_dwc2 *core, const struct soc_usb_packet *packet);

/* Sends the device an IN token. On SOC_USB_ACK the packet's data1, bytes and data are filled, and
 * soc_dwc2_in_acked must follow once the host has taken the packet (or must not, when it was
 * lost on the way: the device then sends it again). */
enum soc_usb_answer soc_dwc2_in(struct soc_dwc2 *core, struct soc_usb_packet *packet);

/* Tells the device that the host has acknowledged its last packet on an endpoint. */
void soc_dwc2_in_acked(struct soc_dwc2 *core, const struct soc_usb_packet *packet);

#endif
