/* SPDX-License-Identifier: MIT
 * Enters and leaves exceptions: the engine knows neither frames nor vectors. */
#include <string.h>

#include "twin/cpu/inside.h"

enum {
    XPSR_T = 1 << 24,
    XPSR_ALIGNED = 1 << 9,
    XPSR_NUMBER = 0x1FF,
    CONTROL_NPRIV = 1,
    CONTROL_SPSEL = 2,
    CONTROL_FPCA = 4,
    FRAME_WORDS = 8,
    FRAME_FLOATS = 16,
    FRAME_FPSCR = 24,
    FRAME_LONG_WORDS = 26,
};

/* Where the registers lie in a frame. */
enum { FRAME_R12 = 4, FRAME_LR, FRAME_PC, FRAME_XPSR };

/* Source: ARMv7-M ARM, "Exception return behavior", EXC_RETURN */
enum {
    RETURN_HANDLER = 0x1,
    RETURN_MAIN = 0x9,
    RETURN_PROCESS = 0xD,
    RETURN_NO_FLOATS = 0x10,
};
static const uint32_t return_base = 0xFFFFFFE0;

/* NZCVQ and GE. */
static const uint32_t xpsr_flags = 0xF80F0000;

bool cpu_load(struct cpu *cpu, uint32_t addr, uint32_t *value)
{
    const struct cpu_region *region = cpu_find_region(cpu, addr);
    if ((addr & 3) != 0 || region == NULL) {
        return false;
    }
    if (region->host == NULL) {
        return cpu->bus.read(cpu->bus.self, addr, 4, value);
    }
    memcpy(value, region->host + (addr - region->base), sizeof *value);
    return region->writable || cpu->bus.guard(cpu->bus.self, addr, 4);
}

bool cpu_store(struct cpu *cpu, uint32_t addr, uint32_t value)
{
    const struct cpu_region *region = cpu_find_region(cpu, addr);
    if ((addr & 3) != 0 || region == NULL) {
        return false;
    }
    if (region->host == NULL || !region->writable) {
        return cpu->bus.write(cpu->bus.self, addr, 4, value);
    }
    memcpy(region->host + (addr - region->base), &value, sizeof value);
    return true;
}

/* A frame on the stack: words registers at sp. */
static bool load_frame(struct cpu *cpu, uint32_t sp, uint32_t *frame, uint32_t words)
{
    bool ok = true;
    for (uint32_t i = 0; i < words; i++) {
        ok = cpu_load(cpu, sp + 4 * i, &frame[i]) && ok;
    }
    return ok;
}

static bool store_frame(struct cpu *cpu, uint32_t sp, const uint32_t *frame, uint32_t words)
{
    bool ok = true;
    for (uint32_t i = 0; i < words; i++) {
        ok = cpu_store(cpu, sp + 4 * i, frame[i]) && ok;
    }
    return ok;
}

static void fill_frame(struct cpu *cpu, uint32_t *frame, uint32_t words)
{
    for (uint32_t i = 0; i < FRAME_R12; i++) {
        frame[i] = cpu_get(cpu, i);
    }
    frame[FRAME_R12] = cpu_get(cpu, 12);
    frame[FRAME_LR] = cpu_get(cpu, CPU_LR);
    frame[FRAME_PC] = cpu->next_pc;
    if (words == FRAME_WORDS) {
        return;
    }
    for (uint32_t i = 0; i < FRAME_FLOATS; i++) {
        frame[FRAME_WORDS + i] = cpu_get_float(cpu, i);
    }
    frame[FRAME_FPSCR] = cpu_get(cpu, CPU_FPSCR);
    frame[FRAME_FPSCR + 1] = 0;
}

/* CONTROL may only be changed by privileged code, and SPSEL only in Thread mode: so goes the engine
 * as well. Begins in Thread mode, ends in Handler mode on the main stack. */
static void to_handler(struct cpu *cpu, uint32_t xpsr, uint32_t control)
{
    if ((control & CONTROL_NPRIV) != 0) {
        cpu_raw_set(cpu, UC_ARM_REG_XPSR_NZCVQG, xpsr);
        cpu_raw_set(cpu, UC_ARM_REG_CONTROL, 0);
        cpu_raw_set(cpu, UC_ARM_REG_XPSR_NZCVQG, xpsr & ~(uint32_t)XPSR_NUMBER);
    }
    cpu_raw_set(cpu, UC_ARM_REG_CONTROL, control & CONTROL_NPRIV);
}

static bool push_frame(struct cpu *cpu, uint32_t xpsr, bool align, bool floats)
{
    uint32_t frame[FRAME_LONG_WORDS];
    uint32_t words = floats ? FRAME_LONG_WORDS : FRAME_WORDS;
    uint32_t sp = cpu_get(cpu, CPU_SP);
    bool pad = (align || floats) && (sp & 4) != 0;
    sp = ((sp - 4 * words) & ~(align || floats ? 7u : 3u));
    fill_frame(cpu, frame, words);
    frame[FRAME_XPSR] = (xpsr & ~(uint32_t)XPSR_ALIGNED) | (pad ? XPSR_ALIGNED : 0);
    cpu_set(cpu, CPU_SP, sp);
    return store_frame(cpu, sp, frame, words);
}

enum cpu_result cpu_enter(struct cpu *cpu, const struct cpu_entry *entry)
{
    uint32_t xpsr = cpu_get(cpu, CPU_XPSR);
    uint32_t control = cpu_get(cpu, CPU_CONTROL);
    bool thread = (xpsr & XPSR_NUMBER) == 0;
    bool floats = (control & CONTROL_FPCA) != 0;
    bool stacked = push_frame(cpu, xpsr, entry->align, floats);
    uint32_t link = return_base | (floats ? 0 : RETURN_NO_FLOATS);
    if (!thread) {
        link |= RETURN_HANDLER;
    } else {
        link |= (control & CONTROL_SPSEL) != 0 ? RETURN_PROCESS : RETURN_MAIN;
    }
    uint32_t inside = (xpsr & xpsr_flags) | XPSR_T | entry->number;
    if (thread) {
        to_handler(cpu, inside, control);
    } else {
        cpu_raw_set(cpu, UC_ARM_REG_CONTROL, control & CONTROL_NPRIV);
    }
    cpu_set(cpu, CPU_LR, link);
    uint32_t vector = 0;
    bool known = cpu_load(cpu, entry->vector_table + 4 * entry->number, &vector);
    cpu->next_pc = vector & ~1u;
    cpu_set_xpsr(cpu, (vector & 1) != 0 ? inside : inside & ~(uint32_t)XPSR_T);
    if (!known) {
        return CPU_VECTOR_ERROR;
    }
    return stacked ? CPU_OK : CPU_STACK_ERROR;
}

/* The engine drops bit 0 of what was loaded into PC; it is 1 in every EXC_RETURN. */
static uint32_t return_value(const struct cpu *cpu)
{
    return cpu->next_pc | 1;
}

bool cpu_return_valid(struct cpu *cpu, bool *to_thread)
{
    uint32_t value = return_value(cpu);
    uint32_t kind = value & 0xF;
    *to_thread = kind != RETURN_HANDLER;
    return (value & return_base) == return_base &&
           (kind == RETURN_HANDLER || kind == RETURN_MAIN || kind == RETURN_PROCESS);
}

static void empty_frame(struct cpu *cpu, const uint32_t *frame, uint32_t words)
{
    for (uint32_t i = 0; i < FRAME_R12; i++) {
        cpu_set(cpu, i, frame[i]);
    }
    cpu_set(cpu, 12, frame[FRAME_R12]);
    cpu_set(cpu, CPU_LR, frame[FRAME_LR]);
    cpu->next_pc = frame[FRAME_PC] & ~1u;
    if (words == FRAME_WORDS) {
        return;
    }
    for (uint32_t i = 0; i < FRAME_FLOATS; i++) {
        cpu_set_float(cpu, i, frame[FRAME_WORDS + i]);
    }
    cpu_set(cpu, CPU_FPSCR, frame[FRAME_FPSCR]);
}

/* Begins in Handler mode; CONTROL is complete before privilege is dropped with it. */
static void to_thread_mode(struct cpu *cpu, bool process, uint32_t control)
{
    cpu_raw_set(cpu, UC_ARM_REG_CONTROL, 0);
    cpu_raw_set(cpu, UC_ARM_REG_XPSR_NZCVQG, XPSR_T);
    cpu_raw_set(cpu, UC_ARM_REG_CONTROL, control | (process ? CONTROL_SPSEL : 0));
}

enum cpu_result cpu_leave(struct cpu *cpu)
{
    bool thread = false;
    if (!cpu_return_valid(cpu, &thread)) {
        return CPU_RETURN_ERROR;
    }
    uint32_t value = return_value(cpu);
    bool process = (value & 0xF) == RETURN_PROCESS;
    bool floats = (value & RETURN_NO_FLOATS) == 0;
    uint32_t frame[FRAME_LONG_WORDS];
    uint32_t words = floats ? FRAME_LONG_WORDS : FRAME_WORDS;
    uint32_t sp = cpu_get(cpu, process ? CPU_PSP : CPU_SP);
    if (!load_frame(cpu, sp, frame, words)) {
        return CPU_STACK_ERROR;
    }
    if (thread != ((frame[FRAME_XPSR] & XPSR_NUMBER) == 0)) {
        return CPU_RETURN_ERROR;
    }
    empty_frame(cpu, frame, words);
    uint32_t control = (cpu_get(cpu, CPU_CONTROL) & CONTROL_NPRIV) | (floats ? CONTROL_FPCA : 0);
    if (thread) {
        to_thread_mode(cpu, process, control);
    } else {
        cpu_raw_set(cpu, UC_ARM_REG_CONTROL, control);
    }
    bool padded = (frame[FRAME_XPSR] & XPSR_ALIGNED) != 0;
    cpu_set(cpu, CPU_SP, (sp + 4 * words) | (padded ? 4u : 0));
    cpu_set_xpsr(cpu, frame[FRAME_XPSR]);
    return CPU_OK;
}

/* In Handler mode CONTROL and the masks can be written; SPSEL only in Thread mode. */
static void clear_registers(struct cpu *cpu)
{
    cpu_raw_set(cpu, UC_ARM_REG_XPSR_NZCVQG, XPSR_T | 1);
    cpu_raw_set(cpu, UC_ARM_REG_CONTROL, 0);
    cpu_raw_set(cpu, UC_ARM_REG_PRIMASK, 0);
    cpu_raw_set(cpu, UC_ARM_REG_FAULTMASK, 0);
    cpu_raw_set(cpu, UC_ARM_REG_BASEPRI, 0);
    cpu_raw_set(cpu, UC_ARM_REG_XPSR_NZCVQG, XPSR_T);
    cpu_raw_set(cpu, UC_ARM_REG_CONTROL, 0);
    cpu_raw_set(cpu, UC_ARM_REG_PSP, 0);
    for (uint32_t i = 0; i <= 12; i++) {
        cpu_set(cpu, i, 0);
    }
    for (uint32_t i = 0; i < 2 * FRAME_FLOATS; i++) {
        cpu_set_float(cpu, i, 0);
    }
    cpu_set(cpu, CPU_FPSCR, 0);
    cpu_set(cpu, CPU_LR, UINT32_MAX);
}

enum cpu_result cpu_reset(struct cpu *cpu, uint32_t vector_table)
{
    uint32_t sp = 0;
    uint32_t vector = 0;
    clear_registers(cpu);
    bool known = cpu_load(cpu, vector_table, &sp) && cpu_load(cpu, vector_table + 4, &vector);
    cpu_set(cpu, CPU_SP, sp & ~3u);
    cpu->next_pc = vector & ~1u;
    cpu_set_xpsr(cpu, (vector & 1) != 0 ? XPSR_T : 0);
    return known ? CPU_OK : CPU_VECTOR_ERROR;
}
