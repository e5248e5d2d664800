/* SPDX-License-Identifier: MIT
 * Loops that wait for a register to change: the time they waste passes without code.
 *
 * A core that has come back to the same load with the same registers, and got the same answer, will
 * go on doing so until something happens around it. Letting time pass instead is what makes a
 * driver that polls as quick to emulate as one that sleeps. */
#include <string.h>

#include "twin/board/arm_inside.h"

/* Something that is no event may change the register all the same, so no pause is long. */
enum { TURNS_MIN = 16, PAUSE_NS = 20 * TWIN_US };

/* Returns whether the registers are what they were, and keeps them. */
static bool is_same_state(struct arm *arm)
{
    uint32_t now[ARM_SPIN_REGISTERS];
    for (uint32_t i = 0; i < ARM_SPIN_REGISTERS; i++) {
        now[i] = cpu_get(arm->cpu, i);
    }
    bool same = memcmp(now, arm->spin.registers, sizeof now) == 0;
    memcpy(arm->spin.registers, now, sizeof now);
    return same;
}

void arm_notice_load(struct arm *arm, uint32_t addr, uint32_t value)
{
    struct arm_spin *spin = &arm->spin;
    uint32_t pc = cpu_pc(arm->cpu);
    if (spin->pc != pc || spin->addr != addr || spin->value != value) {
        spin->turns = 0;
        spin->pc = pc;
        spin->addr = addr;
        spin->value = value;
        return;
    }
    spin->turns++;
    if (spin->turns < TURNS_MIN || !arm->running) {
        return;
    }
    if (!is_same_state(arm)) {
        spin->turns = 0;
        return;
    }
    uint64_t end_ns = arm->time.now_ns + PAUSE_NS;
    end_ns = end_ns < arm->slice_end_ns ? end_ns : arm->slice_end_ns;
    if (spin->turns > TURNS_MIN && end_ns > arm->stall_ns) {
        arm->stall_ns = end_ns;
        cpu_attend(arm->cpu);
    }
}

void arm_notice_store(struct arm *arm)
{
    arm->spin.turns = 0;
}
