/* SPDX-License-Identifier: MIT
 * Runs code, and finds out why the engine came back. */
#include "twin/cpu/inside.h"

enum {
    XPSR_T = 1 << 24,
    CODE_WFI = 0xBF30,
    CODE_WFE = 0xBF20,
    CODE_YIELD = 0xBF10,
    CODE_WIDE_HINT = 0xF3AF,
    HINT_YIELD = 1,
    HINT_WFE = 2,
    HINT_WFI = 3,
};

/* Interrupts of the engine that mean something on this core, by its numbers. */
enum { ENGINE_SVC = 2, ENGINE_NO_EXECUTE = 3, ENGINE_DATA_ABORT = 4, ENGINE_BKPT = 7 };
enum { ENGINE_RETURN = 8, ENGINE_INVALID_STATE = 18, EXC_RETURN_LOWEST = 0xE0 };

/* Number of the hint (YIELD, WFE, WFI) at an address, 0: something else. */
static uint32_t hint_at(struct cpu *cpu, uint32_t addr)
{
    uint16_t code = cpu_code_at(cpu, addr);
    switch (code) {
    case CODE_YIELD: return HINT_YIELD;
    case CODE_WFE: return HINT_WFE;
    case CODE_WFI: return HINT_WFI;
    case CODE_WIDE_HINT: return cpu_code_at(cpu, addr + 2) & 0xFF;
    default: return 0;
    }
}

/* What runs up to here may have ended inside an IT block: puts back what the engine forgot. */
static void settle(struct cpu *cpu, uint32_t pc)
{
    cpu->next_pc = pc;
    uint8_t it = cpu_it_state(cpu, pc);
    if (it != 0) {
        cpu_raw_set(cpu, UC_ARM_REG_XPSR_NZCVQG,
                    cpu_raw_get(cpu, UC_ARM_REG_XPSR) | cpu_it_to_xpsr(it));
    }
}

static bool is_return(struct cpu *cpu, uint32_t pc)
{
    return pc >= (UINT32_MAX & ~(uint32_t)0x1F) && cpu_ipsr(cpu) != 0;
}

static enum cpu_stop after_interrupt(struct cpu *cpu)
{
    uint32_t pc = cpu_raw_get(cpu, UC_ARM_REG_PC);
    switch (cpu->interrupt) {
    case ENGINE_SVC: settle(cpu, pc); return CPU_SVC;
    case ENGINE_BKPT: settle(cpu, cpu->pc); return CPU_BKPT;
    case ENGINE_RETURN: cpu->next_pc = pc; return CPU_RETURN;
    case ENGINE_NO_EXECUTE:
        cpu->next_pc = pc;
        return is_return(cpu, pc) ? CPU_RETURN : CPU_NO_EXECUTE;
    case ENGINE_DATA_ABORT: settle(cpu, cpu->pc); return CPU_UNALIGNED;
    case ENGINE_INVALID_STATE: cpu->next_pc = pc; return CPU_NO_THUMB;
    default: settle(cpu, cpu->pc); return CPU_UNDEFINED;
    }
}

/* Hints end the run as invalid instructions do, but with PC after them. */
static enum cpu_stop after_invalid(struct cpu *cpu)
{
    uint32_t pc = cpu_raw_get(cpu, UC_ARM_REG_PC);
    if ((cpu_raw_get(cpu, UC_ARM_REG_XPSR) & XPSR_T) == 0) {
        cpu->next_pc = pc;
        return CPU_NO_THUMB;
    }
    uint32_t hint = pc == cpu->pc ? 0 : hint_at(cpu, cpu->pc);
    settle(cpu, hint == 0 ? cpu->pc : pc);
    switch (hint) {
    case HINT_WFE: return CPU_WFE;
    case HINT_YIELD: return CPU_BUDGET;
    default: return CPU_UNDEFINED;
    }
}

static enum cpu_stop after_refusal(struct cpu *cpu)
{
    settle(cpu, cpu->pc);
    return cpu->unaligned ? CPU_UNALIGNED : CPU_BAD_DATA;
}

static enum cpu_stop after_end(struct cpu *cpu)
{
    if (cpu->interrupt >= 0) {
        return after_interrupt(cpu);
    }
    settle(cpu, cpu_raw_get(cpu, UC_ARM_REG_PC));
    if (cpu->no_fpu && cpu->next_pc == cpu->stop_pc) {
        return CPU_NO_FPU;
    }
    return !cpu->stopped && hint_at(cpu, cpu->pc) == HINT_WFI ? CPU_WFI : CPU_BUDGET;
}

static enum cpu_stop find_reason(struct cpu *cpu, uc_err result)
{
    switch (result) {
    case UC_ERR_OK: return after_end(cpu);
    case UC_ERR_READ_UNMAPPED:
    case UC_ERR_READ_PROT:
    case UC_ERR_WRITE_UNMAPPED:
    case UC_ERR_WRITE_PROT: return after_refusal(cpu);
    case UC_ERR_READ_UNALIGNED:
    case UC_ERR_WRITE_UNALIGNED: settle(cpu, cpu->pc); return CPU_UNALIGNED;
    case UC_ERR_FETCH_UNMAPPED:
    case UC_ERR_FETCH_PROT:
        cpu->next_pc = cpu_raw_get(cpu, UC_ARM_REG_PC);
        return is_return(cpu, cpu->next_pc) ? CPU_RETURN : CPU_BAD_FETCH;
    case UC_ERR_EXCEPTION: cpu->next_pc = cpu_raw_get(cpu, UC_ARM_REG_PC); return CPU_NO_THUMB;
    default: return after_invalid(cpu);
    }
}

enum cpu_stop cpu_run(struct cpu *cpu, uint64_t budget, bool watch)
{
    uint32_t xpsr = cpu_raw_get(cpu, UC_ARM_REG_XPSR);
    if ((xpsr & XPSR_T) == 0) {
        return CPU_NO_THUMB;
    }
    cpu->budget_end = cpu->count + budget;
    cpu->limit = watch ? cpu->count : cpu->budget_end;
    cpu->watch = watch;
    cpu->unmasked = false;
    cpu->stopped = false;
    cpu->has_float = false;
    cpu->no_fpu = false;
    cpu->unaligned = false;
    cpu->interrupt = -1;
    cpu->first_block = true;
    cpu->start_it = cpu_it_from_xpsr(xpsr);
    cpu->origin = cpu->next_pc;
    cpu->origin_it = cpu->start_it;
    cpu->pc = cpu->next_pc;
    uc_err result = uc_emu_start(cpu->engine, (uint64_t)cpu->next_pc | 1, UINT32_MAX - 1, 0, 0);
    cpu_undo_stores(cpu);
    return find_reason(cpu, result);
}

void cpu_skip(struct cpu *cpu)
{
    uint32_t xpsr = cpu_raw_get(cpu, UC_ARM_REG_XPSR);
    uint8_t it = cpu_it_from_xpsr(xpsr);
    xpsr = (xpsr & ~cpu_it_to_xpsr(UINT8_MAX)) | cpu_it_to_xpsr(cpu_it_advance(it));
    cpu_raw_set(cpu, UC_ARM_REG_XPSR_NZCVQG, xpsr);
    cpu->next_pc += cpu_code_length(cpu_code_at(cpu, cpu->next_pc));
}
