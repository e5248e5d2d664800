/* SPDX-License-Identifier: MIT
 * The STM32F405 at its full clock, without a crystal: for what has to be done before the start. */
#include "boot/mcu/chip.h"
#include "boot/mcu/clock.h"
#include "boot/mcu/f405/regs.h"
#include "boot/port.h"

enum {
    HSI_MHZ = 16,
    VCO_MHZ = 336, /* by 2 the 168 MHz of the CPU */
    USB_DIVIDER = 7,
    LIMIT_MS = 5,
};

/* Scale 1 of the regulator is what reset gives.
 *
 * Source    RM0090, "PLL configuration", "Read interface", "PWR_CR" */
static void run_fast(void)
{
    F405_RCC->pllcfgr = (uint32_t)USB_DIVIDER << 24 | (uint32_t)VCO_MHZ << 6 | HSI_MHZ;
    F405_RCC->cr |= RCC_CR_PLLON;
    if (clock_wait(&F405_RCC->cr, RCC_CR_PLLRDY, RCC_CR_PLLRDY, LIMIT_MS)) {
        F405_FLASH->acr = FLASH_ACR_168MHZ;
        F405_RCC->cfgr = RCC_CFGR_APB1_BY_4 | RCC_CFGR_APB2_BY_2 | RCC_CFGR_PLL;
        (void)clock_wait(&F405_RCC->cfgr, RCC_CFGR_SWS, RCC_CFGR_PLL << 2, LIMIT_MS);
    }
}

/* What the caches hold is forgotten: they are to be empty as after a reset. */
void port_hurry(bool on)
{
    if (on) {
        run_fast();
    } else {
        chip_clock_reset();
        F405_FLASH->acr = FLASH_ACR_FORGET;
        F405_FLASH->acr = 0;
    }
}
