/* SPDX-License-Identifier: MIT
 * DfuSe commands and data blocks: checked, and put where the flash finds its work. */
#include "boot/inside.h"
#include "core/bytes.h"

/* Command and length of a DNLOAD of block 0 as one number. */
#define COMMAND(code, length) ((uint32_t)(length) << 8 | (code))

enum { ADDRESS_AT = 1, LENGTH_AT = 5, ADDRESSED = 5, RANGED = 9 };

struct boot_block *block_spare(struct boot *boot)
{
    return &boot->blocks[(boot->head + boot->count) % BOOT_BLOCKS];
}

const struct boot_area *region_find(const struct boot *boot, uint32_t addr, uint32_t length)
{
    const struct boot_region *region = &board_of(boot)->regions[boot->alternate];
    return area_holds(&region->write, addr, length)  ? &region->write
           : area_holds(&region->read, addr, length) ? &region->read
                                                     : 0;
}

static bool can_read(struct boot *boot, uint32_t addr, uint32_t length)
{
    bool good = region_find(boot, addr, length) != 0;
    if (!good) {
        dfu_fail(boot, DFU_ERR_ADDRESS, BOOT_STRING_RANGE);
    }
    return good;
}

static bool can_write(struct boot *boot, uint32_t addr, uint32_t length)
{
    const struct boot_region *region = &board_of(boot)->regions[boot->alternate];
    bool good = area_holds(&region->write, addr, length);
    if (!good) {
        bool own = area_holds(&region->read, addr, 1);
        dfu_fail(boot, DFU_ERR_ADDRESS, own ? BOOT_STRING_OWN : BOOT_STRING_RANGE);
    }
    return good;
}

static void want(struct boot *boot, uint32_t addr, uint32_t length)
{
    const struct boot_flash *flash = board_of(boot)->flash;
    boot->complete = false;
    if (can_write(boot, addr, length)) {
        uint32_t last = sector_find(flash, addr + length - 1);
        for (uint32_t i = sector_find(flash, addr); i <= last; i++) {
            boot->wanted |= 1u << i;
        }
    }
}

static void take_command(struct boot *boot, const uint8_t *data, uint32_t length)
{
    const struct boot_area *all = &board_of(boot)->regions[boot->alternate].write;
    uint32_t addr = get_le32(data + ADDRESS_AT);
    uint32_t range = get_le32(data + LENGTH_AT);
    switch (COMMAND(data[0], length)) {
    case COMMAND(DFUSE_SET_ADDRESS, ADDRESSED):
        if (can_read(boot, addr, 1)) {
            boot->pointer = addr;
        }
        break;
    case COMMAND(DFUSE_ERASE, 1):
        boot->erasing = true;
        want(boot, all->addr, all->bytes);
        break;
    case COMMAND(DFUSE_ERASE, ADDRESSED):
        boot->erasing = true;
        want(boot, addr, 1);
        break;
    case COMMAND(BOOT_COMMAND_PREPARE, RANGED): want(boot, addr, range); break;
    case COMMAND(BOOT_COMMAND_CRC, RANGED):
        if (can_read(boot, addr, range)) {
            boot->crc_begun = false;
            boot->crc_addr = addr;
            boot->crc_length = range;
        }
        break;
    default: dfu_fail(boot, DFU_ERR_STALLEDPKT, BOOT_STRING_COMMAND); break;
    }
}

uint32_t command_block_addr(const struct boot *boot)
{
    return boot->pointer +
           ((uint32_t)boot->setup.value - DFUSE_FIRST_DATA_BLOCK) * BOOT_BLOCK_BYTES;
}

/* A download that an ABORT ended stays complete until something is erased or written. A block that
 * is shorter than the one before was the last: a host's blocks may all be short. */
void command_take(struct boot *boot)
{
    struct boot_block *block = block_spare(boot);
    uint16_t length = boot->setup.length;
    uint32_t addr = command_block_addr(boot);
    boot->erasing = false;
    boot->complete = boot->complete && !boot->data;
    if (board_of(boot)->region_count == 1) {
        boot->looked = false;
    }
    boot->pending = true;
    boot->data = boot->setup.value >= DFUSE_FIRST_DATA_BLOCK;
    if (!boot->data) {
        take_command(boot, block->data, boot->setup.value == 0 ? length : 0);
    } else if (can_write(boot, addr, length)) {
        block->addr = addr;
        block->length = length;
        block->done = 0;
        boot->count++;
        boot->fresh++;
        boot->complete = length < boot->last_length;
        boot->last_length = length;
    }
}
