/* SPDX-License-Identifier: MIT
 * What a shell can offer behind an option or a command.
 */
#ifndef CLI_OFFER_H
#define CLI_OFFER_H

#include "cli/command.h"
#include "cli/words.h"

enum offer {
    OFFER_NOTHING, /* a number, a serial: only the person knows */
    OFFER_FILES,
    OFFER_FORMATS, /* of firmware files */
    OFFER_ERRORS,  /* names of errors */
};

/* Tells what can stand behind an option that takes an argument. */
enum offer offer_behind_option(const struct option_row *option);

/* Tells what a command's operands are. */
enum offer offer_as_operand(const struct command *command);

/* Adds the names of the firmware formats, or of the errors, with a blank before each but the first.
 * The other offers have no names: nothing is added. */
void offer_add_names(struct words *words, enum offer offer);

/* Adds text for the inside of single quotes.
 *
 * escaped   the signs that get a backslash before them
 * quote     what stands for a single quote */
void offer_add_quoted(struct words *words, const char *text, const char *escaped,
                      const char *quote);

#endif
