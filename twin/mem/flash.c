/* SPDX-License-Identifier: MIT
 * A flash array at rest: its cells, damaged places, times, reading. */
#include "twin/mem/flash.h"

#include <stdlib.h>
#include <string.h>

#include "twin/mem/inside.h"

enum { UNIT_BYTES = 4 };

bool mem_is_blank(const uint8_t *data, uint32_t length)
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
    flash->unit_bytes = UNIT_BYTES;
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
        bool blank = mem_is_blank(flash->cells + (size_t)i * size, size);
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

const struct mem_spot *mem_find_spot(const struct mem_flash *flash, enum mem_spot_kind kind,
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
    const struct mem_spot *slow = mem_find_spot(flash, MEM_SPOT_SLOW, &sector);
    return slow == NULL ? ns : ns * slow->value;
}

uint64_t mem_flash_program_ns(const struct mem_speed *speed, uint32_t length)
{
    return (uint64_t)((length + speed->unit_bytes - 1) / speed->unit_bytes) * speed->unit_ns;
}

bool mem_flash_find_bad(const struct mem_flash *flash, uint32_t addr, uint32_t length,
                        uint32_t *bad_addr)
{
    uint32_t size = flash->geometry->ecc_word_bytes;
    if (size == 0 || length == 0 || !mem_flash_holds(flash, addr, length)) {
        return false;
    }
    uint32_t at = (addr - flash->geometry->base) / size;
    uint32_t last = (addr - flash->geometry->base + length - 1) / size;
    while (at <= last && flash->words[at] != WORD_BAD) {
        at++;
    }
    if (at <= last && bad_addr != NULL) {
        *bad_addr = flash->geometry->base + at * size;
    }
    return at <= last;
}

enum mem_result mem_flash_read(const struct mem_flash *flash, uint32_t addr, uint8_t *data,
                               uint32_t length)
{
    if (!mem_flash_holds(flash, addr, length)) {
        return MEM_OUTSIDE;
    }
    if (mem_flash_find_bad(flash, addr, length, NULL)) {
        return MEM_ECC;
    }
    memcpy(data, flash->cells + (addr - flash->geometry->base), length);
    return MEM_OK;
}
