/* SPDX-License-Identifier: MIT
 * Looks over the host's shoulder: no request that the standard has stalled in the state it knows
 * of. */
#ifndef TESTS_SPEC_WATCH_BUS_H
#define TESTS_SPEC_WATCH_BUS_H

#include "base/clock.h"
#include "bus/bus.h"
#include "tests/spec/dfu_table.h"

enum { WATCH_UNKNOWN = DFU_STATE_COUNT };

/* What the host was told of the device that it has open, and what it did with it. */
struct watch {
    struct bus_ops ops; /* first: what the bus is given instead of its own */
    const struct bus_ops *inner;
    struct clock *clock;
    struct dfu_table table; /* its differences are those of "host" */
    uint8_t first;   /* the state that the next handle is in; WATCH_UNKNOWN: has to be asked */
    uint8_t state;   /* enum dfu_state, as the host has to take it; WATCH_UNKNOWN */
    uint64_t due_ns; /* when the announced poll timeout is over */
    bool tolerant;   /* bitManifestationTolerant */
    uint16_t transfer_bytes;
    uint16_t sent[DFU_STATE_COUNT + 1]; /* bit n: enum table_event n was sent in this state */
    unsigned requests, complaints;
};

/* Reads the tables. */
void watch_open(struct watch *watch);

/* Puts itself between the host and a bus, which stays the caller's.
 *
 * clock           the bus's
 * transfer_bytes  wTransferSize of its device */
void watch_attach(struct watch *watch, struct bus *bus, struct clock *clock,
                  uint16_t transfer_bytes);

/* Gives how many different pairs of state and request the host has made. */
unsigned watch_count_pairs(const struct watch *watch);

#endif
