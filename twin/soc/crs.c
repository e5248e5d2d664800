/* SPDX-License-Identifier: MIT
 * The clock recovery system of an STM32H743: its clock is exact already. */
#include <stdlib.h>

#include "twin/soc/makers.h"
#include "twin/soc/registers.h"

enum row { CR, CFGR, ISR, ICR, ROWS };
enum { CEN = 1 << 5, AUTOTRIMEN = 1 << 6, FLAGS = 0xF, SYNCOK = 1, TRIM = 0x3F00 };

/* Source RM0433 "CRS registers" */
static const struct soc_register rows[ROWS] = {
    [CR] = {"CR", 0x00, 0x00002000, 0x00003F6F},
    [CFGR] = {"CFGR", 0x04, 0x2022BB7F, 0xB7FFFFFF},
    [ISR] = {"ISR", 0x08, 0, 0},
    [ICR] = {"ICR", 0x0C, 0, 0},
};

struct crs {
    struct soc_chip *chip;
    struct soc_block block;
    uint32_t values[ROWS];
    uint32_t irq;
};

static void settle(struct crs *crs)
{
    const struct soc_lines *lines = &crs->chip->lines;
    bool level = (crs->values[ISR] & crs->values[CR] & FLAGS) != 0;
    lines->irq(lines->chip, crs->irq, level);
}

/* Every frame is in step, as soon as counting is on. */
static uint32_t crs_read(void *self, uint32_t offset, uint32_t width)
{
    struct crs *crs = self;
    crs->values[ISR] |= (crs->values[CR] & CEN) != 0 ? SYNCOK : 0u;
    return soc_block_read(&crs->block, offset, width);
}

static void crs_write(void *self, uint32_t offset, uint32_t width, uint32_t value)
{
    struct crs *crs = self;
    struct soc_store store = soc_store(offset, width, value);
    uint32_t row = soc_block_find(&crs->block, store.offset);
    bool on = (crs->values[CR] & CEN) != 0, automatic = (crs->values[CR] & AUTOTRIMEN) != 0;
    if (row == SOC_NO_ROW || (row == CFGR && on)) {
        return; /* "CFGR can be written only when CEN is 0" */
    }
    store.mask &= row == CR && automatic ? ~(uint32_t)TRIM : UINT32_MAX;
    (void)soc_block_write(&crs->block, &store);
    if (row == ICR) {
        crs->values[ISR] &= ~(store.value & FLAGS);
    }
    settle(crs);
}

static void crs_reset(void *self, enum reset_cause cause)
{
    struct crs *crs = self;
    (void)cause;
    soc_block_reset(&crs->block);
    settle(crs);
}

bool soc_crs_make(struct soc_chip *chip, const struct soc_row *row, struct soc_part *part)
{
    struct crs *crs = calloc(1, sizeof *crs);
    if (crs == NULL) {
        return false;
    }
    crs->chip = chip;
    crs->irq = row->irq;
    crs->block = (struct soc_block){rows, ROWS, crs->values, row->name, &chip->lines};
    part->self = crs;
    part->read = crs_read;
    part->write = crs_write;
    part->reset = crs_reset;
    return true;
}
