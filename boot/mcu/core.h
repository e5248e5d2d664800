/* SPDX-License-Identifier: MIT
 * The registers of the ARMv7-M core, and those peripherals that every chip has alike. */
#ifndef BOOT_MCU_CORE_H
#define BOOT_MCU_CORE_H

#include <stdint.h>

/* Source    ARMv7-M ARM, "System timer, SysTick" */
struct systick_regs {
    volatile uint32_t ctrl, load, val, calib;
};
enum { SYSTICK_ENABLE = 1, SYSTICK_INT = 2, SYSTICK_CPU_CLOCK = 4, SYSTICK_PASSED = 1 << 16 };

/* Source    ARMv7-M ARM, "System control and ID registers" */
struct scb_regs {
    volatile uint32_t cpuid, icsr, vtor, aircr, scr, ccr;
};
/* Source    ARMv7-M ARM, "Cache and branch predictor maintenance operations" */
struct cache_regs {
    volatile uint32_t iciallu, gap, icimvau, dcimvac, dcisw;
};
enum { SCB_ICSR_SYSTICK_CLEAR = 1 << 25, SCB_AIRCR_RESET = 0x05FA0004, SCB_CCR_IGNORE = 1 << 8 };
enum { SCB_CCR_CACHES = 1 << 16 | 1 << 17, CACHE_LINE_BYTES = 32 };

/* Source    ARMv7-M ARM, "NVIC register summary" */
struct nvic_regs {
    volatile uint32_t enable[8], gap0[24], disable[8], gap1[24], pend[8], gap2[24], unpend[8];
};

/* Source    RM0090, "GPIO registers"; RM0433, the same */
struct gpio_regs {
    volatile uint32_t moder, otyper, ospeedr, pupdr, idr, odr, bsrr, lckr, afr[2];
};

/* Source    RM0090, "IWDG registers"; RM0433, the same */
struct iwdg_regs {
    volatile uint32_t kr, pr, rlr, sr;
};

/* Source    RM0090, "RTC registers"; RM0433, the same */
struct rtc_regs {
    volatile uint32_t tr, dr, cr, isr, prer, gap[5], ssr;
};

#define CORE_SYSTICK ((struct systick_regs *)0xE000E010u)
#define CORE_SCB     ((struct scb_regs *)0xE000ED00u)
#define CORE_CACHE   ((struct cache_regs *)0xE000EF50u)
#define CORE_NVIC    ((struct nvic_regs *)0xE000E100u)

/* The register at addr. */
static inline volatile uint32_t *core_register(uint32_t addr)
{
    return (volatile uint32_t *)addr;
}

/* Waits until what was written has been done, and what follows is fetched anew. */
static inline void core_barrier(void)
{
    __asm volatile("dsb\n\tisb" ::: "memory");
}

#endif
