/* SPDX-License-Identifier: MIT
 * What a board with the bootloader does, put down in the words of the model of its updates. */
#ifndef TESTS_MODELS_TRACE_H
#define TESTS_MODELS_TRACE_H

#include "tests/boot/bench.h"
#include "twin/mem/flash.h"

enum {
    TRACE_EVENTS_MAX = 200,
    TRACE_BLOCK = DFU_HOST_BLOCK_BYTES,
    TRACE_SHORT = 1000, /* of a last block that is not full */
    TRACE_UNIT = 32,    /* what the bootloader holds back */
};

/* The pieces of an application that are blocks of the host's. */
enum trace_block { TRACE_START, TRACE_REST0, TRACE_REST1, TRACE_BLOCKS };

/* An application: its first block, of which only the first unit is not blank; another one in the
 * same sector; one in another sector, in the other bank where there are two. */
struct trace_image {
    uint8_t blocks[TRACE_BLOCKS][TRACE_BLOCK];
};

/* How an event stands in the trace. */
enum trace_mark {
    TRACE_DID,      /* the board did it */
    TRACE_ASKED,    /* the host began to ask for it */
    TRACE_ANSWERED, /* the host was told that it was accepted */
};

struct trace_event {
    const char *what;
    enum trace_mark mark;
};

/* One operation of the model: the operations of the flash that it stands for, counted from 1. */
struct trace_span {
    const char *name;
    uint64_t first, last;
};

struct trace {
    struct bench *bench;
    struct trace_image old, fresh;
    struct trace_event events[TRACE_EVENTS_MAX];
    size_t count;
    struct trace_span spans[TRACE_EVENTS_MAX];
    size_t span_count;
    const char *last[MEM_BANKS_MAX];     /* operation of the model that a bank was at last */
    uint32_t last_offset[MEM_BANKS_MAX]; /* and where in the flash */
    bool running, cut;                   /* an application runs; the power was lost */
};

/* Makes both applications, and watches the flash from now on; the trace must not move. */
void trace_open(struct trace *trace, struct bench *bench);

/* Gives the address of a block of the application. */
uint32_t trace_addr(const struct trace *trace, enum trace_block block);

/* Puts the old application into flash, enters DFU mode, and begins a new trace. */
void trace_begin(struct trace *trace);

/* Adds an event. */
void trace_add(struct trace *trace, const char *what, enum trace_mark mark);

/* Takes back that something was asked for and accepted, the last time that it was. */
void trace_forget(struct trace *trace, const char *what);

/* Takes note of a loss of power, and of an application that was started. Returns true while the
 * board is on and in DFU mode. */
bool trace_look(struct trace *trace);

/* Gives the power back, and takes note of what the board starts then. */
void trace_power_on(struct trace *trace);

/* Prints the trace in one line: "?x" where the host began to ask for x, "!x" where it was accepted,
 * "x" what the board did; "?x" is left out where "!x" follows. */
void trace_print(const struct trace *trace, const char *name);

#endif
