/* SPDX-License-Identifier: MIT
 * Reset and clock control of an STM32F405. */
#include <stdlib.h>

#include "twin/soc/makers.h"
#include "twin/soc/registers.h"

enum { HSI_HZ = 16000000, LSI_HZ = 32000 };

enum row {
    CR,
    PLLCFGR,
    CFGR,
    CIR,
    AHB1RSTR,
    AHB2RSTR,
    AHB3RSTR,
    APB1RSTR,
    APB2RSTR,
    AHB1ENR,
    AHB2ENR,
    AHB3ENR,
    APB1ENR,
    APB2ENR,
    AHB1LPENR,
    AHB2LPENR,
    AHB3LPENR,
    APB1LPENR,
    APB2LPENR,
    BDCR,
    CSR,
    SSCGR,
    PLLI2SCFGR,
    ROWS
};

/* Source RM0090 "RCC registers" (STM32F405xx/07xx) */
static const struct soc_register rows[ROWS] = {
    [CR] = {"CR", 0x00, 0x00000083, 0x050D00F9},
    [PLLCFGR] = {"PLLCFGR", 0x04, 0x24003010, 0x7F437FFF},
    [CFGR] = {"CFGR", 0x08, 0, 0xFFFFFCF3},
    [CIR] = {"CIR", 0x0C, 0, 0x00003F00},
    [AHB1RSTR] = {"AHB1RSTR", 0x10, 0, 0x226011FF},
    [AHB2RSTR] = {"AHB2RSTR", 0x14, 0, 0x000000F1},
    [AHB3RSTR] = {"AHB3RSTR", 0x18, 0, 0x00000001},
    [APB1RSTR] = {"APB1RSTR", 0x20, 0, 0x36FEC9FF},
    [APB2RSTR] = {"APB2RSTR", 0x24, 0, 0x00075933},
    [AHB1ENR] = {"AHB1ENR", 0x30, 0x00100000, 0x7E7411FF},
    [AHB2ENR] = {"AHB2ENR", 0x34, 0, 0x000000F1},
    [AHB3ENR] = {"AHB3ENR", 0x38, 0, 0x00000001},
    [APB1ENR] = {"APB1ENR", 0x40, 0, 0x36FEC9FF},
    [APB2ENR] = {"APB2ENR", 0x44, 0, 0x00075F33},
    [AHB1LPENR] = {"AHB1LPENR", 0x50, 0x7E6791FF, 0x7E6791FF},
    [AHB2LPENR] = {"AHB2LPENR", 0x54, 0x000000F1, 0x000000F1},
    [AHB3LPENR] = {"AHB3LPENR", 0x58, 0x00000001, 0x00000001},
    [APB1LPENR] = {"APB1LPENR", 0x60, 0x36FEC9FF, 0x36FEC9FF},
    [APB2LPENR] = {"APB2LPENR", 0x64, 0x00075F33, 0x00075F33},
    [BDCR] = {"BDCR", 0x70, 0, 0},
    [CSR] = {"CSR", 0x74, 0x0E000000, 0x00000001},
    [SSCGR] = {"SSCGR", 0x80, 0, 0xCFFFFFFF},
    [PLLI2SCFGR] = {"PLLI2SCFGR", 0x84, 0x20003000, 0x70007FC0},
};

enum {
    HSION = 1 << 0,
    HSIRDY = 1 << 1,
    HSEON = 1 << 16,
    HSERDY = 1 << 17,
    PLLON = 1 << 24,
    PLLRDY = 1 << 25,
    PLLI2SON = 1 << 26,
    PLLI2SRDY = 1 << 27,
    PLLSRC_HSE = 1 << 22,
};
enum { SOURCE_HSI, SOURCE_HSE, SOURCE_PLL };
enum { LSEON = 1, LSERDY = 2, LSEBYP = 4, RTCSEL = 0x300, RTCEN = 0x8000, BDRST = 0x10000 };
enum { LSION = 1, LSIRDY = 2, RMVF = 1 << 24 };

/* Bits of CSR: why there was a reset. */
#define FLAGS 0xFE000000u
static const uint32_t cause_flags[] = {
    [RESET_POWER_ON] = 0x0E000000u, /* POR, PIN, BOR */
    [RESET_PIN] = 0x04000000u,
    [RESET_WATCHDOG] = 0x24000000u,
    [RESET_SOFTWARE] = 0x14000000u,
};

struct rcc {
    struct soc_chip *chip;
    struct soc_block block;
    uint32_t values[ROWS];
};

static uint32_t pll_input_hz(const struct rcc *rcc)
{
    return (rcc->values[PLLCFGR] & PLLSRC_HSE) != 0 ? rcc->chip->specimen.hse_hz : HSI_HZ;
}

static uint32_t vco_hz(const struct rcc *rcc)
{
    uint32_t m = rcc->values[PLLCFGR] & 0x3F;
    uint32_t n = rcc->values[PLLCFGR] >> 6 & 0x1FF;
    bool runs = (rcc->values[CR] & PLLRDY) != 0 && m >= 2;
    return runs ? (uint32_t)((uint64_t)pll_input_hz(rcc) * n / m) : 0;
}

static uint32_t system_hz(const struct rcc *rcc)
{
    uint32_t p = ((rcc->values[PLLCFGR] >> 16 & 3) + 1) * 2;
    switch (rcc->values[CFGR] >> 2 & 3) {
    case SOURCE_HSE: return rcc->chip->specimen.hse_hz;
    case SOURCE_PLL: return vco_hz(rcc) / p;
    default: return HSI_HZ;
    }
}

static uint32_t ahb_divisor(uint32_t code)
{
    static const uint16_t divisors[8] = {2, 4, 8, 16, 64, 128, 256, 512};
    return (code & 8) == 0 ? 1 : divisors[code & 7];
}

static uint32_t apb_divisor(uint32_t code)
{
    return (code & 4) == 0 ? 1 : 2u << (code & 3);
}

static uint32_t rtc_hz(const struct rcc *rcc)
{
    uint32_t divisor = rcc->values[CFGR] >> 16 & 0x1F;
    bool lsi = (rcc->values[CSR] & LSIRDY) != 0 || rcc->chip->nets.watchdog_runs;
    if ((rcc->values[BDCR] & RTCEN) == 0) {
        return 0;
    }
    switch (rcc->values[BDCR] >> 8 & 3) {
    case 1: return (rcc->values[BDCR] & LSERDY) != 0 ? rcc->chip->specimen.lse_hz : 0;
    case 2: return lsi ? LSI_HZ : 0;
    case 3: return divisor >= 2 ? rcc->chip->specimen.hse_hz / divisor : 0;
    default: return 0;
    }
}

static void compute(struct rcc *rcc)
{
    struct soc_clocks *clocks = &rcc->chip->nets.clocks;
    uint32_t q = rcc->values[PLLCFGR] >> 24 & 0xF;
    uint32_t apb1 = apb_divisor(rcc->values[CFGR] >> 10 & 7);
    uint32_t apb2 = apb_divisor(rcc->values[CFGR] >> 13 & 7);
    soc_rtc_settle(rcc->chip->nets.rtc);
    clocks->hclk = system_hz(rcc) / ahb_divisor(rcc->values[CFGR] >> 4 & 0xF);
    clocks->cpu = clocks->hclk;
    clocks->pclk1 = clocks->hclk / apb1;
    clocks->pclk2 = clocks->hclk / apb2;
    clocks->timers = apb1 == 1 ? clocks->pclk1 : 2 * clocks->pclk1;
    clocks->timers2 = apb2 == 1 ? clocks->pclk2 : 2 * clocks->pclk2;
    clocks->usb = q >= 2 ? vco_hz(rcc) / q : 0;
    clocks->lsi = LSI_HZ;
    clocks->rtc = rtc_hz(rcc);
}

static void follow(uint32_t *value, uint32_t enable, uint32_t ready, bool possible)
{
    *value = (*value & enable) != 0 && possible ? *value | ready : *value & ~ready;
}

/* What the system clock comes from cannot be switched off. */
static void settle_cr(struct rcc *rcc)
{
    uint32_t *cr = &rcc->values[CR];
    uint32_t source = rcc->values[CFGR] >> 2 & 3;
    bool by_hse =
        source == SOURCE_HSE || (source == SOURCE_PLL && (rcc->values[PLLCFGR] & PLLSRC_HSE) != 0);
    *cr |= by_hse ? HSEON : source == SOURCE_HSI ? HSION : 0;
    *cr |= source == SOURCE_PLL ? PLLON : 0;
    follow(cr, HSION, HSIRDY, true);
    follow(cr, HSEON, HSERDY, rcc->chip->specimen.hse_hz != 0);
    bool has_input = (*cr & ((rcc->values[PLLCFGR] & PLLSRC_HSE) != 0 ? HSERDY : HSIRDY)) != 0;
    follow(cr, PLLON, PLLRDY, has_input);
    follow(cr, PLLI2SON, PLLI2SRDY, has_input);
}

/* SWS follows SW as soon as the source is ready. */
static void settle_cfgr(struct rcc *rcc)
{
    static const uint32_t ready[4] = {HSIRDY, HSERDY, PLLRDY, 0};
    uint32_t wanted = rcc->values[CFGR] & 3;
    if ((rcc->values[CR] & ready[wanted]) != 0) {
        rcc->values[CFGR] = (rcc->values[CFGR] & ~0xCu) | wanted << 2;
    }
}

static void store_bdcr(struct rcc *rcc, const struct soc_store *store)
{
    uint32_t *bdcr = &rcc->values[BDCR];
    if (!rcc->chip->nets.backup_writable) {
        return;
    }
    /* The clock of the RTC is chosen once; only a reset of the domain allows another. */
    uint32_t choice = (*bdcr & RTCSEL) == 0 ? RTCSEL : 0;
    *bdcr = soc_merge(*bdcr, store, LSEON | LSEBYP | RTCEN | BDRST | choice);
    rcc->chip->nets.rtc_reset = (*bdcr & BDRST) != 0;
    if ((*bdcr & BDRST) != 0) {
        soc_rtc_reset_domain(rcc->chip->nets.rtc);
        *bdcr = BDRST;
    }
    follow(bdcr, LSEON, LSERDY, rcc->chip->specimen.lse_hz != 0);
}

static void store_csr(struct rcc *rcc, const struct soc_store *store)
{
    uint32_t *csr = &rcc->values[CSR];
    if ((store->value & RMVF) != 0) {
        *csr &= ~FLAGS;
    }
}

static uint32_t rcc_read(void *self, uint32_t offset, uint32_t width)
{
    struct rcc *rcc = self;
    follow(&rcc->values[CSR], LSION, LSIRDY, true);
    rcc->values[CSR] |= rcc->chip->nets.watchdog_runs ? LSIRDY : 0;
    return soc_block_read(&rcc->block, offset, width);
}

static void rcc_write(void *self, uint32_t offset, uint32_t width, uint32_t value)
{
    struct rcc *rcc = self;
    struct soc_store store = soc_store(offset, width, value);
    uint32_t pllcfgr = rcc->values[PLLCFGR];
    uint32_t row = soc_block_write(&rcc->block, &store);
    switch (row) {
    case PLLCFGR:
        /* "can be written only if PLL is disabled" */
        rcc->values[PLLCFGR] = (rcc->values[CR] & PLLON) != 0 ? pllcfgr : rcc->values[PLLCFGR];
        break;
    case AHB1RSTR:
    case AHB2RSTR:
    case APB1RSTR:
    case APB2RSTR:
        soc_chip_reset_parts(rcc->chip, store.offset, store.value & rows[row].writable);
        break;
    case BDCR: store_bdcr(rcc, &store); break;
    case CSR: store_csr(rcc, &store); break;
    default: break;
    }
    follow(&rcc->values[CSR], LSION, LSIRDY, true);
    settle_cr(rcc);
    settle_cfgr(rcc);
    compute(rcc);
}

static void rcc_reset(void *self, enum reset_cause cause)
{
    struct rcc *rcc = self;
    uint32_t bdcr = cause == RESET_POWER_ON ? 0 : rcc->values[BDCR];
    uint32_t flags = cause == RESET_POWER_ON ? 0 : rcc->values[CSR] & FLAGS;
    soc_block_reset(&rcc->block);
    rcc->values[BDCR] = bdcr;
    rcc->values[CSR] = flags | cause_flags[cause];
    settle_cr(rcc);
    settle_cfgr(rcc);
    compute(rcc);
}

bool soc_rcc_f4_make(struct soc_chip *chip, const struct soc_row *row, struct soc_part *part)
{
    struct rcc *rcc = calloc(1, sizeof *rcc);
    if (rcc == NULL) {
        return false;
    }
    rcc->chip = chip;
    rcc->block = (struct soc_block){rows, ROWS, rcc->values, row->name, &chip->lines};
    chip->nets.rcc = &rcc->block;
    part->self = rcc;
    part->read = rcc_read;
    part->write = rcc_write;
    part->reset = rcc_reset;
    return true;
}
