/* SPDX-License-Identifier: MIT
 * A growing text: what help, man page and completion are composed in.
 */
#ifndef CLI_WORDS_H
#define CLI_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/fail.h"

/* All zero is an empty text. */
struct words {
    char *text;    /* NUL-terminated, or NULL while empty */
    size_t length; /* bytes, without the NUL */
    bool failed;   /* memory ran out: later additions do nothing */
};

/* Adds text, printf style. */
void words_add(struct words *words, const char *format, ...) CLI_PRINTF(2, 3);

/* Adds a text in lines of at most 78 columns, each behind indent blanks; a line break follows. */
void words_add_wrapped(struct words *words, unsigned indent, const char *text);

/* Fills the line up to a column; begins a new line when the column is passed. */
void words_add_column(struct words *words, unsigned column);

/* Frees the text and makes it empty. */
void words_free(struct words *words);

#endif
