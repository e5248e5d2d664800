/* SPDX-License-Identifier: MIT
 * Power control of an STM32H743. */
#include <stdlib.h>

#include "twin/soc/makers.h"
#include "twin/soc/registers.h"

enum row { CR1, CSR1, CR2, CR3, CPUCR, D3CR, WKUPCR, WKUPFR, WKUPEPR, ROWS };
enum { DBP = 1 << 8, BREN = 1, BRRDY = 1 << 16, ACTVOSRDY = 1 << 13, VOSRDY = 1 << 13 };
enum { BYPASS = 1, LDOEN = 2, SUPPLY = 7, USB33DEN = 1 << 24, USBREGEN = 1 << 25 };
enum { USB33RDY = 1 << 26, VOS = 3 << 14, VOS_SHIFT = 14 };

/* Source RM0433 "PWR register description" */
static const struct soc_register rows[ROWS] = {
    [CR1] = {"CR1", 0x00, 0xF000C000, 0x0007C3F1},
    [CSR1] = {"CSR1", 0x04, 0x00004000, 0},
    [CR2] = {"CR2", 0x08, 0, BREN | 1 << 4},
    [CR3] = {"CR3", 0x0C, 0x00000006, 0x03000300},
    [CPUCR] = {"CPUCR", 0x10, 0, 0x00000807},
    [D3CR] = {"D3CR", 0x18, 0x00004000, 0},
    [WKUPCR] = {"WKUPCR", 0x20, 0, 0},
    [WKUPFR] = {"WKUPFR", 0x24, 0, 0},
    [WKUPEPR] = {"WKUPEPR", 0x28, 0, 0x0FFF3F3F},
};

struct pwr {
    struct soc_chip *chip;
    struct soc_block block;
    uint32_t values[ROWS];
    bool supply_written; /* since power-on */
    bool supply_good;
};

static void set(uint32_t *value, uint32_t bits, bool on)
{
    *value = on ? *value | bits : *value & ~bits;
}

static void settle(struct pwr *pwr)
{
    uint32_t *values = pwr->values;
    set(&values[CR2], BRRDY, (values[CR2] & BREN) != 0);
    set(&values[CR3], USB33RDY, (values[CR3] & (USB33DEN | USBREGEN)) != 0);
    set(&values[CSR1], ACTVOSRDY, pwr->supply_good);
    set(&values[D3CR], VOSRDY, pwr->supply_good);
    values[CSR1] = (values[CSR1] & ~(uint32_t)VOS) | (values[D3CR] & VOS);
    pwr->chip->nets.backup_writable = (values[CR1] & DBP) != 0;
}

/* "The lower byte of this register is written once after POR"; what makes no sense locks the
 * register all the same, and the voltage never gets ready. */
static void store_supply(struct pwr *pwr, const struct soc_store *store)
{
    bool bypass = (store->value & BYPASS) != 0;
    bool regulator = (store->value & LDOEN) != 0;
    if (pwr->supply_written || (store->mask & 0xFF) == 0) {
        return;
    }
    pwr->supply_written = true;
    pwr->supply_good = bypass != regulator;
    if (pwr->supply_good) {
        pwr->values[CR3] = soc_merge(pwr->values[CR3], store, SUPPLY);
    }
}

/* Until the supply is chosen the chip stays in Run* mode, where the voltage cannot be changed. */
static void store_voltage(struct pwr *pwr, const struct soc_store *store)
{
    uint32_t wanted = soc_merge(pwr->values[D3CR], store, VOS);
    if (pwr->supply_good && (wanted & VOS) != 0) {
        pwr->values[D3CR] = wanted;
    }
}

static uint32_t pwr_read(void *self, uint32_t offset, uint32_t width)
{
    struct pwr *pwr = self;
    return soc_block_read(&pwr->block, offset, width);
}

static void pwr_write(void *self, uint32_t offset, uint32_t width, uint32_t value)
{
    struct pwr *pwr = self;
    struct soc_store store = soc_store(offset, width, value);
    switch (soc_block_write(&pwr->block, &store)) {
    case CR3: store_supply(pwr, &store); break;
    case D3CR: store_voltage(pwr, &store); break;
    default: break;
    }
    settle(pwr);
}

static void pwr_reset(void *self, enum reset_cause cause)
{
    struct pwr *pwr = self;
    uint32_t supply = pwr->values[CR3] & SUPPLY;
    uint32_t backup = pwr->values[CR2] & BREN;
    soc_block_reset(&pwr->block);
    if (cause == RESET_POWER_ON) {
        pwr->supply_written = pwr->supply_good = false;
    } else {
        pwr->values[CR3] = (pwr->values[CR3] & ~(uint32_t)SUPPLY) | supply;
        pwr->values[CR2] |= backup;
    }
    settle(pwr);
}

bool soc_pwr_h7_make(struct soc_chip *chip, const struct soc_row *row, struct soc_part *part)
{
    struct pwr *pwr = calloc(1, sizeof *pwr);
    if (pwr == NULL) {
        return false;
    }
    pwr->chip = chip;
    pwr->block = (struct soc_block){rows, ROWS, pwr->values, row->name, &chip->lines};
    part->self = pwr;
    part->read = pwr_read;
    part->write = pwr_write;
    part->reset = pwr_reset;
    return true;
}
