/* SPDX-License-Identifier: MIT
 * The chip of a board, with everything around its core, as a guest that runs ARM code. */
#ifndef TWIN_BOARD_ARM_BOARD_H
#define TWIN_BOARD_ARM_BOARD_H

#include <stddef.h>

#include "twin/chip.h"
#include "twin/soc/chip.h"

struct arm;

/* Makes the guest of a board that the table of wirings knows: a chip_make_program.
 *
 * Owns      the caller: guest->free. NULL when the board has no such chip, or memory ran out */
struct guest *arm_board_make(const struct chip *chip);

/* Gives the machine and the peripherals behind a guest that arm_board_make made.
 * Owns      nothing: live as long as the guest */
struct arm *arm_board_machine(struct guest *guest);
struct soc_chip *arm_board_chip(struct guest *guest);

#endif
