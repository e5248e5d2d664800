/* SPDX-License-Identifier: MIT
 * DfuSe commands, and data blocks, as jobs. */
#include "boot/inside.h"
#include "boot/port.h"
#include "core/bytes.h"
#include "core/crc32.h"

enum { COMMAND_BYTES = 5, RANGE_BYTES = 9, CHUNK_BYTES = 64, CRC_A_STEP_BYTES = 2048 };

static struct boot_block *incoming(struct boot *boot)
{
    return &boot->blocks[(boot->head + boot->count) % BOOT_BLOCKS];
}

static uint8_t command_job(uint8_t command, uint32_t length)
{
    if (length == 1 && command == DFUSE_ERASE) {
        return BOOT_JOB_ERASE_ALL;
    }
    if (length == COMMAND_BYTES) {
        return command == DFUSE_SET_ADDRESS ? BOOT_JOB_ADDRESS
               : command == DFUSE_ERASE     ? BOOT_JOB_ERASE
                                            : BOOT_JOB_REFUSED;
    }
    return length != RANGE_BYTES             ? BOOT_JOB_REFUSED
           : command == BOOT_COMMAND_CRC     ? BOOT_JOB_CRC
           : command == BOOT_COMMAND_PREPARE ? BOOT_JOB_PREPARE
                                             : BOOT_JOB_REFUSED;
}

void command_decode(struct boot *boot)
{
    const struct boot_block *block = incoming(boot);
    uint32_t length = boot->setup.length;
    boot->started = false;
    boot->job_length = 1;
    if (boot->setup.value >= DFUSE_FIRST_DATA_BLOCK) {
        uint32_t number = (uint32_t)boot->setup.value - DFUSE_FIRST_DATA_BLOCK;
        boot->job = BOOT_JOB_WRITE;
        boot->job_addr = boot->pointer + number * BOOT_BLOCK_BYTES;
        boot->job_length = length;
        return;
    }
    boot->job = boot->setup.value == DFUSE_COMMAND_BLOCK ? command_job(block->data[0], length)
                                                         : BOOT_JOB_REFUSED;
    boot->job_addr = length >= COMMAND_BYTES ? get_le32(block->data + 1) : 0;
    boot->job_length = length == RANGE_BYTES ? get_le32(block->data + COMMAND_BYTES) : 1;
}

static const struct boot_region *region(const struct boot *boot)
{
    return &boot->board->regions[boot->alternate];
}

static bool is_readable(const struct boot *boot, uint32_t addr, uint32_t length)
{
    return area_holds(&region(boot)->write, addr, length) ||
           area_holds(&region(boot)->read, addr, length);
}

/* Returns 0, or the string that says why the job cannot be done there. */
static uint8_t check_place(const struct boot *boot)
{
    bool reads = boot->job == BOOT_JOB_ADDRESS || boot->job == BOOT_JOB_CRC;
    bool good = reads ? is_readable(boot, boot->job_addr, boot->job_length)
                      : area_holds(&region(boot)->write, boot->job_addr, boot->job_length);
    if (good || boot->job == BOOT_JOB_ERASE_ALL) {
        return 0;
    }
    return area_holds(&region(boot)->read, boot->job_addr, 1) ? BOOT_STRING_OWN : BOOT_STRING_RANGE;
}

/* Marks the sectors of a range; where blank is enough, blank ones are left out. */
static void want(struct boot *boot, uint32_t addr, uint32_t length)
{
    struct boot_sector sector;
    for (uint32_t i = 0; sector_get(boot->board->flash, i, &sector); i++) {
        bool touched = sector.addr - addr < length || addr - sector.addr < sector.bytes;
        if (touched) {
            boot->wanted |= 1u << i;
        }
    }
}

static void take_block(struct boot *boot)
{
    struct boot_block *block = incoming(boot);
    block->addr = boot->job_addr;
    block->length = (uint16_t)boot->job_length;
    block->done = 0;
    boot->count++;
    boot->complete = boot->job_length < BOOT_BLOCK_BYTES;
}

void command_start(struct boot *boot)
{
    boot->started = true;
    if (boot->job == BOOT_JOB_REFUSED) {
        dfu_fail(boot, DFU_ERR_STALLEDPKT, BOOT_STRING_COMMAND);
        return;
    }
    uint8_t refusal = check_place(boot);
    if (refusal != 0) {
        dfu_fail(boot, DFU_ERR_ADDRESS, refusal);
        return;
    }
    const struct boot_area *all = &region(boot)->write;
    boot->complete = false;
    switch (boot->job) {
    case BOOT_JOB_ADDRESS: boot->pointer = boot->job_addr; break;
    case BOOT_JOB_WRITE: take_block(boot); break;
    case BOOT_JOB_ERASE_ALL: want(boot, all->addr, all->bytes); break;
    case BOOT_JOB_CRC: boot->crc = 0; break;
    default: want(boot, boot->job_addr, boot->job_length); break;
    }
}

/* One piece of the range, so that the bus is looked after in between. */
static bool crc_step(struct boot *boot)
{
    uint8_t chunk[CHUNK_BYTES];
    for (uint32_t i = 0; i < CRC_A_STEP_BYTES / CHUNK_BYTES && boot->job_length > 0; i++) {
        uint32_t part = boot->job_length < CHUNK_BYTES ? boot->job_length : CHUNK_BYTES;
        if (!work_read(boot, boot->job_addr, chunk, part)) {
            dfu_fail(boot, DFU_ERR_VERIFY, BOOT_STRING_ECC);
            return true;
        }
        boot->crc = crc32_update(boot->crc, chunk, part);
        boot->job_addr += part;
        boot->job_length -= part;
    }
    return boot->job_length == 0;
}

bool command_is_done(struct boot *boot)
{
    switch (boot->job) {
    case BOOT_JOB_WRITE: return boot->count < BOOT_BLOCKS;
    case BOOT_JOB_ERASE:
    case BOOT_JOB_ERASE_ALL: return work_is_idle(boot);
    case BOOT_JOB_CRC: return work_is_idle(boot) && crc_step(boot);
    default: return true;
    }
}
