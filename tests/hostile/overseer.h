/* SPDX-License-Identifier: MIT
 * Runs sessions from a seed in a process of their own, and counts what became of them. */
#ifndef TESTS_HOSTILE_OVERSEER_H
#define TESTS_HOSTILE_OVERSEER_H

#include <stddef.h>
#include <stdint.h>

enum { OVERSEER_COUNTS_MAX = 16 };

/* A kind of sessions. */
struct overseer {
    const char *promise;     /* what the test line says */
    const char *const *keys; /* names of the counts, for the line of totals */
    size_t key_count;        /* at most OVERSEER_COUNTS_MAX */
    unsigned limit_s;        /* real time after which one session counts as hanging */
    /* Makes what all sessions share. NULL: nothing is shared. */
    void *(*prepare)(void);
    void (*clean_up)(void *shared);
    /* Runs one session and adds to counts. Returns NULL, or which promise was broken (a constant).
     */
    const char *(*session)(void *shared, uint64_t seed, uint64_t index, uint64_t *counts);
};

/* The main function of a program "PROGRAM SEED FIRST [COUNT]": runs sessions FIRST.. of SEED, one
 * when there is no COUNT. A session that crashes or hangs is named with the command that repeats
 * it, and the next ones are run all the same; a leak makes the program fail at its end.
 *
 * Returns   the exit code: 0 when every promise was kept */
int overseer_main(int argc, char **argv, const struct overseer *overseer);

#endif
