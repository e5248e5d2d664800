/* SPDX-License-Identifier: MIT
 * Sectors and areas of the flash. */
#include "boot/inside.h"

bool sector_get(const struct boot_flash *flash, uint32_t index, struct boot_sector *out)
{
    uint32_t first = 0;
    for (uint32_t i = 0; i < BOOT_RUNS_MAX && flash->runs[i].count != 0; i++) {
        const struct boot_run *run = &flash->runs[i];
        if (index - first < run->count) {
            out->addr = run->addr + (index - first) * run->sector_bytes;
            out->bytes = run->sector_bytes;
            out->erase_ms = run->erase_ms;
            out->erase_max_ms = run->erase_max_ms;
            out->index = (uint8_t)index;
            return true;
        }
        first += run->count;
    }
    return false;
}

bool sector_find(const struct boot_flash *flash, uint32_t addr, struct boot_sector *out)
{
    uint32_t index = 0;
    while (sector_get(flash, index, out)) {
        if (addr - out->addr < out->bytes) {
            return true;
        }
        index++;
    }
    return false;
}

bool area_holds(const struct boot_area *area, uint32_t addr, uint32_t length)
{
    uint32_t offset = addr - area->addr;
    return addr >= area->addr && offset < area->bytes && length <= area->bytes - offset;
}
