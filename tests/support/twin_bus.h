/* SPDX-License-Identifier: MIT
 * A bus of virtual boards in this process, in their virtual time. */
#ifndef TESTS_SUPPORT_TWIN_BUS_H
#define TESTS_SUPPORT_TWIN_BUS_H

#include "base/clock.h"
#include "bus/bus.h"
#include "twin/board/board.h"

enum { TWIN_BUS_BOARDS_MAX = 4 };

/* The boards share one clock: the first board's; the others follow it. */
struct twin_bus {
    struct bus bus; /* first: the bus is this */
    struct clock clock;
    struct board *boards[TWIN_BUS_BOARDS_MAX];
    size_t count;
};

/* Makes a bus of boards, which stay the caller's. Lets them start up. */
void twin_bus_init(struct twin_bus *bus, struct board *const *boards, size_t count);

#endif
