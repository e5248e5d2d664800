/* SPDX-License-Identifier: MIT
 * Registers of a peripheral as a table: names, offsets, what a reset leaves, what a store changes.
 */
#ifndef TWIN_SOC_REGISTERS_H
#define TWIN_SOC_REGISTERS_H

#include <stdint.h>

#include "twin/soc/part.h"

/* One 32-bit register. A row without a name is no register. */
struct soc_register {
    const char *name; /* as in the reference manual */
    uint32_t offset;  /* from the base of the peripheral */
    uint32_t reset;
    uint32_t writable; /* bits that a store changes; the others are the peripheral's business */
};

enum { SOC_NO_ROW = UINT8_MAX, SOC_TOLD = 16 };

/* The registers of one peripheral. values is the caller's, count long. */
struct soc_block {
    const struct soc_register *rows;
    uint32_t count;
    uint32_t *values;
    const char *name;              /* of the peripheral */
    const struct soc_lines *lines; /* told of registers that are not in the table; may be NULL */
    uint32_t told[SOC_TOLD];       /* one bit a register that is not there, and was reported */
};

/* A store, seen as one to the whole register: bits outside mask were not written. */
struct soc_store {
    uint32_t offset, value, mask; /* offset: of the register */
};

/* Gives a store of 1, 2 or 4 bytes as one to the whole register. */
struct soc_store soc_store(uint32_t offset, uint32_t width, uint32_t value);

/* Gives what an access of 1, 2 or 4 bytes at an offset sees of a register. */
uint32_t soc_lanes(uint32_t value, uint32_t offset, uint32_t width);

/* Gives value with the bits of mask that a store has written replaced. */
uint32_t soc_merge(uint32_t value, const struct soc_store *store, uint32_t mask);

/* Gives all registers their reset value. */
void soc_block_reset(struct soc_block *block);

/* Gives the row of the register at an offset, or SOC_NO_ROW, which is reported once. */
uint32_t soc_block_find(struct soc_block *block, uint32_t offset);

/* Reads; what is no register reads 0. */
uint32_t soc_block_read(struct soc_block *block, uint32_t offset, uint32_t width);

/* Stores the writable bits. Returns the row, or SOC_NO_ROW. */
uint32_t soc_block_write(struct soc_block *block, const struct soc_store *store);

#endif
