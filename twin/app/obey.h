/* SPDX-License-Identifier: MIT
 * Carries the commands of the control socket out on the boards. */
#ifndef TWIN_APP_OBEY_H
#define TWIN_APP_OBEY_H

#include "base/buffer.h"
#include "twin/app/desk.h"
#include "twin/app/order.h"

/* A command under way. All zero: none. */
struct errand {
    struct order order;
    bool open;       /* is not yet at its end */
    uint32_t board;  /* from 0, in the desk */
    size_t log_from; /* ORDER_LOG: the next byte to tell */
};

/* Begins a command. Lines of the answer are appended to answer, each as ": TEXT"; errand.open then
 * tells whether it goes on.
 *
 * Returns   0, -DFK_E_USAGE (no such board, or it is without power) */
int obey_begin(struct desk *desk, const struct order *order, struct errand *errand,
               struct buffer *answer, struct dfk_error *err);

/* Goes on with an open one: looks whether the button is up again, tells more of the log. A piece of
 * a line of the log is told as "+ TEXT", the rest of it follows. */
void obey_go_on(struct desk *desk, struct errand *errand, struct buffer *answer);

/* Ends an open one early, as nobody waits for it any more: lets the button go. */
void obey_abandon(struct desk *desk, struct errand *errand);

#endif
