/* SPDX-License-Identifier: MIT
 * Words in order, and the receive FIFO of the DWC2 core. */
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

uint32_t dwc2_rx_depth(struct soc_dwc2 *core)
{
    return dwc2_inside_ram(core, 0, *dwc2_reg(core, R_GRXFSIZ) & 0xFFFF);
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
