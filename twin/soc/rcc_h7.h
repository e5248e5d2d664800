/* SPDX-License-Identifier: MIT
 * Registers of the RCC of an STM32H743 and the clocks that follow from them. */
#ifndef TWIN_SOC_RCC_H7_H
#define TWIN_SOC_RCC_H7_H

#include "twin/soc/makers.h"
#include "twin/soc/registers.h"

enum rcc_h7_row {
    RCC_CR,
    RCC_HSICFGR,
    RCC_CRRCR,
    RCC_CSICFGR,
    RCC_CFGR,
    RCC_D1CFGR,
    RCC_D2CFGR,
    RCC_D3CFGR,
    RCC_PLLCKSELR,
    RCC_PLLCFGR,
    RCC_PLL1DIVR,
    RCC_PLL1FRACR,
    RCC_PLL2DIVR,
    RCC_PLL2FRACR,
    RCC_PLL3DIVR,
    RCC_PLL3FRACR,
    RCC_D1CCIPR,
    RCC_D2CCIP1R,
    RCC_D2CCIP2R,
    RCC_D3CCIPR,
    RCC_CIER,
    RCC_CIFR,
    RCC_CICR,
    RCC_BDCR,
    RCC_CSR,
    RCC_AHB3RSTR,
    RCC_AHB1RSTR,
    RCC_AHB2RSTR,
    RCC_AHB4RSTR,
    RCC_APB3RSTR,
    RCC_APB1LRSTR,
    RCC_APB1HRSTR,
    RCC_APB2RSTR,
    RCC_APB4RSTR,
    RCC_GCR,
    RCC_D3AMR,
    RCC_RSR,
    RCC_AHB3ENR,
    RCC_AHB1ENR,
    RCC_AHB2ENR,
    RCC_AHB4ENR,
    RCC_APB3ENR,
    RCC_APB1LENR,
    RCC_APB1HENR,
    RCC_APB2ENR,
    RCC_APB4ENR,
    RCC_AHB3LPENR,
    RCC_AHB1LPENR,
    RCC_AHB2LPENR,
    RCC_AHB4LPENR,
    RCC_APB3LPENR,
    RCC_APB1LLPENR,
    RCC_APB1HLPENR,
    RCC_APB2LPENR,
    RCC_APB4LPENR,
    RCC_ROWS
};

/* Bits of CR. */
enum {
    RCC_HSION = 1 << 0,
    RCC_HSIRDY = 1 << 2,
    RCC_HSIDIVF = 1 << 5,
    RCC_CSION = 1 << 7,
    RCC_CSIRDY = 1 << 8,
    RCC_HSI48ON = 1 << 12,
    RCC_HSI48RDY = 1 << 13,
    RCC_D1CKRDY = 1 << 14,
    RCC_D2CKRDY = 1 << 15,
    RCC_HSEON = 1 << 16,
    RCC_HSERDY = 1 << 17,
    RCC_PLL1ON = 1 << 24,
    RCC_PLL1RDY = 1 << 25,
};

/* Sources of the system clock, as in SW. */
enum { RCC_FROM_HSI, RCC_FROM_CSI, RCC_FROM_HSE, RCC_FROM_PLL1 };

struct rcc_h7 {
    struct soc_chip *chip;
    struct soc_block block;
    uint32_t values[RCC_ROWS];
};

/* Computes the chip's clocks from the registers. */
void soc_rcc_h7_compute(struct rcc_h7 *rcc);

#endif
