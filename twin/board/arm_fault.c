/* SPDX-License-Identifier: MIT
 * Exceptions of an ARM guest: taken, raised by code that went wrong, returned from. */
#include "twin/board/arm_inside.h"

/* Source: ARMv7-M ARM, "HardFault Status Register", "Debug Fault Status Register" */
enum { DFSR_BKPT = 2, WFE_LONGEST_NS = 100000 };
static const uint32_t hfsr_debugevt = 0x80000000;

struct soc_masks arm_masks(struct arm *arm)
{
    struct cpu_masks masks = cpu_masks(arm->cpu);
    return (struct soc_masks){masks.primask, masks.faultmask, masks.basepri};
}

static void lock_up(struct arm *arm)
{
    arm->locked = true;
    arm_report_at(arm, cpu_get(arm->cpu, CPU_PC), "the core has locked up before");
}

static void raise(struct arm *arm, uint32_t number, uint32_t cfsr);

/* What went wrong on the way into an exception is a fault of its own. Entering a HardFault or an
 * NMI, nothing is left to take it. */
static void take_failed(struct arm *arm, uint32_t number, enum cpu_result result)
{
    if (number <= SOC_HARD_FAULT) {
        lock_up(arm);
    } else if (result == CPU_STACK_ERROR) {
        raise(arm, SOC_BUS_FAULT, SOC_CFSR_STKERR);
    } else {
        arm->scb.hfsr |= SOC_HFSR_VECTTBL;
        raise(arm, SOC_HARD_FAULT, 0);
    }
}

void arm_take(struct arm *arm, uint32_t number)
{
    const struct cpu_entry entry = {number, arm->scb.vtor, (arm->scb.ccr & SOC_CCR_STKALIGN) != 0};
    arm->counts.exceptions++;
    arm->event = true;
    (void)arm_masks(arm); /* seen while the code may be privileged */
    soc_nvic_enter(&arm->nvic, number);
    enum cpu_result result = cpu_enter(arm->cpu, &entry);
    if (result != CPU_OK) {
        take_failed(arm, number, result);
    }
}

/* A synchronous exception: it is taken now, by itself or as a HardFault, or the core locks up. */
static void raise(struct arm *arm, uint32_t number, uint32_t cfsr)
{
    uint32_t taken = soc_nvic_escalate(&arm->nvic, number, arm_masks(arm));
    arm->scb.cfsr |= cfsr;
    if (taken == 0) {
        lock_up(arm);
        return;
    }
    if (taken != number) {
        arm->scb.hfsr |= SOC_HFSR_FORCED;
    }
    arm_take(arm, taken);
}

/* A load or store that got no answer: waits for the flash, is forgotten, or is a fault. */
static void handle_bad_data(struct arm *arm)
{
    bool ignored = (arm->scb.ccr & SOC_CCR_BFHFNMIGN) != 0 &&
                   soc_nvic_execution(&arm->nvic, arm_masks(arm)) < 0;
    if (arm->busy) {
        arm->busy = false;
    } else if (ignored) {
        cpu_skip(arm->cpu);
    } else {
        arm->scb.bfar = cpu_bad_addr(arm->cpu);
        arm_report_at(arm, arm->scb.bfar, "bus fault at");
        raise(arm, SOC_BUS_FAULT, SOC_CFSR_PRECISERR | SOC_CFSR_BFARVALID);
    }
}

static void handle_breakpoint(struct arm *arm)
{
    arm->scb.dfsr |= DFSR_BKPT;
    arm->scb.hfsr |= hfsr_debugevt;
    raise(arm, SOC_HARD_FAULT, 0);
}

/* Whether an exception other than number is active. */
static bool others_active(const struct arm *arm, uint32_t number)
{
    struct soc_exception_set active = arm->nvic.active;
    uint32_t any = 0;
    soc_exception_put(&active, number, false);
    for (uint32_t i = 0; i < SOC_NVIC_WORDS; i++) {
        any |= active.words[i];
    }
    return any != 0;
}

/* Back to Thread mode is only allowed when nothing else is active, or everybody agrees. */
static bool may_return(struct arm *arm, uint32_t number, bool *to_thread)
{
    return cpu_return_valid(arm->cpu, to_thread) && soc_exception_in(&arm->nvic.active, number) &&
           (!*to_thread || (arm->scb.ccr & SOC_CCR_NONBASETHRDENA) != 0 ||
            !others_active(arm, number));
}

static void handle_return(struct arm *arm)
{
    uint32_t number = cpu_ipsr(arm->cpu);
    bool to_thread = false;
    bool allowed = may_return(arm, number, &to_thread);
    if (number != SOC_NMI) {
        cpu_clear_faultmask(arm->cpu);
    }
    soc_nvic_leave(&arm->nvic, number);
    arm->event = true;
    enum cpu_result result = allowed ? cpu_leave(arm->cpu) : CPU_RETURN_ERROR;
    if (result == CPU_RETURN_ERROR) {
        raise(arm, SOC_USAGE_FAULT, SOC_CFSR_INVPC);
    } else if (result != CPU_OK) {
        raise(arm, SOC_BUS_FAULT, SOC_CFSR_UNSTKERR);
    } else if (to_thread && (arm->scb.scr & SOC_SCR_SLEEPONEXIT) != 0) {
        arm->sleeping = true;
        arm->for_event = false;
    }
}

/* SEV cannot be seen, and WFE may end without an event: so it lasts no longer than this. */
static void wait_for_event(struct arm *arm)
{
    arm->sleeping = !arm->event;
    arm->for_event = true;
    arm->event = false;
    arm->wfe_end_ns = arm->time.now_ns + WFE_LONGEST_NS;
}

/* Code cannot be fetched: from system memory, because that is the ROM's, which is no ARM code
 * here. */
static void handle_bad_fetch(struct arm *arm, uint32_t number, uint32_t flag)
{
    const struct arm_memory *system = &arm->config.chip->system;
    if (cpu_get(arm->cpu, CPU_PC) - system->base < system->bytes) {
        arm->system_wanted = true;
        arm->locked = true;
    } else {
        raise(arm, number, flag);
    }
}

void arm_handle_stop(struct arm *arm, enum cpu_stop stop)
{
    switch (stop) {
    case CPU_BUDGET: break;
    case CPU_WFI:
        arm->sleeping = true;
        arm->for_event = false;
        break;
    case CPU_WFE: wait_for_event(arm); break;
    case CPU_SVC: raise(arm, SOC_SVCALL, 0); break;
    case CPU_BKPT: handle_breakpoint(arm); break;
    case CPU_RETURN: handle_return(arm); break;
    case CPU_UNDEFINED: raise(arm, SOC_USAGE_FAULT, SOC_CFSR_UNDEFINSTR); break;
    case CPU_NO_FPU: raise(arm, SOC_USAGE_FAULT, SOC_CFSR_NOCP); break;
    case CPU_NO_THUMB: raise(arm, SOC_USAGE_FAULT, SOC_CFSR_INVSTATE); break;
    case CPU_UNALIGNED: raise(arm, SOC_USAGE_FAULT, SOC_CFSR_UNALIGNED); break;
    case CPU_BAD_DATA: handle_bad_data(arm); break;
    case CPU_BAD_FETCH: handle_bad_fetch(arm, SOC_BUS_FAULT, SOC_CFSR_IBUSERR); break;
    case CPU_NO_EXECUTE: handle_bad_fetch(arm, SOC_MEM_MANAGE, SOC_CFSR_IACCVIOL); break;
    }
}
