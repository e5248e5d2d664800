/* SPDX-License-Identifier: MIT
 * The conversation with a running dfukit-twin at its control socket.
 */
#ifndef CLI_TWIN_LINK_H
#define CLI_TWIN_LINK_H

#include <stdbool.h>
#include <stdio.h>

#include "cli/fail.h"

/* How long an answer may take. */
enum twin_patience {
    TWIN_AT_ONCE,   /* seconds at most */
    TWIN_ITS_TIME,  /* as long as it takes */
    TWIN_UNTIL_END, /* the same, and the end of the twin is the end of the answer */
};

/* What takes the lines of an answer. */
struct twin_listener {
    /* text is NUL-terminated; ended: false, the rest of the line follows */
    void (*line)(void *user, const char *text, bool ended);
    void *user;
};

/* Connects to the twin whose control socket lies at path; NULL: to the one that runs.
 *
 * Owns      *link is the caller's: fclose
 * Returns   0, -DFK_E_CONNECTION (nobody listens), -DFK_E_SEVERAL, -DFK_E_USAGE, -DFK_E_NO_MEMORY
 */
int twin_link_open(const char *path, FILE **link, struct dfk_error *err);

/* Gives one command and takes the whole answer.
 *
 * Returns   0, -DFK_E_USAGE (what the twin refused), -DFK_E_TIMEOUT, -DFK_E_CONNECTION */
int twin_link_order(FILE *link, const char *order, enum twin_patience patience,
                    const struct twin_listener *listener, struct dfk_error *err);

#endif
