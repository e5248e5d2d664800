/* SPDX-License-Identifier: MIT
 * The registers of the STM32H743 that the bootloader uses.
 *
 * Source    RM0433, "Embedded Flash memory", "Reset and Clock Control", "Power control",
 *           "Clock recovery system" */
#ifndef BOOT_MCU_H743_REGS_H
#define BOOT_MCU_H743_REGS_H

#include <stdint.h>

/* Of one bank. */
struct flash_regs {
    volatile uint32_t acr, keyr, optkeyr, cr, sr, ccr;
};
#define H743_FLASH ((struct flash_regs *)0x52002000u)
enum {
    FLASH_BANK_STEP = 0x100,
    FLASH_ACR_64MHZ = 1 | 1 << 4, /* one wait state at VOS3 */
    FLASH_ACR_RESET = 0x37,
    FLASH_SR_BUSY = 7, /* BSY, WBNE, QW */
    FLASH_SR_READ_ERRORS = 1 << 23 | 1 << 24 | 1 << 26,
    FLASH_CCR_ALL = 0x1FEF0000,
    FLASH_CR_LOCK = 1 << 0,
    FLASH_CR_PG = 1 << 1,
    FLASH_CR_SER = 1 << 2,
    FLASH_CR_PSIZE_X64 = 3 << 4,
    FLASH_CR_START = 1 << 7,
    FLASH_CR_SNB_SHIFT = 8,
    FLASH_CR_INTERRUPTS = 1 << 16 | 1 << 17 | 1 << 18 | 1 << 19 | 1 << 21 | 1 << 22,
};

struct rcc_regs {
    volatile uint32_t cr, hsicfgr, crrcr, csicfgr, cfgr, gap0, d1cfgr, d2cfgr, d3cfgr, gap1,
        pllckselr, pllcfgr, pll1divr, pll1fracr, pll2divr, pll2fracr, pll3divr, pll3fracr, gap2,
        d1ccipr, d2ccip1r, d2ccip2r, d3ccipr;
};
#define H743_RCC ((struct rcc_regs *)0x58024400u)
struct rcc_enable_regs {
    volatile uint32_t rsr, ahb3enr, ahb1enr, ahb2enr, ahb4enr, apb3enr, apb1lenr, apb1henr, apb2enr,
        apb4enr, gap, ahb3lpenr, ahb1lpenr;
};
#define H743_RCC_ENABLE ((struct rcc_enable_regs *)0x580244D0u)
enum {
    RCC_CR_RESET = 0x83,
    RCC_CR_HSIRDY = 1 << 2,
    RCC_CR_HSI48ON = 1 << 12,
    RCC_CR_HSI48RDY = 1 << 13,
    RCC_CFGR_SWS = 7 << 3,
    RCC_D2CCIP2R_USB_HSI48 = 3 << 20,
    RCC_RSR_RMVF = 1 << 16,
    RCC_AHB1_USB2OTG = 1 << 27,
    RCC_APB1H_CRS = 1 << 1,
};

struct pwr_regs {
    volatile uint32_t cr1, csr1, cr2, cr3;
};
#define H743_PWR ((struct pwr_regs *)0x58024800u)
enum { PWR_CR3_LDO = 1 << 1, PWR_CR3_USB33 = 1 << 24, PWR_CR3_USB33RDY = 1 << 26 };

struct crs_regs {
    volatile uint32_t cr, cfgr;
};
#define H743_CRS ((struct crs_regs *)0x40008400u)
enum {
    CRS_CFGR_USB2_SOF = 0xBB7F | 0x22 << 16 | 3 << 28,
    CRS_CR_ON = 32 << 8 | 1 << 6 | 1 << 5, /* middle trim, automatic, counter */
};

#endif
