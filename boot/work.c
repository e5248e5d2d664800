/* SPDX-License-Identifier: MIT
 * The flash at work: each bank takes the next thing there is for it, when it is free. */
#include "boot/inside.h"
#include "boot/port.h"
#include "core/bytes.h"

enum { STEPS_AT_ONCE = 8, TRIES = 3, MARGIN = 4 };
enum { CRC_SHIFT = 14, US_SHIFT = 10 }; /* to ms, nearly: the next answer waits for the rest */

bool work_read(const struct boot *boot, uint32_t addr, uint8_t *data, uint32_t length)
{
    bool good = port_flash_read(addr, data, length);
    for (uint32_t i = 0; i < BOOT_UNIT_BYTES && boot->held; i++) {
        uint32_t at = board_of(boot)->app.addr + i - addr;
        if (at < length) {
            data[at] = boot->hold[i];
        }
    }
    return good;
}

void work_cancel(struct boot *boot)
{
    boot->count = 0;
    boot->wanted = 0;
    boot->crc_length = 0;
    boot->banks[0].tries = boot->banks[1].tries = 0;
    seal_cancel(boot);
    boot->held = boot->committing = boot->pending = false;
}

static void begin(struct boot_bank *bank, uint8_t operation, uint32_t sector)
{
    bank->operation = operation;
    bank->sector = (uint8_t)sector;
    bank->started_ms = port_time_ms();
}

/* Sees to it that bytes within one unit stand in the flash. Returns true when they do. By words, as
 * every byte of an update comes through here. */
static bool put(struct boot *boot, struct boot_bank *bank, uint32_t addr, const uint8_t *data,
                uint32_t length)
{
    const struct boot_flash *flash = board_of(boot)->flash;
    uint32_t old[BOOT_UNIT_BYTES / 4];
    uint32_t unit[BOOT_UNIT_BYTES / 4];
    uint32_t offset = addr % BOOT_UNIT_BYTES;
    uint32_t wrong = !port_flash_read(addr - offset, (uint8_t *)old, sizeof old);
    uint32_t lost = wrong; /* what cannot be read cannot be written over either */
    const uint8_t *wanted = data;
    if (length < sizeof unit) {
        __builtin_memcpy(unit, old, sizeof unit);
        __builtin_memcpy((uint8_t *)unit + offset, data, length);
        wanted = (const uint8_t *)unit;
    }
    for (uint32_t i = 0; i < BOOT_UNIT_BYTES / 4; i++) {
        uint32_t word = get_le32(wanted + 4 * i);
        wrong |= old[i] ^ word;
        lost |= word & ~old[i];
    }
    if (wrong == 0) {
        bank->tries = 0;
    } else if (lost != 0) {
        dfu_fail(boot, DFU_ERR_WRITE, BOOT_STRING_WRITE);
    } else if (bank->tries++ == TRIES) {
        dfu_fail(boot, DFU_ERR_VERIFY, BOOT_STRING_VERIFY);
    } else {
        bool piece = length == flash->commit_bytes;
        begin(bank, BOOT_OP_PROGRAM, sector_find(flash, addr));
        offset = piece ? offset : 0;
        port_flash_program((addr & ~(BOOT_UNIT_BYTES - 1u)) + offset, wanted + offset,
                           piece ? length : sizeof unit);
    }
    return wrong == 0;
}

/* A start of the application that is in order is spoilt before its sector is erased: an erase that
 * is cut off may leave it as it was, and the rest of the sector not. */
static void erase(struct boot *boot, struct boot_bank *bank, uint32_t sector)
{
    const struct boot_flash *flash = board_of(boot)->flash;
    uint32_t addr = sector_addr(flash, sector);
    bool first = addr == board_of(boot)->app.addr;
    seal_forget(boot, addr);
    if (first) {
        if (boot->committing) {
            boot->fresh = 0; /* what waits was another host's */
        }
        boot->held = boot->committing = false;
    }
    if (first && app_is_valid(board_of(boot))) {
        uint32_t top_of_stack = addr + (3 & ~(flash->commit_bytes - 1u));
        (void)put(boot, bank, top_of_stack, boot->zeros, flash->commit_bytes);
    } else if (bank->tries++ == TRIES) {
        dfu_fail(boot, DFU_ERR_ERASE, BOOT_STRING_ERASE);
    } else {
        begin(bank, BOOT_OP_ERASE, sector);
        port_flash_erase(addr);
    }
}

/* What belongs to the start of the application waits in memory. */
static void hold_back(struct boot *boot, uint32_t offset, const uint8_t *data, uint32_t length)
{
    for (uint32_t i = 0; i < BOOT_UNIT_BYTES; i++) {
        if (i - offset < length) {
            boot->hold[i] = data[i - offset];
        } else if (!boot->held) {
            boot->hold[i] = 0xFF;
        }
    }
}

/* Programs the next unit of the block whose turn it is. */
static void write(struct boot *boot, struct boot_bank *bank)
{
    struct boot_block *block = &boot->blocks[boot->head];
    uint32_t addr = block->addr + block->done;
    uint32_t room = BOOT_UNIT_BYTES - addr % BOOT_UNIT_BYTES;
    uint32_t left = (uint32_t)block->length - block->done;
    uint32_t length = room < left ? room : left;
    const uint8_t *data = block->data + block->done;
    uint32_t offset = addr - board_of(boot)->app.addr;
    seal_forget(boot, addr);
    if (offset < BOOT_UNIT_BYTES) {
        hold_back(boot, offset, data, length);
        boot->placed = 0;
        boot->held = boot->fresh >= boot->count; /* else another host would complete it */
    } else if (!put(boot, bank, addr, data, length)) {
        return;
    }
    block->done = (uint16_t)(block->done + length);
    if (block->done == block->length) {
        boot->head = (uint8_t)((boot->head + 1) % BOOT_BLOCKS);
        boot->count--;
    }
}

/* Byte by byte, a start over another one would be spoilt before the first bit that cannot rise. */
static bool is_in_the_way(const struct boot *boot)
{
    uint32_t old[BOOT_UNIT_BYTES / 4];
    uint32_t lost = 0;
    (void)port_flash_read(board_of(boot)->app.addr, (uint8_t *)old, sizeof old);
    for (uint32_t i = 0; i < BOOT_UNIT_BYTES / 4; i++) {
        lost |= get_le32(boot->hold + 4 * i) & ~old[i];
    }
    return lost != 0;
}

/* In such an order that what stands there, torn at any place, does not start: the top of the stack
 * pointer is the last byte. */
static void commit(struct boot *boot, struct boot_bank *bank)
{
    enum { AFTER_STACK = 4 };
    uint32_t piece = board_of(boot)->flash->commit_bytes, record_addr = 0;
    if (!seal_passes(boot)) {
        return;
    }
    const uint8_t *record = seal_record(boot, &record_addr);
    if (record != 0) {
        if (!put(boot, bank, record_addr, record, BOOT_SEAL_RECORD_BYTES)) {
            return;
        }
        boot->seal.record_addr = 0;
    }
    if (boot->held && boot->placed == 0 && piece < BOOT_UNIT_BYTES && is_in_the_way(boot)) {
        dfu_fail(boot, DFU_ERR_WRITE, BOOT_STRING_WRITE);
    }
    for (; boot->placed < BOOT_UNIT_BYTES && boot->held; boot->placed += piece) {
        uint32_t at = (boot->placed + AFTER_STACK) % BOOT_UNIT_BYTES & ~(piece - 1);
        if (!put(boot, bank, board_of(boot)->app.addr + at, boot->hold + at, piece)) {
            return;
        }
    }
    boot->held = boot->committing = false;
}

static bool is_wanted(const struct boot *boot, uint32_t sector)
{
    return (boot->wanted >> sector & 1) != 0;
}

/* Gives the sector that the data which waits goes to: there is some. */
static uint32_t block_sector(const struct boot *boot)
{
    const struct boot_block *block = &boot->blocks[boot->head];
    return sector_find(board_of(boot)->flash, block->addr + block->done);
}

/* A bank erases upwards. The second one erases nothing before the start of the application, which
 * is in the first (boot/board_rules.h), is spoilt, or what is left of it could be started. */
static bool is_ahead(const struct boot *boot, uint32_t number)
{
    uint32_t first = sector_find(board_of(boot)->flash, board_of(boot)->app.addr);
    const struct boot_bank *bank = &boot->banks[0];
    return number != 0 && is_wanted(boot, first) &&
           !(bank->operation == BOOT_OP_ERASE && bank->sector == first);
}

/* Tells whether the data that waits can be written, and goes to a bank. */
static bool is_writable(const struct boot *boot, uint32_t number)
{
    if (boot->count == 0) {
        return false;
    }
    uint32_t sector = block_sector(boot);
    return !is_wanted(boot, sector) && sector / board_of(boot)->flash->bank_sectors == number;
}

/* Returns true when it did something. */
static bool start(struct boot *boot, uint32_t number)
{
    uint32_t bank_sectors = board_of(boot)->flash->bank_sectors;
    uint32_t wanted = boot->wanted & ((1u << bank_sectors) - 1) << (number * bank_sectors);
    struct boot_bank *bank = &boot->banks[number];
    if (boot->pending) {
        return false;
    }
    if (is_writable(boot, number)) {
        write(boot, bank);
    } else if (wanted != 0 && !is_ahead(boot, number)) {
        erase(boot, bank, (uint32_t)__builtin_ctz(wanted));
    } else if (boot->committing && boot->count == 0 && boot->wanted == 0 && number == 0) {
        commit(boot, bank);
    } else {
        return false;
    }
    return true;
}

/* Believes the flash, not what its controller says: a dip of the supply may have spoilt the erase.
 */
static bool is_blank(uint32_t addr, uint32_t end)
{
    uint32_t unit[BOOT_UNIT_BYTES / 4];
    bool blank = true;
    for (; addr < end && blank; addr += sizeof unit) {
        blank = port_flash_read(addr, (uint8_t *)unit, sizeof unit);
        for (uint32_t i = 0; i < BOOT_UNIT_BYTES / 4; i++) {
            blank = blank && unit[i] == UINT32_MAX;
        }
    }
    return blank;
}

/* Returns true when the bank is free. */
static bool finish(struct boot *boot, struct boot_bank *bank)
{
    const struct boot_flash *flash = board_of(boot)->flash;
    if (bank->operation == BOOT_OP_NONE) {
        return true;
    }
    uint32_t addr = sector_addr(flash, bank->sector);
    if (port_flash_busy(addr)) {
        uint32_t limit_ms = (uint32_t)MARGIN * flash->sectors[bank->sector].erase_ms;
        if (port_time_ms() - bank->started_ms > limit_ms) {
            bank->started_ms = port_time_ms();
            dfu_fail(boot, DFU_ERR_ERASE, BOOT_STRING_ERASE);
        }
        return false;
    }
    if (bank->operation == BOOT_OP_ERASE) {
        if (is_blank(addr, sector_addr(flash, bank->sector + 1u))) {
            boot->wanted &= ~(1u << bank->sector);
            bank->tries = 0;
        }
        if (flash->banks == 1) {
            boot->pending = boot->wanted != 0; /* nobody is answered during the next one */
        }
    }
    bank->operation = BOOT_OP_NONE;
    return true;
}

/* One piece of the range, so that the bus is looked after in between; only while somebody waits for
 * it, as it needs the buffer that the next data comes into. */
static bool crc_step(struct boot *boot)
{
    uint8_t *data = block_spare(boot)->data;
    uint32_t part = boot->crc_length < BOOT_BLOCK_BYTES ? boot->crc_length : BOOT_BLOCK_BYTES;
    if (part == 0 || boot->state != DFU_DNBUSY) {
        return false;
    }
    if (!work_read(boot, boot->crc_addr, data, part)) {
        dfu_fail(boot, DFU_ERR_VERIFY, BOOT_STRING_ECC);
        return true;
    }
    boot->crc = port_crc(!boot->crc_begun, data, part);
    boot->crc_begun = true;
    boot->crc_addr += part;
    boot->crc_length -= part;
    return true;
}

bool work_step(struct boot *boot)
{
    bool more = work_is_idle(boot) && crc_step(boot);
    for (uint32_t number = 0; number < board_of(boot)->flash->banks; number++) {
        uint32_t steps = 0;
        bool did = true;
        while (did && steps < STEPS_AT_ONCE) {
            did = finish(boot, &boot->banks[number]) && start(boot, number);
            steps++;
        }
        more = more || did;
    }
    return more;
}

bool work_is_idle(const struct boot *boot)
{
    return boot->count == 0 && boot->wanted == 0 && !boot->committing &&
           boot->banks[0].operation == BOOT_OP_NONE && boot->banks[1].operation == BOOT_OP_NONE;
}

bool work_is_awaited(const struct boot *boot)
{
    return boot->count == board_of(boot)->flash->banks || boot->crc_length != 0 ||
           (boot->erasing && !work_is_idle(boot));
}

uint32_t work_remaining_ms(const struct boot *boot)
{
    const struct boot_flash *flash = board_of(boot)->flash;
    const struct boot_block *block = &boot->blocks[boot->head];
    uint32_t ms = boot->crc_length >> CRC_SHIFT;
    uint32_t sector = boot->wanted != 0 ? (uint32_t)__builtin_ctz(boot->wanted) : 0;
    if (boot->count > 0) {
        sector = block_sector(boot);
        uint32_t units = ((uint32_t)block->length - block->done) / BOOT_UNIT_BYTES;
        ms += (units * flash->unit_us >> US_SHIFT) + 1;
    }
    if (is_wanted(boot, sector)) {
        const struct boot_bank *bank = &boot->banks[sector / flash->bank_sectors];
        uint32_t typical_ms = flash->sectors[sector].erase_ms;
        bool runs = bank->operation == BOOT_OP_ERASE && bank->sector == sector;
        uint32_t passed_ms = runs ? port_time_ms() - bank->started_ms : 0;
        ms += passed_ms < typical_ms ? typical_ms - passed_ms : 1;
    }
    return ms;
}
