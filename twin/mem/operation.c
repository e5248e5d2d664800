/* SPDX-License-Identifier: MIT
 * Operations of a flash array: they begin, end, and are struck by a loss of power. */
#include <string.h>

#include "twin/mem/inside.h"

void mem_apply_stuck_bits(struct mem_flash *flash)
{
    for (size_t i = 0; i < flash->spot_count; i++) {
        const struct mem_spot *spot = &flash->spots[i];
        if (spot->kind == MEM_SPOT_STUCK_BIT && mem_flash_holds(flash, spot->addr, 1)) {
            uint8_t mask = (uint8_t) ~(1u << (spot->value & 7));
            flash->cells[spot->addr - flash->geometry->base] &= mask;
        }
    }
}

bool mem_is_protected(const struct mem_flash *flash, const struct layout_sector *sector)
{
    return mem_find_spot(flash, MEM_SPOT_PROTECTED, sector) != NULL;
}

bool mem_is_erasable(const struct mem_flash *flash, const struct layout_sector *sector)
{
    return !mem_is_protected(flash, sector) &&
           mem_find_spot(flash, MEM_SPOT_ERASE_NOOP, sector) == NULL;
}

static void erase_sector(struct mem_flash *flash, const struct layout_sector *sector)
{
    uint32_t offset = sector->addr - flash->geometry->base;
    memset(flash->cells + offset, BLANK, sector->length);
    if (flash->words != NULL) {
        uint32_t size = flash->geometry->ecc_word_bytes;
        memset(flash->words + offset / size, WORD_BLANK, sector->length / size);
    }
}

static void erase_range(struct mem_flash *flash, const struct mem_operation *operation)
{
    struct layout_sector sector;
    uint32_t addr = flash->geometry->base + operation->offset;
    uint32_t end = addr + operation->length;
    while (addr < end && layout_find_sector(&flash->layout, addr, &sector)) {
        flash->counters.erases++;
        if (mem_is_erasable(flash, &sector)) {
            erase_sector(flash, &sector);
        }
        addr = sector.addr + sector.length;
    }
}

static void program_unit(struct mem_flash *flash, const struct mem_operation *operation)
{
    uint8_t *cells = flash->cells + operation->offset;
    if (flash->words != NULL) {
        uint8_t *state = &flash->words[operation->offset / flash->geometry->ecc_word_bytes];
        bool same = memcmp(cells, operation->data, operation->length) == 0;
        *state = *state == WORD_BLANK ? WORD_PROGRAMMED : same ? *state : WORD_BAD;
    }
    for (uint32_t i = 0; i < operation->length; i++) {
        cells[i] &= operation->data[i];
    }
    flash->counters.programs += flash->words != NULL ? 1 : operation->length;
}

static bool is_programmable(const struct mem_flash *flash, uint32_t offset)
{
    struct layout_sector sector;
    return layout_find_sector(&flash->layout, flash->geometry->base + offset, &sector) &&
           !mem_is_protected(flash, &sector);
}

void mem_complete(struct mem_flash *flash, const struct mem_operation *operation)
{
    if (operation->erases) {
        erase_range(flash, operation);
    } else if (is_programmable(flash, operation->offset)) {
        program_unit(flash, operation);
    }
    mem_apply_stuck_bits(flash);
}

void mem_flash_interrupt(struct mem_flash *flash, uint64_t seed)
{
    for (uint32_t bank = 0; bank < MEM_BANKS_MAX; bank++) {
        struct mem_operation *operation = &flash->operations[bank];
        if (operation->active) {
            operation->active = false;
            mem_tear(flash, operation, MEM_CUT_RANDOM, seed + bank);
        }
    }
}

/* The power is lost in this operation, and with it in that of the other bank. */
static void lose_power(struct mem_flash *flash, struct mem_operation *operation)
{
    flash->power_lost = true;
    operation->active = false;
    if (flash->cut.kind == MEM_CUT_AFTER) {
        mem_complete(flash, operation);
    } else {
        mem_tear(flash, operation, flash->cut.kind, flash->cut.seed);
    }
    mem_flash_interrupt(flash, flash->cut.seed + MEM_BANKS_MAX);
}

/* Takes the place of a bank's operation. Cells change at the end; only a loss of power that comes
 * before anything was done is seen here. */
static enum mem_result begin(struct mem_flash *flash, const struct mem_operation *wanted)
{
    uint32_t bank = wanted->offset / flash->geometry->bank_bytes;
    if (flash->power_lost) {
        return MEM_POWER_LOST;
    }
    if (bank >= MEM_BANKS_MAX || flash->operations[bank].active) {
        return MEM_BUSY;
    }
    struct mem_operation *operation = &flash->operations[bank];
    *operation = *wanted;
    operation->active = true;
    flash->operation_count++;
    operation->struck = flash->cut.kind != MEM_CUT_NONE && flash->cut.at_operation != 0 &&
                        flash->cut.at_operation == flash->operation_count;
    operation->dipped = flash->dip.kind != MEM_DIP_NONE && flash->dip.at_operation != 0 &&
                        flash->dip.at_operation == flash->operation_count;
    if (operation->struck && flash->cut.kind == MEM_CUT_BEFORE) {
        lose_power(flash, operation);
        return MEM_POWER_LOST;
    }
    if (flash->watch.begun != NULL) {
        flash->watch.begun(flash->watch.context, operation);
    }
    return MEM_OK;
}

enum mem_result mem_flash_end(struct mem_flash *flash, uint32_t bank)
{
    struct mem_operation *operation = &flash->operations[bank];
    if (!operation->active) {
        return flash->power_lost ? MEM_POWER_LOST : MEM_OK;
    }
    if (operation->struck) {
        lose_power(flash, operation);
        return MEM_POWER_LOST;
    }
    operation->active = false;
    if (operation->dipped) {
        mem_dip(flash, operation);
        return flash->dip.told ? MEM_FAILED : MEM_OK;
    }
    mem_complete(flash, operation);
    return MEM_OK;
}

enum mem_result mem_flash_begin_erase(struct mem_flash *flash, uint32_t addr, uint32_t length)
{
    struct layout_sector first, last;
    if (length == 0 || !mem_flash_holds(flash, addr, length) ||
        !layout_find_sector(&flash->layout, addr, &first) ||
        !layout_find_sector(&flash->layout, addr + length - 1, &last)) {
        return MEM_OUTSIDE;
    }
    return begin(flash, &(struct mem_operation){.erases = true,
                                                .offset = first.addr - flash->geometry->base,
                                                .length = last.addr + last.length - first.addr});
}

enum mem_result mem_flash_begin_program(struct mem_flash *flash, uint32_t addr, const uint8_t *data,
                                        uint32_t length)
{
    if (length > MEM_UNIT_MAX || !mem_flash_holds(flash, addr, length)) {
        return MEM_OUTSIDE;
    }
    struct mem_operation wanted = {.offset = addr - flash->geometry->base, .length = length};
    memcpy(wanted.data, data, length);
    return begin(flash, &wanted);
}

bool mem_flash_erase(struct mem_flash *flash, uint32_t addr)
{
    return mem_flash_begin_erase(flash, addr, 1) == MEM_OK &&
           mem_flash_end(flash, mem_flash_bank(flash, addr)) == MEM_OK;
}

enum mem_result mem_flash_program(struct mem_flash *flash, uint32_t addr, const uint8_t *data,
                                  uint32_t length)
{
    struct layout_sector sector;
    if (!mem_flash_holds(flash, addr, length) ||
        !layout_find_sector(&flash->layout, addr, &sector)) {
        return MEM_OUTSIDE;
    }
    uint32_t unit = flash->words != NULL ? flash->geometry->ecc_word_bytes : flash->unit_bytes;
    enum mem_result result = flash->power_lost ? MEM_POWER_LOST : MEM_OK;
    bool failed = false;
    uint32_t done = 0;
    while (result == MEM_OK && done < length) {
        uint32_t room = unit - (addr - flash->geometry->base + done) % unit;
        uint32_t part = room < length - done ? room : length - done;
        result = mem_flash_begin_program(flash, addr + done, data + done, part);
        if (result == MEM_OK) {
            result = mem_flash_end(flash, mem_flash_bank(flash, addr + done));
        }
        failed = failed || result == MEM_FAILED;
        result = result == MEM_FAILED ? MEM_OK : result;
        done += part;
    }
    return result == MEM_OK && failed ? MEM_FAILED : result;
}
