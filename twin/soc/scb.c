/* SPDX-License-Identifier: MIT
 * The system control space of a Cortex-M4 or M7. Source of all: ARMv7-M ARM, "System Control
 * Space". */
#include "twin/soc/scb_inside.h"

/* Offsets from 0xE000E000. */
enum {
    OFFSET_ICTR = 0x004,
    OFFSET_ICSR = 0xD04,
    OFFSET_VTOR = 0xD08,
    OFFSET_AIRCR = 0xD0C,
    OFFSET_SCR = 0xD10,
    OFFSET_CCR = 0xD14,
    OFFSET_SHPR1 = 0xD18,
    OFFSET_SHPR2 = 0xD1C,
    OFFSET_SHPR3 = 0xD20,
    OFFSET_SHCSR = 0xD24,
    OFFSET_CFSR = 0xD28,
    OFFSET_HFSR = 0xD2C,
    OFFSET_DFSR = 0xD30,
    OFFSET_MMFAR = 0xD34,
    OFFSET_BFAR = 0xD38,
    OFFSET_AFSR = 0xD3C,
    OFFSET_CCSIDR = 0xD80,
    OFFSET_MPU_TYPE = 0xD90,
    OFFSET_MPU_END = 0xDBC,
    OFFSET_STIR = 0xF00,
};

enum {
    AIRCR_VECTRESET = 1 << 0,
    AIRCR_SYSRESETREQ = 1 << 2,
    CCR_WRITABLE_M4 = 0x31B,
    CCR_WRITABLE_M7 = 0x3011B, /* STKALIGN is always 1 */
    CCR_RESET_M7 = 0x40200,
    SCR_WRITABLE = 0x16,
};
static const uint32_t space_base = 0xE000E000;

static const uint32_t control_base = 0xE000ED00;
static const uint32_t extra_base = 0xE000EF00;

static void write_aircr(struct soc_scb *scb, struct soc_store word)
{
    if (word.mask != UINT32_MAX || word.value >> 16 != 0x05FA) {
        return;
    }
    scb->nvic->group = word.value >> 8 & 7;
    if ((word.value & AIRCR_SYSRESETREQ) != 0) {
        scb->lines->reset(scb->lines->chip, RESET_SOFTWARE);
    } else if ((word.value & AIRCR_VECTRESET) != 0) {
        scb->core_reset(scb->lines->chip);
    }
}

static uint32_t read_fault(const struct soc_scb *scb, uint32_t offset)
{
    switch (offset) {
    case OFFSET_CFSR: return scb->cfsr;
    case OFFSET_HFSR: return scb->hfsr;
    case OFFSET_DFSR: return scb->dfsr;
    case OFFSET_MMFAR: return scb->mmfar;
    case OFFSET_BFAR: return scb->bfar;
    default: return scb->afsr;
    }
}

/* The status registers are cleared by writing 1. */
static void write_fault(struct soc_scb *scb, uint32_t offset, struct soc_store word)
{
    switch (offset) {
    case OFFSET_CFSR: scb->cfsr &= ~word.value; break;
    case OFFSET_HFSR: scb->hfsr &= ~word.value; break;
    case OFFSET_DFSR: scb->dfsr &= ~word.value; break;
    case OFFSET_MMFAR: scb->mmfar = soc_merge(scb->mmfar, &word, UINT32_MAX); break;
    case OFFSET_BFAR: scb->bfar = soc_merge(scb->bfar, &word, UINT32_MAX); break;
    default: scb->afsr &= ~word.value; break;
    }
}

static uint32_t read_word(const struct soc_scb *scb, uint32_t offset)
{
    switch (offset) {
    case OFFSET_ICTR: return (scb->nvic->line_count - 1) / 32;
    case OFFSET_ICSR: return soc_scb_read_icsr(scb);
    case OFFSET_VTOR: return scb->vtor;
    case OFFSET_AIRCR: return 0xFA050000 | (uint32_t)scb->nvic->group << 8;
    case OFFSET_SCR: return scb->scr;
    case OFFSET_CCR: return scb->ccr;
    case OFFSET_SHPR1:
    case OFFSET_SHPR2:
    case OFFSET_SHPR3: return soc_scb_read_priorities(scb, offset - OFFSET_SHPR1);
    case OFFSET_SHCSR: return soc_scb_read_shcsr(scb);
    case OFFSET_CCSIDR: return soc_scb_read_cache_size(scb);
    default: break;
    }
    if (offset >= OFFSET_CFSR && offset <= OFFSET_AFSR) {
        return read_fault(scb, offset);
    }
    bool mpu = offset >= OFFSET_MPU_TYPE && offset < OFFSET_MPU_END;
    return mpu ? soc_scb_read_mpu(scb, offset - OFFSET_MPU_TYPE) : soc_scb_read_plain(scb, offset);
}

static void write_other(struct soc_scb *scb, uint32_t offset, struct soc_store word)
{
    if (offset >= OFFSET_CFSR && offset <= OFFSET_AFSR) {
        write_fault(scb, offset, word);
    } else if (offset >= OFFSET_MPU_TYPE && offset < OFFSET_MPU_END) {
        soc_scb_write_mpu(scb, offset - OFFSET_MPU_TYPE, word);
    } else {
        soc_scb_write_plain(scb, offset, word);
    }
}

static void trigger(struct soc_scb *scb, uint32_t line)
{
    if (line < scb->nvic->line_count) {
        soc_nvic_pend(scb->nvic, SOC_IRQ0 + line);
    }
}

static void write_word(struct soc_scb *scb, uint32_t offset, struct soc_store word)
{
    uint32_t ccr_writable = scb->m7 ? CCR_WRITABLE_M7 : CCR_WRITABLE_M4;
    switch (offset) {
    case OFFSET_ICSR: soc_scb_write_icsr(scb, word.value); break;
    case OFFSET_VTOR: scb->vtor = soc_merge(scb->vtor, &word, 0xFFFFFF80); break;
    case OFFSET_AIRCR: write_aircr(scb, word); break;
    case OFFSET_SCR: scb->scr = soc_merge(scb->scr, &word, SCR_WRITABLE); break;
    case OFFSET_CCR: scb->ccr = soc_merge(scb->ccr, &word, ccr_writable); break;
    case OFFSET_SHPR1:
    case OFFSET_SHPR2:
    case OFFSET_SHPR3: soc_scb_write_priorities(scb, offset - OFFSET_SHPR1, word); break;
    case OFFSET_SHCSR: soc_scb_write_shcsr(scb, word); break;
    case OFFSET_STIR: trigger(scb, word.value & 0x1FF); break;
    default: write_other(scb, offset, word); break;
    }
    scb->nvic->changed(scb->lines->chip);
}

static uint32_t read_first(void *self, uint32_t offset, uint32_t width)
{
    return soc_lanes(read_word(self, offset & ~3u), offset, width);
}

static void write_first(void *self, uint32_t offset, uint32_t width, uint32_t value)
{
    write_word(self, offset & ~3u, soc_store(offset, width, value));
}

static uint32_t read_control(void *self, uint32_t offset, uint32_t width)
{
    return read_first(self, offset + (control_base - space_base), width);
}

static void write_control(void *self, uint32_t offset, uint32_t width, uint32_t value)
{
    write_first(self, offset + (control_base - space_base), width, value);
}

static uint32_t read_extra(void *self, uint32_t offset, uint32_t width)
{
    return read_first(self, offset + (extra_base - space_base), width);
}

static void write_extra(void *self, uint32_t offset, uint32_t width, uint32_t value)
{
    write_first(self, offset + (extra_base - space_base), width, value);
}

static void reset_all(void *self, enum reset_cause cause)
{
    struct soc_scb *scb = self;
    (void)cause;
    scb->vtor = scb->vtor_reset;
    scb->scr = 0;
    scb->ccr = scb->m7 ? CCR_RESET_M7 : (uint32_t)SOC_CCR_STKALIGN;
    scb->cfsr = scb->hfsr = scb->dfsr = scb->mmfar = scb->bfar = scb->afsr = 0;
    soc_scb_reset_plain(scb);
}

static void reset_nothing(void *self, enum reset_cause cause)
{
    (void)self;
    (void)cause;
}

struct soc_part soc_scb_part(struct soc_scb *scb, uint32_t index)
{
    const struct soc_part parts[SOC_SCB_PARTS] = {
        {"SCS", space_base, 0x10, scb, read_first, write_first, reset_nothing},
        {"SCB", control_base, 0xF0, scb, read_control, write_control, reset_all},
        {"SCB", extra_base, 0x100, scb, read_extra, write_extra, reset_nothing},
    };
    return parts[index];
}
