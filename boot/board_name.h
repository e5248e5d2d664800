/* SPDX-License-Identifier: MIT
 * The one board that an image is built for, by the name that the build gives it. */
#ifndef BOOT_BOARD_NAME_H
#define BOOT_BOARD_NAME_H

#include BOOT_BOARD_HEADER

#include "boot/board.h"

#ifdef BOARD_SEAL_ID
extern const struct boot_sealed_board BOOT_BOARD_NAME;
#define BOOT_THE_BOARD (&BOOT_BOARD_NAME.board)
#else
extern const struct boot_board BOOT_BOARD_NAME;
#define BOOT_THE_BOARD (&BOOT_BOARD_NAME)
#endif

#endif
