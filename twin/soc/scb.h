/* SPDX-License-Identifier: MIT
 * The system control space of a Cortex-M4 or M7: identification, faults, resets, MPU, caches. */
#ifndef TWIN_SOC_SCB_H
#define TWIN_SOC_SCB_H

#include "twin/soc/nvic.h"

enum { SOC_SCB_PARTS = 3, SOC_MPU_REGIONS_MAX = 16, SOC_SCB_PLAIN_MAX = 12 };

/* CCR, CFSR and HFSR bits that the core acts on.
 * Source: ARMv7-M ARM, "System Control Block" */
enum {
    SOC_CCR_NONBASETHRDENA = 1 << 0,
    SOC_CCR_USERSETMPEND = 1 << 1,
    SOC_CCR_BFHFNMIGN = 1 << 8,
    SOC_CCR_STKALIGN = 1 << 9,
    SOC_CCR_DC = 1 << 16,
    SOC_CCR_IC = 1 << 17,
    SOC_SCR_SLEEPONEXIT = 1 << 1,
    SOC_SCR_SLEEPDEEP = 1 << 2,
    SOC_SCR_SEVONPEND = 1 << 4,
    SOC_CFSR_IACCVIOL = 1 << 0,
    SOC_CFSR_IBUSERR = 1 << 8,
    SOC_CFSR_PRECISERR = 1 << 9,
    SOC_CFSR_UNSTKERR = 1 << 11,
    SOC_CFSR_STKERR = 1 << 12,
    SOC_CFSR_BFARVALID = 1 << 15,
    SOC_CFSR_UNDEFINSTR = 1 << 16,
    SOC_CFSR_INVSTATE = 1 << 17,
    SOC_CFSR_INVPC = 1 << 18,
    SOC_CFSR_NOCP = 1 << 19,
    SOC_CFSR_UNALIGNED = 1 << 24,
    SOC_HFSR_VECTTBL = 1 << 1,
    SOC_HFSR_FORCED = 1 << 30,
};

struct soc_scb {
    struct soc_nvic *nvic;
    const struct soc_lines *lines;
    void (*core_reset)(void *chip); /* AIRCR.VECTRESET: the core alone */
    bool m7;
    uint32_t vtor_reset; /* where the vectors are after a reset */
    uint32_t vtor, scr, ccr;
    uint32_t cfsr, hfsr, dfsr, mmfar, bfar, afsr;
    uint32_t plain[SOC_SCB_PLAIN_MAX]; /* registers that only keep what is written */
    uint32_t mpu_control, mpu_region;
    uint32_t mpu_rbar[SOC_MPU_REGIONS_MAX], mpu_rasr[SOC_MPU_REGIONS_MAX];
};

/* Tells whether CPACR lets code use the FPU. */
bool soc_scb_fpu_on(const struct soc_scb *scb);

/* Gives one register block after another: 0xE000E000, 0xE000ED00 and 0xE000EF00.
 *
 * index     0..SOC_SCB_PARTS - 1 */
struct soc_part soc_scb_part(struct soc_scb *scb, uint32_t index);

#endif
