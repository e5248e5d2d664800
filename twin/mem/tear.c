/* SPDX-License-Identifier: MIT
 * What is left in the cells of an operation that lost its power. */
#include <string.h>

#include "twin/mem/inside.h"

/* SplitMix64. */
uint64_t mem_random(uint64_t *state)
{
    *state += 0x9E3779B97F4A7C15u;
    uint64_t z = *state;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* How far an operation had come. */
static uint64_t random_bits(uint64_t *state, uint32_t density)
{
    uint64_t a = mem_random(state), b = mem_random(state);
    uint64_t c = mem_random(state), d = mem_random(state);
    const uint64_t bits[MEM_DENSITIES] = {a & b & c & d, a & b, a, a | b, a | b | c | d};
    return bits[density];
}

void mem_fill_masks(uint8_t *masks, uint32_t length, uint64_t *state, uint32_t density)
{
    uint64_t bits = 0;
    for (uint32_t i = 0; i < length; i++) {
        bits = i % 8 == 0 ? random_bits(state, density) : bits >> 8;
        masks[i] = (uint8_t)bits;
    }
}

/* A unit of one byte has its lower half in the lower bits. */
static void fill_half(uint8_t *masks, const struct mem_operation *operation, uint32_t unit,
                      bool high)
{
    for (uint32_t i = 0; i < operation->length; i++) {
        bool low = (operation->offset + i) % unit < unit / 2;
        uint8_t mask = unit == 1 ? 0x0F : low ? 0xFF : 0;
        masks[i] = high ? (uint8_t)~mask : mask;
    }
}

static void tear_unit(struct mem_flash *flash, const struct mem_operation *operation,
                      const uint8_t *masks)
{
    uint8_t *cells = flash->cells + operation->offset;
    bool nothing = true, all = true;
    for (uint32_t i = 0; i < operation->length; i++) {
        uint8_t wanted = cells[i] & operation->data[i];
        uint8_t got = cells[i] & (uint8_t)(operation->data[i] | ~masks[i]);
        nothing = nothing && got == cells[i];
        all = all && got == wanted;
        cells[i] = got;
    }
    if (flash->words != NULL && !nothing) {
        uint8_t *state = &flash->words[operation->offset / flash->geometry->ecc_word_bytes];
        *state = all && *state == WORD_BLANK ? WORD_PROGRAMMED : WORD_BAD;
    }
}

static void tear_program(struct mem_flash *flash, const struct mem_operation *operation,
                         enum mem_cut_kind kind, uint64_t seed)
{
    struct layout_sector sector;
    uint8_t masks[MEM_UNIT_MAX];
    uint32_t unit = flash->words != NULL ? flash->geometry->ecc_word_bytes : operation->length;
    uint64_t state = seed;
    if (kind == MEM_CUT_LOW_HALF || kind == MEM_CUT_HIGH_HALF) {
        fill_half(masks, operation, unit, kind == MEM_CUT_HIGH_HALF);
    } else {
        uint32_t density = (uint32_t)(mem_random(&state) % MEM_DENSITIES);
        mem_fill_masks(masks, operation->length, &state, density);
    }
    uint32_t addr = flash->geometry->base + operation->offset;
    if (layout_find_sector(&flash->layout, addr, &sector) && !mem_is_protected(flash, &sector)) {
        tear_unit(flash, operation, masks);
    }
}

/* Part of the bits of one stretch (a word, where there is ECC) have become 1. */
static void tear_stretch(struct mem_flash *flash, uint32_t offset, uint32_t length,
                         const uint8_t *masks)
{
    uint8_t *cells = flash->cells + offset;
    bool nothing = true;
    for (uint32_t i = 0; i < length; i++) {
        uint8_t got = cells[i] | masks[i];
        nothing = nothing && got == cells[i];
        cells[i] = got;
    }
    if (flash->words != NULL && !nothing) {
        flash->words[offset / flash->geometry->ecc_word_bytes] =
            mem_is_blank(cells, length) ? WORD_BLANK : WORD_BAD;
    }
}

static void tear_sector(struct mem_flash *flash, const struct layout_sector *sector,
                        enum mem_cut_kind kind, uint64_t *state)
{
    uint8_t masks[MEM_UNIT_MAX];
    uint32_t offset = sector->addr - flash->geometry->base;
    uint32_t size = flash->words != NULL ? flash->geometry->ecc_word_bytes : MEM_UNIT_MAX;
    uint32_t density = (uint32_t)(mem_random(state) % MEM_DENSITIES);
    uint32_t first = kind == MEM_CUT_HIGH_HALF ? sector->length / 2 : 0;
    uint32_t end = kind == MEM_CUT_LOW_HALF ? sector->length / 2 : sector->length;
    memset(masks, 0xFF, sizeof masks);
    for (uint32_t at = first; at < end; at += size) {
        uint32_t part = size < end - at ? size : end - at;
        if (kind == MEM_CUT_RANDOM) {
            mem_fill_masks(masks, part, state, density);
        }
        tear_stretch(flash, offset + at, part, masks);
    }
}

static void tear_erase(struct mem_flash *flash, const struct mem_operation *operation,
                       enum mem_cut_kind kind, uint64_t seed)
{
    struct layout_sector sector;
    uint64_t state = seed;
    uint32_t addr = flash->geometry->base + operation->offset;
    uint32_t end = addr + operation->length;
    while (addr < end && layout_find_sector(&flash->layout, addr, &sector)) {
        if (mem_is_erasable(flash, &sector)) {
            tear_sector(flash, &sector, kind, &state);
        }
        addr = sector.addr + sector.length;
    }
}

void mem_tear(struct mem_flash *flash, const struct mem_operation *operation,
              enum mem_cut_kind kind, uint64_t seed)
{
    if (kind == MEM_CUT_BEFORE) {
        return;
    }
    if (operation->erases) {
        tear_erase(flash, operation, kind, seed);
    } else {
        tear_program(flash, operation, kind, seed);
    }
    mem_apply_stuck_bits(flash);
}
