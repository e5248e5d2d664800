/* SPDX-License-Identifier: MIT
 * What the files of the DWC2 core share. */
#ifndef TWIN_SOC_DWC2_INSIDE_H
#define TWIN_SOC_DWC2_INSIDE_H

#include "twin/soc/dwc2.h"
#include "twin/soc/dwc2_regs.h"

/* Words in the order they came. */
struct dwc2_fifo {
    uint32_t head, count;
    uint32_t words[SOC_DWC2_WORDS_MAX];
};

enum { DWC2_TX_PACKETS = 64 };

/* A transmit FIFO. A packet is whole, and counted off XFRSIZ, when its last word is written.
 * Source RM0090, "OTG_FS device IN endpoint x transfer size register" */
struct dwc2_tx {
    struct dwc2_fifo fifo;
    uint32_t claimed;        /* words that belong to whole packets */
    uint32_t first, packets; /* whole packets */
    uint8_t lengths[DWC2_TX_PACKETS];
};

struct soc_dwc2 {
    const struct soc_dwc2_row *row;
    const struct soc_lines *lines;
    const struct soc_clocks *clocks;
    uint32_t reg[R_END / 4]; /* as last written; latched bits; see soc_dwc2's read for the rest */
    struct dwc2_fifo rx;
    struct dwc2_tx tx[SOC_DWC2_ENDPOINTS_MAX];
    bool in_data1[SOC_DWC2_ENDPOINTS_MAX], out_data1[SOC_DWC2_ENDPOINTS_MAX];
    bool line;           /* level of the interrupt line */
    bool out_nak_popped; /* global OUT NAK is in effect */
    bool setup_open;     /* no token has followed the last SETUP yet */
    bool status_open;    /* the status stage of a request without data is still to come */
    uint32_t setups;     /* back to back */
    uint32_t address;    /* the one answered to: DAD, from the end of the status stage on */
    bool vbus, pulled;   /* pulled: as last seen */
    uint32_t pull_ups;   /* edges */
    uint64_t pulled_ns;  /* of the last edge */
    enum soc_usb_bus bus;
    uint64_t bus_ns;     /* since when */
    uint32_t frame_base; /* frame number at bus_ns */
    uint64_t sof_frame;  /* frames since bus_ns that GINTSTS.SOF has been cleared for */
};

/* One register as stored.
 *
 * Owns      nothing: the word is a part of the core */
static inline uint32_t *dwc2_reg(struct soc_dwc2 *core, uint32_t offset)
{
    return &core->reg[offset / 4];
}

/* Brings the pull-up and the interrupt line up to date after any change. */
void dwc2_update(struct soc_dwc2 *core);

/* Says whether VBUS counts as valid for a session. */
bool dwc2_session_valid(const struct soc_dwc2 *core);

/* Puts the stored registers back; soft keeps what CSRST keeps. */
void dwc2_reset_registers(struct soc_dwc2 *core, bool soft);

/* Reads or writes a register between DCFG and the last endpoint. */
uint32_t dwc2_device_read(struct soc_dwc2 *core, uint32_t offset);
void dwc2_device_write(struct soc_dwc2 *core, uint32_t offset, uint32_t value);

/* The DAINT register. */
uint32_t dwc2_daint(struct soc_dwc2 *core);

/* Frames since the bus state began. */
uint64_t dwc2_frames(const struct soc_dwc2 *core);

/* Whole FIFOs. Taking from an empty one gives 0, putting into a full one is lost. */
void dwc2_fifo_put(struct dwc2_fifo *fifo, uint32_t word, uint32_t depth);
uint32_t dwc2_fifo_take(struct dwc2_fifo *fifo);
void dwc2_fifo_put_bytes(struct dwc2_fifo *fifo, const uint8_t *data, uint32_t bytes,
                         uint32_t depth);
void dwc2_fifo_peek_bytes(const struct dwc2_fifo *fifo, uint8_t *data, uint32_t bytes);

/* Depth of a FIFO, in words, cut where the packet RAM ends. */
uint32_t dwc2_inside_ram(const struct soc_dwc2 *core, uint32_t start, uint32_t depth);
uint32_t dwc2_rx_depth(struct soc_dwc2 *core);

/* Bits of XFRSIZ in an endpoint's transfer size register. */
static inline uint32_t dwc2_byte_mask(uint32_t endpoint)
{
    return endpoint == 0 ? EP0_TSIZ_BYTES : EPN_TSIZ_BYTES;
}

/* Largest packet of an IN endpoint. */
uint32_t dwc2_in_packet_bytes(struct soc_dwc2 *core, uint32_t endpoint);

/* Free words of an IN endpoint's FIFO, whether it is empty, and empty enough for TXFE. */
uint32_t dwc2_tx_free(struct soc_dwc2 *core, uint32_t endpoint);
bool dwc2_tx_bare(struct soc_dwc2 *core, uint32_t endpoint);
bool dwc2_tx_empty(struct soc_dwc2 *core, uint32_t endpoint);

/* Puts a word into FIFO number; finds out which packets are whole now. */
void dwc2_tx_put(struct soc_dwc2 *core, uint32_t number, uint32_t word);
void dwc2_tx_claim(struct soc_dwc2 *core, uint32_t endpoint);

/* Fills bytes and data with an endpoint's next packet; false: it is not whole. Drops it. */
bool dwc2_tx_next(struct soc_dwc2 *core, uint32_t endpoint, struct soc_usb_packet *packet);
void dwc2_tx_drop(struct soc_dwc2 *core, uint32_t endpoint);

/* Pops a status word (GRXSTSP), with what that sets off. */
uint32_t dwc2_rx_pop(struct soc_dwc2 *core);

/* Puts a status word into the receive FIFO. */
void dwc2_rx_status(struct soc_dwc2 *core, uint32_t status, const struct soc_usb_packet *packet);

/* Flushes what GRSTCTL asks for. */
void dwc2_flush(struct soc_dwc2 *core, uint32_t grstctl);

#endif
