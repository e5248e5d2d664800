/* SPDX-License-Identifier: MIT
 * The table of boards. */
#ifndef TWIN_BOARD_ROWS_H
#define TWIN_BOARD_ROWS_H

#include <stdint.h>

/* One board: what its chip runs after power-on with BOOT0 high. */
struct board_row {
    const char *name;
    const char *text;    /* for a person */
    const char *family;  /* of ROM rows: "h743"; NULL: a plain DFU device */
    const char *version; /* the usual ROM, "V9.0" */
    const char *plain;   /* row of plain devices; NULL: a ROM */
    uint32_t leds;       /* that a program can light */
};

/* Gives the n-th row.
 * Owns      nothing: a constant. NULL after the last */
const struct board_row *board_row_at(uint32_t index);

/* Finds a row by name.
 * Owns      nothing: a constant. NULL when there is none */
const struct board_row *board_row_find(const char *name);

#endif
