/* SPDX-License-Identifier: MIT
 * The registers of the STM32F405 that the bootloader uses.
 *
 * Source    RM0090, "Embedded Flash memory interface", "Reset and clock control" */
#ifndef BOOT_MCU_F405_REGS_H
#define BOOT_MCU_F405_REGS_H

#include <stdint.h>

struct flash_regs {
    volatile uint32_t acr, keyr, optkeyr, sr, cr, optcr;
};
#define F405_FLASH ((struct flash_regs *)0x40023C00u)
enum {
    FLASH_ACR_96MHZ = 3 | 1 << 8 | 1 << 9,            /* wait states, prefetch, instruction cache */
    FLASH_ACR_168MHZ = 5 | 1 << 8 | 1 << 9 | 1 << 10, /* and data cache */
    FLASH_ACR_FORGET = 1 << 11 | 1 << 12,             /* what the caches hold */
};
enum {
    FLASH_SR_EOP = 1 << 0,
    FLASH_SR_ERRORS = 0xF2,
    FLASH_SR_BSY = 1 << 16,
    FLASH_CR_PG = 1 << 0,
    FLASH_CR_SER = 1 << 1,
    FLASH_CR_SNB_SHIFT = 3,
    FLASH_CR_PSIZE_X8 = 0,
    FLASH_CR_PSIZE_X32 = 2 << 8,
    FLASH_CR_STRT = 1 << 16,
    FLASH_CR_EOPIE = 1 << 24,
    FLASH_CR_ERRIE = 1 << 25,
};
#define FLASH_CR_LOCK 0x80000000u

struct rcc_regs {
    volatile uint32_t cr, pllcfgr, cfgr, cir, ahb1rstr, ahb2rstr, ahb3rstr, gap0, apb1rstr,
        apb2rstr, gap1[2], ahb1enr, ahb2enr, ahb3enr, gap2, apb1enr, apb2enr, gap3[2], ahb1lpenr,
        ahb2lpenr, ahb3lpenr, gap4, apb1lpenr, apb2lpenr, gap5[2], bdcr, csr;
};
#define F405_RCC ((struct rcc_regs *)0x40023800u)
enum {
    RCC_CR_HSION = 1 << 0,
    RCC_CR_HSIRDY = 1 << 1,
    RCC_CR_HSITRIM_MIDDLE = 16 << 3,
    RCC_CR_HSEON = 1 << 16,
    RCC_CR_HSERDY = 1 << 17,
    RCC_CR_PLLON = 1 << 24,
    RCC_CR_PLLRDY = 1 << 25,
    RCC_PLLCFGR_RESET = 0x24003010,
    RCC_PLLCFGR_HSE = 1 << 22,
    RCC_CFGR_PLL = 2,
    RCC_CFGR_SWS = 3 << 2,
    RCC_CFGR_APB1_BY_4 = 5 << 10,
    RCC_CFGR_APB2_BY_2 = 4 << 13,
    RCC_AHB1ENR_RESET = 1 << 20,
    RCC_AHB2ENR_OTGFS = 1 << 7,
    RCC_APB1ENR_PWR = 1 << 28,
    RCC_CSR_RMVF = 1 << 24,
};

#endif
