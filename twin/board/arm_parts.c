/* SPDX-License-Identifier: MIT
 * What an ARM guest is made of: chips, memories, the core's own peripherals and their lines. */
#include <stdio.h>
#include <stdlib.h>

#include "twin/board/arm_inside.h"

enum { K = 1024, PRIORITY_BITS = 0xF0 };

const struct arm_chip arm_chip_f405 = {
    .name = "STM32F405",
    .bit_band = true,
    .line_count = 82,
    .reset_vectors = 0x00000000,
    .flash_places = {0x00000000},
    .flash_place_count = 1,
    .system = {0x1FFF0000, 28 * K},
    .rams = {{0x20000000, 128 * K}, {0x10000000, 64 * K}},
};

const struct arm_chip arm_chip_h743 = {
    .name = "STM32H743",
    .m7 = true,
    .line_count = 150,
    .reset_vectors = 0x08000000,
    .system = {0x1FF00000, 120 * K},
    .rams = {{0x00000000, 64 * K},
             {0x20000000, 128 * K},
             {0x24000000, 512 * K},
             {0x30000000, 288 * K},
             {0x38000000, 64 * K}},
};

static void line_irq(void *chip, uint32_t line, bool level)
{
    struct arm *arm = chip;
    soc_nvic_line(&arm->nvic, line, level);
}

static void line_reset(void *chip, enum reset_cause cause)
{
    struct arm *arm = chip;
    arm->reset_wanted = true;
    arm->reset_cause = cause;
    cpu_attend(arm->cpu);
}

static void line_stall(void *chip, uint64_t until_ns)
{
    struct arm *arm = chip;
    arm->stall_ns = until_ns > arm->stall_ns ? until_ns : arm->stall_ns;
    cpu_attend(arm->cpu);
}

static void line_bus_error(void *chip)
{
    struct arm *arm = chip;
    arm->bus_error = true;
}

void arm_mark_flash(void *chip, uint32_t addr, uint32_t length)
{
    struct arm *arm = chip;
    bool none = arm->dirty_from == arm->dirty_to;
    arm->dirty_from = none || addr < arm->dirty_from ? addr : arm->dirty_from;
    arm->dirty_to = none || addr + length > arm->dirty_to ? addr + length : arm->dirty_to;
    cpu_attend(arm->cpu);
}

/* What is fetched from the instruction cache is not fetched from the flash. */
static uint32_t line_pc(void *chip)
{
    struct arm *arm = chip;
    bool cached = (arm->scb.ccr & SOC_CCR_IC) != 0;
    return cached ? arm->config.chip->rams[0].base : cpu_pc(arm->cpu);
}

static void line_unknown(void *chip, const char *part, uint32_t offset)
{
    struct arm *arm = chip;
    char text[64];
    uint32_t key = offset;
    for (const char *at = part; *at != '\0'; at++) {
        key = key * 31 + (uint8_t)*at;
    }
    if (*part == '\0') {
        (void)snprintf(text, sizeof text, "nothing is modelled at 0x%08x:", (unsigned)offset);
    } else {
        (void)snprintf(text, sizeof text, "%s has no register at 0x%03x:", part, (unsigned)offset);
    }
    arm_report(arm, key, text);
}

static void line_remark(void *chip, const char *text)
{
    struct arm *arm = chip;
    uint32_t key = 1;
    for (const char *at = text; *at != '\0'; at++) {
        key = key * 31 + (uint8_t)*at;
    }
    arm_report(arm, key, text);
}

/* Something may be pending, or masked otherwise, than when the slice began. A core that is watched
 * stops by itself when it unmasks what cannot be taken now. */
static void nvic_changed(void *chip)
{
    struct arm *arm = chip;
    bool masked = arm->running && arm->watched && soc_nvic_next(&arm->nvic, arm_masks(arm)) == 0;
    if (!masked) {
        cpu_attend(arm->cpu);
    }
}

static void scb_core_reset(void *chip)
{
    struct arm *arm = chip;
    arm->core_reset_wanted = true;
    cpu_attend(arm->cpu);
}

static uint64_t dwt_cycles(void *chip)
{
    const struct arm *arm = chip;
    return cpu_count(arm->cpu) + arm->stall_cycles;
}

void arm_make_core_parts(struct arm *arm)
{
    const struct arm_chip *chip = arm->config.chip;
    uint32_t at = 0;
    arm->lines = (struct soc_lines){arm,          &arm->time,      line_irq,       line_reset,
                                    line_stall,   line_bus_error,  arm_mark_flash, line_pc,
                                    line_unknown, arm_move_memory, line_remark};
    arm->nvic.lines = &arm->lines;
    arm->nvic.changed = nvic_changed;
    arm->nvic.line_count = chip->line_count;
    arm->nvic.priority_mask = PRIORITY_BITS;
    arm->scb.nvic = &arm->nvic;
    arm->scb.lines = &arm->lines;
    arm->scb.core_reset = scb_core_reset;
    arm->scb.m7 = chip->m7;
    arm->scb.vtor_reset = chip->reset_vectors;
    arm->systick.nvic = &arm->nvic;
    arm->systick.lines = &arm->lines;
    arm->dwt.lines = &arm->lines;
    arm->dwt.cycles = dwt_cycles;
    arm->core_parts[at++] = soc_systick_part(&arm->systick);
    arm->core_parts[at++] = soc_nvic_part(&arm->nvic);
    for (uint32_t i = 0; i < SOC_SCB_PARTS; i++) {
        arm->core_parts[at++] = soc_scb_part(&arm->scb, i);
    }
    for (uint32_t i = 0; i < SOC_DWT_PARTS; i++) {
        arm->core_parts[at++] = soc_dwt_part(&arm->dwt, i);
    }
}

/* Each bank is a mapping of its own, so that it can be guarded whole. */
static bool map_array(struct arm *arm, uint32_t base)
{
    const struct mem_geometry *geometry = arm->config.flash->geometry;
    bool ok = true;
    for (uint32_t at = 0; ok && at < geometry->bytes; at += geometry->bank_bytes) {
        ok = cpu_map_memory(arm->cpu, base + at, geometry->bank_bytes,
                            arm->config.flash->cells + at, false);
    }
    return ok;
}

bool arm_map_memories(struct arm *arm)
{
    const struct arm_chip *chip = arm->config.chip;
    bool ok = map_array(arm, arm->config.flash->geometry->base);
    for (uint32_t i = 0; ok && i < chip->flash_place_count; i++) {
        ok = map_array(arm, chip->flash_places[i]);
    }
    for (uint32_t i = 0; ok && i < ARM_RAMS_MAX && chip->rams[i].bytes != 0; i++) {
        uint32_t bytes = chip->rams[i].bytes;
        arm->rams[i] = aligned_alloc(ARM_PAGE, bytes);
        ok = arm->rams[i] != NULL &&
             cpu_map_memory(arm->cpu, chip->rams[i].base, bytes, arm->rams[i], true);
    }
    return ok;
}
