/* SPDX-License-Identifier: MIT
 * What an operation leaves in the cells in which the supply dipped. */
#include <string.h>

#include "twin/mem/inside.h"

enum { SPARSE = 0, PLACES_MAX = 8 };

/* The lowest 1 of a unit becomes 0, for masks that hit no 1. */
static void clear_one(uint8_t *cells, uint32_t length)
{
    uint32_t at = 0;
    while (at < length && cells[at] == 0) {
        at++;
    }
    if (at < length) {
        cells[at] &= (uint8_t)(cells[at] - 1);
    }
}

/* Some bits of one unit, or of one ECC word, read 0 that did not. */
static void clear_some(struct mem_flash *flash, uint32_t offset, uint32_t length, uint64_t *state)
{
    uint8_t masks[MEM_UNIT_MAX];
    uint8_t *cells = flash->cells + offset;
    bool nothing = true;
    mem_fill_masks(masks, length, state, SPARSE);
    for (uint32_t i = 0; i < length; i++) {
        nothing = nothing && (cells[i] & masks[i]) == 0;
        cells[i] &= (uint8_t)~masks[i];
    }
    if (nothing) {
        clear_one(cells, length);
    }
    if (flash->words != NULL) {
        flash->words[offset / flash->geometry->ecc_word_bytes] = WORD_BAD;
    }
}

/* The buffer had taken up something else than it was given. */
static void program_other(struct mem_flash *flash, const struct mem_operation *operation,
                          uint64_t *state)
{
    uint8_t masks[MEM_UNIT_MAX];
    struct mem_operation other = *operation;
    mem_fill_masks(masks, operation->length, state, SPARSE);
    masks[0] |= 1;
    for (uint32_t i = 0; i < operation->length; i++) {
        other.data[i] ^= masks[i];
    }
    mem_complete(flash, &other);
}

/* An erase that went wrong in a few places, anywhere in what was erased. */
static void spoil_places(struct mem_flash *flash, const struct mem_operation *operation,
                         uint64_t *state)
{
    uint32_t size = flash->words != NULL ? flash->geometry->ecc_word_bytes : flash->unit_bytes;
    uint32_t places = 1 + (uint32_t)(mem_random(state) % PLACES_MAX);
    for (uint32_t i = 0; i < places; i++) {
        uint32_t unit = (uint32_t)(mem_random(state) % (operation->length / size));
        uint32_t offset = operation->offset + unit * size;
        if (flash->dip.kind == MEM_DIP_EXTRA) {
            clear_some(flash, offset, size, state);
        } else if (mem_is_blank(flash->cells + offset, size)) {
            struct mem_operation blank = {.offset = offset, .length = size};
            memset(blank.data, BLANK, sizeof blank.data);
            program_other(flash, &blank, state);
        }
    }
}

void mem_dip(struct mem_flash *flash, const struct mem_operation *operation)
{
    uint64_t state = flash->dip.seed;
    bool extra = flash->dip.kind == MEM_DIP_EXTRA;
    bool other = flash->dip.kind == MEM_DIP_OTHER;
    if (flash->dip.kind == MEM_DIP_WEAK) {
        mem_tear(flash, operation, MEM_CUT_RANDOM, flash->dip.seed);
    } else if (operation->erases && (extra || other)) {
        mem_complete(flash, operation);
        spoil_places(flash, operation, &state);
    } else if (extra) {
        mem_complete(flash, operation);
        clear_some(flash, operation->offset, operation->length, &state);
    } else if (other) {
        program_other(flash, operation, &state);
    }
    mem_apply_stuck_bits(flash);
}
