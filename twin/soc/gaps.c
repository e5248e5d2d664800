/* SPDX-License-Identifier: MIT
 * Peripherals that the chip has and the twin has not: they read 0 and ignore what is stored. */
#include <stdlib.h>

#include "twin/soc/makers.h"

struct gap {
    struct soc_chip *chip;
    uint32_t base;
};

static uint32_t gap_read(void *self, uint32_t offset, uint32_t width)
{
    const struct gap *gap = self;
    (void)width;
    soc_chip_report(gap->chip, gap->base + offset);
    return 0;
}

static void gap_write(void *self, uint32_t offset, uint32_t width, uint32_t value)
{
    const struct gap *gap = self;
    (void)width;
    (void)value;
    soc_chip_report(gap->chip, gap->base + offset);
}

static void gap_reset(void *self, enum reset_cause cause)
{
    (void)self;
    (void)cause;
}

/* The row that begins first at an address or above, NULL when there is none. */
static const struct soc_row *next_row(const struct soc_map *map, uint32_t addr)
{
    const struct soc_row *next = NULL;
    for (size_t i = 0; i < map->row_count; i++) {
        const struct soc_row *row = &map->rows[i];
        if (row->base >= addr && (next == NULL || row->base < next->base)) {
            next = row;
        }
    }
    return next;
}

static bool fill(struct soc_chip *chip, const struct soc_region *region, uint32_t from, uint32_t to)
{
    struct gap *gap = calloc(1, sizeof *gap);
    if (gap == NULL) {
        return false;
    }
    *gap = (struct gap){chip, from};
    const struct soc_part part = {.name = region->name,
                                  .base = from,
                                  .bytes = to - from,
                                  .self = gap,
                                  .read = gap_read,
                                  .write = gap_write,
                                  .reset = gap_reset};
    return soc_chip_own(chip, NULL, &part);
}

bool soc_gaps_fill(struct soc_chip *chip, const struct soc_region *region)
{
    uint32_t at = region->base, end = region->base + region->bytes;
    bool good = true;
    while (good && at < end) {
        const struct soc_row *row = next_row(chip->map, at);
        uint32_t to = row != NULL && row->base < end ? row->base : end;
        good = to == at || fill(chip, region, at, to);
        at = to == end ? end : row->base + row->bytes;
    }
    return good;
}
