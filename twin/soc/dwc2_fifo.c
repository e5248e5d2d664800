/* SPDX-License-Identifier: MIT
 * The packet FIFOs of the DWC2 core. */
#include <stddef.h>

#include "twin/soc/dwc2_inside.h"

#include "core/bytes.h"

void dwc2_fifo_put(struct dwc2_fifo *fifo, uint32_t word, uint32_t depth)
{
    if (fifo->count < depth) {
        fifo->words[(fifo->head + fifo->count) % SOC_DWC2_WORDS_MAX] = word;
        fifo->count++;
    }
}

uint32_t dwc2_fifo_take(struct dwc2_fifo *fifo)
{
    if (fifo->count == 0) {
        return 0;
    }
    uint32_t word = fifo->words[fifo->head];
    fifo->head = (fifo->head + 1) % SOC_DWC2_WORDS_MAX;
    fifo->count--;
    return word;
}

void dwc2_fifo_put_bytes(struct dwc2_fifo *fifo, const uint8_t *data, uint32_t bytes,
                         uint32_t depth)
{
    for (uint32_t at = 0; at < bytes; at += 4) {
        uint8_t word[4] = {0};
        for (uint32_t i = 0; i < 4 && at + i < bytes; i++) {
            word[i] = data[at + i];
        }
        dwc2_fifo_put(fifo, get_le32(word), depth);
    }
}

void dwc2_fifo_peek_bytes(const struct dwc2_fifo *fifo, uint8_t *data, uint32_t bytes)
{
    for (uint32_t i = 0; i < bytes; i++) {
        uint32_t word = fifo->words[(fifo->head + i / 4) % SOC_DWC2_WORDS_MAX];
        data[i] = (uint8_t)(word >> (8 * (i % 4)));
    }
}

/* FIFOs that a driver lets overlap are not modelled; one that leaves the RAM is cut short. */
static uint32_t inside_ram(const struct soc_dwc2 *core, uint32_t start, uint32_t depth)
{
    uint32_t room = start < core->row->fifo_words ? core->row->fifo_words - start : 0;
    return depth < room ? depth : room;
}

uint32_t dwc2_rx_depth(struct soc_dwc2 *core)
{
    return inside_ram(core, 0, *dwc2_reg(core, R_GRXFSIZ) & 0xFFFF);
}

uint32_t dwc2_tx_depth(struct soc_dwc2 *core, uint32_t number)
{
    uint32_t value = *dwc2_reg(core, number == 0 ? R_DIEPTXF0 : R_DIEPTXF1 + 4 * (number - 1));
    return inside_ram(core, value & 0xFFFF, value >> 16);
}

uint32_t dwc2_tx_number(struct soc_dwc2 *core, uint32_t endpoint)
{
    uint32_t number = (*dwc2_reg(core, R_DIEP + R_BLOCK * endpoint) & EPCTL_TXFNUM) >> 22;
    return endpoint == 0 || number >= core->row->endpoints ? 0 : number;
}

bool dwc2_tx_empty(struct soc_dwc2 *core, uint32_t number)
{
    uint32_t used = core->tx[number].count;
    if ((*dwc2_reg(core, R_GAHBCFG) & GAHBCFG_TXFELVL) != 0) {
        return used == 0;
    }
    return 2 * used <= dwc2_tx_depth(core, number);
}

void dwc2_rx_status(struct soc_dwc2 *core, uint32_t status, const struct soc_usb_packet *packet)
{
    uint32_t frame = (core->frame_base + (uint32_t)dwc2_frames(core)) & 0xF;
    uint32_t word = status << 17 | frame << 21;
    if (packet != NULL) {
        uint32_t data = status == RX_OUT || status == RX_SETUP ? packet->bytes : 0;
        word |= packet->endpoint | data << 4 | (packet->data1 ? 2U << 15 : 0);
    }
    dwc2_fifo_put(&core->rx, word, dwc2_rx_depth(core));
}

/* The end of a SETUP stage or of an OUT transfer takes effect when the driver pops its word: the
 * endpoint is disabled, the interrupt comes. Source RM0090, "SETUP and OUT data transfers" */
static void end_transfer(struct soc_dwc2 *core, uint32_t endpoint, uint32_t interrupt)
{
    *dwc2_reg(core, R_DOEP + R_BLOCK * endpoint) &= ~EPCTL_EPENA;
    *dwc2_reg(core, R_DOEP + R_BLOCK * endpoint + EP_INT) |= interrupt;
}

uint32_t dwc2_rx_pop(struct soc_dwc2 *core)
{
    uint32_t word = dwc2_fifo_take(&core->rx);
    uint32_t endpoint = word & 0xF;
    uint32_t status = word >> 17 & 0xF;
    if (status == RX_OUT_NAK) {
        core->out_nak_popped = (*dwc2_reg(core, R_DCTL) & DCTL_GONSTS) != 0;
    }
    if (endpoint < core->row->endpoints && status == RX_SETUP_DONE) {
        end_transfer(core, endpoint, EPINT_STUP);
    }
    if (endpoint < core->row->endpoints && status == RX_OUT_DONE) {
        end_transfer(core, endpoint, EPINT_XFRC);
    }
    return word;
}

void dwc2_flush(struct soc_dwc2 *core, uint32_t grstctl)
{
    uint32_t number = (grstctl & GRSTCTL_TXFNUM) >> 6;
    if ((grstctl & GRSTCTL_RXFFLSH) != 0) {
        core->rx.count = 0;
    }
    for (uint32_t i = 0; (grstctl & GRSTCTL_TXFFLSH) != 0 && i < core->row->endpoints; i++) {
        if (number == i || number == GRSTCTL_ALL_FIFO) {
            core->tx[i].count = 0;
        }
    }
}
