/* SPDX-License-Identifier: MIT
 * The physics of a flash array. */
#include "twin/mem/flash.h"

#include <stdlib.h>
#include <string.h>

/* State of one ECC word. */
enum mem_word { WORD_BLANK, WORD_PROGRAMMED, WORD_BAD };

enum { BLANK = 0xFF };

static bool is_blank(const uint8_t *data, uint32_t length)
{
    uint32_t at = 0;
    while (at < length && data[at] == BLANK) {
        at++;
    }
    return at == length;
}

bool mem_flash_open(struct mem_flash *flash, const struct mem_geometry *geometry)
{
    memset(flash, 0, sizeof *flash);
    flash->geometry = geometry;
    (void)layout_parse(geometry->layout, strlen(geometry->layout), &flash->layout, NULL);
    flash->cells = malloc(geometry->bytes);
    uint32_t word_bytes = geometry->ecc_word_bytes;
    flash->words = word_bytes == 0 ? NULL : calloc(geometry->bytes / word_bytes, 1);
    if (flash->cells == NULL || (word_bytes != 0 && flash->words == NULL)) {
        mem_flash_close(flash);
        return false;
    }
    memset(flash->cells, BLANK, geometry->bytes);
    return true;
}

void mem_flash_close(struct mem_flash *flash)
{
    free(flash->cells);
    free(flash->words);
    flash->cells = NULL;
    flash->words = NULL;
}

bool mem_flash_add_spot(struct mem_flash *flash, const struct mem_spot *spot)
{
    if (flash->spot_count == MEM_SPOTS_MAX) {
        return false;
    }
    flash->spots[flash->spot_count++] = *spot;
    return true;
}

void mem_flash_refresh(struct mem_flash *flash, uint32_t addr, uint32_t length)
{
    uint32_t size = flash->geometry->ecc_word_bytes;
    if (size == 0 || length == 0) {
        return;
    }
    uint32_t first = (addr - flash->geometry->base) / size;
    uint32_t last = (addr - flash->geometry->base + length - 1) / size;
    for (uint32_t i = first; i <= last; i++) {
        bool blank = is_blank(flash->cells + (size_t)i * size, size);
        flash->words[i] = blank ? WORD_BLANK : WORD_PROGRAMMED;
    }
}

void mem_flash_load(struct mem_flash *flash, const uint8_t *data)
{
    memcpy(flash->cells, data, flash->geometry->bytes);
    mem_flash_refresh(flash, flash->geometry->base, flash->geometry->bytes);
}

bool mem_flash_holds(const struct mem_flash *flash, uint32_t addr, uint32_t length)
{
    const struct mem_geometry *geometry = flash->geometry;
    return addr >= geometry->base && addr - geometry->base < geometry->bytes &&
           length <= geometry->bytes - (addr - geometry->base);
}

uint32_t mem_flash_bank(const struct mem_flash *flash, uint32_t addr)
{
    return (addr - flash->geometry->base) / flash->geometry->bank_bytes;
}

/* The damaged place of one kind in a sector, or NULL. */
static const struct mem_spot *find_spot(const struct mem_flash *flash, enum mem_spot_kind kind,
                                        const struct layout_sector *sector)
{
    for (size_t i = 0; i < flash->spot_count; i++) {
        const struct mem_spot *spot = &flash->spots[i];
        if (spot->kind == kind && spot->addr - sector->addr < sector->length) {
            return spot;
        }
    }
    return NULL;
}

uint64_t mem_flash_erase_ns(const struct mem_flash *flash, const struct mem_speed *speed,
                            uint32_t addr)
{
    struct layout_sector sector;
    if (!layout_find_sector(&flash->layout, addr, &sector)) {
        return 0;
    }
    uint64_t ns = 0;
    for (size_t i = 0; i < MEM_ERASE_SIZES_MAX && speed->erase[i].sector_bytes != 0; i++) {
        ns = speed->erase[i].sector_bytes == sector.length ? speed->erase[i].ns : ns;
    }
    const struct mem_spot *slow = find_spot(flash, MEM_SPOT_SLOW, &sector);
    return slow == NULL ? ns : ns * slow->value;
}

uint64_t mem_flash_program_ns(const struct mem_speed *speed, uint32_t length)
{
    return (uint64_t)((length + speed->unit_bytes - 1) / speed->unit_bytes) * speed->unit_ns;
}

/* A bit that does not take reads 0 in whatever the byte holds. */
static void apply_stuck_bits(struct mem_flash *flash)
{
    for (size_t i = 0; i < flash->spot_count; i++) {
        const struct mem_spot *spot = &flash->spots[i];
        if (spot->kind == MEM_SPOT_STUCK_BIT && mem_flash_holds(flash, spot->addr, 1)) {
            uint8_t mask = (uint8_t) ~(1u << (spot->value & 7));
            flash->cells[spot->addr - flash->geometry->base] &= mask;
        }
    }
}

bool mem_flash_erase(struct mem_flash *flash, uint32_t addr)
{
    struct layout_sector sector;
    if (!layout_find_sector(&flash->layout, addr, &sector)) {
        return false;
    }
    flash->counters.erases++;
    if (find_spot(flash, MEM_SPOT_ERASE_NOOP, &sector) != NULL ||
        find_spot(flash, MEM_SPOT_PROTECTED, &sector) != NULL) {
        return true;
    }
    uint32_t offset = sector.addr - flash->geometry->base;
    memset(flash->cells + offset, BLANK, sector.length);
    if (flash->words != NULL) {
        uint32_t size = flash->geometry->ecc_word_bytes;
        memset(flash->words + offset / size, WORD_BLANK, sector.length / size);
    }
    apply_stuck_bits(flash);
    return true;
}

static void clear_bits(struct mem_flash *flash, uint32_t offset, const uint8_t *data,
                       uint32_t length)
{
    for (uint32_t i = 0; i < length; i++) {
        flash->cells[offset + i] &= data[i];
    }
}

/* Programs the part of the data that falls into one ECC word. */
static void program_word(struct mem_flash *flash, uint32_t offset, const uint8_t *data,
                         uint32_t length)
{
    uint8_t *state = &flash->words[offset / flash->geometry->ecc_word_bytes];
    bool same = memcmp(flash->cells + offset, data, length) == 0;
    if (*state != WORD_BLANK && !same) {
        *state = WORD_BAD;
    } else if (*state == WORD_BLANK) {
        *state = WORD_PROGRAMMED;
    }
    clear_bits(flash, offset, data, length);
    flash->counters.programs++;
}

static void program_words(struct mem_flash *flash, uint32_t offset, const uint8_t *data,
                          uint32_t length)
{
    uint32_t size = flash->geometry->ecc_word_bytes;
    uint32_t done = 0;
    while (done < length) {
        uint32_t room = size - (offset + done) % size;
        uint32_t part = room < length - done ? room : length - done;
        program_word(flash, offset + done, data + done, part);
        done += part;
    }
}

enum mem_result mem_flash_program(struct mem_flash *flash, uint32_t addr, const uint8_t *data,
                                  uint32_t length)
{
    struct layout_sector sector;
    if (!mem_flash_holds(flash, addr, length) ||
        !layout_find_sector(&flash->layout, addr, &sector)) {
        return MEM_OUTSIDE;
    }
    if (find_spot(flash, MEM_SPOT_PROTECTED, &sector) != NULL) {
        return MEM_OK;
    }
    uint32_t offset = addr - flash->geometry->base;
    if (flash->words != NULL) {
        program_words(flash, offset, data, length);
    } else {
        clear_bits(flash, offset, data, length);
        flash->counters.programs += length;
    }
    apply_stuck_bits(flash);
    return MEM_OK;
}

enum mem_result mem_flash_read(const struct mem_flash *flash, uint32_t addr, uint8_t *data,
                               uint32_t length)
{
    if (!mem_flash_holds(flash, addr, length)) {
        return MEM_OUTSIDE;
    }
    uint32_t offset = addr - flash->geometry->base;
    uint32_t size = flash->geometry->ecc_word_bytes;
    for (uint32_t at = offset; size != 0 && at < offset + length; at += size - at % size) {
        if (flash->words[at / size] == WORD_BAD) {
            return MEM_ECC;
        }
    }
    memcpy(data, flash->cells + offset, length);
    return MEM_OK;
}
