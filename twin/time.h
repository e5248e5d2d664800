/* SPDX-License-Identifier: MIT
 * Virtual time of a board: nanoseconds since power-on, advanced only by whoever runs the board. */
#ifndef TWIN_TIME_H
#define TWIN_TIME_H

#include <stdint.h>

enum { TWIN_MS = 1000000, TWIN_US = 1000 };

/* One clock for everything on a board. */
struct twin_time {
    uint64_t now_ns;
};

#endif
