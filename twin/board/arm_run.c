/* SPDX-License-Identifier: MIT
 * The pace of an ARM guest: code between two events, sleep until the next. */
#include "twin/board/arm_inside.h"

enum { SECOND_NS = 1000000000 };

/* One cycle an instruction. Whole seconds apart, so that nothing overflows. */
static uint64_t cycles_to_ns(uint64_t cycles, uint32_t hz)
{
    return hz == 0 ? 0 : cycles / hz * SECOND_NS + cycles % hz * SECOND_NS / hz;
}

static uint64_t ns_to_cycles_up(uint64_t ns, uint32_t hz)
{
    return ns / SECOND_NS * hz + (ns % SECOND_NS * hz + SECOND_NS - 1) / SECOND_NS;
}

void arm_anchor(struct arm *arm)
{
    arm->anchor_ns = arm->time.now_ns;
    arm->anchor_count = cpu_count(arm->cpu);
    arm->hz = arm->around.clocks->cpu;
    soc_systick_clock(&arm->systick, arm->hz);
}

void arm_update_time(struct arm *arm)
{
    uint64_t cycles = cpu_count(arm->cpu) - arm->anchor_count;
    arm->time.now_ns = arm->anchor_ns + cycles_to_ns(cycles, arm->hz);
}

/* Time passes without code. */
static void pass(struct arm *arm, uint64_t to_ns)
{
    arm->time.now_ns = to_ns > arm->time.now_ns ? to_ns : arm->time.now_ns;
    arm_anchor(arm);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t due_of(const struct soc_part *part)
{
    return part->due == NULL ? UINT64_MAX : part->due(part->self);
}

/* Events of peripherals alone; those of the core are of no use to a core that is stuck. */
static uint64_t due_around(struct arm *arm)
{
    uint64_t due = UINT64_MAX;
    for (uint32_t i = 0; i < arm->timed_count; i++) {
        due = earlier(due, due_of(arm->timed[i]));
    }
    return due;
}

uint64_t arm_due(struct arm *arm)
{
    return earlier(due_around(arm), due_of(&arm->core_parts[ARM_SYSTICK]));
}

static void advance_part(const struct soc_part *part, uint64_t now_ns)
{
    if (part->advance != NULL && due_of(part) <= now_ns) {
        part->advance(part->self);
    }
}

void arm_advance(struct arm *arm)
{
    for (uint32_t i = 0; i < arm->timed_count; i++) {
        advance_part(arm->timed[i], arm->time.now_ns);
    }
    advance_part(&arm->core_parts[ARM_SYSTICK], arm->time.now_ns);
}

/* Sleep ends with an exception that PRIMASK alone keeps away, WFE also with an event. */
static bool wakes(struct arm *arm)
{
    struct soc_masks masks = arm_masks(arm);
    if (arm->for_event) {
        bool pends = (arm->scb.scr & SOC_SCR_SEVONPEND) != 0;
        if (arm->event || arm->time.now_ns >= arm->wfe_end_ns ||
            (pends && soc_nvic_waiting(&arm->nvic) != 0)) {
            arm->event = false;
            return true;
        }
    } else {
        masks.primask = 0;
    }
    return soc_nvic_next(&arm->nvic, masks) != 0;
}

/* One stretch of code, up to the next event at most. */
static void run_slice(struct arm *arm, uint64_t until_ns)
{
    arm->slice_end_ns = earlier(arm_due(arm), until_ns);
    if (arm->around.clocks->cpu != arm->hz) {
        arm_anchor(arm);
    }
    if (arm->hz == 0) {
        pass(arm, arm->slice_end_ns);
        return;
    }
    uint64_t ns = arm->slice_end_ns > arm->anchor_ns ? arm->slice_end_ns - arm->anchor_ns : 0;
    uint64_t end = arm->anchor_count + ns_to_cycles_up(ns, arm->hz);
    uint64_t count = cpu_count(arm->cpu);
    bool watch = soc_nvic_waiting(&arm->nvic) != 0;
    arm->counts.slices++;
    cpu_set_fpu(arm->cpu, soc_scb_fpu_on(&arm->scb));
    arm->watched = watch;
    arm->running = true;
    enum cpu_stop stop = cpu_run(arm->cpu, end > count ? end - count : 1, watch);
    arm->running = false;
    arm_update_time(arm);
    arm_handle_stop(arm, stop);
}

static void take_pending(struct arm *arm)
{
    uint32_t number = soc_nvic_next(&arm->nvic, arm_masks(arm));
    while (number != 0 && !arm->locked) {
        arm_take(arm, number);
        number = soc_nvic_next(&arm->nvic, arm_masks(arm));
    }
}

/* The core stands still: the moment at which something may change that. */
static uint64_t next_change(struct arm *arm, uint64_t until_ns)
{
    uint64_t next = earlier(arm_due(arm), until_ns);
    if (arm->stall_ns > arm->time.now_ns) {
        return earlier(next, arm->stall_ns);
    }
    return arm->sleeping && arm->for_event ? earlier(next, arm->wfe_end_ns) : next;
}

static bool stands_still(struct arm *arm)
{
    if (arm->stall_ns > arm->time.now_ns || arm->locked) {
        return true;
    }
    if (arm->sleeping && wakes(arm)) {
        arm->sleeping = false;
    }
    return arm->sleeping;
}

static void wait(struct arm *arm, uint64_t until_ns)
{
    uint64_t before_ns = arm->time.now_ns;
    uint64_t next_ns = next_change(arm, until_ns);
    bool stalled = arm->stall_ns > before_ns;
    pass(arm, next_ns > before_ns ? next_ns : before_ns + 1);
    if (stalled) {
        arm->stall_cycles += ns_to_cycles_up(arm->time.now_ns - before_ns, arm->hz);
    }
}

/* A stuck core cannot be helped unless something goes on around it: a watchdog. */
static bool is_dead(struct arm *arm)
{
    return arm->locked && due_around(arm) == UINT64_MAX;
}

static void step(struct arm *arm, uint64_t until_ns)
{
    if (arm->core_reset_wanted) {
        arm_reset_core(arm, RESET_SOFTWARE);
    }
    arm_settle_flash(arm);
    arm_settle_ram(arm);
    if (stands_still(arm)) {
        wait(arm, until_ns);
        return;
    }
    take_pending(arm);
    if (!arm->locked) {
        run_slice(arm, until_ns);
    }
}

enum guest_stop arm_run(struct arm *arm, uint64_t until_ns)
{
    while (arm->time.now_ns < until_ns) {
        arm_advance(arm);
        if (arm->reset_wanted) {
            return GUEST_RESET;
        }
        if (arm->system_wanted) {
            return GUEST_SYSTEM;
        }
        if (is_dead(arm)) {
            return GUEST_LOCKUP;
        }
        step(arm, until_ns);
    }
    if (arm->reset_wanted) {
        return GUEST_RESET;
    }
    bool idle = arm->sleeping && !arm->for_event && arm_due(arm) == UINT64_MAX;
    return idle ? GUEST_IDLE : GUEST_UNTIL;
}
