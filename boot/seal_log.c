/* SPDX-License-Identifier: MIT
 * The records of accepted versions in the bootloader's own sector. */
#include "boot/seal_log.h"

#include "boot/inside.h"
#include "boot/port.h"
#include "core/bytes.h"

_Static_assert((int)BOOT_SEAL_RECORD_BYTES == (int)BOOT_UNIT_BYTES,
               "a record is programmed as one");

static uint32_t end_of(const struct boot_board *board)
{
    return sector_addr(board->flash, 1);
}

uint32_t seal_log_floor(const struct boot_board *board)
{
    uint32_t end = end_of(board), floor = 0;
    for (uint32_t addr = end - BOOT_SEAL_LOG_BYTES; addr < end; addr += BOOT_SEAL_RECORD_BYTES) {
        uint8_t record[8];
        bool good = port_flash_read(addr, record, sizeof record);
        uint32_t version = get_le32(record);
        if (good && version == ~get_le32(record + 4) && version > floor) {
            floor = version;
        }
    }
    return floor;
}

static bool is_erased(uint32_t addr)
{
    uint8_t record[BOOT_SEAL_RECORD_BYTES];
    bool erased = port_flash_read(addr, record, sizeof record);
    for (uint32_t i = 0; i < sizeof record; i++) {
        erased = erased && record[i] == 0xFF;
    }
    return erased;
}

uint32_t seal_log_next(const struct boot_board *board)
{
    uint32_t end = end_of(board), addr = end;
    while (addr > end - BOOT_SEAL_LOG_BYTES && is_erased(addr - BOOT_SEAL_RECORD_BYTES)) {
        addr -= BOOT_SEAL_RECORD_BYTES;
    }
    return addr < end ? addr : 0;
}

void seal_log_put(uint8_t record[BOOT_SEAL_RECORD_BYTES], uint32_t version)
{
    for (uint32_t i = 0; i < BOOT_SEAL_RECORD_BYTES; i++) {
        record[i] = 0;
    }
    put_le32(record, version);
    put_le32(record + 4, ~version);
}
