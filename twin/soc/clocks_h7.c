/* SPDX-License-Identifier: MIT
 * The clock tree of an STM32H743. */
#include "twin/soc/rcc_h7.h"

enum { HSI_HZ = 64000000, CSI_HZ = 4000000, HSI48_HZ = 48000000, LSI_HZ = 32000 };
enum { FRACTION = 8192, RTCEN = 0x8000, LSERDY = 2, LSIRDY = 2, TIMPRE = 1 << 15 };
enum { USB_FROM_PLL1Q = 1, USB_FROM_PLL3Q, USB_FROM_HSI48 };

static uint32_t hsi_hz(const struct rcc_h7 *rcc)
{
    return (uint32_t)HSI_HZ >> (rcc->values[RCC_CR] >> 3 & 3);
}

static uint32_t pll_input_hz(const struct rcc_h7 *rcc)
{
    switch (rcc->values[RCC_PLLCKSELR] & 3) {
    case 0: return hsi_hz(rcc);
    case 1: return CSI_HZ;
    case 2: return rcc->chip->specimen.hse_hz;
    default: return 0;
    }
}

/* The VCO of PLL 0..2, 0 when it is not ready. */
static uint64_t vco_hz(const struct rcc_h7 *rcc, uint32_t pll)
{
    uint32_t m = rcc->values[RCC_PLLCKSELR] >> (4 + 8 * pll) & 0x3F;
    uint32_t n = (rcc->values[RCC_PLL1DIVR + 2 * pll] & 0x1FF) + 1;
    bool fractional = (rcc->values[RCC_PLLCFGR] >> (4 * pll) & 1) != 0;
    uint32_t fraction = fractional ? rcc->values[RCC_PLL1FRACR + 2 * pll] >> 3 : 0;
    bool ready = (rcc->values[RCC_CR] & (uint32_t)RCC_PLL1RDY << (2 * pll)) != 0;
    uint64_t input = pll_input_hz(rcc);
    return ready && m != 0 ? input * ((uint64_t)n * FRACTION + fraction) / m / FRACTION : 0;
}

/* Output 0..2 (P, Q, R) of PLL 0..2. */
static uint32_t pll_hz(const struct rcc_h7 *rcc, uint32_t pll, uint32_t output)
{
    static const uint8_t shifts[3] = {9, 16, 24};
    uint32_t divisor = (rcc->values[RCC_PLL1DIVR + 2 * pll] >> shifts[output] & 0x7F) + 1;
    bool enabled = (rcc->values[RCC_PLLCFGR] >> (16 + 3 * pll + output) & 1) != 0;
    return enabled ? (uint32_t)(vco_hz(rcc, pll) / divisor) : 0;
}

static uint32_t system_hz(const struct rcc_h7 *rcc)
{
    switch (rcc->values[RCC_CFGR] >> 3 & 7) {
    case RCC_FROM_CSI: return CSI_HZ;
    case RCC_FROM_HSE: return rcc->chip->specimen.hse_hz;
    case RCC_FROM_PLL1: return pll_hz(rcc, 0, 0);
    default: return hsi_hz(rcc);
    }
}

static uint32_t usb_hz(const struct rcc_h7 *rcc)
{
    switch (rcc->values[RCC_D2CCIP2R] >> 20 & 3) {
    case USB_FROM_PLL1Q: return pll_hz(rcc, 0, 1);
    case USB_FROM_PLL3Q: return pll_hz(rcc, 2, 1);
    case USB_FROM_HSI48: return (rcc->values[RCC_CR] & RCC_HSI48RDY) != 0 ? HSI48_HZ : 0;
    default: return 0;
    }
}

static uint32_t rtc_hz(const struct rcc_h7 *rcc)
{
    uint32_t divisor = rcc->values[RCC_CFGR] >> 8 & 0x3F;
    bool lsi = (rcc->values[RCC_CSR] & LSIRDY) != 0 || rcc->chip->nets.watchdog_runs;
    if ((rcc->values[RCC_BDCR] & RTCEN) == 0) {
        return 0;
    }
    switch (rcc->values[RCC_BDCR] >> 8 & 3) {
    case 1: return (rcc->values[RCC_BDCR] & LSERDY) != 0 ? rcc->chip->specimen.lse_hz : 0;
    case 2: return lsi ? LSI_HZ : 0;
    case 3: return divisor >= 2 ? rcc->chip->specimen.hse_hz / divisor : 0;
    default: return 0;
    }
}

static uint32_t long_divisor(uint32_t code)
{
    static const uint16_t divisors[8] = {2, 4, 8, 16, 64, 128, 256, 512};
    return (code & 8) == 0 ? 1 : divisors[code & 7];
}

static uint32_t short_divisor(uint32_t code)
{
    return (code & 4) == 0 ? 1 : 2u << (code & 3);
}

static uint32_t timers_hz(const struct rcc_h7 *rcc, uint32_t hclk, uint32_t divisor)
{
    uint32_t factor = (rcc->values[RCC_CFGR] & TIMPRE) != 0 ? 4 : 2;
    return divisor <= factor ? hclk : hclk / divisor * factor;
}

void soc_rcc_h7_compute(struct rcc_h7 *rcc)
{
    struct soc_clocks *clocks = &rcc->chip->nets.clocks;
    uint32_t d1cfgr = rcc->values[RCC_D1CFGR], d2cfgr = rcc->values[RCC_D2CFGR];
    uint32_t apb1 = short_divisor(d2cfgr >> 4 & 7), apb2 = short_divisor(d2cfgr >> 8 & 7);
    soc_rtc_settle(rcc->chip->nets.rtc);
    clocks->cpu = system_hz(rcc) / long_divisor(d1cfgr >> 8 & 0xF);
    clocks->hclk = clocks->cpu / long_divisor(d1cfgr & 0xF);
    clocks->pclk1 = clocks->hclk / apb1;
    clocks->pclk2 = clocks->hclk / apb2;
    clocks->timers = timers_hz(rcc, clocks->hclk, apb1);
    clocks->timers2 = timers_hz(rcc, clocks->hclk, apb2);
    clocks->usb = usb_hz(rcc);
    clocks->lsi = LSI_HZ;
    clocks->rtc = rtc_hz(rcc);
}
