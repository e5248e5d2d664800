/* SPDX-License-Identifier: MIT
 * Reset and clock control of an STM32H743. */
#include <stdlib.h>

#include "twin/soc/rcc_h7.h"

/* Source RM0433 "RCC register description" */
static const struct soc_register rows[RCC_ROWS] = {
    [RCC_CR] = {"CR", 0x00, 0x00000083, 0x150D129B},
    [RCC_HSICFGR] = {"HSICFGR", 0x04, 0x40000000, 0x7F000000},
    [RCC_CRRCR] = {"CRRCR", 0x08, 0, 0},
    [RCC_CSICFGR] = {"CSICFGR", 0x0C, 0x20000000, 0x3F000000},
    [RCC_CFGR] = {"CFGR", 0x10, 0, 0xFFFFFFC7},
    [RCC_D1CFGR] = {"D1CFGR", 0x18, 0, 0x00000F7F},
    [RCC_D2CFGR] = {"D2CFGR", 0x1C, 0, 0x00000770},
    [RCC_D3CFGR] = {"D3CFGR", 0x20, 0, 0x00000070},
    [RCC_PLLCKSELR] = {"PLLCKSELR", 0x28, 0x02020200, 0x03F3F3F3},
    [RCC_PLLCFGR] = {"PLLCFGR", 0x2C, 0x01FF0000, 0x01FF0FFF},
    [RCC_PLL1DIVR] = {"PLL1DIVR", 0x30, 0x01010280, 0x7F7FFFFF},
    [RCC_PLL1FRACR] = {"PLL1FRACR", 0x34, 0, 0x0000FFF8},
    [RCC_PLL2DIVR] = {"PLL2DIVR", 0x38, 0x01010280, 0x7F7FFFFF},
    [RCC_PLL2FRACR] = {"PLL2FRACR", 0x3C, 0, 0x0000FFF8},
    [RCC_PLL3DIVR] = {"PLL3DIVR", 0x40, 0x01010280, 0x7F7FFFFF},
    [RCC_PLL3FRACR] = {"PLL3FRACR", 0x44, 0, 0x0000FFF8},
    [RCC_D1CCIPR] = {"D1CCIPR", 0x4C, 0, 0x30010033},
    [RCC_D2CCIP1R] = {"D2CCIP1R", 0x50, 0, 0xB13771C7},
    [RCC_D2CCIP2R] = {"D2CCIP2R", 0x54, 0, 0x70F0333F},
    [RCC_D3CCIPR] = {"D3CCIPR", 0x58, 0, 0x77E3FF07},
    [RCC_CIER] = {"CIER", 0x60, 0, 0x000003FF},
    [RCC_CIFR] = {"CIFR", 0x64, 0, 0},
    [RCC_CICR] = {"CICR", 0x68, 0, 0},
    [RCC_BDCR] = {"BDCR", 0x70, 0, 0},
    [RCC_CSR] = {"CSR", 0x74, 0, 0x00000001},
    [RCC_AHB3RSTR] = {"AHB3RSTR", 0x7C, 0, 0x80015031},
    [RCC_AHB1RSTR] = {"AHB1RSTR", 0x80, 0, 0x0A008023},
    [RCC_AHB2RSTR] = {"AHB2RSTR", 0x84, 0, 0x00000271},
    [RCC_AHB4RSTR] = {"AHB4RSTR", 0x88, 0, 0x032807FF},
    [RCC_APB3RSTR] = {"APB3RSTR", 0x8C, 0, 0x00000008},
    [RCC_APB1LRSTR] = {"APB1LRSTR", 0x90, 0, 0xE8FFC3FF},
    [RCC_APB1HRSTR] = {"APB1HRSTR", 0x94, 0, 0x00000136},
    [RCC_APB2RSTR] = {"APB2RSTR", 0x98, 0, 0x31D73033},
    [RCC_APB4RSTR] = {"APB4RSTR", 0x9C, 0, 0x0020DEAA},
    [RCC_GCR] = {"GCR", 0xA0, 0, 0x00000001},
    [RCC_D3AMR] = {"D3AMR", 0xA8, 0, 0x3129DEA9},
    [RCC_RSR] = {"RSR", 0xD0, 0, 0},
    [RCC_AHB3ENR] = {"AHB3ENR", 0xD4, 0, 0x00015031},
    [RCC_AHB1ENR] = {"AHB1ENR", 0xD8, 0, 0x1E038023},
    [RCC_AHB2ENR] = {"AHB2ENR", 0xDC, 0, 0xE0000271},
    [RCC_AHB4ENR] = {"AHB4ENR", 0xE0, 0, 0x132807FF},
    [RCC_APB3ENR] = {"APB3ENR", 0xE4, 0, 0x00000048},
    [RCC_APB1LENR] = {"APB1LENR", 0xE8, 0, 0xE8FFCBFF},
    [RCC_APB1HENR] = {"APB1HENR", 0xEC, 0, 0x00000136},
    [RCC_APB2ENR] = {"APB2ENR", 0xF0, 0, 0x31D73033},
    [RCC_APB4ENR] = {"APB4ENR", 0xF4, 0x00010000, 0x0021DEAA},
    [RCC_AHB3LPENR] = {"AHB3LPENR", 0xFC, 0xF0015131, 0xF0015131},
    [RCC_AHB1LPENR] = {"AHB1LPENR", 0x100, 0x1E038023, 0x1E038023},
    [RCC_AHB2LPENR] = {"AHB2LPENR", 0x104, 0xE0000271, 0xE0000271},
    [RCC_AHB4LPENR] = {"AHB4LPENR", 0x108, 0x332807FF, 0x332807FF},
    [RCC_APB3LPENR] = {"APB3LPENR", 0x10C, 0x00000048, 0x00000048},
    [RCC_APB1LLPENR] = {"APB1LLPENR", 0x110, 0xE8FFCBFF, 0xE8FFCBFF},
    [RCC_APB1HLPENR] = {"APB1HLPENR", 0x114, 0x00000136, 0x00000136},
    [RCC_APB2LPENR] = {"APB2LPENR", 0x118, 0x31D73033, 0x31D73033},
    [RCC_APB4LPENR] = {"APB4LPENR", 0x11C, 0x0421DEAA, 0x0421DEAA},
};

enum { LSEON = 1, LSERDY = 2, LSEBYP = 4, LSEDRV = 0x18, LSECSSON = 0x20 };
enum { RTCSEL = 0x300, RTCEN = 0x8000, BDRST = 0x10000, LSION = 1, LSIRDY = 2, RMVF = 1 << 16 };
enum { C1_ALIAS = 0x130, C1_END = 0x180, C1_DISTANCE = 0x60 };

/* Bits of RSR. Source RM0433 "Reset source identification" */
#define FLAGS 0x57FA0000u
static const uint32_t cause_flags[] = {
    [RESET_POWER_ON] = 0x00FA0000u, /* POR, PIN, BOR, D2, D1, CPU */
    [RESET_PIN] = 0x00420000u,
    [RESET_WATCHDOG] = 0x04420000u,
    [RESET_SOFTWARE] = 0x01420000u,
};

static void follow(uint32_t *value, uint32_t enable, uint32_t ready, bool possible)
{
    *value = (*value & enable) != 0 && possible ? *value | ready : *value & ~ready;
}

/* What the system clock comes from cannot be switched off. */
static void hold_source(struct rcc_h7 *rcc)
{
    static const uint32_t on[4] = {RCC_HSION, RCC_CSION, RCC_HSEON, 0};
    uint32_t *cr = &rcc->values[RCC_CR];
    uint32_t source = rcc->values[RCC_CFGR] >> 3 & 7;
    if (source == RCC_FROM_PLL1) {
        *cr |= RCC_PLL1ON;
        source = rcc->values[RCC_PLLCKSELR] & 3;
    }
    *cr |= on[source & 3];
}

static void settle_cr(struct rcc_h7 *rcc)
{
    static const uint32_t ready[4] = {RCC_HSIRDY, RCC_CSIRDY, RCC_HSERDY, 0};
    uint32_t *cr = &rcc->values[RCC_CR];
    hold_source(rcc);
    follow(cr, RCC_HSION, RCC_HSIRDY | RCC_HSIDIVF, true);
    follow(cr, RCC_CSION, RCC_CSIRDY, true);
    follow(cr, RCC_HSI48ON, RCC_HSI48RDY, true);
    follow(cr, RCC_HSEON, RCC_HSERDY, rcc->chip->specimen.hse_hz != 0);
    bool has_input = (*cr & ready[rcc->values[RCC_PLLCKSELR] & 3]) != 0;
    for (uint32_t pll = 0; pll < 3; pll++) {
        uint32_t divider = rcc->values[RCC_PLLCKSELR] >> (4 + 8 * pll) & 0x3F;
        follow(cr, (uint32_t)RCC_PLL1ON << (2 * pll), (uint32_t)RCC_PLL1RDY << (2 * pll),
               has_input && divider != 0);
    }
    *cr |= RCC_D1CKRDY | RCC_D2CKRDY;
}

/* SWS follows SW as soon as the source is ready. */
static void settle_cfgr(struct rcc_h7 *rcc)
{
    static const uint32_t ready[8] = {RCC_HSIRDY, RCC_CSIRDY, RCC_HSERDY, RCC_PLL1RDY};
    uint32_t wanted = rcc->values[RCC_CFGR] & 7;
    if ((rcc->values[RCC_CR] & ready[wanted]) != 0) {
        rcc->values[RCC_CFGR] = (rcc->values[RCC_CFGR] & ~0x38u) | wanted << 3;
    }
}

static void settle(struct rcc_h7 *rcc)
{
    follow(&rcc->values[RCC_CSR], LSION, LSIRDY, true);
    rcc->values[RCC_CRRCR] = (rcc->values[RCC_CR] & RCC_HSI48RDY) != 0 ? 0x200 : 0;
    settle_cr(rcc);
    settle_cfgr(rcc);
    soc_rcc_h7_compute(rcc);
}

static void store_bdcr(struct rcc_h7 *rcc, const struct soc_store *store)
{
    uint32_t *bdcr = &rcc->values[RCC_BDCR];
    if (!rcc->chip->nets.backup_writable) {
        return;
    }
    /* The clock of the RTC is chosen once; only a reset of the domain allows another. */
    uint32_t choice = (*bdcr & RTCSEL) == 0 ? RTCSEL : 0;
    *bdcr = soc_merge(*bdcr, store, LSEON | LSEBYP | LSEDRV | LSECSSON | RTCEN | BDRST | choice);
    rcc->chip->nets.rtc_reset = (*bdcr & BDRST) != 0;
    if ((*bdcr & BDRST) != 0) {
        soc_rtc_reset_domain(rcc->chip->nets.rtc);
        *bdcr = BDRST;
    }
    follow(bdcr, LSEON, LSERDY, rcc->chip->specimen.lse_hz != 0);
}

/* A PLL's divider and multiplier change only while it is off. */
static uint32_t locked_bits(const struct rcc_h7 *rcc, uint32_t row)
{
    uint32_t cr = rcc->values[RCC_CR];
    uint32_t locked = 0;
    for (uint32_t pll = 0; pll < 3; pll++) {
        bool on = (cr & (uint32_t)RCC_PLL1ON << (2 * pll)) != 0;
        locked |= on && row == RCC_PLLCKSELR ? 3u | 0x3Fu << (4 + 8 * pll) : 0;
        locked |= on && row == RCC_PLL1DIVR + 2 * pll ? UINT32_MAX : 0;
    }
    return locked;
}

static void store_any(struct rcc_h7 *rcc, const struct soc_store *asked)
{
    struct soc_store store = *asked;
    uint32_t row = soc_block_find(&rcc->block, store.offset);
    if (row == SOC_NO_ROW) {
        return;
    }
    store.mask &= ~locked_bits(rcc, row);
    (void)soc_block_write(&rcc->block, &store);
    if (row == RCC_BDCR) {
        store_bdcr(rcc, &store);
    } else if (row == RCC_RSR && (store.value & RMVF) != 0) {
        rcc->values[RCC_RSR] &= ~FLAGS;
    } else if (row >= RCC_AHB3RSTR && row <= RCC_APB4RSTR) {
        soc_chip_reset_parts(rcc->chip, store.offset, store.value & rows[row].writable);
    }
}

/* The CPU sees its reset flags and clock enables a second time. */
static uint32_t without_alias(uint32_t offset)
{
    return offset >= C1_ALIAS && offset < C1_END ? offset - C1_DISTANCE : offset;
}

static uint32_t rcc_read(void *self, uint32_t offset, uint32_t width)
{
    struct rcc_h7 *rcc = self;
    rcc->values[RCC_CSR] |= rcc->chip->nets.watchdog_runs ? LSIRDY : 0;
    return soc_block_read(&rcc->block, without_alias(offset), width);
}

static void rcc_write(void *self, uint32_t offset, uint32_t width, uint32_t value)
{
    struct rcc_h7 *rcc = self;
    struct soc_store store = soc_store(without_alias(offset), width, value);
    store_any(rcc, &store);
    settle(rcc);
}

static void rcc_reset(void *self, enum reset_cause cause)
{
    struct rcc_h7 *rcc = self;
    uint32_t bdcr = cause == RESET_POWER_ON ? 0 : rcc->values[RCC_BDCR];
    uint32_t flags = cause == RESET_POWER_ON ? 0 : rcc->values[RCC_RSR] & FLAGS;
    soc_block_reset(&rcc->block);
    rcc->values[RCC_BDCR] = bdcr;
    rcc->values[RCC_RSR] = flags | cause_flags[cause];
    settle(rcc);
}

bool soc_rcc_h7_make(struct soc_chip *chip, const struct soc_row *row, struct soc_part *part)
{
    struct rcc_h7 *rcc = calloc(1, sizeof *rcc);
    if (rcc == NULL) {
        return false;
    }
    rcc->chip = chip;
    rcc->block = (struct soc_block){rows, RCC_ROWS, rcc->values, row->name, &chip->lines};
    chip->nets.rcc = &rcc->block;
    part->self = rcc;
    part->read = rcc_read;
    part->write = rcc_write;
    part->reset = rcc_reset;
    return true;
}
