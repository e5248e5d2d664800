/* SPDX-License-Identifier: MIT
 * The boards of the bootloader by name, and their native guests. */
#ifndef GLUE_BOARDS_H
#define GLUE_BOARDS_H

#include "boot/board.h"
#include "twin/chip.h"

/* Finds what the bootloader knows of a board.
 * Owns      nothing: a constant. NULL when there is no bootloader for it */
const struct boot_board *boot_board_find(const char *name);

/* Makes the native guest of a board: a chip_make_program.
 * Owns      the caller: guest->free. NULL when there is no bootloader for it or memory ran out */
struct guest *boot_guest_make(const struct chip *chip);

#endif
