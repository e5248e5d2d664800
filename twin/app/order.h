/* SPDX-License-Identifier: MIT
 * The commands of the control socket. */
#ifndef TWIN_APP_ORDER_H
#define TWIN_APP_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "include/dfukit.h"

enum order_verb {
    ORDER_RESET,
    ORDER_POWER_CYCLE,
    ORDER_BOOT0,
    ORDER_PRESS,
    ORDER_LEDS,
    ORDER_LOG,
    ORDER_UNPLUG,
    ORDER_PLUG,
};

enum order_press { PRESS_FOR, PRESS_DOWN, PRESS_UP };

/* One command. */
struct order {
    enum order_verb verb;
    uint32_t board;         /* 1..16; 0: not named */
    bool high;              /* of ORDER_BOOT0 */
    bool follow;            /* of ORDER_LOG: goes on as long as the client listens */
    enum order_press press; /* of ORDER_PRESS, the user button */
    uint64_t length_ns;     /* of PRESS_FOR, in the board's time */
};

/* Reads one line: words between blanks, without the end of the line. "press reset" is ORDER_RESET.
 * out is untouched on failure.
 *
 * Returns   0, -DFK_E_USAGE */
int order_parse(const char *line, struct order *out, struct dfk_error *err);

#endif
