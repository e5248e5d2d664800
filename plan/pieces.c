/* SPDX-License-Identifier: MIT
 * The parts of an image that a plan is about. */
#include "plan/pieces.h"

#include <stdlib.h>
#include <string.h>

static const struct dfk_range whole = {0, UINT32_MAX};

/* The room is the next power of two: it is used up when count is one. */
void *plan_grow(void *items, size_t count, size_t size)
{
    bool full = (count & (count - 1)) == 0;
    return full ? realloc(items, (count == 0 ? 1 : 2 * count) * size) : items;
}

bool plan_overlaps(uint32_t a, uint32_t a_length, uint32_t b, uint32_t b_length)
{
    return a < (uint64_t)b + b_length && b < (uint64_t)a + a_length;
}

/* Cuts a piece to a range. Returns false when nothing is left. */
static bool clip(struct plan_piece *piece, uint32_t addr, uint32_t length)
{
    uint64_t start = piece->addr > addr ? piece->addr : addr;
    uint64_t piece_end = (uint64_t)piece->addr + piece->length;
    uint64_t range_end = length == UINT32_MAX ? UINT64_MAX : (uint64_t)addr + length;
    uint64_t end = piece_end < range_end ? piece_end : range_end;
    if (start >= end) {
        return false;
    }
    piece->data += start - piece->addr;
    piece->addr = (uint32_t)start;
    piece->length = (uint32_t)(end - start);
    return true;
}

bool plan_next_piece(const struct plan_input *input, struct plan_cursor *cursor, uint32_t addr,
                     uint32_t length, struct plan_piece *piece)
{
    const struct dfk_flash_options *options = input->options;
    size_t only_count = options->only_count == 0 ? 1 : options->only_count;
    size_t segments = dfk_image_get_info(input->image)->segment_count;
    while (cursor->segment < segments) {
        const struct dfk_segment *segment = dfk_image_get_segment(input->image, cursor->segment);
        const struct dfk_range *only =
            options->only_count == 0 ? &whole : &options->only[cursor->only];
        struct plan_piece found = {segment->addr, segment->length, segment->data};
        cursor->only++;
        if (cursor->only == only_count) {
            cursor->only = 0;
            cursor->segment++;
        }
        if (segment->alternate == input->image_alternate &&
            clip(&found, only->addr, only->length) && (length == 0 || clip(&found, addr, length))) {
            *piece = found;
            return true;
        }
    }
    return false;
}

void plan_wanted_bytes(const struct plan_input *input, const struct plan_sector *sector,
                       uint8_t *data, uint8_t *covered)
{
    plan_image_bytes(input, sector->sector.addr, sector->sector.length, data, covered);
    if (sector->preserve) {
        memset(data, 0xFF, sector->sector.length);
        memset(covered, 0, sector->sector.length);
    }
}

void plan_image_bytes(const struct plan_input *input, uint32_t addr, uint32_t length, uint8_t *data,
                      uint8_t *covered)
{
    struct plan_cursor cursor = {0};
    struct plan_piece piece;
    memset(data, 0xFF, length);
    if (covered != NULL) {
        memset(covered, 0, length);
    }
    while (plan_next_piece(input, &cursor, addr, length, &piece)) {
        memcpy(data + (piece.addr - addr), piece.data, piece.length);
        if (covered != NULL) {
            memset(covered + (piece.addr - addr), 1, piece.length);
        }
    }
}
