/* SPDX-License-Identifier: MIT
 * The IT state in the middle of a block of code: the engine keeps it only between blocks. */
#include "twin/cpu/inside.h"

enum { IT_MASK = 0x0F, IT_SCAN_MAX = 4096 };

uint16_t cpu_code_at(struct cpu *cpu, uint32_t addr)
{
    const struct cpu_region *region = cpu_find_region(cpu, addr);
    if (region == NULL || region->host == NULL || addr - region->base > region->bytes - 2) {
        return 0;
    }
    const uint8_t *at = region->host + (addr - region->base);
    return (uint16_t)(at[0] | at[1] << 8);
}

/* Source: ARMv7-M ARM, "Thumb instruction set encoding" */
uint32_t cpu_code_length(uint16_t first)
{
    return first >= 0xE800 ? 4 : 2;
}

/* Source: ARMv7-M ARM, "Coprocessor instructions": CP10 and CP11 */
bool cpu_code_is_float(struct cpu *cpu, uint32_t addr)
{
    uint16_t first = cpu_code_at(cpu, addr);
    return (first & 0xEC00) == 0xEC00 && (cpu_code_at(cpu, addr + 2) & 0x0E00) == 0x0A00;
}

/* CPSIE, or MSR to a special register. */
bool cpu_code_unmasks(struct cpu *cpu, uint32_t addr)
{
    uint16_t code = cpu_code_at(cpu, addr);
    return (code & 0xFFF0) == 0xB660 || (code & 0xFFF0) == 0xF380;
}

bool cpu_block_is_plain(struct cpu *cpu, uint32_t addr, uint32_t bytes)
{
    uint32_t *clean = &cpu->clean[addr / 2 % CPU_CLEAN];
    if (*clean == addr) {
        return true;
    }
    for (uint32_t at = addr; at - addr < bytes; at += cpu_code_length(cpu_code_at(cpu, at))) {
        if (cpu_code_is_float(cpu, at) || cpu_code_unmasks(cpu, at)) {
            return false;
        }
    }
    const struct cpu_region *region = cpu_find_region(cpu, addr);
    if (region != NULL && !region->writable) {
        *clean = addr;
    }
    return true;
}

uint8_t cpu_it_advance(uint8_t state)
{
    if ((state & 7) == 0) {
        return 0;
    }
    return (uint8_t)((state & 0xE0) | ((state << 1) & 0x1F));
}

uint32_t cpu_it_to_xpsr(uint8_t state)
{
    return (uint32_t)(state & 3) << 25 | (uint32_t)(state >> 2) << 10;
}

uint8_t cpu_it_from_xpsr(uint32_t xpsr)
{
    return (uint8_t)((xpsr >> 25 & 3) | (xpsr >> 10 & 0x3F) << 2);
}

static bool is_it(uint16_t code)
{
    return (code & 0xFF00) == 0xBF00 && (code & IT_MASK) != 0;
}

uint8_t cpu_it_state(struct cpu *cpu, uint32_t addr)
{
    uint8_t state = cpu->origin_it;
    uint32_t at = cpu->origin;
    if (addr < at || addr - at > IT_SCAN_MAX) {
        return 0;
    }
    while (at < addr) {
        uint16_t code = cpu_code_at(cpu, at);
        state = is_it(code) ? (uint8_t)code : cpu_it_advance(state);
        at += cpu_code_length(code);
    }
    return state;
}
