/* SPDX-License-Identifier: MIT
 * What a ROM lets the host read and write, and the flash operations behind it.
 */
#include <string.h>

#include "core/bytes.h"
#include "twin/rom/engine.h"

enum { UID_BYTES = 12, FEATURE_X32 = 3, EARLY_NS = 16 * TWIN_MS, RDP_OFF = 0xAA, RDP_ON = 0x55 };

bool rom_area_holds(const struct rom_area *area, uint32_t addr, uint32_t length)
{
    return area->length != 0 && addr >= area->addr && addr - area->addr < area->length &&
           length <= area->length - (addr - area->addr);
}

const struct mem_speed *rom_speed(const struct rom *rom)
{
    const struct rom_row *row = rom->parts.row;
    return rom->fast && row->fast.unit_bytes != 0 ? &row->fast : &row->slow;
}

static bool is_protected(const struct rom *rom)
{
    const struct fault *rdp = fault_find(rom->parts.faults, FAULT_RDP, FAULT_ALWAYS, 0);
    return rdp != NULL && rdp->value != 0;
}

/* The byte of system memory at an address: ID, flash size and UID are where the
 * manual has them. */
static uint8_t system_byte(const struct rom *rom, uint32_t addr)
{
    const struct rom_row *row = rom->parts.row;
    if (addr == row->id_addr) {
        return row->id;
    }
    if (addr - row->flash_kb_addr < 2) {
        return (uint8_t)(row->flash.bytes / 1024 >> (8 * (addr - row->flash_kb_addr)));
    }
    return addr - row->uid_addr < UID_BYTES ? rom->parts.uid[addr - row->uid_addr] : 0xFF;
}

/* Option bytes as the twin needs them: the protection level, the rest as from
 * the factory. */
static uint8_t option_byte(const struct rom *rom, uint32_t offset)
{
    return offset == 1 ? (uint8_t)(is_protected(rom) ? RDP_ON : RDP_OFF) : 0xFF;
}

/* An access to a bank that is being erased waits on the bus until the erase is
 * over; a ROM that does not know of the erase hangs. Returns the time to wait.
 */
static uint64_t bank_wait_ns(struct rom *rom, uint32_t addr)
{
    const struct mem_flash *flash = rom->parts.flash;
    if (!rom->behind.active ||
        mem_flash_bank(flash, addr) != mem_flash_bank(flash, rom->behind.addr)) {
        return 0;
    }
    rom->locked_up = rom->parts.row->bank2 == ROM_BANK2_RETURNS_EARLY;
    return rom->behind.end_ns - rom->parts.time->now_ns;
}

static enum ep0_answer read_flash(struct rom *rom, uint32_t addr, uint8_t *data, uint16_t length)
{
    if (is_protected(rom)) {
        rom->status = DFU_ERR_VENDOR;
        return EP0_STALL;
    }
    if (bank_wait_ns(rom, addr) > 0) {
        return EP0_NAK;
    }
    enum mem_result result = mem_flash_read(rom->parts.flash, addr, data, length);
    /* Assumption: the ROM's fault handler reports what it cannot name. */
    rom->status = result == MEM_ECC ? DFU_ERR_UNKNOWN : rom->status;
    return result == MEM_OK ? EP0_ACK : EP0_STALL;
}

enum ep0_answer rom_read(struct rom *rom, uint32_t addr, uint8_t *data, uint16_t length)
{
    const struct rom_row *row = rom->parts.row;
    if (mem_flash_holds(rom->parts.flash, addr, length)) {
        return read_flash(rom, addr, data, length);
    }
    for (uint32_t i = 0; i < length; i++) {
        if (rom_area_holds(&row->option, addr + i, 1)) {
            data[i] = option_byte(rom, addr + i - row->option.addr);
        } else if (rom_area_holds(&row->otp, addr + i, 1)) {
            data[i] = rom->otp[addr + i - row->otp.addr];
        } else if (row->id != 0 && rom_area_holds(&row->system, addr + i, 1)) {
            data[i] = system_byte(rom, addr + i);
        } else {
            rom->status = DFU_ERR_TARGET;
            return EP0_STALL;
        }
    }
    return EP0_ACK;
}

static bool is_known_address(const struct rom *rom, uint32_t addr)
{
    const struct rom_row *row = rom->parts.row;
    return mem_flash_holds(rom->parts.flash, addr, 1) || rom_area_holds(&row->option, addr, 1) ||
           rom_area_holds(&row->otp, addr, 1) ||
           (row->id != 0 && rom_area_holds(&row->system, addr, 1)) ||
           (row->feature_addr != 0 && addr - row->feature_addr < 4);
}

static uint32_t refuse(struct rom *rom, uint8_t status)
{
    rom->status = status;
    return 0;
}

static void begin(struct rom *rom, uint32_t addr, uint64_t length_ns)
{
    rom->work = (struct rom_work){.active = true,
                                  .job = rom->job,
                                  .addr = addr,
                                  .end_ns = rom->parts.time->now_ns + length_ns};
}

/* The ROM looks at the wrong busy bit: its state machine goes on while the
 * second bank erases. */
static void run_behind(struct rom *rom)
{
    if (rom->behind.active) {
        rom_complete(rom, &rom->behind);
    }
    rom->behind = rom->work;
    rom->work.active = false;
    rom->wedged = rom->parts.row->bank2 == ROM_BANK2_WEDGES;
    rom->held_until_ns = rom->parts.time->now_ns + EARLY_NS;
}

static uint32_t start_erase(struct rom *rom)
{
    const struct rom_row *row = rom->parts.row;
    uint32_t addr = get_le32(rom->buffer + 1);
    rom->erase_count++;
    if (is_protected(rom)) {
        return refuse(rom, DFU_ERR_VENDOR);
    }
    if (!mem_flash_holds(rom->parts.flash, addr, 1)) {
        return refuse(rom, DFU_ERR_TARGET);
    }
    uint64_t wait_ns = bank_wait_ns(rom, addr);
    uint64_t ns = mem_flash_erase_ns(rom->parts.flash, rom_speed(rom), addr);
    rom->parts.flash->counters.erase_ns += ns;
    begin(rom, addr, wait_ns + ns);
    if (mem_flash_bank(rom->parts.flash, addr) != 0 &&
        (row->bank2 == ROM_BANK2_WEDGES || row->bank2 == ROM_BANK2_RETURNS_EARLY)) {
        run_behind(rom);
    } else if (row->erase_hold == ROM_HOLDS_FIRST) {
        rom->held_until_ns = rom->work.end_ns;
    }
    rom->busy_forever =
        fault_find(rom->parts.faults, FAULT_BUSY_FOREVER, FAULT_AT_ERASE, rom->erase_count) != NULL;
    return row->erase_poll_ms;
}

static uint32_t start_erase_all(struct rom *rom)
{
    if (is_protected(rom)) {
        return refuse(rom, DFU_ERR_VENDOR);
    }
    uint64_t ns = rom->parts.row->erase_all_broken ? 0 : rom_speed(rom)->erase_all_ns;
    rom->parts.flash->counters.erase_ns += ns;
    begin(rom, rom->parts.row->flash.base, ns);
    return rom->parts.row->erase_all_poll_ms;
}

static uint32_t start_write(struct rom *rom, uint32_t addr)
{
    const struct rom_row *row = rom->parts.row;
    uint32_t length = rom->buffer_bytes;
    rom->write_count++;
    if (rom_area_holds(&row->option, addr, 1) || rom_area_holds(&row->otp, addr, length) ||
        (row->feature_addr != 0 && addr == row->feature_addr)) {
        begin(rom, addr, 0);
        return row->write_poll_ms;
    }
    if (!mem_flash_holds(rom->parts.flash, addr, length)) {
        return refuse(rom, DFU_ERR_TARGET);
    }
    if (is_protected(rom)) {
        return refuse(rom, DFU_ERR_VENDOR);
    }
    /* Assumption: a misaligned write is reported as such, and nothing of it is
     * written. */
    if (addr % row->write_align != 0 || length % row->write_align != 0) {
        return refuse(rom, DFU_ERR_WRITE);
    }
    uint64_t wait_ns = bank_wait_ns(rom, addr);
    uint64_t ns = mem_flash_program_ns(rom_speed(rom), length);
    rom->parts.flash->counters.program_ns += ns;
    begin(rom, addr, wait_ns + ns);
    rom->busy_forever =
        fault_find(rom->parts.faults, FAULT_BUSY_FOREVER, FAULT_AT_WRITE, rom->write_count) != NULL;
    return row->write_poll_ms;
}

uint32_t rom_start(struct rom *rom)
{
    const struct rom_row *row = rom->parts.row;
    switch (rom->job) {
    case JOB_SET_ADDRESS:
        if (!is_known_address(rom, get_le32(rom->buffer + 1))) {
            return refuse(rom, DFU_ERR_TARGET);
        }
        begin(rom, get_le32(rom->buffer + 1), 0);
        return row->address_poll_ms;
    case JOB_ERASE: return start_erase(rom);
    case JOB_ERASE_ALL: return start_erase_all(rom);
    case JOB_UNPROTECT:
        begin(rom, row->flash.base, rom_speed(rom)->erase_all_ns);
        return row->erase_all_poll_ms;
    case JOB_WRITE:
        /* The multiplier is the length of this very request. Source AN3156, "Write
         * memory" */
        return start_write(rom, rom->pointer + (uint32_t)(rom->job_block - DFUSE_FIRST_DATA_BLOCK) *
                                                   rom->buffer_bytes);
    case JOB_REFUSED: return refuse(rom, DFU_ERR_STALLEDPKT);
    case JOB_NONE: break;
    }
    return 0;
}

static void complete_write(struct rom *rom, uint32_t addr)
{
    const struct rom_row *row = rom->parts.row;
    if (row->feature_addr != 0 && addr == row->feature_addr) {
        rom->fast = rom->buffer[0] == FEATURE_X32;
    } else if (rom_area_holds(&row->option, addr, 1)) {
        rom->stop = GUEST_RESET; /* the options are loaded by a reset */
    } else if (rom_area_holds(&row->otp, addr, rom->buffer_bytes)) {
        for (uint32_t i = 0; i < rom->buffer_bytes; i++) {
            rom->otp[addr - row->otp.addr + i] &= rom->buffer[i];
        }
    } else {
        (void)mem_flash_program(rom->parts.flash, addr, rom->buffer, rom->buffer_bytes);
    }
}

static void erase_everything(struct rom *rom)
{
    struct layout_sector sector;
    const struct layout *layout = &rom->parts.flash->layout;
    for (uint32_t i = 0; layout_get_sector(layout, i, &sector); i++) {
        (void)mem_flash_erase(rom->parts.flash, sector.addr);
    }
}

/* Which sector the ROM really erases. Returns false when there is no such sector. */
static bool find_erased(const struct rom *rom, uint32_t *addr)
{
    struct layout_sector sector;
    const struct layout *layout = &rom->parts.flash->layout;
    if (rom->parts.row->bank2 != ROM_BANK2_OFF_BY_FOUR ||
        mem_flash_bank(rom->parts.flash, *addr) == 0) {
        return true;
    }
    bool there = layout_find_sector(layout, *addr, &sector) &&
                 layout_get_sector(layout, sector.index + 4, &sector);
    *addr = there ? sector.addr : *addr;
    return there;
}

void rom_complete(struct rom *rom, struct rom_work *work)
{
    work->active = false;
    switch (work->job) {
    case JOB_SET_ADDRESS: rom->pointer = work->addr; break;
    case JOB_ERASE:
        if (find_erased(rom, &work->addr)) {
            (void)mem_flash_erase(rom->parts.flash, work->addr);
        }
        break;
    case JOB_ERASE_ALL:
        if (!rom->parts.row->erase_all_broken) {
            erase_everything(rom);
        }
        break;
    case JOB_WRITE: complete_write(rom, work->addr); break;
    case JOB_UNPROTECT:
        erase_everything(rom);
        rom->stop = GUEST_RESET;
        break;
    case JOB_REFUSED:
    case JOB_NONE: break;
    }
}
