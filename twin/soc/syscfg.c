/* SPDX-License-Identifier: MIT
 * System configuration: what is at address 0, which port an EXTI line listens to, over-drive. */
#include <stdlib.h>

#include "twin/soc/makers.h"
#include "twin/soc/registers.h"

enum { EXTICR1 = 0x08, EXTICR4 = 0x14, LINES_A_REGISTER = 4, CELL = 1, CELL_READY = 1 << 8 };

/* Source RM0090 "SYSCFG registers" */
enum f4_row {
    F4_MEMRMP,
    F4_PMC,
    F4_EXTICR1,
    F4_EXTICR2,
    F4_EXTICR3,
    F4_EXTICR4,
    F4_CMPCR,
    F4_ROWS
};
static const struct soc_register f4_rows[F4_ROWS] = {
    [F4_MEMRMP] = {"MEMRMP", 0x00, 0, 0x3},      [F4_PMC] = {"PMC", 0x04, 0, 0x00800000},
    [F4_EXTICR1] = {"EXTICR1", 0x08, 0, 0xFFFF}, [F4_EXTICR2] = {"EXTICR2", 0x0C, 0, 0xFFFF},
    [F4_EXTICR3] = {"EXTICR3", 0x10, 0, 0xFFFF}, [F4_EXTICR4] = {"EXTICR4", 0x14, 0, 0xFFFF},
    [F4_CMPCR] = {"CMPCR", 0x20, 0, CELL},
};

/* Source RM0433 "SYSCFG register description"; UR2 and UR3 as parts come from the factory */
enum h7_row {
    H7_PMCR,
    H7_EXTICR1,
    H7_EXTICR2,
    H7_EXTICR3,
    H7_EXTICR4,
    H7_CFGR,
    H7_CCCSR,
    H7_CCVR,
    H7_CCCR,
    H7_PWRCR,
    H7_PKGR,
    H7_UR0,
    H7_UR2,
    H7_UR3,
    H7_ROWS
};
static const struct soc_register h7_rows[H7_ROWS] = {
    [H7_PMCR] = {"PMCR", 0x04, 0, 0x0FE003FF},
    [H7_EXTICR1] = {"EXTICR1", 0x08, 0, 0xFFFF},
    [H7_EXTICR2] = {"EXTICR2", 0x0C, 0, 0xFFFF},
    [H7_EXTICR3] = {"EXTICR3", 0x10, 0, 0xFFFF},
    [H7_EXTICR4] = {"EXTICR4", 0x14, 0, 0xFFFF},
    [H7_CFGR] = {"CFGR", 0x18, 0, 0x0000FEED},
    [H7_CCCSR] = {"CCCSR", 0x20, 0, 0x00010003},
    [H7_CCVR] = {"CCVR", 0x24, 0x88, 0},
    [H7_CCCR] = {"CCCR", 0x28, 0, 0xFF},
    [H7_PWRCR] = {"PWRCR", 0x2C, 0, 0x1},
    [H7_PKGR] = {"PKGR", 0x124, 0x8, 0},
    [H7_UR0] = {"UR0", 0x300, 0x00AA0000, 0},
    [H7_UR2] = {"UR2", 0x308, 0x08000000, 0x00000003},
    [H7_UR3] = {"UR3", 0x30C, 0x00001FF0, 0},
};

struct syscfg {
    struct soc_chip *chip;
    struct soc_block block;
    uint32_t values[H7_ROWS];
};

static void settle(struct syscfg *syscfg)
{
    struct soc_nets *nets = &syscfg->chip->nets;
    bool h7 = syscfg->block.rows == h7_rows;
    uint32_t *cell = &syscfg->values[h7 ? H7_CCCSR : F4_CMPCR];
    *cell = (*cell & CELL) != 0 ? *cell | CELL_READY : *cell & ~(uint32_t)CELL_READY;
    nets->memory_mode = h7 ? 0 : (uint8_t)(syscfg->values[F4_MEMRMP] & 3);
    nets->overdrive = h7 && (syscfg->values[H7_PWRCR] & 1) != 0;
    uint32_t first = h7 ? H7_EXTICR1 : F4_EXTICR1;
    for (uint32_t line = 0; line < 16; line++) {
        uint32_t value = syscfg->values[first + line / LINES_A_REGISTER];
        nets->exti_ports[line] = (uint8_t)(value >> (4 * (line % LINES_A_REGISTER)) & 0xF);
    }
}

static uint32_t syscfg_read(void *self, uint32_t offset, uint32_t width)
{
    struct syscfg *syscfg = self;
    return soc_block_read(&syscfg->block, offset, width);
}

static void syscfg_write(void *self, uint32_t offset, uint32_t width, uint32_t value)
{
    struct syscfg *syscfg = self;
    struct soc_store store = soc_store(offset, width, value);
    (void)soc_block_write(&syscfg->block, &store);
    settle(syscfg);
}

static void syscfg_reset(void *self, enum reset_cause cause)
{
    struct syscfg *syscfg = self;
    (void)cause;
    soc_block_reset(&syscfg->block);
    settle(syscfg);
}

bool soc_syscfg_make(struct soc_chip *chip, const struct soc_row *row, struct soc_part *part)
{
    struct syscfg *syscfg = calloc(1, sizeof *syscfg);
    if (syscfg == NULL) {
        return false;
    }
    bool h7 = chip->map == &soc_map_h743;
    syscfg->chip = chip;
    syscfg->block = (struct soc_block){h7 ? h7_rows : f4_rows, h7 ? H7_ROWS : F4_ROWS,
                                       syscfg->values, row->name, &chip->lines};
    part->self = syscfg;
    part->read = syscfg_read;
    part->write = syscfg_write;
    part->reset = syscfg_reset;
    return true;
}
