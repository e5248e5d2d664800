/* SPDX-License-Identifier: MIT
 * The STM32H743 with caches and fewer wait states: for what has to be done before the start. */
#include "boot/mcu/core.h"
#include "boot/mcu/h743/cache.h"
#include "boot/mcu/h743/regs.h"
#include "boot/port.h"

/* The data cache holds nothing but flash: the bootloader's own data is in memory beside it, so that
 * there is nothing to be written back.
 *
 * Source    RM0433, "FLASH_ACR"; ARMv7-M ARM, "CCR" */
void port_hurry(bool on)
{
    if (on) {
        H743_FLASH->acr = FLASH_ACR_64MHZ;
        cache_start();
    } else {
        CORE_SCB->ccr &= ~(uint32_t)SCB_CCR_CACHES;
        core_barrier();
        CORE_CACHE->iciallu = 0;
        H743_FLASH->acr = FLASH_ACR_RESET;
        core_barrier();
    }
}
