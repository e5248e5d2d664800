/* SPDX-License-Identifier: MIT
 * What the files of the flash array share. */
#ifndef TWIN_MEM_INSIDE_H
#define TWIN_MEM_INSIDE_H

#include "twin/mem/flash.h"

/* State of one ECC word. */
enum mem_word { WORD_BLANK, WORD_PROGRAMMED, WORD_BAD };

enum { BLANK = 0xFF, MEM_DENSITIES = 5 };

/* Gives the next number of a stream that depends on the seed in *state alone. */
uint64_t mem_random(uint64_t *state);

/* Fills masks with random bits.
 *
 * density   0..MEM_DENSITIES-1: of 16 bits 1, 4, 8, 12 or 15 are set, on average */
void mem_fill_masks(uint8_t *masks, uint32_t length, uint64_t *state, uint32_t density);

/* Gives the damaged place of one kind in a sector, or NULL.
 *
 * Owns      the array owns it */
const struct mem_spot *mem_find_spot(const struct mem_flash *flash, enum mem_spot_kind kind,
                                     const struct layout_sector *sector);

/* Leaves what a torn operation leaves.
 *
 * kind      any but MEM_CUT_NONE and MEM_CUT_AFTER
 * seed      which bits changed, for MEM_CUT_RANDOM */
void mem_tear(struct mem_flash *flash, const struct mem_operation *operation,
              enum mem_cut_kind kind, uint64_t seed);

/* Does what an operation should do. */
void mem_complete(struct mem_flash *flash, const struct mem_operation *operation);

/* Does to the cells what an operation does in which the supply dips. */
void mem_dip(struct mem_flash *flash, const struct mem_operation *operation);

/* Tells whether all bytes are blank. */
bool mem_is_blank(const uint8_t *data, uint32_t length);

/* Gives bits that were to read 0, whatever was done, their way. */
void mem_apply_stuck_bits(struct mem_flash *flash);

/* Tells whether the sector neither erases nor programs. */
bool mem_is_protected(const struct mem_flash *flash, const struct layout_sector *sector);

/* Tells whether erasing the sector changes it. */
bool mem_is_erasable(const struct mem_flash *flash, const struct layout_sector *sector);

#endif
