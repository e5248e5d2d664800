/* SPDX-License-Identifier: MIT
 * Fuzz target: any text as a memory layout. */
#include <stdlib.h>
#include <string.h>

#include "core/layout.h"

/* A promise of the parser that does not hold ends the run as a crash would. */
static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void check_runs(const struct layout *layout)
{
    must(layout->run_count > 0 && layout->run_count <= LAYOUT_RUNS_MAX);
    must(layout_sector_count(layout) <= LAYOUT_SECTORS_MAX);
    for (size_t i = 0; i < layout->run_count; i++) {
        const struct layout_run *run = &layout->runs[i];
        must(run->count > 0 && run->sector_bytes > 0 && run->access > 0 && run->access <= 7);
        must(run->addr + (uint64_t)run->count * run->sector_bytes <= (uint64_t)UINT32_MAX + 1);
    }
}

static void check_sectors(const struct layout *layout, uint32_t seed)
{
    struct layout_sector sector, again;
    uint32_t count = layout_sector_count(layout);
    must(layout_get_sector(layout, seed % count, &sector));
    must(sector.index == seed % count);
    must(layout_find_sector(layout, sector.addr, &again));
    must(again.addr <= sector.addr && again.index <= sector.index);
    must(!layout_get_sector(layout, count, &sector));
}

static void check_format(const struct layout *layout)
{
    char text[LAYOUT_RUNS_MAX * 40 + LAYOUT_NAME_BYTES];
    struct layout again;
    size_t length = layout_format(layout, text, sizeof text);
    must(length > 0 && length == strlen(text));
    must(layout_parse(text, length, &again, NULL) == LAYOUT_OK);
    must(strcmp(again.name, layout->name) == 0 && again.run_count == layout->run_count);
    for (size_t i = 0; i < layout->run_count; i++) {
        const struct layout_run *a = &again.runs[i], *b = &layout->runs[i];
        must(a->addr == b->addr && a->count == b->count && a->access == b->access &&
             a->sector_bytes == b->sector_bytes);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    struct layout layout;
    size_t bad_at = SIZE_MAX;
    enum layout_result result = layout_parse((const char *)data, length, &layout, &bad_at);
    must((result == LAYOUT_OK) == (bad_at == SIZE_MAX));
    must(result == LAYOUT_OK || bad_at <= length);
    if (result != LAYOUT_BAD) {
        check_runs(&layout);
        check_sectors(&layout, (uint32_t)length * 2654435761u);
        check_format(&layout);
    }
    return 0;
}
