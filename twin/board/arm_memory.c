/* SPDX-License-Identifier: MIT
 * The memory of an ARM guest, for those who are not its core. */
#include <string.h>

#include "twin/board/arm_inside.h"

static uint8_t *ram_at(struct arm *arm, uint32_t addr, uint32_t length)
{
    const struct arm_memory *rams = arm->config.chip->rams;
    for (uint32_t i = 0; i < ARM_RAMS_MAX && rams[i].bytes != 0; i++) {
        if (addr >= rams[i].base && addr - rams[i].base + (uint64_t)length <= rams[i].bytes) {
            return arm->rams[i] + (addr - rams[i].base);
        }
    }
    return NULL;
}

static void note_store(struct arm *arm, uint32_t addr, uint32_t length)
{
    bool none = arm->stored_from == arm->stored_to;
    arm->stored_from = none || addr < arm->stored_from ? addr : arm->stored_from;
    arm->stored_to = none || addr + length > arm->stored_to ? addr + length : arm->stored_to;
    arm_notice_store(arm);
    cpu_attend(arm->cpu);
}

bool arm_move_memory(void *chip, uint32_t addr, uint8_t *data, uint32_t length, bool store)
{
    struct arm *arm = chip;
    const struct mem_flash *flash = arm->config.flash;
    uint8_t *ram = ram_at(arm, addr, length);
    if (ram != NULL && store) {
        memcpy(ram, data, length);
        note_store(arm, addr, length);
    } else if (ram != NULL) {
        memcpy(data, ram, length);
    } else if (!store && mem_flash_holds(flash, addr, length)) {
        memcpy(data, flash->cells + (addr - flash->geometry->base), length);
    } else {
        return false;
    }
    return true;
}

void arm_settle_ram(struct arm *arm)
{
    uint32_t from = arm->stored_from & ~(uint32_t)(ARM_PAGE - 1);
    uint32_t bytes = arm->stored_to - from;
    if (arm->stored_from == arm->stored_to) {
        return;
    }
    if (cpu_code_ran(arm->cpu, from, bytes)) {
        cpu_code_changed(arm->cpu, from, bytes);
    }
    arm->stored_from = arm->stored_to = 0;
}
