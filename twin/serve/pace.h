/* SPDX-License-Identifier: MIT
 * How a board's virtual time follows the wall clock. */
#ifndef TWIN_SERVE_PACE_H
#define TWIN_SERVE_PACE_H

#include <stdbool.h>
#include <stdint.h>

/* A moment at which both clocks were read, and how fast they run against each other. */
struct pace {
    double speed; /* virtual seconds per real second; 0: real time, and ahead of it when asked */
    uint64_t wall_ns, virtual_ns;
};

/* Starts at a moment at which both clocks were read. */
struct pace pace_start(double speed, uint64_t wall_ns, uint64_t virtual_ns);

/* Tells whether virtual time may go ahead of the wall clock. */
bool pace_is_free(const struct pace *pace);

/* Gives the virtual time that belongs to a moment of the wall clock. */
uint64_t pace_virtual_ns(const struct pace *pace, uint64_t wall_ns);

/* Gives the first moment of the wall clock at which virtual_ns is reached; UINT64_MAX (never) stays
 * UINT64_MAX. */
uint64_t pace_wall_ns(const struct pace *pace, uint64_t virtual_ns);

/* Notes that a free virtual time went ahead: it goes on from here. */
void pace_jump(struct pace *pace, uint64_t wall_ns, uint64_t virtual_ns);

/* Notes that virtual time could not keep up: it goes on from here, what it lost stays lost. */
void pace_lag(struct pace *pace, uint64_t wall_ns, uint64_t virtual_ns);

#endif
