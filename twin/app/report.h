/* SPDX-License-Identifier: MIT
 * What the program tells: where the boards are, what happens, figures. */
#ifndef TWIN_APP_REPORT_H
#define TWIN_APP_REPORT_H

#include "base/fail.h"
#include "twin/app/desk.h"

/* Tells one event of one board on standard error, unless -q; printf style. */
void report_event(const struct desk *desk, const struct desk_board *board, const char *format, ...)
    BASE_PRINTF(3, 4);

/* Tells that something went wrong, on standard error.
 *
 * Returns   the exit code that belongs to it */
int report_error(const struct dfk_error *err);

/* Tells where the boards are, on standard output and in the ready file.
 *
 * Returns   0, -DFK_E_FILE_IO */
int report_ready(const struct desk *desk, struct dfk_error *err);

/* Tells what the boards did since power-on, unless -q, and in the file of --stats.
 *
 * Returns   0, -DFK_E_FILE_IO */
int report_figures(const struct desk *desk, struct dfk_error *err);

#endif
