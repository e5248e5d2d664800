/* SPDX-License-Identifier: MIT
 * Tables of options, and reading a command line by them.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stddef.h>

#include "cli/fail.h"
#include "cli/values.h"

/* Everything a command line can say. Zero means "not given". */
struct arguments {
    bool json, quiet, verbose, no_hints, version;
    const char *help; /* NULL: not asked for; else "" or what follows --help= */

    struct dfk_select select;

    struct given_number at, length, leave_at, uf2_family, fill;
    struct given_number vendor, product, bcd_device;
    struct range_list keep, only;
    enum dfk_format format;
    const char *output;
    bool full, no_verify, no_leave, dry_run, blank, any_device;
    bool overwrite, all, yes;
    struct given_number image_version; /* DFK_SEAL_VERSION */
    const char *sign, *key;            /* files with keys; NULL: not given */
    bool any_version, again, require_signed;
    const char *board,
        *control; /* a board, of the twin too and the socket of its twin; NULL: not given */
    bool follow;

    char **operands; /* the words that are no options, in order; they lie in argv */
    size_t operand_count;
};

enum option_kind {
    OPTION_FLAG,
    OPTION_TEXT,
    OPTION_OPTIONAL_TEXT,
    OPTION_NUMBER,
    OPTION_BYTE,
    OPTION_ID,
    OPTION_IDS,
    OPTION_RANGE,
    OPTION_SECONDS,
    OPTION_FORMAT,
    OPTION_VERSION,
};

/* One option. A table of options ends in a row without a name. */
struct option_row {
    const char *name; /* without "--" */
    char letter;      /* of the short form, or 0 */
    enum option_kind kind;
    const char *argument; /* "RANGE" in the help; NULL: takes none; "[=X]": may be left out */
    size_t field;         /* offsetof(struct arguments, ...) */
    const char *help;
    bool hidden; /* left out of help, man page and completion */
};

/* The tables that are valid together. Unused places are NULL. */
enum { OPTION_GROUPS_MAX = 3 };
struct option_groups {
    const char *command; /* for messages; NULL before the command is known */
    const struct option_row *groups[OPTION_GROUPS_MAX];
};

extern const struct option_row options_general[]; /* valid everywhere */
extern const struct option_row options_device[]; /* which device, in every command that opens one */

/* The words to read. */
struct word_list {
    int count;
    char **words; /* those that are no options are moved to the front */
    bool stop;    /* end at the first word that is no option */
    int taken;    /* filled: how many words were read */
};

/* Reads a command line into arguments.
 *
 * Returns   0, -DFK_E_USAGE */
int options_parse(const struct option_groups *groups, struct word_list *list,
                  struct arguments *arguments, struct dfk_error *err);

#endif
