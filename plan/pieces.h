/* SPDX-License-Identifier: MIT
 * The parts of an image that a plan is about: one alternate, inside the ranges of --only. */
#ifndef PLAN_PIECES_H
#define PLAN_PIECES_H

#include "plan/plan.h"

struct plan_piece {
    uint32_t addr, length; /* length in bytes, 1.. */
    const uint8_t *data;
};

/* Where an iteration stands; all zero is the start. */
struct plan_cursor {
    size_t segment, only;
};

/* Gives the next piece inside addr..addr+length-1 (length 0: anywhere). Returns false at the end.
 */
bool plan_next_piece(const struct plan_input *input, struct plan_cursor *cursor, uint32_t addr,
                     uint32_t length, struct plan_piece *piece);

/* Makes room for one more item behind count items of size bytes, so that a list of very many is not
 * copied for each.
 *
 * items     what the last call for this list returned; NULL with count 0
 * Owns      the caller: free. Returns NULL, items untouched, when memory ran out */
void *plan_grow(void *items, size_t count, size_t size);

/* Tells whether two stretches of memory share a byte. */
bool plan_overlaps(uint32_t a, uint32_t a_length, uint32_t b, uint32_t b_length);

#endif
