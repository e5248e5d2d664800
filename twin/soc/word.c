/* SPDX-License-Identifier: MIT
 * Byte and halfword accesses to registers that are words. */
#include "twin/soc/word.h"

static uint32_t lane_mask(uint32_t width)
{
    return width >= 4 ? UINT32_MAX : (1u << 8 * width) - 1;
}

struct soc_word soc_word_write(uint32_t offset, uint32_t width, uint32_t value)
{
    uint32_t shift = 8 * (offset & 3);
    return (struct soc_word){(value & lane_mask(width)) << shift, lane_mask(width) << shift};
}

uint32_t soc_word_read(uint32_t offset, uint32_t width, uint32_t word)
{
    return word >> 8 * (offset & 3) & lane_mask(width);
}

uint32_t soc_word_merge(uint32_t old, struct soc_word word, uint32_t writable)
{
    uint32_t mask = word.mask & writable;
    return (old & ~mask) | (word.value & mask);
}
