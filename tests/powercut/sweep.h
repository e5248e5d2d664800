/* SPDX-License-Identifier: MIT
 * Updates of a board whose flash is struck at one operation, and what must hold afterwards. */
#ifndef TESTS_POWERCUT_SWEEP_H
#define TESTS_POWERCUT_SWEEP_H

#include "tests/boot/bench.h"
#include "twin/mem/flash.h"

enum {
    SWEEP_KINDS = 5, /* in which power can be lost in an operation */
    /* Where applications are signed: the board has noted the old one's. */
    SWEEP_OLD_VERSION = BENCH_VERSION,
    SWEEP_FRESH_VERSION = 0x01010000
};

/* How a host updates the board. */
struct way {
    const char *name;
    /* Updates it, until it is done or something goes wrong. Returns true when the host was told
     * from beginning to end that all went well. */
    bool (*run)(struct bench *bench, const uint8_t *image, uint32_t length);
    bool wipes; /* touches the whole slot, not only what the image covers */
    bool stays; /* in DFU mode, the application starts with the next power-on only */
    bool blank; /* writes nothing */
};

/* What was found. */
struct sweep_tally {
    uint64_t cuts, second_cuts, dips;
    uint64_t started_old, started_new, in_dfu_mode, refused, recovered;
    /* Each must stay 0. */
    uint64_t partial, stuck, lost_updates, wrong_after_success, lost_versions;
};

/* The old application, the update, and where it stands. */
struct sweep {
    struct bench *bench;
    const struct way *way;
    uint8_t *old, *fresh;
    uint32_t old_bytes, fresh_bytes;
    uint32_t floor; /* of a board with seals: the oldest version it took when last looked at */
    struct sweep_tally tally;
};

/* What is struck of an update. */
struct sweep_plan {
    uint64_t last;   /* operations at its end only; 0: all */
    uint64_t amount; /* cuts, evenly spread, beside those at both ends; 0: all there are */
    uint64_t seeds;  /* 1..; torn at random so many times each, at both ends */
    uint64_t seed;   /* of what is torn at random */
};

/* Gives the number of arguments that are left for bench_choose, after an amount was taken off the
 * end: a number, 0 for everything. */
int sweep_take_amount(int argc, char **argv, uint64_t *amount);

/* Begins: an application of old_bytes in the slot, an update of fresh_bytes. */
void sweep_begin(struct sweep *sweep, struct bench *bench, uint32_t old_bytes,
                 uint32_t fresh_bytes);

/* Prints what was found; fails the test when something is wrong. */
void sweep_end(struct sweep *sweep);

/* Puts the old application into flash, with its version noted, enters DFU mode, and counts
 * operations from there. */
void sweep_prepare(struct sweep *sweep);

/* Looks at what a signed board noted of versions: never less than before, and what was started is
 * the oldest that may be from then on. */
void sweep_judge_versions(struct sweep *sweep, const struct mem_cut *cut);

/* Updates without a fault, which must succeed.
 * Returns   how many operations of the flash that takes */
uint64_t sweep_count(struct sweep *sweep);

/* Gives power back, and checks what the board does then: DFU mode or a whole application, and of
 * which version. Returns true when it is in DFU mode. */
bool sweep_power_on(struct sweep *sweep, const struct mem_cut *cut);

/* A plain update after a fault, which must succeed, from DFU mode when dfu. */
void sweep_recover(struct sweep *sweep, bool dfu, const struct mem_cut *cut);

/* Notes that something is wrong, and where. */
void sweep_blame(struct sweep *sweep, uint64_t *count, const struct mem_cut *cut, const char *what);

/* Gives the kind of a cut, 0..SWEEP_KINDS-1. */
enum mem_cut_kind sweep_kind(uint64_t number);

/* Cuts the power of one update, and recovers. */
void sweep_cut(struct sweep *sweep, const struct mem_cut *cut);

/* Gives a number below limit of a stream that depends on *state alone. */
uint64_t sweep_random(uint64_t *state, uint64_t limit);

/* Cuts the power at the operations of a plan, in each way it can be, and recovers each time. */
void sweep_cuts(struct sweep *sweep, const struct sweep_plan *plan);

/* Tells whether the slot holds a whole application: image, and nothing that cannot be read. */
bool sweep_holds(struct sweep *sweep, const uint8_t *image, uint32_t length);

#endif
