/* SPDX-License-Identifier: MIT
 * Power control of an STM32F405. */
#include <stdlib.h>

#include "twin/soc/makers.h"
#include "twin/soc/registers.h"

enum row { CR, CSR, ROWS };
enum { DBP = 1 << 8, BRE = 1 << 9, BRR = 1 << 3, VOSRDY = 1 << 14, EWUP = 1 << 8 };

/* Source RM0090 "PWR registers" (STM32F405xx/07xx) */
static const struct soc_register rows[ROWS] = {
    [CR] = {"CR", 0x00, 0x00004000, 0x000043F3},
    [CSR] = {"CSR", 0x04, 0, EWUP | BRE},
};

struct pwr {
    struct soc_chip *chip;
    struct soc_block block;
    uint32_t values[ROWS];
};

static void settle(struct pwr *pwr)
{
    uint32_t *csr = &pwr->values[CSR];
    *csr = (*csr & BRE) != 0 ? *csr | BRR : *csr & ~(uint32_t)BRR;
    *csr |= VOSRDY;
    pwr->chip->nets.backup_writable = (pwr->values[CR] & DBP) != 0;
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
    (void)soc_block_write(&pwr->block, &store);
    settle(pwr);
}

static void pwr_reset(void *self, enum reset_cause cause)
{
    struct pwr *pwr = self;
    uint32_t bre = cause == RESET_POWER_ON ? 0 : pwr->values[CSR] & BRE;
    soc_block_reset(&pwr->block);
    pwr->values[CSR] |= bre;
    settle(pwr);
}

bool soc_pwr_f4_make(struct soc_chip *chip, const struct soc_row *row, struct soc_part *part)
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
