/* SPDX-License-Identifier: MIT
 * All peripherals of one chip. */
#include "twin/soc/chip.h"

#include <stdlib.h>
#include <string.h>

#include "twin/soc/makers.h"
#include "twin/soc/registers.h"

/* A part is dead without its clock. The RCC may come later than the part. */
static void connect_clock(struct soc_chip *chip, size_t part)
{
    const struct soc_row *row = chip->rows[part];
    if (row != NULL && row->enable_offset != 0 && chip->nets.rcc != NULL) {
        uint32_t at = soc_block_find(chip->nets.rcc, row->enable_offset);
        chip->enables[part] = at == SOC_NO_ROW ? NULL : &chip->nets.rcc->values[at];
    }
}

static bool make_part(struct soc_chip *chip, const struct soc_row *row)
{
    struct soc_part part = {.name = row->name, .base = row->base, .bytes = row->bytes};
    if (row->make == NULL) {
        return true;
    }
    if (!row->make(chip, row, &part)) {
        return false;
    }
    return soc_chip_own(chip, row, &part);
}

bool soc_chip_open(struct soc_chip *chip, const struct soc_parts *from)
{
    memset(chip, 0, sizeof *chip);
    chip->map = from->map;
    chip->lines = *from->lines;
    chip->specimen = *from->specimen;
    chip->flash = from->flash;
    bool good = true;
    for (size_t i = 0; i < chip->map->row_count && good; i++) {
        good = make_part(chip, &chip->map->rows[i]);
    }
    for (size_t i = 0; i < chip->part_count; i++) {
        connect_clock(chip, i);
    }
    for (size_t i = 0; i < chip->map->region_count && good; i++) {
        good = soc_gaps_fill(chip, &chip->map->regions[i]);
    }
    if (!good) {
        soc_chip_close(chip);
    }
    return good;
}

void soc_chip_close(struct soc_chip *chip)
{
    for (size_t i = 0; i < chip->part_count; i++) {
        free(chip->owned[i]);
    }
    chip->part_count = 0;
}

bool soc_chip_add(struct soc_chip *chip, const struct soc_row *row, const struct soc_part *part)
{
    if (chip->part_count == SOC_PARTS_MAX) {
        return false;
    }
    chip->rows[chip->part_count] = row;
    chip->parts[chip->part_count++] = *part;
    connect_clock(chip, chip->part_count - 1);
    return true;
}

bool soc_chip_own(struct soc_chip *chip, const struct soc_row *row, const struct soc_part *part)
{
    if (!soc_chip_add(chip, row, part)) {
        free(part->self);
        return false;
    }
    chip->owned[chip->part_count - 1] = part->self;
    return true;
}

const struct soc_row *soc_chip_row(const struct soc_chip *chip, const char *name)
{
    for (size_t i = 0; i < chip->map->row_count; i++) {
        if (strcmp(chip->map->rows[i].name, name) == 0) {
            return &chip->map->rows[i];
        }
    }
    return NULL;
}

struct soc_part *soc_chip_find(struct soc_chip *chip, uint32_t addr)
{
    for (size_t i = 0; i < chip->part_count; i++) {
        size_t at = (chip->last + i) % chip->part_count;
        struct soc_part *part = &chip->parts[at];
        if (addr - part->base < part->bytes) {
            chip->last = at;
            return part;
        }
    }
    return NULL;
}

static bool has_clock(const struct soc_chip *chip, size_t part)
{
    const uint32_t *enable = chip->enables[part];
    return enable == NULL || (*enable >> chip->rows[part]->enable_bit & 1) != 0;
}

void soc_chip_report(struct soc_chip *chip, uint32_t addr)
{
    size_t i = 0;
    while (i < chip->nowhere_count && chip->nowhere[i] != addr) {
        i++;
    }
    if (i == chip->nowhere_count && i < SOC_NOWHERE_MAX && chip->lines.unknown != NULL) {
        chip->nowhere[chip->nowhere_count++] = addr;
        chip->lines.unknown(chip->lines.chip, "", addr);
    }
}

uint32_t soc_chip_read(struct soc_chip *chip, uint32_t addr, uint32_t width)
{
    struct soc_part *part = soc_chip_find(chip, addr);
    if (part == NULL) {
        soc_chip_report(chip, addr);
        return 0;
    }
    bool alive = has_clock(chip, (size_t)(part - chip->parts));
    return alive ? part->read(part->self, addr - part->base, width) : 0;
}

void soc_chip_write(struct soc_chip *chip, uint32_t addr, uint32_t width, uint32_t value)
{
    struct soc_part *part = soc_chip_find(chip, addr);
    if (part == NULL) {
        soc_chip_report(chip, addr);
    } else if (has_clock(chip, (size_t)(part - chip->parts))) {
        part->write(part->self, addr - part->base, width, value);
    }
}

void soc_chip_reset(struct soc_chip *chip, enum reset_cause cause)
{
    for (size_t i = 0; i < chip->part_count; i++) {
        chip->parts[i].reset(chip->parts[i].self, cause);
    }
}

void soc_chip_reset_parts(struct soc_chip *chip, uint32_t reset_offset, uint32_t bits)
{
    for (size_t i = 0; i < chip->part_count; i++) {
        const struct soc_row *row = chip->rows[i];
        if (row != NULL && row->enable_offset != 0 &&
            row->enable_offset == reset_offset + chip->map->reset_distance &&
            (bits >> row->enable_bit & 1) != 0) {
            chip->parts[i].reset(chip->parts[i].self, RESET_SOFTWARE);
        }
    }
}

uint64_t soc_chip_due(struct soc_chip *chip)
{
    uint64_t due = UINT64_MAX;
    for (size_t i = 0; i < chip->part_count; i++) {
        const struct soc_part *part = &chip->parts[i];
        uint64_t mine = part->due == NULL ? UINT64_MAX : part->due(part->self);
        due = mine < due ? mine : due;
    }
    return due;
}

void soc_chip_advance(struct soc_chip *chip)
{
    for (size_t i = 0; i < chip->part_count; i++) {
        if (chip->parts[i].advance != NULL) {
            chip->parts[i].advance(chip->parts[i].self);
        }
    }
}

bool soc_chip_store_flash(struct soc_chip *chip, uint32_t addr, uint32_t width, uint32_t value)
{
    return chip->array.store(chip->array.self, addr, width, value);
}

uint64_t soc_chip_flash_busy_until(struct soc_chip *chip, uint32_t addr)
{
    return chip->array.busy_until(chip->array.self, addr);
}

bool soc_chip_check_flash(struct soc_chip *chip, uint32_t addr, uint32_t length)
{
    return chip->array.check(chip->array.self, addr, length);
}
