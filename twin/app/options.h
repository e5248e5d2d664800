/* SPDX-License-Identifier: MIT
 * The command line of dfukit-twin. */
#ifndef TWIN_APP_OPTIONS_H
#define TWIN_APP_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "include/dfukit.h"

enum { OPTIONS_BOARDS_MAX = 16, OPTIONS_NAME_BYTES = 32, OPTIONS_LOADS_MAX = 4 };

enum options_action { OPTIONS_SERVE, OPTIONS_HELP, OPTIONS_VERSION, OPTIONS_LIST_BOARDS };

/* What runs from the flash of a board. */
enum options_program {
    OPTIONS_PROGRAM_USUAL,  /* its ARM code, where the board's chip can run any */
    OPTIONS_PROGRAM_ARM,    /* the same, else it is an error */
    OPTIONS_PROGRAM_NATIVE, /* the bootloader, built for this computer */
    OPTIONS_PROGRAM_NONE,   /* nothing */
};

/* One board that was asked for. Strings but the name point into the command line. */
struct options_board {
    char name[OPTIONS_NAME_BYTES];
    const char *rom, *flash, *faults;     /* NULL: not given */
    const char *loads[OPTIONS_LOADS_MAX]; /* FILE[@ADDR] */
    uint32_t load_count;
    enum options_program program;
    bool boot0_low, boot0_given;
    bool has_hse;
    uint32_t hse_hz; /* of the crystal; 0: none */
};

struct options {
    enum options_action action;
    struct options_board boards[OPTIONS_BOARDS_MAX];
    uint32_t board_count;
    uint32_t last_first; /* first board of the last --board: what --rom and the like are about */
    const char *address, *stats, *ready_file; /* NULL: not given */
    const char *control; /* path of the control socket; NULL: the usual one; "none": none */
    uint16_t port;
    double speed;
    uint64_t seed;
    bool once, quiet;
};

/* Reads the command line. out is untouched on failure.
 *
 * Returns   0, -DFK_E_USAGE */
int options_parse(int argc, char **argv, struct options *out, struct dfk_error *err);

/* Writes what --help says. */
void options_print_help(FILE *to);

#endif
