/* SPDX-License-Identifier: MIT
 * The DWC2 core as a part of a chip: global registers, interrupt line, reset. */
#include "twin/soc/dwc2.h"

#include <stdlib.h>
#include <string.h>

#include "twin/soc/dwc2_inside.h"

/* Interrupts of GINTSTS that are remembered until a 1 is written. */
#define LATCHED                                                                                    \
    (GINT_SOF | GINT_ESUSP | GINT_USBSUSP | GINT_USBRST | GINT_ENUMDNE | GINT_SRQINT | GINT_WKUINT)

enum { SUSPEND_AFTER_MS = 3 }; /* USB 2.0, "Suspending" */

static bool clocked(const struct soc_dwc2 *core)
{
    return core->clocks->usb != 0;
}

static bool host_forced(const struct soc_dwc2 *core)
{
    return (core->reg[R_GUSBCFG / 4] & GUSBCFG_FHMOD) != 0;
}

bool dwc2_session_valid(const struct soc_dwc2 *core)
{
    uint32_t gccfg = core->reg[R_GCCFG / 4];
    uint32_t gotgctl = core->reg[R_GOTGCTL / 4];
    if (!core->row->wrapper_2) {
        bool sensed = (gccfg & GCCFG_VBUSBSEN) != 0 && core->vbus;
        return (gccfg & GCCFG_NOVBUSSENS) != 0 || sensed;
    }
    if ((gotgctl & GOTGCTL_BVALOEN) != 0) {
        return (gotgctl & GOTGCTL_BVALOVAL) != 0;
    }
    return (gccfg & GCCFG_VBDEN) != 0 && core->vbus;
}

bool soc_dwc2_pulled_up(const struct soc_dwc2 *core)
{
    return (core->reg[R_GCCFG / 4] & GCCFG_PWRDWN) != 0 && dwc2_session_valid(core) &&
           !host_forced(core) && (core->reg[R_DCTL / 4] & DCTL_SDIS) == 0;
}

uint32_t soc_dwc2_pull_ups(const struct soc_dwc2 *core)
{
    return core->pull_ups;
}

uint64_t dwc2_frames(const struct soc_dwc2 *core)
{
    uint64_t now = core->lines->time->now_ns;
    return core->bus == SOC_USB_FRAMES && now > core->bus_ns ? (now - core->bus_ns) / TWIN_MS : 0;
}

/* Moment at which an idle bus means suspend, UINT64_MAX when it does not or has already. */
static uint64_t suspend_ns(const struct soc_dwc2 *core)
{
    bool suspended = (core->reg[R_DSTS / 4] & DSTS_SUSPSTS) != 0;
    if (core->bus != SOC_USB_IDLE || !core->pulled || suspended) {
        return UINT64_MAX;
    }
    uint64_t since = core->bus_ns > core->pulled_ns ? core->bus_ns : core->pulled_ns;
    return since + SUSPEND_AFTER_MS * TWIN_MS;
}

static uint32_t gintsts(struct soc_dwc2 *core)
{
    uint32_t daint = dwc2_daint(core) & *dwc2_reg(core, R_DAINTMSK);
    uint32_t value = *dwc2_reg(core, R_GINTSTS) | GINT_PTXFE;
    value |= host_forced(core) ? GINT_CMOD : 0;
    value |= *dwc2_reg(core, R_GOTGINT) != 0 ? GINT_OTGINT : 0;
    value |= dwc2_frames(core) != core->sof_frame ? GINT_SOF : 0;
    value |= core->rx.count > 0 ? GINT_RXFLVL : 0;
    value |= dwc2_tx_empty(core, 0) ? GINT_NPTXFE : 0;
    value |= (*dwc2_reg(core, R_DCTL) & DCTL_GINSTS) != 0 ? GINT_GINAKEFF : 0;
    value |= core->out_nak_popped ? GINT_BOUTNAKEFF : 0;
    value |= (daint & 0xFFFF) != 0 ? GINT_IEPINT : 0;
    value |= daint >> 16 != 0 ? GINT_OEPINT : 0;
    return value;
}

/* The pull-up follows registers; its edges count, since the host sees each of them. */
static void update_pull_up(struct soc_dwc2 *core)
{
    bool pulled = soc_dwc2_pulled_up(core);
    if (pulled != core->pulled) {
        core->pulled = pulled;
        core->pulled_ns = core->lines->time->now_ns;
        core->pull_ups += pulled ? 1 : 0;
        *dwc2_reg(core, R_DSTS) &= ~DSTS_SUSPSTS;
    }
}

void dwc2_update(struct soc_dwc2 *core)
{
    update_pull_up(core);
    bool enabled = (*dwc2_reg(core, R_GAHBCFG) & GAHBCFG_GINT) != 0;
    bool line = enabled && (gintsts(core) & *dwc2_reg(core, R_GINTMSK)) != 0;
    if (line != core->line) {
        core->line = line;
        core->lines->irq(core->lines->chip, core->row->irq, line);
    }
}

static uint32_t global_read(struct soc_dwc2 *core, uint32_t offset)
{
    bool valid = dwc2_session_valid(core);
    switch (offset) {
    case R_GOTGCTL: return *dwc2_reg(core, offset) | (valid ? GOTGCTL_BSVLD : 0);
    case R_GRSTCTL: return *dwc2_reg(core, offset) | GRSTCTL_AHBIDL;
    case R_GINTSTS: return gintsts(core);
    case R_GRXSTSR: return core->rx.count > 0 ? core->rx.words[core->rx.head] : 0;
    case R_GRXSTSP: return dwc2_rx_pop(core);
    default: return *dwc2_reg(core, offset);
    }
}

static void clear_interrupts(struct soc_dwc2 *core, uint32_t value)
{
    *dwc2_reg(core, R_GINTSTS) &= ~(value & LATCHED);
    if ((value & GINT_SOF) != 0) {
        core->sof_frame = dwc2_frames(core);
    }
}

static void reset_core(struct soc_dwc2 *core, uint32_t value)
{
    dwc2_flush(core, value);
    *dwc2_reg(core, R_GRSTCTL) = value & GRSTCTL_TXFNUM;
    if ((value & GRSTCTL_CSRST) != 0) {
        dwc2_reset_registers(core, true);
    }
}

/* Bits that a global register keeps as written. */
static uint32_t global_mask(const struct soc_dwc2_row *row, uint32_t offset)
{
    switch (offset) {
    case R_GOTGCTL: return row->gotgctl_mask;
    case R_GAHBCFG: return row->gahbcfg_mask;
    case R_GUSBCFG: return row->gusbcfg_mask;
    case R_GINTMSK: return 0xFFFFFFFEU;
    case R_GRXFSIZ: return 0xFFFF;
    case R_GCCFG: return row->gccfg_mask;
    case R_CID:
    case R_DIEPTXF0:
    case R_HPTXFSIZ: return UINT32_MAX;
    case R_PCGCCTL: return 3;
    default: break;
    }
    if (offset >= R_DIEPTXF1 && offset < R_DIEPTXF1 + 4 * (row->endpoints - 1)) {
        return UINT32_MAX;
    }
    return row->wrapper_2 && offset >= R_GLPMCFG && offset <= R_GADPCTL ? UINT32_MAX : 0;
}

static void global_write(struct soc_dwc2 *core, uint32_t offset, uint32_t value)
{
    uint32_t mask = global_mask(core->row, offset);
    switch (offset) {
    case R_GOTGINT: *dwc2_reg(core, offset) &= ~value; break;
    case R_GRSTCTL: reset_core(core, value); break;
    case R_GINTSTS: clear_interrupts(core, value); break;
    default: *dwc2_reg(core, offset) = (*dwc2_reg(core, offset) & ~mask) | (value & mask); break;
    }
}

static uint32_t word_read(struct soc_dwc2 *core, uint32_t offset)
{
    if (offset >= R_FIFO) {
        return dwc2_fifo_take(&core->rx);
    }
    if (offset == R_PCGCCTL) {
        bool off = (*dwc2_reg(core, offset) & PCGCCTL_STPPCLK) != 0 &&
                   (*dwc2_reg(core, R_DSTS) & DSTS_SUSPSTS) != 0;
        return *dwc2_reg(core, offset) | (off ? PCGCCTL_PHYSUSP : 0);
    }
    bool device = offset >= R_DCFG && offset < R_DOEP_END;
    return device ? dwc2_device_read(core, offset) : global_read(core, offset);
}

/* Narrow reads give their lanes. Source RM0090, "OTG_FS control and status registers": words */
static uint32_t part_read(void *self, uint32_t offset, uint32_t width)
{
    struct soc_dwc2 *core = self;
    if (!clocked(core)) {
        return 0;
    }
    uint32_t value = word_read(core, offset & ~3U) >> (8 * (offset & 3));
    dwc2_update(core);
    return width >= 4 ? value : value & (BIT(8 * width) - 1);
}

/* A narrow write: the bus repeats the bytes on all lanes, and the core takes whole words. */
static uint32_t repeated(uint32_t value, uint32_t width)
{
    if (width == 1) {
        return (value & 0xFF) * 0x01010101U;
    }
    return width == 2 ? (value & 0xFFFF) * 0x00010001U : value;
}

static void part_write(void *self, uint32_t offset, uint32_t width, uint32_t value)
{
    struct soc_dwc2 *core = self;
    uint32_t word = repeated(value, width);
    uint32_t at = offset & ~3U;
    if (!clocked(core)) {
        return;
    }
    if (at >= R_FIFO) {
        dwc2_tx_put(core, at / R_FIFO - 1, word);
    } else if (at >= R_DCFG && at < R_DOEP_END) {
        dwc2_device_write(core, at, word);
    } else {
        global_write(core, at, word);
    }
    dwc2_update(core);
}

void dwc2_reset_registers(struct soc_dwc2 *core, bool soft)
{
    uint32_t physel = *dwc2_reg(core, R_GUSBCFG) & GUSBCFG_PHYSEL;
    uint32_t speed = *dwc2_reg(core, R_DCFG) & DCFG_DSPD;
    uint32_t clock_gates = *dwc2_reg(core, R_PCGCCTL);
    uint32_t gccfg = *dwc2_reg(core, R_GCCFG);
    uint32_t cid = *dwc2_reg(core, R_CID);
    memset(core->reg, 0, sizeof core->reg);
    *dwc2_reg(core, R_GOTGCTL) = GOTGCTL_CIDSTS; /* no ID pin held low: a B device */
    *dwc2_reg(core, R_GUSBCFG) = 0x0A00 | (soft ? physel : 0);
    *dwc2_reg(core, R_GRXFSIZ) = 0x0200;
    *dwc2_reg(core, R_DIEPTXF0) = 0x0200;
    *dwc2_reg(core, R_GNPTXSTS) = 0x00080200;
    *dwc2_reg(core, R_GCCFG) = soft ? gccfg : 0; /* of the wrapper, outside the core */
    *dwc2_reg(core, R_CID) = soft ? cid : core->row->cid;
    *dwc2_reg(core, R_GSNPSID) = core->row->snpsid;
    memcpy(dwc2_reg(core, R_GHWCFG1), core->row->hwcfg, sizeof core->row->hwcfg);
    *dwc2_reg(core, R_HPTXFSIZ) = 0x02000600;
    for (uint32_t i = 1; i < core->row->endpoints; i++) {
        *dwc2_reg(core, R_DIEPTXF1 + 4 * (i - 1)) = 0x02000400 + core->row->dieptxf_step * (i - 1);
    }
    *dwc2_reg(core, R_DCFG) = 0x02200000 | (soft ? speed : 0);
    *dwc2_reg(core, R_DCTL) = core->row->dctl_reset;
    *dwc2_reg(core, R_DSTS) = DSTS_RESET;
    *dwc2_reg(core, R_DVBUSDIS) = 0x17D7;
    *dwc2_reg(core, R_DVBUSPULSE) = 0x05B8;
    *dwc2_reg(core, R_PCGCCTL) = soft ? clock_gates : 0;
    dwc2_flush(core, GRSTCTL_RXFFLSH | GRSTCTL_TXFFLSH | GRSTCTL_ALL_FIFO << 6);
    memset(core->in_data1, 0, sizeof core->in_data1);
    memset(core->out_data1, 0, sizeof core->out_data1);
    core->out_nak_popped = core->setup_open = core->status_open = false;
    core->address = core->setups = 0;
    core->sof_frame = dwc2_frames(core);
}

static void part_reset(void *self, enum reset_cause cause)
{
    (void)cause;
    dwc2_reset_registers(self, false);
    dwc2_update(self);
}

static uint64_t part_due(void *self)
{
    struct soc_dwc2 *core = self;
    uint64_t due = suspend_ns(core);
    bool wanted = (*dwc2_reg(core, R_GINTMSK) & GINT_SOF) != 0 &&
                  (*dwc2_reg(core, R_GAHBCFG) & GAHBCFG_GINT) != 0;
    /* Due until the line is up: the flag itself follows the time. */
    if (wanted && core->bus == SOC_USB_FRAMES && !core->line) {
        uint64_t sof_ns = core->bus_ns + (core->sof_frame + 1) * TWIN_MS;
        due = sof_ns < due ? sof_ns : due;
    }
    return due;
}

static void part_advance(void *self)
{
    struct soc_dwc2 *core = self;
    if (core->lines->time->now_ns >= suspend_ns(core)) {
        *dwc2_reg(core, R_DSTS) |= DSTS_SUSPSTS;
        *dwc2_reg(core, R_GINTSTS) |= GINT_ESUSP | GINT_USBSUSP;
    }
    dwc2_update(core);
}

struct soc_dwc2 *soc_dwc2_new(const struct soc_dwc2_row *row, const struct soc_lines *lines,
                              const struct soc_clocks *clocks)
{
    struct soc_dwc2 *core = calloc(1, sizeof *core);
    if (core != NULL) {
        core->row = row;
        core->lines = lines;
        core->clocks = clocks;
        dwc2_reset_registers(core, false);
    }
    return core;
}

void soc_dwc2_free(struct soc_dwc2 *core)
{
    free(core);
}

struct soc_part soc_dwc2_part(struct soc_dwc2 *core)
{
    return (struct soc_part){
        .name = core->row->name,
        .base = core->row->base,
        .bytes = R_SPACE,
        .self = core,
        .read = part_read,
        .write = part_write,
        .reset = part_reset,
        .due = part_due,
        .advance = part_advance,
    };
}
