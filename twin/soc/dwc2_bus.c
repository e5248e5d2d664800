/* SPDX-License-Identifier: MIT
 * The DWC2 core's end of the cable: what it does with tokens, resets and silence on the bus. */
#include <stdio.h>
#include <string.h>

#include "twin/soc/dwc2_inside.h"

enum { USB_CLOCK_HZ = 48000000, CLOCK_OFF_HZ = USB_CLOCK_HZ / 400 }; /* USB 2.0: 0.25 % */

/* Words that SETUP packets can always have. Source RM0090, "Receive FIFO size" */
enum { SETUP_RESERVE = 10, SETUP_WORDS = 3 };

static uint32_t *in_reg(struct soc_dwc2 *core, uint32_t endpoint, uint32_t which)
{
    return dwc2_reg(core, R_DIEP + R_BLOCK * endpoint + which);
}

static uint32_t *out_reg(struct soc_dwc2 *core, uint32_t endpoint, uint32_t which)
{
    return dwc2_reg(core, R_DOEP + R_BLOCK * endpoint + which);
}

static bool is_in_tune(const struct soc_dwc2 *core)
{
    uint32_t hz = core->clocks->usb;
    return hz >= USB_CLOCK_HZ - CLOCK_OFF_HZ && hz <= USB_CLOCK_HZ + CLOCK_OFF_HZ;
}

/* Mostly the program is for a board with another crystal. */
static void complain(struct soc_dwc2 *core)
{
    char text[80];
    if (!is_in_tune(core) && core->pulled && core->lines->remark != NULL) {
        (void)snprintf(text, sizeof text,
                       "USB runs at %u Hz, not at 48 MHz (the crystal?), and hears nothing:",
                       (unsigned)core->clocks->usb);
        core->lines->remark(core->lines->chip, text);
    }
}

/* The serial engine runs, and the token is for this device. */
static bool hears(struct soc_dwc2 *core, const struct soc_usb_packet *packet)
{
    bool stopped = (*dwc2_reg(core, R_PCGCCTL) & PCGCCTL_STPPCLK) != 0;
    return is_in_tune(core) && !stopped && core->pulled && core->bus == SOC_USB_FRAMES &&
           packet->address == core->address && packet->endpoint < core->row->endpoints;
}

static bool exists(uint32_t control, uint32_t endpoint)
{
    return endpoint == 0 || (control & EPCTL_USBAEP) != 0;
}

static uint32_t out_packet_bytes(struct soc_dwc2 *core, uint32_t endpoint)
{
    return endpoint == 0 ? dwc2_in_packet_bytes(core, 0) : *out_reg(core, endpoint, EP_CTL) & 0x7FF;
}

static uint32_t rx_free(struct soc_dwc2 *core)
{
    uint32_t depth = dwc2_rx_depth(core);
    return core->rx.count < depth ? depth - core->rx.count : 0;
}

static uint32_t packets_left(uint32_t size, uint32_t endpoint)
{
    return size >> 19 & (endpoint == 0 ? 3U : 0x3FFU);
}

static void count_packet(uint32_t *size, uint32_t endpoint)
{
    *size -= packets_left(*size, endpoint) > 0 ? 1U << 19 : 0;
}

/* The core notes the end of the SETUP stage when it sees the first token after it.
 * Source RM0090, "SETUP transactions" */
static void end_setup_stage(struct soc_dwc2 *core, const struct soc_usb_packet *packet)
{
    if (packet->endpoint == 0 && core->setup_open && rx_free(core) > 0) {
        core->setup_open = false;
        core->setups = 0;
        dwc2_rx_status(core, RX_SETUP_DONE, packet);
    }
}

static void count_setup(struct soc_dwc2 *core)
{
    uint32_t *size = out_reg(core, 0, EP_TSIZ);
    *size -= *size >> 29 != 0 ? 1U << 29 : 0;
    core->setups++;
    if (core->setups > 3) {
        *out_reg(core, 0, EP_INT) |= EPINT_B2BSTUP;
    }
}

enum soc_usb_answer soc_dwc2_setup(struct soc_dwc2 *core, const struct soc_usb_packet *packet)
{
    uint32_t *in = in_reg(core, 0, EP_CTL);
    uint32_t *out = out_reg(core, 0, EP_CTL);
    complain(core);
    if (!hears(core, packet) || packet->endpoint != 0 || rx_free(core) < SETUP_WORDS) {
        return SOC_USB_SILENT;
    }
    dwc2_rx_status(core, RX_SETUP, packet);
    dwc2_fifo_put_bytes(&core->rx, packet->data, packet->bytes, dwc2_rx_depth(core));
    *in = (*in & ~EPCTL_STALL) | EPCTL_NAKSTS;
    *out = (*out & ~EPCTL_STALL) | EPCTL_NAKSTS;
    core->in_data1[0] = core->out_data1[0] = true;
    core->setup_open = true;
    core->status_open = packet->data[6] == 0 && packet->data[7] == 0;
    count_setup(core);
    dwc2_update(core);
    return SOC_USB_ACK;
}

/* A packet that the endpoint takes. */
static void take_out(struct soc_dwc2 *core, const struct soc_usb_packet *packet)
{
    uint32_t endpoint = packet->endpoint;
    uint32_t *control = out_reg(core, endpoint, EP_CTL);
    uint32_t *size = out_reg(core, endpoint, EP_TSIZ);
    dwc2_rx_status(core, RX_OUT, packet);
    dwc2_fifo_put_bytes(&core->rx, packet->data, packet->bytes, dwc2_rx_depth(core));
    core->out_data1[endpoint] = !packet->data1;
    uint32_t left = *size & dwc2_byte_mask(endpoint);
    *size -= packet->bytes < left ? packet->bytes : left;
    count_packet(size, endpoint);
    bool last = packet->bytes < out_packet_bytes(core, endpoint);
    /* Endpoint 0 has one bit of packet count: every packet is a transfer. */
    if (last || endpoint == 0 || packets_left(*size, endpoint) == 0) {
        *control |= EPCTL_NAKSTS;
        dwc2_rx_status(core, RX_OUT_DONE, packet);
    }
}

static enum soc_usb_answer answer_out(struct soc_dwc2 *core, const struct soc_usb_packet *packet)
{
    uint32_t endpoint = packet->endpoint;
    uint32_t control = *out_reg(core, endpoint, EP_CTL);
    uint32_t needed = (packet->bytes + 3) / 4 + 2 + SETUP_RESERVE;
    bool global = (*dwc2_reg(core, R_DCTL) & DCTL_GONSTS) != 0;
    if ((control & EPCTL_STALL) != 0) {
        return SOC_USB_STALL;
    }
    if (endpoint == 0 && (control & EPCTL_EPENA) == 0) {
        *out_reg(core, 0, EP_INT) |= EPINT_OTEPDIS;
    }
    if ((control & EPCTL_NAKSTS) != 0 || (control & EPCTL_EPENA) == 0 || global ||
        rx_free(core) < needed) {
        *out_reg(core, endpoint, EP_INT) |= core->row->wrapper_2 ? EPINT_NAK : 0;
        return SOC_USB_NAK;
    }
    if (packet->data1 == core->out_data1[endpoint]) {
        take_out(core, packet);
    }
    return SOC_USB_ACK; /* one sent again, whose acknowledge was lost, goes nowhere */
}

enum soc_usb_answer soc_dwc2_out(struct soc_dwc2 *core, const struct soc_usb_packet *packet)
{
    if (!hears(core, packet) ||
        !exists(*out_reg(core, packet->endpoint, EP_CTL), packet->endpoint)) {
        return SOC_USB_SILENT;
    }
    end_setup_stage(core, packet);
    enum soc_usb_answer answer = answer_out(core, packet);
    dwc2_update(core);
    return answer;
}

/* The endpoint has a packet to send, and may. */
static bool next_in(struct soc_dwc2 *core, uint32_t endpoint, struct soc_usb_packet *packet)
{
    uint32_t control = *in_reg(core, endpoint, EP_CTL);
    uint32_t size = *in_reg(core, endpoint, EP_TSIZ);
    bool global = (*dwc2_reg(core, R_DCTL) & DCTL_GINSTS) != 0;
    if ((control & EPCTL_NAKSTS) != 0 || (control & EPCTL_EPENA) == 0 || global ||
        packets_left(size, endpoint) == 0) {
        return false;
    }
    return dwc2_tx_next(core, endpoint, packet);
}

static enum soc_usb_answer answer_in(struct soc_dwc2 *core, struct soc_usb_packet *packet)
{
    uint32_t endpoint = packet->endpoint;
    uint32_t *flags = in_reg(core, endpoint, EP_INT);
    if ((*in_reg(core, endpoint, EP_CTL) & EPCTL_STALL) != 0) {
        return SOC_USB_STALL;
    }
    if (!next_in(core, endpoint, packet)) {
        *flags |= dwc2_tx_bare(core, endpoint) ? EPINT_ITTXFE : 0;
        *flags |= core->row->wrapper_2 ? EPINT_NAK : 0;
        return SOC_USB_NAK;
    }
    packet->data1 = core->in_data1[endpoint];
    return SOC_USB_ACK;
}

enum soc_usb_answer soc_dwc2_in(struct soc_dwc2 *core, struct soc_usb_packet *packet)
{
    if (!hears(core, packet) ||
        !exists(*in_reg(core, packet->endpoint, EP_CTL), packet->endpoint)) {
        return SOC_USB_SILENT;
    }
    end_setup_stage(core, packet);
    enum soc_usb_answer answer = answer_in(core, packet);
    dwc2_update(core);
    return answer;
}

void soc_dwc2_in_acked(struct soc_dwc2 *core, const struct soc_usb_packet *packet)
{
    uint32_t endpoint = packet->endpoint;
    uint32_t *size = in_reg(core, endpoint, EP_TSIZ);
    if (packet->bytes > 0) {
        dwc2_tx_drop(core, endpoint);
    }
    core->in_data1[endpoint] = !packet->data1;
    count_packet(size, endpoint);
    if (packets_left(*size, endpoint) == 0) {
        *in_reg(core, endpoint, EP_CTL) &= ~EPCTL_EPENA;
        *in_reg(core, endpoint, EP_INT) |= EPINT_XFRC;
    }
    if (endpoint == 0 && core->status_open) {
        core->status_open = false;
        core->address = DCFG_DAD(*dwc2_reg(core, R_DCFG));
    }
    dwc2_update(core);
}

void soc_dwc2_vbus(struct soc_dwc2 *core, bool on)
{
    bool before = dwc2_session_valid(core);
    core->vbus = on;
    bool after = dwc2_session_valid(core);
    if (before && !after) {
        *dwc2_reg(core, R_GOTGINT) |= GOTGINT_SEDET;
    }
    if (!before && after) {
        *dwc2_reg(core, R_GINTSTS) |= GINT_SRQINT;
    }
    dwc2_update(core);
}

bool soc_dwc2_wakes_host(const struct soc_dwc2 *core)
{
    return (core->reg[R_DCTL / 4] & DCTL_RWUSIG) != 0 &&
           (core->reg[R_DSTS / 4] & DSTS_SUSPSTS) != 0;
}

/* A bus reset takes away every endpoint but 0. DAD is the driver's to clear. */
static void begin_reset(struct soc_dwc2 *core)
{
    for (uint32_t i = 1; i < core->row->endpoints; i++) {
        *in_reg(core, i, EP_CTL) &= ~EPCTL_USBAEP;
        *out_reg(core, i, EP_CTL) &= ~EPCTL_USBAEP;
    }
    core->setup_open = core->status_open = false;
    core->setups = 0;
    *dwc2_reg(core, R_GINTSTS) |= GINT_USBRST;
}

static void end_reset(struct soc_dwc2 *core)
{
    *dwc2_reg(core, R_DSTS) |= DSTS_ENUM_FS;
    *dwc2_reg(core, R_GINTSTS) |= GINT_ENUMDNE;
}

void soc_dwc2_bus(struct soc_dwc2 *core, enum soc_usb_bus bus)
{
    enum soc_usb_bus before = core->bus;
    uint32_t *dsts = dwc2_reg(core, R_DSTS);
    bool suspended = (*dsts & DSTS_SUSPSTS) != 0;
    bool stopped = (*dwc2_reg(core, R_PCGCCTL) & PCGCCTL_STPPCLK) != 0;
    if (dwc2_frames(core) != core->sof_frame) {
        *dwc2_reg(core, R_GINTSTS) |= GINT_SOF;
    }
    core->frame_base += (uint32_t)dwc2_frames(core);
    core->sof_frame = 0;
    core->bus = bus;
    core->bus_ns = core->lines->time->now_ns;
    if (bus != SOC_USB_IDLE && core->pulled) {
        *dsts &= ~DSTS_SUSPSTS;
        bool wakes = suspended && (bus != SOC_USB_RESET || stopped);
        *dwc2_reg(core, R_GINTSTS) |= wakes ? GINT_WKUINT : 0;
    }
    if (bus == SOC_USB_RESET && core->pulled) {
        /* No document says so, but code that ST generates stops the clock in the silence before the
         * first reset and never starts it; such devices enumerate, and are deaf after a resume. */
        *dwc2_reg(core, R_PCGCCTL) &= ~PCGCCTL_STPPCLK;
        begin_reset(core);
    }
    if (bus == SOC_USB_FRAMES && before == SOC_USB_RESET && core->pulled) {
        end_reset(core);
    }
    dwc2_update(core);
}
