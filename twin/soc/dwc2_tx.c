/* SPDX-License-Identifier: MIT
 * The transmit FIFOs of the DWC2 core. */
#include "twin/soc/dwc2_inside.h"

/* FIFOs that a driver lets overlap are not modelled; one that leaves the RAM is cut short. */
uint32_t dwc2_inside_ram(const struct soc_dwc2 *core, uint32_t start, uint32_t depth)
{
    uint32_t room = start < core->row->fifo_words ? core->row->fifo_words - start : 0;
    return depth < room ? depth : room;
}

static uint32_t tx_depth(struct soc_dwc2 *core, uint32_t number)
{
    uint32_t value = *dwc2_reg(core, number == 0 ? R_DIEPTXF0 : R_DIEPTXF1 + 4 * (number - 1));
    return dwc2_inside_ram(core, value & 0xFFFF, value >> 16);
}

static uint32_t tx_number(struct soc_dwc2 *core, uint32_t endpoint)
{
    uint32_t number = (*dwc2_reg(core, R_DIEP + R_BLOCK * endpoint) & EPCTL_TXFNUM) >> 22;
    return endpoint == 0 || number >= core->row->endpoints ? 0 : number;
}

static struct dwc2_tx *tx_of(struct soc_dwc2 *core, uint32_t endpoint)
{
    return &core->tx[tx_number(core, endpoint)];
}

uint32_t dwc2_tx_free(struct soc_dwc2 *core, uint32_t endpoint)
{
    uint32_t depth = tx_depth(core, tx_number(core, endpoint));
    uint32_t used = tx_of(core, endpoint)->fifo.count;
    return used < depth ? depth - used : 0;
}

bool dwc2_tx_bare(struct soc_dwc2 *core, uint32_t endpoint)
{
    return tx_of(core, endpoint)->fifo.count == 0;
}

bool dwc2_tx_empty(struct soc_dwc2 *core, uint32_t endpoint)
{
    uint32_t used = tx_of(core, endpoint)->fifo.count;
    if ((*dwc2_reg(core, R_GAHBCFG) & GAHBCFG_TXFELVL) != 0) {
        return used == 0;
    }
    return 2 * used <= tx_depth(core, tx_number(core, endpoint));
}

uint32_t dwc2_in_packet_bytes(struct soc_dwc2 *core, uint32_t endpoint)
{
    uint32_t size = *dwc2_reg(core, R_DIEP + R_BLOCK * endpoint) & 0x7FF;
    uint32_t bytes = endpoint == 0 ? 64U >> (size & 3) : size;
    return bytes < SOC_USB_PACKET_BYTES ? bytes : SOC_USB_PACKET_BYTES;
}

/* Counts the words of one whole packet as such. False: there are not enough. */
static bool claim_packet(struct soc_dwc2 *core, uint32_t endpoint)
{
    struct dwc2_tx *tx = tx_of(core, endpoint);
    uint32_t *size = dwc2_reg(core, R_DIEP + R_BLOCK * endpoint + EP_TSIZ);
    uint32_t left = *size & dwc2_byte_mask(endpoint);
    uint32_t most = dwc2_in_packet_bytes(core, endpoint);
    uint32_t bytes = left < most ? left : most;
    uint32_t words = (bytes + 3) / 4;
    if (bytes == 0 || tx->fifo.count - tx->claimed < words || tx->packets == DWC2_TX_PACKETS) {
        return false;
    }
    tx->lengths[(tx->first + tx->packets) % DWC2_TX_PACKETS] = (uint8_t)bytes;
    tx->packets++;
    tx->claimed += words;
    *size -= bytes;
    return true;
}

void dwc2_tx_claim(struct soc_dwc2 *core, uint32_t endpoint)
{
    uint32_t control = *dwc2_reg(core, R_DIEP + R_BLOCK * endpoint);
    while ((control & EPCTL_EPENA) != 0 && claim_packet(core, endpoint)) {
    }
}

void dwc2_tx_put(struct soc_dwc2 *core, uint32_t number, uint32_t word)
{
    if (number < core->row->endpoints) {
        dwc2_fifo_put(&core->tx[number].fifo, word, tx_depth(core, number));
    }
    for (uint32_t i = 0; i < core->row->endpoints; i++) {
        if (tx_number(core, i) == number) {
            dwc2_tx_claim(core, i);
        }
    }
}

bool dwc2_tx_next(struct soc_dwc2 *core, uint32_t endpoint, struct soc_usb_packet *packet)
{
    const struct dwc2_tx *tx = tx_of(core, endpoint);
    uint32_t size = *dwc2_reg(core, R_DIEP + R_BLOCK * endpoint + EP_TSIZ);
    packet->bytes = tx->packets > 0 ? tx->lengths[tx->first] : 0;
    dwc2_fifo_peek_bytes(&tx->fifo, packet->data, packet->bytes);
    return tx->packets > 0 || (size & dwc2_byte_mask(endpoint)) == 0;
}

void dwc2_tx_drop(struct soc_dwc2 *core, uint32_t endpoint)
{
    struct dwc2_tx *tx = tx_of(core, endpoint);
    if (tx->packets == 0) {
        return;
    }
    uint32_t words = (tx->lengths[tx->first] + 3U) / 4;
    tx->first = (tx->first + 1) % DWC2_TX_PACKETS;
    tx->packets--;
    tx->claimed -= words;
    for (uint32_t i = 0; i < words; i++) {
        (void)dwc2_fifo_take(&tx->fifo);
    }
    dwc2_tx_claim(core, endpoint);
}

void dwc2_flush(struct soc_dwc2 *core, uint32_t grstctl)
{
    uint32_t number = (grstctl & GRSTCTL_TXFNUM) >> 6;
    if ((grstctl & GRSTCTL_RXFFLSH) != 0) {
        core->rx.count = 0;
    }
    for (uint32_t i = 0; (grstctl & GRSTCTL_TXFFLSH) != 0 && i < core->row->endpoints; i++) {
        if (number == i || number == GRSTCTL_ALL_FIFO) {
            core->tx[i].fifo.count = core->tx[i].claimed = core->tx[i].packets = 0;
        }
    }
}
