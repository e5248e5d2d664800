/* SPDX-License-Identifier: MIT
 * The sectors that a memory layout describes. */
#include "core/layout.h"

static struct layout_sector sector_of(const struct layout_run *run, uint32_t number,
                                      uint32_t before)
{
    struct layout_sector sector = {.addr = run->addr + number * run->sector_bytes,
                                   .length = run->sector_bytes,
                                   .index = before + number,
                                   .access = run->access};
    return sector;
}

bool layout_find_sector(const struct layout *layout, uint32_t addr, struct layout_sector *out)
{
    uint32_t before = 0;
    for (size_t i = 0; i < layout->run_count; i++) {
        const struct layout_run *run = &layout->runs[i];
        uint32_t number = addr >= run->addr ? (addr - run->addr) / run->sector_bytes : run->count;
        if (number < run->count) {
            *out = sector_of(run, number, before);
            return true;
        }
        before += run->count;
    }
    return false;
}

uint32_t layout_sector_count(const struct layout *layout)
{
    uint32_t count = 0;
    for (size_t i = 0; i < layout->run_count; i++) {
        count += layout->runs[i].count;
    }
    return count;
}

bool layout_get_sector(const struct layout *layout, uint32_t index, struct layout_sector *out)
{
    uint32_t before = 0;
    for (size_t i = 0; i < layout->run_count; i++) {
        const struct layout_run *run = &layout->runs[i];
        if (index - before < run->count) {
            *out = sector_of(run, index - before, before);
            return true;
        }
        before += run->count;
    }
    return false;
}
