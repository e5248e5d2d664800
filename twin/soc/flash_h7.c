/* SPDX-License-Identifier: MIT
 * The flash interface of an STM32H743. */
#include "twin/soc/flash_h7.h"

#include <stdlib.h>
#include <string.h>

enum { BANK2 = 0x100, CR_BITS = 0x1FEF87FE, OPTION_SR = 0x40000000 };
#define FULL UINT32_MAX

/* Source RM0433 "FLASH registers"; bank 2 has them 0x100 further on */
static const struct soc_register rows[FLASH_ROWS] = {
    [FLASH_ACR] = {"ACR", 0x00, 0x37, 0x3F},
    [FLASH_KEYR] = {"KEYR", 0x04, 0, 0},
    [FLASH_OPTKEYR] = {"OPTKEYR", 0x08, 0, 0},
    [FLASH_CR] = {"CR", 0x0C, 0x31, 0},
    [FLASH_SR] = {"SR", 0x10, 0, 0},
    [FLASH_CCR] = {"CCR", 0x14, 0, 0},
    [FLASH_OPTCR] = {"OPTCR", 0x18, FLASH_OPTLOCK, 0},
    [FLASH_OPTSR_CUR] = {"OPTSR_CUR", 0x1C, 0, 0},
    [FLASH_OPTSR_PRG] = {"OPTSR_PRG", 0x20, 0, 0xA03EFFFC},
    [FLASH_OPTCCR] = {"OPTCCR", 0x24, 0, 0},
    [FLASH_PRAR_CUR] = {"PRAR_CUR", 0x28, 0, 0},
    [FLASH_PRAR_PRG] = {"PRAR_PRG", 0x2C, 0, 0x8FFF0FFF},
    [FLASH_SCAR_CUR] = {"SCAR_CUR", 0x30, 0, 0},
    [FLASH_SCAR_PRG] = {"SCAR_PRG", 0x34, 0, 0x8FFF0FFF},
    [FLASH_WPSN_CUR] = {"WPSN_CUR", 0x38, 0, 0},
    [FLASH_WPSN_PRG] = {"WPSN_PRG", 0x3C, 0, 0xFF},
    [FLASH_BOOT_CUR] = {"BOOT_CUR", 0x40, 0, 0},
    [FLASH_BOOT_PRG] = {"BOOT_PRG", 0x44, 0, 0xFFFFFFFF},
    [FLASH_CRCCR] = {"CRCCR", 0x50, 0x001C0000, 0x003F07FF},
    [FLASH_CRCSADD] = {"CRCSADD", 0x54, 0, 0x000FFFFC},
    [FLASH_CRCEADD] = {"CRCEADD", 0x58, 0, 0x000FFFFC},
    [FLASH_CRCDATA] = {"CRCDATA", 0x5C, 0, 0},
    [FLASH_ECC_FA] = {"ECC_FA", 0x60, 0, 0},
};

#define MS ((uint64_t)TWIN_MS)
#define US ((uint64_t)TWIN_US)
/* Typical times by PSIZE. Source DS12110 "Flash memory programming" */
static const struct mem_speed speeds[4] = {
    {{{131072, 2000 * MS}}, 13000 * MS, FLASH_WORD_BYTES, 290 * US, "x8"},
    {{{131072, 1800 * MS}}, 8000 * MS, FLASH_WORD_BYTES, 180 * US, "x16"},
    {{{131072, 1100 * MS}}, 6000 * MS, FLASH_WORD_BYTES, 130 * US, "x32"},
    {{{131072, 1000 * MS}}, 5000 * MS, FLASH_WORD_BYTES, 100 * US, "x64"},
};

static const uint32_t keys[2] = {0x45670123u, 0xCDEF89ABu};

bool flash_h7_is_shared(uint32_t row)
{
    return row == FLASH_ACR || row == FLASH_BOOT_CUR || row == FLASH_BOOT_PRG ||
           (row >= FLASH_OPTCR && row <= FLASH_OPTCCR) || row == FLASH_OPTKEYR;
}

static const struct mem_speed *speed_of(const struct flash_h7_bank *bank)
{
    return &speeds[bank->values[FLASH_CR] >> 4 & 3];
}

void flash_h7_update_irq(struct flash_h7 *flash)
{
    bool level = false;
    for (uint32_t i = 0; i < FLASH_BANKS; i++) {
        const uint32_t *values = flash->banks[i].values;
        level = level || (values[FLASH_SR] & values[FLASH_CR] & FLASH_FLAGS) != 0;
    }
    flash->chip->lines.irq(flash->chip->lines.chip, flash->irq, level);
}

static void raise_flag(struct flash_h7 *flash, struct flash_h7_bank *bank, uint32_t flags)
{
    bank->values[FLASH_SR] |= flags;
    flash_h7_update_irq(flash);
}

static void end_job(struct flash_h7 *flash, struct flash_h7_bank *bank)
{
    const struct soc_lines *lines = &flash->chip->lines;
    bank->busy = false;
    bank->values[FLASH_SR] &= ~(uint32_t)(FLASH_BSY | FLASH_QW);
    enum mem_result result = mem_flash_end(flash->chip->flash, (uint32_t)(bank - flash->banks));
    lines->flash_changed(lines->chip, bank->addr, bank->length);
    if (result == MEM_POWER_LOST) {
        lines->reset(lines->chip, RESET_POWER_ON);
        return;
    }
    raise_flag(flash, bank, result == MEM_FAILED ? FLASH_OPERR : FLASH_EOP);
}

/* The CPU stands still only when it needs the bank itself. */
static void stall(struct flash_h7 *flash, const struct flash_h7_bank *bank)
{
    const struct soc_lines *lines = &flash->chip->lines;
    uint32_t pc = lines->pc == NULL ? flash->banks[0].base : lines->pc(lines->chip);
    if (pc - bank->base < flash->chip->flash->geometry->bank_bytes) {
        lines->stall(lines->chip, bank->end_ns);
    }
}

/* The bank takes one operation more only when the last is over: until then the bus waits. Returns
 * the moment the next one begins. */
static uint64_t wait_for_bank(struct flash_h7 *flash, struct flash_h7_bank *bank)
{
    uint64_t now = flash->chip->lines.time->now_ns;
    if (!bank->busy) {
        return now;
    }
    uint64_t end = bank->end_ns;
    end_job(flash, bank);
    if (end > now) {
        flash->chip->lines.stall(flash->chip->lines.chip, end);
    }
    return end > now ? end : now;
}

static void begin_job(struct flash_h7 *flash, struct flash_h7_bank *bank, uint64_t end_ns)
{
    bank->busy = true;
    bank->end_ns = end_ns;
    bank->values[FLASH_SR] |= FLASH_BSY | FLASH_QW;
    stall(flash, bank);
}

static void power_lost(struct flash_h7 *flash)
{
    flash->chip->lines.reset(flash->chip->lines.chip, RESET_POWER_ON);
}

void flash_h7_begin_erase(struct flash_h7 *flash, uint32_t number, uint32_t first, uint32_t last)
{
    struct flash_h7_bank *bank = &flash->banks[number];
    struct layout_sector from;
    uint32_t sectors = ((2u << last) - 1) & ~((1u << first) - 1);
    if ((~bank->values[FLASH_WPSN_CUR] & sectors) != 0) {
        raise_flag(flash, bank, FLASH_WRPERR);
        return;
    }
    if (!layout_find_sector(&flash->chip->flash->layout, bank->base, &from)) {
        return;
    }
    uint64_t start_ns = wait_for_bank(flash, bank);
    uint64_t length_ns = first == last ? mem_flash_erase_ns(flash->chip->flash, speed_of(bank),
                                                            bank->base + first * from.length)
                                       : speed_of(bank)->erase_all_ns;
    bank->addr = bank->base + first * from.length;
    bank->length = (last - first + 1) * from.length;
    if (mem_flash_begin_erase(flash->chip->flash, bank->addr, bank->length) != MEM_OK) {
        power_lost(flash);
        return;
    }
    flash->chip->flash->counters.erase_ns += length_ns;
    begin_job(flash, bank, start_ns + length_ns);
}

static void program_word(struct flash_h7 *flash, struct flash_h7_bank *bank)
{
    uint64_t start_ns = wait_for_bank(flash, bank);
    bank->filled = 0;
    bank->values[FLASH_SR] &= ~(uint32_t)FLASH_WBNE;
    bank->addr = bank->word_addr;
    bank->length = FLASH_WORD_BYTES;
    if (mem_flash_begin_program(flash->chip->flash, bank->addr, bank->word, FLASH_WORD_BYTES) !=
        MEM_OK) {
        power_lost(flash);
        return;
    }
    flash->chip->flash->counters.program_ns += speed_of(bank)->unit_ns;
    begin_job(flash, bank, start_ns + speed_of(bank)->unit_ns);
}

static bool is_write_protected(const struct flash_h7 *flash, const struct flash_h7_bank *bank,
                               uint32_t addr)
{
    struct layout_sector first, sector;
    const struct layout *layout = &flash->chip->flash->layout;
    return layout_find_sector(layout, bank->base, &first) &&
           layout_find_sector(layout, addr, &sector) &&
           (bank->values[FLASH_WPSN_CUR] >> (sector.index - first.index) & 1) == 0;
}

/* What is wrong with a store to the array; 0: nothing. */
static uint32_t store_error(const struct flash_h7 *flash, const struct flash_h7_bank *bank,
                            uint32_t addr, uint32_t bytes)
{
    uint32_t sr = bank->values[FLASH_SR];
    if ((bank->values[FLASH_CR] & FLASH_PG) == 0 || (sr & (FLASH_PGSERR | FLASH_INCERR)) != 0) {
        return FLASH_PGSERR;
    }
    if (is_write_protected(flash, bank, addr)) {
        return FLASH_WRPERR;
    }
    if (bank->filled != 0 && addr / FLASH_WORD_BYTES != bank->word_addr / FLASH_WORD_BYTES) {
        return FLASH_INCERR;
    }
    return (bank->filled & bytes) != 0 ? FLASH_STRBERR : 0;
}

static bool flash_store(void *self, uint32_t addr, uint32_t width, uint32_t value)
{
    struct flash_h7 *flash = self;
    struct flash_h7_bank *bank = &flash->banks[mem_flash_bank(flash->chip->flash, addr)];
    uint32_t at = addr % FLASH_WORD_BYTES;
    uint32_t bytes = ((1u << width) - 1) << at;
    uint32_t error =
        at + width > FLASH_WORD_BYTES ? FLASH_INCERR : store_error(flash, bank, addr, bytes);
    if (error != 0) {
        raise_flag(flash, bank, error);
        return true;
    }
    if (bank->filled == 0) {
        memset(bank->word, 0xFF, sizeof bank->word);
        bank->word_addr = addr - at;
    }
    for (uint32_t i = 0; i < width; i++) {
        bank->word[at + i] = (uint8_t)(value >> (8 * i));
    }
    bank->filled |= bytes;
    bank->values[FLASH_SR] |= FLASH_WBNE;
    if (bank->filled == FULL) {
        program_word(flash, bank);
    }
    return true;
}

static void store_cr(struct flash_h7 *flash, struct flash_h7_bank *bank,
                     const struct soc_store *store)
{
    uint32_t *cr = &bank->values[FLASH_CR];
    uint32_t number = (uint32_t)(bank - flash->banks);
    if ((*cr & FLASH_LOCK) != 0) {
        return;
    }
    *cr = soc_merge(*cr, store, CR_BITS) & ~(uint32_t)(FLASH_START | FLASH_FW);
    *cr |= store->value & FLASH_LOCK;
    uint32_t sector = *cr >> 8 & 7;
    uint32_t last = flash->chip->flash->geometry->bank_bytes / speeds[0].erase[0].sector_bytes - 1;
    if ((store->value & FLASH_START) != 0 && (*cr & FLASH_BER) != 0) {
        flash_h7_begin_erase(flash, number, 0, last);
    } else if ((store->value & FLASH_START) != 0 && (*cr & FLASH_SER) != 0) {
        flash_h7_begin_erase(flash, number, sector, sector);
    }
    if ((store->value & FLASH_FW) != 0 && bank->filled != 0) {
        program_word(flash, bank);
    }
    flash_h7_update_irq(flash);
}

static void flash_advance(void *self)
{
    struct flash_h7 *flash = self;
    for (uint32_t i = 0; i < FLASH_BANKS; i++) {
        struct flash_h7_bank *bank = &flash->banks[i];
        if (bank->busy && flash->chip->lines.time->now_ns >= bank->end_ns) {
            end_job(flash, bank);
        }
    }
    flash_h7_advance_options(flash);
}

static uint64_t flash_due(void *self)
{
    const struct flash_h7 *flash = self;
    uint64_t due = flash->options_busy ? flash->options_end_ns : UINT64_MAX;
    for (uint32_t i = 0; i < FLASH_BANKS; i++) {
        const struct flash_h7_bank *bank = &flash->banks[i];
        due = bank->busy && bank->end_ns < due ? bank->end_ns : due;
    }
    return due;
}

/* The bank whose registers an offset means; what both share is bank 0's. */
static struct flash_h7_bank *bank_at(struct flash_h7 *flash, uint32_t offset, uint32_t *row)
{
    *row = soc_block_find(&flash->banks[0].block, offset % BANK2);
    bool second = offset >= BANK2 && *row != SOC_NO_ROW && !flash_h7_is_shared(*row);
    return &flash->banks[second ? 1 : 0];
}

static uint32_t flash_read(void *self, uint32_t offset, uint32_t width)
{
    struct flash_h7 *flash = self;
    uint32_t row;
    flash_advance(flash);
    struct flash_h7_bank *bank = bank_at(flash, offset, &row);
    return row == SOC_NO_ROW ? 0 : soc_lanes(bank->values[row], offset, width);
}

static void flash_write(void *self, uint32_t offset, uint32_t width, uint32_t value)
{
    struct flash_h7 *flash = self;
    uint32_t row;
    flash_advance(flash);
    struct flash_h7_bank *bank = bank_at(flash, offset, &row);
    struct soc_store store = soc_store(offset % BANK2, width, value);
    bool locked = (flash->banks[0].values[FLASH_OPTCR] & FLASH_OPTLOCK) != 0;
    if (row == SOC_NO_ROW || (locked && row >= FLASH_OPTSR_CUR && row <= FLASH_BOOT_PRG)) {
        return;
    }
    (void)soc_block_write(&bank->block, &store);
    switch (row) {
    case FLASH_KEYR:
        flash_h7_store_key(flash, &bank->key, &bank->values[FLASH_CR], keys, store.value);
        break;
    case FLASH_CR: store_cr(flash, bank, &store); break;
    case FLASH_CCR:
        bank->values[FLASH_SR] &= ~(store.value & FLASH_FLAGS);
        flash_h7_update_irq(flash);
        break;
    default: flash_h7_store_option(flash, row, &store); break;
    }
}

static uint64_t flash_busy_until(void *self, uint32_t addr)
{
    const struct flash_h7 *flash = self;
    const struct flash_h7_bank *bank = &flash->banks[mem_flash_bank(flash->chip->flash, addr)];
    return bank->busy ? bank->end_ns : 0;
}

static bool flash_check(void *self, uint32_t addr, uint32_t length)
{
    struct flash_h7 *flash = self;
    uint32_t bad;
    if (!mem_flash_find_bad(flash->chip->flash, addr, length, &bad)) {
        return true;
    }
    struct flash_h7_bank *bank = &flash->banks[mem_flash_bank(flash->chip->flash, bad)];
    /* "FA_FAIL_ECC_ADDR: when no flag was set before"; it counts in flash words. */
    if ((bank->values[FLASH_SR] & FLASH_DBECCERR) == 0) {
        bank->values[FLASH_ECC_FA] = (bad - bank->base) / FLASH_WORD_BYTES;
    }
    raise_flag(flash, bank, FLASH_DBECCERR);
    return false;
}

static void reset_bank(struct flash_h7 *flash, struct flash_h7_bank *bank)
{
    uint32_t kept[FLASH_ROWS];
    memcpy(kept, bank->values, sizeof kept);
    soc_block_reset(&bank->block);
    for (uint32_t row = FLASH_OPTSR_CUR; row <= FLASH_BOOT_PRG; row++) {
        bank->values[row] = kept[row];
    }
    if (bank->busy) {
        flash->chip->lines.flash_changed(flash->chip->lines.chip, bank->addr, bank->length);
    }
    bank->busy = false;
    bank->filled = 0;
    bank->key = FLASH_KEY_NONE;
}

static void flash_reset(void *self, enum reset_cause cause)
{
    struct flash_h7 *flash = self;
    (void)cause;
    mem_flash_interrupt(flash->chip->flash, flash->chip->specimen.seed + ++flash->resets);
    for (uint32_t i = 0; i < FLASH_BANKS; i++) {
        reset_bank(flash, &flash->banks[i]);
    }
    flash_h7_load_options(flash);
    flash_h7_update_irq(flash);
}

bool soc_flash_h7_make(struct soc_chip *chip, const struct soc_row *row, struct soc_part *part)
{
    struct flash_h7 *flash = calloc(1, sizeof *flash);
    if (flash == NULL) {
        return false;
    }
    const struct mem_geometry *geometry = chip->flash->geometry;
    flash->chip = chip;
    flash->irq = row->irq;
    for (uint32_t i = 0; i < FLASH_BANKS; i++) {
        struct flash_h7_bank *bank = &flash->banks[i];
        bank->base = geometry->base + i * geometry->bank_bytes;
        bank->block = (struct soc_block){rows, FLASH_ROWS, bank->values, row->name, &chip->lines};
    }
    chip->array = (struct soc_flash_port){flash, flash_store, flash_busy_until, flash_check};
    part->self = flash;
    part->read = flash_read;
    part->write = flash_write;
    part->reset = flash_reset;
    part->due = flash_due;
    part->advance = flash_advance;
    return true;
}
