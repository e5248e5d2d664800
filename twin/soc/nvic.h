/* SPDX-License-Identifier: MIT
 * The interrupt controller of a Cortex-M: which exception comes next. */
#ifndef TWIN_SOC_NVIC_H
#define TWIN_SOC_NVIC_H

#include "twin/soc/part.h"

enum { SOC_NVIC_WORDS = 9, SOC_NVIC_NUMBERS = 256, SOC_NVIC_LINES_MAX = 240 };

/* Exceptions by their numbers. */
enum soc_exception {
    SOC_RESET = 1,
    SOC_NMI,
    SOC_HARD_FAULT,
    SOC_MEM_MANAGE,
    SOC_BUS_FAULT,
    SOC_USAGE_FAULT,
    SOC_SVCALL = 11,
    SOC_DEBUG_MONITOR,
    SOC_PENDSV = 14,
    SOC_SYSTICK,
    SOC_IRQ0,
};

/* What the core masks: PRIMASK and FAULTMASK 0 or 1, BASEPRI 0 for none. */
struct soc_masks {
    uint8_t primask, faultmask, basepri;
};

/* One bit for each exception number. */
struct soc_exception_set {
    uint32_t words[SOC_NVIC_WORDS];
};

struct soc_nvic {
    const struct soc_lines *lines;
    void (*changed)(void *chip); /* what comes next may be something else now */
    uint32_t line_count;
    uint8_t priority_mask; /* implemented bits of a priority */
    uint8_t group;         /* AIRCR.PRIGROUP */
    uint8_t priority[SOC_NVIC_NUMBERS];
    struct soc_exception_set enabled, pending, active, level;
};

/* A set's membership. */
bool soc_exception_in(const struct soc_exception_set *set, uint32_t number);
void soc_exception_put(struct soc_exception_set *set, uint32_t number, bool in);

/* Puts the controller into its state after a reset; inputs keep their levels.
 * Source    ARMv7-M ARM, "Nested Vectored Interrupt Controller" */
void soc_nvic_reset(struct soc_nvic *nvic);

/* Sets the level of an input, 0..line_count - 1. */
void soc_nvic_line(struct soc_nvic *nvic, uint32_t line, bool level);

/* Makes an exception pending. */
void soc_nvic_pend(struct soc_nvic *nvic, uint32_t number);

/* Gives the priority the core runs at: -3..256.
 * Source    ARMv7-M ARM, "Execution priority and priority boosting" */
int32_t soc_nvic_execution(const struct soc_nvic *nvic, struct soc_masks masks);

/* Gives the pending exception that pre-empts what runs, 0: none. */
uint32_t soc_nvic_next(const struct soc_nvic *nvic, struct soc_masks masks);

/* Gives the enabled pending exception of highest priority, 0: none. */
uint32_t soc_nvic_waiting(const struct soc_nvic *nvic);

/* Says which exception takes up a synchronous one: itself, the HardFault it escalates to, or 0: the
 * core locks up.
 * Source    ARMv7-M ARM, "Priority escalation" */
uint32_t soc_nvic_escalate(const struct soc_nvic *nvic, uint32_t number, struct soc_masks masks);

/* The core has entered or left an exception. */
void soc_nvic_enter(struct soc_nvic *nvic, uint32_t number);
void soc_nvic_leave(struct soc_nvic *nvic, uint32_t number);

/* Gives the registers ISER to IPR, at 0xE000E100. */
struct soc_part soc_nvic_part(struct soc_nvic *nvic);

#endif
