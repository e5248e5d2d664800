/* SPDX-License-Identifier: MIT
 * A board's socket. */
#ifndef TWIN_BOARD_PORT_H
#define TWIN_BOARD_PORT_H

#include "twin/board/board.h"

/* Gives the functions of a board's socket. */
struct usb_port board_make_port(void);

/* Lets the board work until a moment of its time. */
void board_run_until(struct board *board, uint64_t until_ns);

#endif
