/* SPDX-License-Identifier: MIT
 * The flash at work: each bank takes the next thing there is for it, when it is free. */
#include "boot/inside.h"
#include "boot/port.h"

enum { CHUNK_BYTES = 64, UNITS_A_STEP = 8, MARGIN = 2 };

static uint32_t bank_of(const struct boot *boot, uint32_t addr)
{
    const struct boot_flash *flash = boot->board->flash;
    return (addr - flash->addr) / flash->bank_bytes;
}

static uint8_t *overlay(const struct boot *boot)
{
    return boot->held ? (uint8_t *)(uintptr_t)boot->hold : 0;
}

bool work_read(const struct boot *boot, uint32_t addr, uint8_t *data, uint32_t length)
{
    const uint8_t *hold = overlay(boot);
    uint32_t first = boot->board->app.addr;
    bool good = true;
    for (uint32_t at = 0; at < length && good;) {
        uint32_t in_hold = addr + at - first;
        if (hold != 0 && in_hold < boot->board->flash->hold_bytes) {
            data[at++] = hold[in_hold];
        } else {
            uint32_t part = hold != 0 && addr + at < first ? first - addr - at : length - at;
            part = part < length - at ? part : length - at;
            good = port_flash_read(addr + at, data + at, part);
            at += part;
        }
    }
    return good;
}

static bool is_blank(uint32_t addr, uint32_t length)
{
    uint8_t chunk[CHUNK_BYTES];
    for (uint32_t at = 0; at < length; at += CHUNK_BYTES) {
        uint32_t part = length - at < CHUNK_BYTES ? length - at : CHUNK_BYTES;
        uint8_t all = 0xFF;
        if (!port_flash_read(addr + at, chunk, part)) {
            return false;
        }
        for (uint32_t i = 0; i < part; i++) {
            all &= chunk[i];
        }
        if (all != 0xFF) {
            return false;
        }
    }
    return true;
}

static bool is_equal(uint32_t addr, const uint8_t *data, uint32_t length)
{
    uint8_t chunk[CHUNK_BYTES];
    bool same = port_flash_read(addr, chunk, length);
    for (uint32_t i = 0; i < length; i++) {
        same = same && chunk[i] == data[i];
    }
    return same;
}

void work_cancel(struct boot *boot)
{
    boot->count = 0;
    boot->wanted = 0;
    boot->committing = false;
}

static void fail(struct boot *boot, struct boot_bank *bank, uint8_t status, uint8_t text)
{
    bank->operation = BOOT_OP_NONE;
    work_cancel(boot);
    boot->held = false;
    dfu_fail(boot, status, text);
}

static void begin(struct boot_bank *bank, uint8_t operation, uint32_t addr)
{
    bank->operation = operation;
    bank->addr = addr;
    bank->started_ms = port_time_ms();
}

static void begin_erase(struct boot *boot, struct boot_bank *bank, uint32_t addr)
{
    (void)boot;
    begin(bank, BOOT_OP_ERASE, addr);
    port_flash_erase(addr);
}

/* A start of the application that is in order is spoilt before its sector is erased: an erase that
 * is cut off may leave it as it was, and the rest of the sector not. */
static void begin_sector(struct boot *boot, struct boot_bank *bank,
                         const struct boot_sector *sector)
{
    const struct boot_flash *flash = boot->board->flash;
    bool first = boot->board->app.addr - sector->addr < sector->bytes;
    bank->sector = sector->index;
    bank->retried = false;
    boot->held = boot->held && !first;
    if (first && app_is_valid(boot->board)) {
        for (uint32_t i = 0; i < flash->commit_bytes; i++) {
            bank->unit[i] = 0;
        }
        uint32_t addr = boot->board->app.addr + flash->hold_bytes - flash->commit_bytes;
        begin(bank, BOOT_OP_KILL, sector->addr);
        port_flash_program(addr, bank->unit, flash->commit_bytes);
    } else {
        begin_erase(boot, bank, sector->addr);
    }
}

static void end_erase(struct boot *boot, struct boot_bank *bank, bool failed)
{
    struct boot_sector sector;
    (void)sector_get(boot->board->flash, bank->sector, &sector);
    if (!failed && is_blank(sector.addr, sector.bytes)) {
        boot->wanted &= ~(1u << bank->sector);
        bank->operation = BOOT_OP_NONE;
    } else if (!bank->retried) {
        bank->retried = true;
        begin_erase(boot, bank, sector.addr);
    } else {
        fail(boot, bank, DFU_ERR_ERASE, BOOT_STRING_ERASE);
    }
}

/* Takes what was written out of its queue. */
static void advance(struct boot *boot, uint32_t length)
{
    struct boot_block *block = &boot->blocks[boot->head];
    block->done = (uint16_t)(block->done + length);
    if (block->done == block->length) {
        boot->head = (uint8_t)((boot->head + 1) % BOOT_BLOCKS);
        boot->count--;
    }
}

static void end_program(struct boot *boot, struct boot_bank *bank, bool failed)
{
    bool good = !failed && is_equal(bank->addr, bank->unit, bank->length);
    if (good) {
        bank->operation = BOOT_OP_NONE;
        bank->retried = false;
        if (!boot->committing && boot->count > 0) {
            advance(boot, bank->length);
        }
    } else if (!bank->retried) {
        bank->retried = true;
        port_flash_program(bank->addr, bank->unit, bank->length);
    } else {
        fail(boot, bank, failed ? DFU_ERR_WRITE : DFU_ERR_VERIFY,
             failed ? BOOT_STRING_WRITE : BOOT_STRING_VERIFY);
    }
}

/* Returns true when the bank is free. */
static bool finish(struct boot *boot, struct boot_bank *bank)
{
    struct boot_sector sector;
    if (bank->operation == BOOT_OP_NONE) {
        return true;
    }
    enum port_flash state = port_flash_state(bank->addr);
    (void)sector_find(boot->board->flash, bank->addr, &sector);
    if (state == PORT_FLASH_BUSY) {
        if (port_time_ms() - bank->started_ms > (uint32_t)MARGIN * sector.erase_max_ms) {
            fail(boot, bank, DFU_ERR_ERASE, BOOT_STRING_ERASE);
        }
    } else if (bank->operation == BOOT_OP_KILL) {
        begin_erase(boot, bank, sector.addr);
    } else if (bank->operation == BOOT_OP_ERASE) {
        end_erase(boot, bank, state == PORT_FLASH_FAILED);
    } else {
        end_program(boot, bank, state == PORT_FLASH_FAILED);
    }
    return bank->operation == BOOT_OP_NONE;
}

/* What belongs to the start of the application waits in memory. */
static void hold_back(struct boot *boot, uint32_t offset, const uint8_t *data, uint32_t length)
{
    uint32_t bytes = boot->board->flash->hold_bytes;
    for (uint32_t i = 0; i < bytes && !boot->held; i++) {
        boot->hold[i] = 0xFF;
    }
    for (uint32_t i = 0; i < length; i++) {
        boot->hold[offset + i] = data[i];
    }
    boot->held = true;
    uint32_t addr = boot->board->app.addr;
    if (!is_blank(addr, bytes) && !is_equal(addr + offset, data, length)) {
        fail(boot, &boot->banks[bank_of(boot, addr)], DFU_ERR_WRITE, BOOT_STRING_WRITE);
    } else {
        advance(boot, length);
    }
}

/* Programs the next unit of the block whose turn it is. */
static void program(struct boot *boot, struct boot_bank *bank)
{
    const struct boot_flash *flash = boot->board->flash;
    const struct boot_block *block = &boot->blocks[boot->head];
    uint32_t addr = block->addr + block->done;
    uint32_t room = flash->unit_bytes - addr % flash->unit_bytes;
    uint32_t left = (uint32_t)block->length - block->done;
    uint32_t length = room < left ? room : left;
    const uint8_t *data = block->data + block->done;
    if (addr - boot->board->app.addr < flash->hold_bytes) {
        hold_back(boot, addr - boot->board->app.addr, data, length);
        return;
    }
    if (is_equal(addr, data, length)) {
        advance(boot, length);
        return;
    }
    uint32_t before = addr % flash->unit_bytes;
    for (uint32_t i = 0; i < flash->unit_bytes; i++) {
        bank->unit[i] = i - before < length ? data[i - before] : 0xFF;
    }
    begin(bank, BOOT_OP_PROGRAM, addr - before);
    bank->length = flash->unit_bytes;
    port_flash_program(bank->addr, bank->unit, bank->length);
}

/* The pieces in their order: torn at any place, what stands there does not start. */
static void commit(struct boot *boot, struct boot_bank *bank)
{
    const struct boot_flash *flash = boot->board->flash;
    for (uint32_t at = 0; at < flash->hold_bytes; at += flash->commit_bytes) {
        if (is_equal(boot->board->app.addr + at, boot->hold + at, flash->commit_bytes)) {
            continue;
        }
        for (uint32_t i = 0; i < flash->commit_bytes; i++) {
            bank->unit[i] = boot->hold[at + i];
        }
        begin(bank, BOOT_OP_PROGRAM, boot->board->app.addr + at);
        bank->length = flash->commit_bytes;
        port_flash_program(bank->addr, bank->unit, bank->length);
        return;
    }
    boot->held = boot->committing = false;
}

/* Finds the sector to erase next in a bank: that of the data which waits, or the first. */
static bool find_wanted(const struct boot *boot, uint32_t number, struct boot_sector *out)
{
    const struct boot_flash *flash = boot->board->flash;
    const struct boot_block *block = &boot->blocks[boot->head];
    if (boot->count > 0 && sector_find(flash, block->addr + block->done, out) &&
        (boot->wanted >> out->index & 1) != 0 && bank_of(boot, out->addr) == number) {
        return true;
    }
    for (uint32_t i = 0; sector_get(flash, i, out); i++) {
        if ((boot->wanted >> i & 1) != 0 && bank_of(boot, out->addr) == number) {
            return true;
        }
    }
    return false;
}

/* Tells whether the block whose turn it is can be written in a bank. */
static bool is_writable(const struct boot *boot, uint32_t number)
{
    const struct boot_block *block = &boot->blocks[boot->head];
    struct boot_sector sector;
    return boot->count > 0 && sector_find(boot->board->flash, block->addr + block->done, &sector) &&
           (boot->wanted >> sector.index & 1) == 0 && bank_of(boot, sector.addr) == number;
}

/* Returns true when it did something. */
static bool start(struct boot *boot, uint32_t number)
{
    struct boot_bank *bank = &boot->banks[number];
    struct boot_sector sector;
    if (boot->committing && bank_of(boot, boot->board->app.addr) == number && boot->count == 0 &&
        boot->wanted == 0) {
        commit(boot, bank);
    } else if (is_writable(boot, number)) {
        program(boot, bank);
    } else if (find_wanted(boot, number, &sector)) {
        begin_sector(boot, bank, &sector);
    } else {
        return false;
    }
    return true;
}

bool work_step(struct boot *boot)
{
    const struct boot_flash *flash = boot->board->flash;
    bool more = false;
    for (uint32_t number = 0; number < flash->bytes / flash->bank_bytes; number++) {
        for (uint32_t i = 0; i < UNITS_A_STEP && finish(boot, &boot->banks[number]); i++) {
            more = start(boot, number);
            if (!more) {
                break;
            }
        }
    }
    return more;
}

bool work_is_idle(const struct boot *boot)
{
    return boot->count == 0 && boot->wanted == 0 && !boot->committing &&
           boot->banks[0].operation == BOOT_OP_NONE && boot->banks[1].operation == BOOT_OP_NONE;
}

void work_commit(struct boot *boot)
{
    boot->committing = boot->held;
}

static uint32_t erase_remaining_ms(const struct boot *boot, const struct boot_sector *sector)
{
    uint32_t passed = 0;
    for (uint32_t i = 0; i < BOOT_BANKS; i++) {
        const struct boot_bank *bank = &boot->banks[i];
        if (bank->operation == BOOT_OP_ERASE && bank->sector == sector->index) {
            passed = port_time_ms() - bank->started_ms;
        }
    }
    return passed < sector->erase_ms ? sector->erase_ms - passed : 1;
}

uint32_t work_remaining_ms(const struct boot *boot)
{
    const struct boot_flash *flash = boot->board->flash;
    const struct boot_block *block = &boot->blocks[boot->head];
    struct boot_sector sector;
    uint32_t ms = 0;
    if (boot->count > 0 && sector_find(flash, block->addr + block->done, &sector)) {
        uint32_t units = ((uint32_t)block->length - block->done) / flash->unit_bytes;
        ms = units * flash->unit_us / 1000;
        ms += (boot->wanted >> sector.index & 1) != 0 ? erase_remaining_ms(boot, &sector) : 0;
    } else if (find_wanted(boot, 0, &sector) || find_wanted(boot, 1, &sector)) {
        ms = erase_remaining_ms(boot, &sector);
    }
    return ms;
}
