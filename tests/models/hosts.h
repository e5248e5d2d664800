/* SPDX-License-Identifier: MIT
 * The hosts of the model, at a board. */
#ifndef TESTS_MODELS_HOSTS_H
#define TESTS_MODELS_HOSTS_H

#include "tests/models/trace.h"

/* One kind of host: its requests in the words of the model, one after the other. Where a DNLOAD
 * goes before, "heard" is the first status after it, and what follows waits until it is done. */
struct host {
    const char *name;
    uint32_t banks; /* of the boards it is for; 0: any */
    uint16_t alternate;
    const char *requests;
};

/* Gives the n-th host for boards with so many banks, NULL after the last. The first one brings the
 * new application and leaves. */
const struct host *host_at(uint32_t banks, size_t number);

/* Makes a host's first requests, as many as count, until one does not succeed or the board is gone.
 * Orders DFU mode first when an application runs. Returns how many it made. */
uint32_t host_run(struct trace *trace, const struct host *host, uint32_t count);

/* Resets the bus, and lets it fall silent. */
void host_reset_bus(struct trace *trace);
void host_suspend(struct trace *trace);

/* Lets time pass until an application was started or the power was lost, ms at most. Returns true
 * when neither came. */
bool host_wait(struct trace *trace, uint32_t ms);

/* The same for as long as it takes until a board that nobody talks to has done all it will do by
 * itself, which is an event of its own. */
bool host_be_quiet(struct trace *trace);

#endif
