/* SPDX-License-Identifier: MIT
 * What the tables of commands, options and errors say, in every form that is read.
 */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "cli/command.h"
#include "cli/words.h"

extern const struct option_row options_program[]; /* valid before the command only */

/* Adds the help of the program. */
void help_program(struct words *words);

/* Adds the help of one command. */
void help_command(struct words *words, const struct command *command);

/* Adds the commands and options, as sections of a man page in scdoc's notation. */
void help_scdoc(struct words *words);

/* Adds the error table as docs/errors.md has it. */
void help_errors(struct words *words);

/* Adds the completion script of bash. */
void help_bash(struct words *words);

/* Adds the completion script of zsh. */
void help_zsh(struct words *words);

/* Adds the completion script of fish. */
void help_fish(struct words *words);

#endif
