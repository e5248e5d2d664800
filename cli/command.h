/* SPDX-License-Identifier: MIT
 * What a command is, and what it works with.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "cli/options.h"
#include "cli/ui.h"

/* One call of the program. */
struct run {
    struct arguments arguments;
    struct ui *ui;
    struct dfk_error err; /* why the command failed */
    int exit_code;        /* of a command that stands in for another program, when it returned 0 */
};

/* A command: a row of the table in commands.c. */
struct command {
    const char *name;
    const char *operands;             /* "FILE...", "" */
    const char *summary;              /* one line, without a full stop */
    const char *about;                /* sentences; what it does, what it leaves alone */
    const char *example;              /* command lines, separated by line breaks */
    const char *words;                /* that its first operand may be, between blanks; NULL: any */
    const struct option_row *options; /* its own; NULL: none */
    bool opens_device;                /* takes the options that select one */
    bool raw;                         /* its words are handed on unread, its name before them */
    bool stands_in;                   /* also runs when the program is started under its name */
    size_t operands_min, operands_max;
    /* Returns 0, or the negative code of run->err. */
    int (*run)(struct run *run);
};

extern const struct command command_list, command_info, command_flash, command_verify, command_read,
    command_erase, command_leave, command_detach, command_inspect, command_convert, command_image,
    command_twin, command_explain, command_dfu_util, command_dfu_suffix, command_dfu_prefix,
    command_pydfu;

/* Gives row index of the table of commands, NULL after the last.
 * Owns      nothing: a constant */
const struct command *command_at(size_t index);

/* Finds a command by its name.
 *
 * Owns      nothing: a constant
 * Returns   NULL when there is none; err then says which was probably meant */
const struct command *command_find(const char *name, struct dfk_error *err);

/* Gives the tables of options that a command understands. NULL: before the command is known. */
struct option_groups command_options(const struct command *command);

#endif
