/* SPDX-License-Identifier: MIT
 * Registers of the core. */
#include "twin/cpu/inside.h"

enum { IPSR_MASK = 0x1FF, CONTROL_NPRIV = 1, D_OF_S = 2 };

uint32_t cpu_raw_get(struct cpu *cpu, int number)
{
    uint32_t value = 0;
    (void)uc_reg_read(cpu->engine, number, &value);
    return value;
}

void cpu_raw_set(struct cpu *cpu, int number, uint32_t value)
{
    (void)uc_reg_write(cpu->engine, number, &value);
}

/* The engine caches the mode with the flags: only writing APSR renews it. */
void cpu_set_xpsr(struct cpu *cpu, uint32_t xpsr)
{
    cpu_raw_set(cpu, UC_ARM_REG_XPSR_NZCVQG, xpsr);
    cpu_raw_set(cpu, UC_ARM_REG_APSR_NZCV, xpsr);
}

static int raw_number(uint32_t number)
{
    switch (number) {
    case CPU_SP: return UC_ARM_REG_SP;
    case CPU_LR: return UC_ARM_REG_LR;
    case CPU_MSP: return UC_ARM_REG_MSP;
    case CPU_PSP: return UC_ARM_REG_PSP;
    case CPU_CONTROL: return UC_ARM_REG_CONTROL;
    case CPU_FPSCR: return UC_ARM_REG_FPSCR;
    default: return (int)(UC_ARM_REG_R0 + number);
    }
}

uint32_t cpu_get(struct cpu *cpu, uint32_t number)
{
    switch (number) {
    case CPU_PC: return cpu->next_pc;
    case CPU_XPSR: return cpu_raw_get(cpu, UC_ARM_REG_XPSR);
    default: return cpu_raw_get(cpu, raw_number(number));
    }
}

void cpu_set(struct cpu *cpu, uint32_t number, uint32_t value)
{
    switch (number) {
    case CPU_PC: cpu->next_pc = value; break;
    case CPU_XPSR: cpu_set_xpsr(cpu, value); break;
    default: cpu_raw_set(cpu, raw_number(number), value); break;
    }
}

uint32_t cpu_get_float(struct cpu *cpu, uint32_t number)
{
    uint64_t pair = 0;
    (void)uc_reg_read(cpu->engine, (int)(UC_ARM_REG_D0 + number / D_OF_S), &pair);
    return (uint32_t)(pair >> 32 * (number % D_OF_S));
}

void cpu_set_float(struct cpu *cpu, uint32_t number, uint32_t bits)
{
    uint64_t pair = 0;
    int reg = (int)(UC_ARM_REG_D0 + number / D_OF_S);
    uint32_t shift = 32 * (number % D_OF_S);
    (void)uc_reg_read(cpu->engine, reg, &pair);
    pair = (pair & ~((uint64_t)UINT32_MAX << shift)) | (uint64_t)bits << shift;
    (void)uc_reg_write(cpu->engine, reg, &pair);
}

uint32_t cpu_ipsr(struct cpu *cpu)
{
    return cpu_raw_get(cpu, UC_ARM_REG_IPSR) & IPSR_MASK;
}

bool cpu_privileged(struct cpu *cpu)
{
    return cpu_ipsr(cpu) != 0 || (cpu_raw_get(cpu, UC_ARM_REG_CONTROL) & CONTROL_NPRIV) == 0;
}

/* Unprivileged code sees the masks as 0, but cannot change them either. */
struct cpu_masks cpu_masks(struct cpu *cpu)
{
    if (cpu_privileged(cpu)) {
        cpu->kept.primask = (uint8_t)(cpu_raw_get(cpu, UC_ARM_REG_PRIMASK) & 1);
        cpu->kept.faultmask = (uint8_t)(cpu_raw_get(cpu, UC_ARM_REG_FAULTMASK) & 1);
        cpu->kept.basepri = (uint8_t)cpu_raw_get(cpu, UC_ARM_REG_BASEPRI);
    }
    return cpu->kept;
}

void cpu_clear_faultmask(struct cpu *cpu)
{
    cpu_raw_set(cpu, UC_ARM_REG_FAULTMASK, 0);
}
