/* SPDX-License-Identifier: MIT
 * A bus with one device that is nothing but the table of the specification. */
#ifndef TESTS_SPEC_PAPER_BUS_H
#define TESTS_SPEC_PAPER_BUS_H

#include "base/clock.h"
#include "bus/bus.h"
#include "tests/spec/dfu_table.h"

enum { PAPER_TRANSFER_BYTES = 64 };

/* The device as the host finds it. */
struct paper_start {
    uint8_t state, status; /* numbers that the standard does not have are reported as they are */
    uint32_t poll_ms;      /* announced by every answer */
    bool tolerant;         /* bitManifestationTolerant */
    bool intact;           /* a reset of the bus leads to its application */
};

struct paper_bus {
    struct bus bus; /* first: the bus is this */
    struct clock clock;
    uint64_t now_ns;
    const struct dfu_table *table;
    struct paper_start start;
    uint8_t state, status;
    bool manifested;
    uint64_t due_ns; /* when dfuDNBUSY or dfuMANIFEST ends */
};

/* Makes a bus with the device in the state that start has. table stays the caller's. */
void paper_init(struct paper_bus *bus, const struct dfu_table *table,
                const struct paper_start *start);

#endif
