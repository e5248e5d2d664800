/* SPDX-License-Identifier: MIT
 * The boards of one run of the program, and the server in front of them. */
#ifndef TWIN_APP_DESK_H
#define TWIN_APP_DESK_H

#include "include/dfukit.h"
#include "twin/app/control.h"
#include "twin/app/options.h"
#include "twin/board/board.h"
#include "twin/serve/serve.h"

/* A board, and what was last seen of it. */
struct desk;

struct desk_board {
    const struct desk *desk;
    struct board *board;
    char label[96]; /* "1-1 openmv4p" */
    bool was_attached;
    bool started;          /* an application runs, and this was told */
    bool lost;             /* off the bus for long, and no application runs */
    uint64_t off_since_ns; /* real time at which it left the bus; valid when not attached */
};

struct desk {
    const struct options *options;
    struct clock clock; /* real time */
    struct desk_board boards[OPTIONS_BOARDS_MAX];
    uint32_t board_count;
    struct server *server;
    struct control *control; /* NULL: none */
};

/* Builds the boards and starts to listen, at the control socket too.
 *
 * Owns      options outlives the desk; *desk is to be closed, also after a failure
 * Returns   as board_open, server_open, control_open; -DFK_E_USAGE (no bootloader for the board) */
int desk_open(const struct options *options, struct desk *desk, struct dfk_error *err);

/* Serves for a while.
 *
 * Returns   as server_run */
int desk_serve(struct desk *desk, uint32_t length_ms, struct dfk_error *err);

/* Serves until every board is on the bus or runs its application, or a time after which none comes
 * any more. */
int desk_wait_for_boards(struct desk *desk, struct dfk_error *err);

/* Tells whether every board was in DFU mode and has left it. */
bool desk_is_finished(const struct desk *desk);

/* Presses every reset button, BOOT0 high. */
void desk_reset(struct desk *desk);

/* Ends the server, saves the flash, frees the boards.
 *
 * Returns   as board_close: the first failure; the other boards are saved nevertheless */
int desk_close(struct desk *desk, struct dfk_error *err);

#endif
