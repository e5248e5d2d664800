/* SPDX-License-Identifier: MIT
 * Firmware files that are in a board's flash from the start. */
#ifndef TWIN_APP_LOAD_H
#define TWIN_APP_LOAD_H

#include "twin/app/options.h"
#include "twin/board/board.h"

/* Puts the files of --load into the flash of a board, in their order, over what is there, and
 * switches the board off and on.
 *
 * Returns   0, -DFK_E_USAGE (no address, or outside of the flash), or as dfk_image_read */
int load_files(struct board *board, const struct options_board *wanted, struct dfk_error *err);

#endif
