/* SPDX-License-Identifier: MIT
 * The debug block: which chip it is. */
#include <stdlib.h>

#include "twin/soc/makers.h"
#include "twin/soc/registers.h"

enum { DBGMCU_ROWS = 7 };

/* Source RM0090 "MCU device ID code", revision Y; DBGMCU registers */
static const struct soc_register f4_rows[] = {
    {"IDCODE", 0x00, 0x100F6413, 0},
    {"CR", 0x04, 0, 0x000000E7},
    {"APB1_FZ", 0x08, 0, 0x06E01DFF},
    {"APB2_FZ", 0x0C, 0, 0x00070003},
};

/* Source RM0433 "DBGMCU registers", revision V */
static const struct soc_register h7_rows[] = {
    {"IDCODE", 0x00, 0x20036450, 0},   {"CR", 0x04, 0, 0x10700187},
    {"APB3FZ1", 0x34, 0, 0x00000040},  {"APB1LFZ1", 0x3C, 0, 0x00E003FF},
    {"APB1HFZ1", 0x44, 0, 0x00000100}, {"APB2FZ1", 0x4C, 0, 0x20070003},
    {"APB4FZ1", 0x54, 0, 0x00051E80},
};

struct dbgmcu {
    struct soc_block block;
    uint32_t values[DBGMCU_ROWS];
};

static uint32_t dbgmcu_read(void *self, uint32_t offset, uint32_t width)
{
    struct dbgmcu *dbgmcu = self;
    return soc_block_read(&dbgmcu->block, offset, width);
}

static void dbgmcu_write(void *self, uint32_t offset, uint32_t width, uint32_t value)
{
    struct dbgmcu *dbgmcu = self;
    struct soc_store store = soc_store(offset, width, value);
    (void)soc_block_write(&dbgmcu->block, &store);
}

/* "It is not reset by a system reset, only by power-on." */
static void dbgmcu_reset(void *self, enum reset_cause cause)
{
    struct dbgmcu *dbgmcu = self;
    if (cause == RESET_POWER_ON) {
        soc_block_reset(&dbgmcu->block);
    }
}

bool soc_dbgmcu_make(struct soc_chip *chip, const struct soc_row *row, struct soc_part *part)
{
    struct dbgmcu *dbgmcu = calloc(1, sizeof *dbgmcu);
    if (dbgmcu == NULL) {
        return false;
    }
    bool h7 = chip->map == &soc_map_h743;
    uint32_t count = h7 ? sizeof h7_rows / sizeof h7_rows[0] : sizeof f4_rows / sizeof f4_rows[0];
    dbgmcu->block =
        (struct soc_block){h7 ? h7_rows : f4_rows, count, dbgmcu->values, row->name, &chip->lines};
    part->self = dbgmcu;
    part->read = dbgmcu_read;
    part->write = dbgmcu_write;
    part->reset = dbgmcu_reset;
    return true;
}
