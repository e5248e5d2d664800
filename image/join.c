/* SPDX-License-Identifier: MIT
 * Sorting the parts of an image, joining those that touch, refusing those that disagree. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "image/image.h"
#include "image/parts.h"

static int compare_numbers(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

/* The offset makes the order, and with it every message, the same on each run. */
static int compare_parts(const void *left, const void *right)
{
    const struct image_part *a = left, *b = right;
    int order = compare_numbers(a->segment.alternate, b->segment.alternate);
    order = order != 0 ? order : compare_numbers(a->segment.addr, b->segment.addr);
    return order != 0 ? order : compare_numbers(a->offset, b->offset);
}

static bool is_sorted(const struct dfk_image *image)
{
    for (size_t i = 1; i < image->part_count; i++) {
        if (compare_parts(&image->parts[i - 1], &image->parts[i]) > 0) {
            return false;
        }
    }
    return true;
}

/* Parts that overlap or touch, as a range of the sorted parts. */
struct group {
    size_t first, count;
    uint64_t end;  /* address after the last byte */
    bool in_place; /* the bytes already stand together in memory */
};

static struct group group_at(const struct dfk_image *image, size_t first)
{
    const struct dfk_segment *last = &image->parts[first].segment;
    struct group group = {first, 1, segment_end(last), true};
    while (first + group.count < image->part_count) {
        const struct dfk_segment *next = &image->parts[first + group.count].segment;
        /* A segment's length has 32 bits: what fills the whole address space stays in two. */
        if (next->alternate != last->alternate || next->addr > group.end ||
            segment_end(next) - image->parts[first].segment.addr > UINT32_MAX) {
            return group;
        }
        group.in_place =
            group.in_place && next->addr == group.end && next->data == last->data + last->length;
        group.end = segment_end(next) > group.end ? segment_end(next) : group.end;
        group.count++;
        last = next;
    }
    return group;
}

/* Which part of the group the bytes at addr were copied from. */
static const struct image_part *holder_of(const struct dfk_image *image, const struct group *group,
                                          uint32_t addr)
{
    const struct image_part *part = &image->parts[group->first];
    while (addr < part->segment.addr || addr >= segment_end(&part->segment)) {
        part++;
    }
    return part;
}

static int refuse_overlap(const struct dfk_image *image, const struct group *group,
                          const struct image_part *part, const uint8_t *there,
                          struct dfk_error *err)
{
    uint32_t at = 0;
    while (part->segment.data[at] == there[at]) {
        at++;
    }
    uint32_t addr = part->segment.addr + at;
    const struct image_part *other = holder_of(image, group, addr);
    int result =
        dfk_fail(err, DFK_E_OVERLAP,
                 "two parts want different bytes at 0x%08" PRIX32 ": 0x%02X (part of %" PRIu32
                 " bytes at 0x%08" PRIX32 ", file offset %" PRIu64 ") and 0x%02X (part of %" PRIu32
                 " bytes at 0x%08" PRIX32 ", file offset %" PRIu64 ")",
                 addr, there[at], other->segment.length, other->segment.addr, other->offset,
                 part->segment.data[at], part->segment.length, part->segment.addr, part->offset);
    dfk_fail_at_addr(err, addr);
    return result;
}

/* Copies a part behind what is there; what both have must be equal. */
static int lay_part(struct dfk_image *image, const struct group *group,
                    const struct image_part *part, uint8_t *block, uint64_t *filled,
                    struct dfk_error *err)
{
    const struct dfk_segment *segment = &part->segment;
    uint64_t common = *filled > segment->addr ? *filled - segment->addr : 0;
    common = common > segment->length ? segment->length : common;
    uint8_t *there = block + (segment->addr - image->parts[group->first].segment.addr);
    if (memcmp(there, segment->data, common) != 0) {
        return refuse_overlap(image, group, part, there, err);
    }
    if (common > 0) {
        image_warn(image, "overlap-same", part->offset,
                   "%" PRIu64 " bytes at 0x%08" PRIX32
                   " are in the file twice, with the same values",
                   common, segment->addr);
    }
    memcpy(there + common, segment->data + common, segment->length - common);
    *filled = segment_end(segment) > *filled ? segment_end(segment) : *filled;
    return 0;
}

static int copy_together(struct dfk_image *image, const struct group *group,
                         struct dfk_segment *joined, struct dfk_error *err)
{
    uint8_t *block = image_store(image, joined->length, err);
    int result = block == NULL ? -DFK_E_NO_MEMORY : 0;
    uint64_t filled = joined->addr;
    for (size_t i = 0; i < group->count && result == 0; i++) {
        result = lay_part(image, group, &image->parts[group->first + i], block, &filled, err);
    }
    joined->data = block;
    return result;
}

void image_count(struct dfk_image *image)
{
    image->info.segment_count = image->part_count;
    image->info.data_bytes = 0;
    for (size_t i = 0; i < image->part_count; i++) {
        image->info.data_bytes += image->parts[i].segment.length;
    }
}

int image_finish(struct dfk_image *image, struct dfk_error *err)
{
    if (!is_sorted(image)) {
        qsort(image->parts, image->part_count, sizeof *image->parts, compare_parts);
    }
    size_t kept = 0, next = 0;
    while (next < image->part_count) {
        struct group group = group_at(image, next);
        struct image_part joined = image->parts[next];
        joined.segment.length = (uint32_t)(group.end - joined.segment.addr);
        int result = group.in_place ? 0 : copy_together(image, &group, &joined.segment, err);
        if (result != 0) {
            return result;
        }
        next += group.count;
        image->parts[kept++] = joined;
    }
    image->part_count = kept;
    image_count(image);
    return 0;
}
