/* SPDX-License-Identifier: MIT
 * The alternate settings of a device: their strings, and the memory layouts in them. */
#include <stdio.h>
#include <string.h>

#include "bus/read.h"
#include "device/inside.h"

/* The part before the first '/', without '@' and without blanks at its ends. */
static void make_name(const char *text, char *name, size_t capacity)
{
    const char *start = text + (text[0] == '@' ? 1 : 0);
    start += strspn(start, " ");
    size_t length = text[0] == '@' ? strcspn(start, "/") : strlen(start);
    while (length > 0 && start[length - 1] == ' ') {
        length--;
    }
    (void)snprintf(name, capacity, "%.*s", (int)length, start);
}

static bool overlaps(const struct layout_run *a, const struct layout_run *b)
{
    return a->addr < b->addr + (uint64_t)b->count * b->sector_bytes &&
           b->addr < a->addr + (uint64_t)a->count * a->sector_bytes;
}

/* Of two sectors at one address nobody could say which is erased: the run that comes first counts.
 * Returns true when one was left out. */
static bool drop_overlaps(struct layout *layout)
{
    size_t kept = 0;
    for (size_t i = 0; i < layout->run_count; i++) {
        bool free = true;
        for (size_t j = 0; j < kept; j++) {
            free = free && !overlaps(&layout->runs[i], &layout->runs[j]);
        }
        if (free) {
            layout->runs[kept++] = layout->runs[i];
        }
    }
    bool dropped = kept < layout->run_count;
    layout->run_count = kept;
    return dropped;
}

/* The layout decides what is erased: its text is read until two answers in a row agree. */
static void read_text(struct bus_handle *handle, uint8_t index, struct dfk_alternate *alternate)
{
    enum { READS_MAX = 4 };
    char before[sizeof alternate->text];
    bool agreed = false;
    bus_read_string(handle, index, alternate->text, sizeof alternate->text);
    for (unsigned reads = 1; reads < READS_MAX && !agreed; reads++) {
        memcpy(before, alternate->text, sizeof before);
        bus_read_string(handle, index, alternate->text, sizeof alternate->text);
        agreed = strcmp(before, alternate->text) == 0;
    }
    if (!agreed) {
        alternate->text[0] = '\0';
    }
}

static void take_layout(struct device_alternates *out, size_t index)
{
    struct dfk_alternate *alternate = &out->alternates[index];
    struct layout *layout = &out->layouts[index];
    out->results[index] = layout_parse(alternate->text, strlen(alternate->text), layout, NULL);
    if (out->results[index] == LAYOUT_BAD) {
        return;
    }
    if (drop_overlaps(layout)) {
        out->results[index] = LAYOUT_TOLERATED;
    }
    for (size_t i = 0; i < layout->run_count; i++) {
        const struct layout_run *run = &layout->runs[i];
        out->runs[index][i] =
            (struct dfk_sector_run){run->addr, run->sector_bytes, run->count, run->access};
    }
    alternate->runs = out->runs[index];
    alternate->run_count = layout->run_count;
}

void device_read_alternates(struct bus_handle *handle, const struct dfu_interface *interface,
                            struct device_alternates *out, struct dfk_device_info *info)
{
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < interface->alternate_count; i++) {
        struct dfk_alternate *alternate = &out->alternates[i];
        alternate->number = interface->alternates[i].alternate;
        read_text(handle, interface->alternates[i].string_index, alternate);
        make_name(alternate->text, alternate->name, sizeof alternate->name);
        if (info->mode == DFK_MODE_DFUSE) {
            take_layout(out, i);
        }
    }
    info->alternates = out->alternates;
    info->alternate_count = interface->alternate_count;
}
