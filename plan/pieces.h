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

/* Tells whether two stretches of memory share a byte. */
bool plan_overlaps(uint32_t a, uint32_t a_length, uint32_t b, uint32_t b_length);

#endif
