/* SPDX-License-Identifier: MIT
 * The debug parts of a Cortex-M that programs use: the cycle counter, and what enables it. */
#ifndef TWIN_SOC_DWT_H
#define TWIN_SOC_DWT_H

#include "twin/soc/part.h"

enum { SOC_DWT_PARTS = 4 };

struct soc_dwt {
    const struct soc_lines *lines;
    uint64_t (*cycles)(void *chip); /* of the core, exact while a register is read */
    uint32_t control;               /* DWT_CTRL, the writable bits */
    uint32_t count;                 /* DWT_CYCCNT when it last began to run or stood still */
    uint64_t since;                 /* cycles then */
    uint32_t demcr;                 /* DEMCR */
};

/* Gives one register block after another: the trace units from 0xE0000000, the debug registers at
 * 0xE000EDF0, the trace port and the ETM from 0xE0040000, the ROM table at 0xE00FF000. Trace units
 * other than the DWT read 0.
 *
 * index     0..SOC_DWT_PARTS - 1
 * Source    ARMv7-M ARM, "The Data Watchpoint and Trace unit" */
struct soc_part soc_dwt_part(struct soc_dwt *dwt, uint32_t index);

#endif
