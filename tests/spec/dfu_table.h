/* SPDX-License-Identifier: MIT
 * What DFU 1.1 wants of a device in each state at each request, read from the files beside this. */
#ifndef TESTS_SPEC_DFU_TABLE_H
#define TESTS_SPEC_DFU_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/dfu.h"
#include "core/usb.h"

enum {
    TABLE_COLUMNS = 15,
    TABLE_REQUESTS_MAX = 80,
    TABLE_RULES_MAX = 160,
    TABLE_DATA_MAX = 8,
    TABLE_NAME_MAX = 32,
    TABLE_GLOB_MAX = 128,
    TABLE_OFF_BUS = 1u << 15, /* stands among the states: gone from the bus */
};

/* Columns of dfu11_states.txt. */
enum table_event {
    TABLE_DNLOAD,
    TABLE_DNLOAD_END,
    TABLE_UPLOAD_FULL,
    TABLE_UPLOAD_SHORT,
    TABLE_STATUS_WORKING,
    TABLE_STATUS_DONE,
    TABLE_STATE,
    TABLE_CLEAR,
    TABLE_ABORT,
    TABLE_DETACH,
    TABLE_POLL,
    TABLE_OTHER,
    TABLE_RESET,
    TABLE_STANDARD,
    TABLE_FOREIGN,
};

/* One line of dfu_requests.txt. */
struct table_request {
    char name[TABLE_NAME_MAX];
    struct usb_setup setup;
    bool on_wire;  /* false: bus_reset, poll_elapsed */
    bool relative; /* wTransferSize is to be added to setup.length */
    bool address;  /* data: the address command */
    uint8_t data;  /* else: every byte of it */
    uint8_t event; /* enum table_event; STATUS and UPLOAD: the first of two */
};

/* One cell: what may happen. */
struct table_cell {
    bool stall;
    uint16_t states; /* bit n: state n may follow; TABLE_OFF_BUS */
    int16_t status;  /* bStatus that follows; -1: as the specification has it, -2: any */
};

/* One line of dfu_differences.txt. */
struct table_rule {
    char requests[TABLE_GLOB_MAX], reason[TABLE_NAME_MAX];
    uint16_t states;
    bool unreached; /* the party never is in these states */
    struct table_cell cell;
    bool own_state; /* the state stays */
    uint16_t used;  /* bit n: it decided a pair of state n */
    uint32_t line;
};

struct dfu_table {
    struct table_cell cells[DFU_STATE_COUNT][TABLE_COLUMNS];
    struct table_request requests[TABLE_REQUESTS_MAX];
    size_t request_count;
    struct table_rule rules[TABLE_RULES_MAX];
    size_t rule_count;
    char reasons[TABLE_RULES_MAX][TABLE_NAME_MAX];
    size_t reason_count;
};

/* Reads the three files; of the differences those that are about one party. Fails the test when a
 * file is not there or not in order.
 *
 * party     as it is called in dfu_differences.txt */
void dfu_table_open(struct dfu_table *table, const char *party);

/* Gives the cell of the specification; for a request with two columns what either allows.
 *
 * whole     an UPLOAD brought as much as was asked for; of no interest for other requests */
struct table_cell dfu_table_standard(const struct dfu_table *table, uint8_t state,
                                     const struct table_request *request, bool whole);

/* Finds the difference that is listed for a pair, and counts its use.
 * Owns      nothing: a part of the table. NULL when none is listed */
const struct table_rule *dfu_table_difference(struct dfu_table *table, uint8_t state,
                                              const struct table_request *request);

/* Tells whether the party is listed as never being in a state; counts the use of that line. */
bool dfu_table_unreached(struct dfu_table *table, uint8_t state);

/* Fails the test when a line about the party was not used in each of its states, or its reason is
 * not explained. */
void dfu_table_check_used(const struct dfu_table *table);

/* Tells whether a word matches one of the patterns, which are separated by commas. */
bool dfu_table_matches(const char *patterns, const char *word);

#endif
