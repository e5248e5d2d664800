/* SPDX-License-Identifier: MIT
 * What a board did since power-on, as one line of key=value. */
#ifndef TWIN_APP_FIGURES_H
#define TWIN_APP_FIGURES_H

#include "base/buffer.h"
#include "twin/board/board.h"

/* Appends the figures of the board in socket index (from 0) to text, without an end of line. */
void figures_put(const char *name, uint32_t index, const struct board *board, struct buffer *text);

#endif
