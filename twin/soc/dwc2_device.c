/* SPDX-License-Identifier: MIT
 * Device-mode and endpoint registers of the DWC2 core. */
#include <stddef.h>

#include "twin/soc/dwc2_inside.h"

enum {
    IN_INTERRUPTS = 0x237B,
    OUT_INTERRUPTS = 0x737B
}; /* that DIEPMSK, DOEPMSK can let through */

static bool is_in(uint32_t offset)
{
    return offset < R_DOEP;
}

static uint32_t endpoint_of(uint32_t offset)
{
    return (offset - (is_in(offset) ? R_DIEP : R_DOEP)) / R_BLOCK;
}

static uint32_t in_interrupts(struct soc_dwc2 *core, uint32_t endpoint)
{
    uint32_t latched = *dwc2_reg(core, R_DIEP + R_BLOCK * endpoint + EP_INT);
    return latched | (dwc2_tx_empty(core, endpoint) ? EPINT_TXFE : 0);
}

uint32_t dwc2_daint(struct soc_dwc2 *core)
{
    uint32_t in_mask = *dwc2_reg(core, R_DIEPMSK) & IN_INTERRUPTS;
    uint32_t out_mask = *dwc2_reg(core, R_DOEPMSK) & OUT_INTERRUPTS;
    uint32_t empty_mask = *dwc2_reg(core, R_DIEPEMPMSK);
    uint32_t daint = 0;
    for (uint32_t i = 0; i < core->row->endpoints; i++) {
        uint32_t mask = in_mask | ((empty_mask & BIT(i)) != 0 ? EPINT_TXFE : 0);
        uint32_t out = *dwc2_reg(core, R_DOEP + R_BLOCK * i + EP_INT);
        daint |= (in_interrupts(core, i) & mask) != 0 ? BIT(i) : 0;
        daint |= (out & out_mask) != 0 ? BIT(i + 16) : 0;
    }
    return daint;
}

static uint32_t control_read(struct soc_dwc2 *core, uint32_t offset)
{
    uint32_t endpoint = endpoint_of(offset);
    uint32_t value = *dwc2_reg(core, offset);
    if (endpoint == 0) {
        /* Endpoint 0 is always there, and has one packet size for both directions. */
        return value | EPCTL_USBAEP | (*dwc2_reg(core, R_DIEP) & 3);
    }
    const bool *data1 = is_in(offset) ? core->in_data1 : core->out_data1;
    return value | (data1[endpoint] ? EPCTL_DPID : 0);
}

static uint32_t endpoint_read(struct soc_dwc2 *core, uint32_t offset)
{
    uint32_t endpoint = endpoint_of(offset);
    if (endpoint >= core->row->endpoints) {
        return 0;
    }
    switch (offset % R_BLOCK) {
    case EP_CTL: return control_read(core, offset);
    case EP_INT:
        return is_in(offset) ? in_interrupts(core, endpoint) : *dwc2_reg(core, offset) | EPINT_TXFE;
    case EP_TXFSTS: return is_in(offset) ? dwc2_tx_free(core, endpoint) : 0;
    default: return *dwc2_reg(core, offset);
    }
}

uint32_t dwc2_device_read(struct soc_dwc2 *core, uint32_t offset)
{
    if (offset >= R_DIEP) {
        return endpoint_read(core, offset);
    }
    uint32_t frame = (core->frame_base + (uint32_t)dwc2_frames(core)) & 0x7FF;
    switch (offset) {
    case R_DSTS: return *dwc2_reg(core, offset) | frame << 8;
    case R_DAINT: return dwc2_daint(core);
    default: return *dwc2_reg(core, offset);
    }
}

static void write_dcfg(struct soc_dwc2 *core, uint32_t value)
{
    uint32_t *dcfg = dwc2_reg(core, R_DCFG);
    *dcfg = (*dcfg & ~0x1FF7U) | (value & 0x1FF7U);
    if (!core->status_open) {
        core->address = DCFG_DAD(value);
    }
}

/* Global NAKs. The one for OUT takes effect when the driver pops its word.
 * Source RM0090, "OUT data transfers", "Setting the global OUT NAK" */
static void write_dctl(struct soc_dwc2 *core, uint32_t value)
{
    const uint32_t plain = DCTL_RWUSIG | DCTL_SDIS | 0x70U | 1U << 11;
    uint32_t *dctl = dwc2_reg(core, R_DCTL);
    *dctl = (*dctl & ~plain) | (value & plain);
    if ((value & DCTL_SGINAK) != 0) {
        *dctl |= DCTL_GINSTS;
    }
    if ((value & DCTL_CGINAK) != 0) {
        *dctl &= ~DCTL_GINSTS;
    }
    if ((value & DCTL_SGONAK) != 0 && (*dctl & DCTL_GONSTS) == 0) {
        *dctl |= DCTL_GONSTS;
        dwc2_rx_status(core, RX_OUT_NAK, NULL);
    }
    if ((value & DCTL_CGONAK) != 0) {
        *dctl &= ~DCTL_GONSTS;
        core->out_nak_popped = false;
    }
}

static void write_nak(struct soc_dwc2 *core, uint32_t offset, uint32_t value)
{
    uint32_t *flags = dwc2_reg(core, offset + EP_INT);
    uint32_t effective = is_in(offset) ? EPINT_INEPNE : 0;
    if ((value & EPCTL_CNAK) != 0) {
        *dwc2_reg(core, offset) &= ~EPCTL_NAKSTS;
        *flags &= ~effective;
    }
    if ((value & EPCTL_SNAK) != 0) {
        *dwc2_reg(core, offset) |= EPCTL_NAKSTS;
        *flags |= effective;
    }
}

static void write_enable(struct soc_dwc2 *core, uint32_t offset, uint32_t value)
{
    uint32_t *control = dwc2_reg(core, offset);
    *control |= value & EPCTL_EPENA;
    if (is_in(offset)) {
        dwc2_tx_claim(core, endpoint_of(offset));
    }
    bool may_disable = is_in(offset) || endpoint_of(offset) != 0;
    if ((value & EPCTL_EPDIS) != 0 && (*control & EPCTL_EPENA) != 0 && may_disable) {
        *control &= ~EPCTL_EPENA;
        *dwc2_reg(core, offset + EP_INT) |= EPINT_EPDISD;
    }
}

static void write_control(struct soc_dwc2 *core, uint32_t offset, uint32_t value)
{
    uint32_t endpoint = endpoint_of(offset);
    uint32_t *control = dwc2_reg(core, offset);
    uint32_t plain = is_in(offset) ? 0x03EC87FFU : 0x003C87FFU;
    if (endpoint == 0) {
        plain = is_in(offset) ? 0x03C00003U : 0x00100000U;
        *control |= value & EPCTL_STALL; /* only a SETUP takes it away */
    } else if ((value & (EPCTL_SD0PID | EPCTL_SD1PID)) != 0) {
        bool *data1 = is_in(offset) ? core->in_data1 : core->out_data1;
        data1[endpoint] = (value & EPCTL_SD1PID) != 0;
    }
    *control = (*control & ~plain) | (value & plain);
    write_nak(core, offset, value);
    write_enable(core, offset, value);
}

static uint32_t size_mask(uint32_t offset)
{
    if (endpoint_of(offset) != 0) {
        return is_in(offset) ? 0x7FFFFFFFU : 0x1FFFFFFFU;
    }
    return is_in(offset) ? 0x0018007FU : 0x6008007FU;
}

static void endpoint_write(struct soc_dwc2 *core, uint32_t offset, uint32_t value)
{
    if (endpoint_of(offset) >= core->row->endpoints) {
        return;
    }
    switch (offset % R_BLOCK) {
    case EP_CTL: write_control(core, offset, value); break;
    case EP_INT: *dwc2_reg(core, offset) &= ~value; break;
    case EP_TSIZ: *dwc2_reg(core, offset) = value & size_mask(offset); break;
    case EP_DMA: *dwc2_reg(core, offset) = core->row->wrapper_2 ? value : 0; break;
    default: break;
    }
}

static uint32_t device_mask(uint32_t offset)
{
    switch (offset) {
    case R_DIEPMSK: return IN_INTERRUPTS;
    case R_DOEPMSK: return OUT_INTERRUPTS;
    case R_DAINTMSK:
    case R_DTHRCTL: return UINT32_MAX;
    case R_DVBUSDIS:
    case R_DIEPEMPMSK: return 0xFFFF;
    case R_DVBUSPULSE: return 0xFFF;
    default: return 0;
    }
}

void dwc2_device_write(struct soc_dwc2 *core, uint32_t offset, uint32_t value)
{
    if (offset >= R_DIEP) {
        endpoint_write(core, offset, value);
        return;
    }
    uint32_t mask = device_mask(offset);
    switch (offset) {
    case R_DCFG: write_dcfg(core, value); break;
    case R_DCTL: write_dctl(core, value); break;
    default: *dwc2_reg(core, offset) = (*dwc2_reg(core, offset) & ~mask) | (value & mask); break;
    }
}
