/* SPDX-License-Identifier: MIT
 * The system timer of a Cortex-M. */
#ifndef TWIN_SOC_SYSTICK_H
#define TWIN_SOC_SYSTICK_H

#include "twin/soc/nvic.h"

struct soc_systick {
    struct soc_nvic *nvic;
    const struct soc_lines *lines;
    uint32_t core_hz;   /* as last told; the external clock is an eighth of it */
    uint32_t control;   /* CTRL without COUNTFLAG */
    uint32_t load;      /* LOAD */
    bool count_flag;    /* CTRL.COUNTFLAG */
    uint64_t anchor_ns; /* when the counter was at value */
    uint32_t value;
    uint64_t zeroes; /* how often it has reached 0 since anchor_ns, as noticed */
};

/* Tells a new frequency of the core, in Hz; 0: it stands still. */
void soc_systick_clock(struct soc_systick *systick, uint32_t core_hz);

/* Gives the registers, at 0xE000E010.
 * Source    ARMv7-M ARM, "The system timer, SysTick" */
struct soc_part soc_systick_part(struct soc_systick *systick);

#endif
