/* SPDX-License-Identifier: MIT
 * The STM32H743: its addresses, and its clocks. */
#include "boot/mcu/chip.h"

#include "boot/mcu/clock.h"
#include "boot/mcu/core.h"
#include "boot/mcu/h743/cache.h"
#include "boot/mcu/h743/regs.h"

/* Source    RM0433, "Memory map and register boundary addresses", "RCC_RSR", "OTG_GCCFG",
 *           "Nested Vectored Interrupt Controllers", "Unique device ID register" */
const struct chip chip = {
    .gpio = 0x58020000,
    .gpio_enable = 0x580244E0,
    .crc = 0x58024C00,
    .crc_enable_mask = 1 << 19,
    .iwdg = 0x58004800,
    .rtc = 0x58004000,
    .usb = 0x40080000,
    .uid = 0x1FF1E800,
    .backup = 0x580040CC,
    .backup_enable = 0x580244F4,
    .backup_enable_mask = 1 << 16,
    .power = 0x58024800,
    .bdcr = 0x58024470,
    .csr = 0x58024474,
    .flags = 0x580244D0,
    .flag_power = 1 << 21 | 1 << 23 | 1 << 30,
    .flag_software = 1 << 24,
    .flag_watchdog = 1 << 26 | 1 << 28,
    .usb_reset = 0x58024480,
    .usb_reset_mask = RCC_AHB1_USB2OTG,
    .usb_gccfg = 1 << 16,
    .usb_gotgctl = 1 << 6 | 1 << 7,
    .usb_irq = 101,
    .flash_irq = 4,
    .start_mhz = 64,
    .usb_mhz = 64,
};

enum { LIMIT_MS = 5 };

void chip_forget_flags(void)
{
    H743_RCC_ENABLE->rsr |= RCC_RSR_RMVF;
}

void chip_clock_reset(void)
{
    H743_RCC->cr |= RCC_CR_RESET;
    (void)clock_wait(&H743_RCC->cr, RCC_CR_HSIRDY, RCC_CR_HSIRDY, LIMIT_MS);
    H743_RCC->cfgr = 0;
    (void)clock_wait(&H743_RCC->cfgr, RCC_CFGR_SWS, 0, LIMIT_MS);
    H743_RCC->d1cfgr = 0;
    H743_RCC->cr = RCC_CR_RESET;
}

void cache_start(void)
{
    enum { WAYS = 4, SETS = 128, WAY_SHIFT = 30, SET_SHIFT = 5 };
    for (uint32_t i = 0; i < WAYS * SETS; i++) {
        CORE_CACHE->dcisw = i << WAY_SHIFT | i / WAYS << SET_SHIFT;
    }
    CORE_CACHE->iciallu = 0;
    core_barrier();
    CORE_SCB->ccr |= SCB_CCR_CACHES;
    core_barrier();
}

/* The CPU stays on the HSI; the HSI48 is trimmed by the host's own frames, so that no board needs
 * a crystal for USB. */
void chip_usb_power(void)
{
    cache_start(); /* from them, the CPU runs on while the bank that it was started from is busy */
    H743_PWR->cr3 = PWR_CR3_LDO | PWR_CR3_USB33;
    (void)clock_wait(&H743_PWR->cr3, PWR_CR3_USB33RDY, PWR_CR3_USB33RDY, LIMIT_MS);
    H743_FLASH->acr = FLASH_ACR_64MHZ;
    H743_RCC->cr = RCC_CR_RESET | RCC_CR_HSI48ON;
    (void)clock_wait(&H743_RCC->cr, RCC_CR_HSI48RDY, RCC_CR_HSI48RDY, LIMIT_MS);
    H743_RCC->d2ccip2r = RCC_D2CCIP2R_USB_HSI48;
    H743_RCC_ENABLE->apb1henr = RCC_APB1H_CRS;
    (void)H743_RCC_ENABLE->apb1henr;
    H743_CRS->cfgr = (uint32_t)CRS_CFGR_USB2_SOF;
    H743_CRS->cr = CRS_CR_ON;
    H743_RCC_ENABLE->ahb1lpenr = RCC_AHB1_USB2OTG; /* without the ULPI clock, WFI is allowed */
    H743_RCC_ENABLE->ahb1enr = RCC_AHB1_USB2OTG;
}
