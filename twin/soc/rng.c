/* SPDX-License-Identifier: MIT
 * The random number generator: numbers that follow from the specimen's seed. */
#include <stdlib.h>

#include "twin/soc/makers.h"
#include "twin/soc/registers.h"

enum row { CR, SR, DR, ROWS };
enum { RNGEN = 1 << 2, IE = 1 << 3, DRDY = 1 };

/* Source RM0090 and RM0433 "RNG registers" */
static const struct soc_register rows[ROWS] = {
    [CR] = {"CR", 0x00, 0, RNGEN | IE | 1 << 5},
    [SR] = {"SR", 0x04, 0, 0},
    [DR] = {"DR", 0x08, 0, 0},
};

struct rng {
    struct soc_chip *chip;
    struct soc_block block;
    uint32_t values[ROWS];
    uint64_t state;
    uint32_t irq;
};

/* SplitMix64 */
static uint32_t next_random(struct rng *rng)
{
    rng->state += 0x9E3779B97F4A7C15u;
    uint64_t z = rng->state;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return (uint32_t)(z >> 32);
}

/* A number is always there. */
static void settle(struct rng *rng)
{
    const struct soc_lines *lines = &rng->chip->lines;
    rng->values[SR] = (rng->values[CR] & RNGEN) != 0 ? DRDY : 0u;
    lines->irq(lines->chip, rng->irq, rng->values[SR] != 0 && (rng->values[CR] & IE) != 0);
}

static uint32_t rng_read(void *self, uint32_t offset, uint32_t width)
{
    struct rng *rng = self;
    uint32_t row = soc_block_find(&rng->block, offset);
    if (row == DR && (rng->values[CR] & RNGEN) != 0) {
        rng->values[DR] = next_random(rng);
    }
    return row == SOC_NO_ROW ? 0 : soc_lanes(rng->values[row], offset, width);
}

static void rng_write(void *self, uint32_t offset, uint32_t width, uint32_t value)
{
    struct rng *rng = self;
    struct soc_store store = soc_store(offset, width, value);
    (void)soc_block_write(&rng->block, &store);
    settle(rng);
}

static void rng_reset(void *self, enum reset_cause cause)
{
    struct rng *rng = self;
    (void)cause;
    soc_block_reset(&rng->block);
    settle(rng);
}

bool soc_rng_make(struct soc_chip *chip, const struct soc_row *row, struct soc_part *part)
{
    struct rng *rng = calloc(1, sizeof *rng);
    if (rng == NULL) {
        return false;
    }
    rng->chip = chip;
    rng->irq = row->irq;
    rng->state = chip->specimen.seed;
    rng->block = (struct soc_block){rows, ROWS, rng->values, row->name, &chip->lines};
    part->self = rng;
    part->read = rng_read;
    part->write = rng_write;
    part->reset = rng_reset;
    return true;
}
