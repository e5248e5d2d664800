/* SPDX-License-Identifier: MIT
 * Registers of a peripheral as a table. */
#include "twin/soc/registers.h"

#include <stddef.h>

static uint32_t lane_mask(uint32_t offset, uint32_t width)
{
    uint32_t bits = width >= 4 ? UINT32_MAX : (1u << (8 * width)) - 1;
    return bits << (8 * (offset % 4));
}

struct soc_store soc_store(uint32_t offset, uint32_t width, uint32_t value)
{
    uint32_t mask = lane_mask(offset, width);
    return (struct soc_store){offset & ~3u, (value << (8 * (offset % 4))) & mask, mask};
}

uint32_t soc_lanes(uint32_t value, uint32_t offset, uint32_t width)
{
    return (value & lane_mask(offset, width)) >> (8 * (offset % 4));
}

uint32_t soc_merge(uint32_t value, const struct soc_store *store, uint32_t mask)
{
    uint32_t bits = mask & store->mask;
    return (value & ~bits) | (store->value & bits);
}

void soc_block_reset(struct soc_block *block)
{
    for (uint32_t i = 0; i < block->count; i++) {
        block->values[i] = block->rows[i].reset;
    }
}

static void report(struct soc_block *block, uint32_t offset)
{
    uint32_t *told = &block->told[offset / 128 % SOC_TOLD];
    uint32_t bit = 1u << (offset / 4 % 32);
    if (block->lines != NULL && block->lines->unknown != NULL && (*told & bit) == 0) {
        block->lines->unknown(block->lines->chip, block->name, offset);
    }
    *told |= bit;
}

uint32_t soc_block_find(struct soc_block *block, uint32_t offset)
{
    uint32_t wanted = offset & ~3u;
    for (uint32_t i = 0; i < block->count; i++) {
        if (block->rows[i].offset == wanted && block->rows[i].name != NULL) {
            return i;
        }
    }
    report(block, wanted);
    return SOC_NO_ROW;
}

uint32_t soc_block_read(struct soc_block *block, uint32_t offset, uint32_t width)
{
    uint32_t row = soc_block_find(block, offset);
    return row == SOC_NO_ROW ? 0 : soc_lanes(block->values[row], offset, width);
}

uint32_t soc_block_write(struct soc_block *block, const struct soc_store *store)
{
    uint32_t row = soc_block_find(block, store->offset);
    if (row != SOC_NO_ROW) {
        block->values[row] = soc_merge(block->values[row], store, block->rows[row].writable);
    }
    return row;
}
