/* SPDX-License-Identifier: MIT
 * The boards that a bootloader can be built for; each is boot/board_data.c, compiled with that
 * board's header as BOOT_BOARD_HEADER and its name below as BOOT_BOARD_NAME. */
#ifndef BOOT_BOARD_DATA_H
#define BOOT_BOARD_DATA_H

#include "boot/board.h"

extern const struct boot_board boot_board_pybv11;
extern const struct boot_board boot_board_nucleo_h743zi;
extern const struct boot_board boot_board_openmv4p;

#endif
