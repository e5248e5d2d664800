/* SPDX-License-Identifier: MIT
 * Sectors and areas of the flash. */
#include "boot/inside.h"

uint32_t sector_addr(const struct boot_flash *flash, uint32_t index)
{
    return flash->addr + ((uint32_t)flash->sectors[index].start_kib << 10);
}

uint32_t sector_find(const struct boot_flash *flash, uint32_t addr)
{
    uint32_t index = 0;
    while (addr >= sector_addr(flash, index + 1)) {
        index++;
    }
    return index;
}

bool area_holds(const struct boot_area *area, uint32_t addr, uint32_t length)
{
    uint32_t offset = addr - area->addr;
    return offset < area->bytes && length <= area->bytes - offset;
}
