/* SPDX-License-Identifier: MIT
 * What this process takes up: memory and open files. */
#ifndef TESTS_SOAK_FOOTPRINT_H
#define TESTS_SOAK_FOOTPRINT_H

#include <stdbool.h>
#include <stdint.h>

struct footprint {
    uint64_t resident_kib;  /* RSS, when what was freed has been given back */
    uint64_t anonymous_kib; /* of that, all but the program's files: heap, stacks, variables */
    uint64_t heap_kib;      /* allocated and not freed; 0 under AddressSanitizer */
    uint32_t files;         /* open file descriptors */
};

/* Measures this process. Fails the test when that cannot be done.
 *
 * Source    malloc_trim(3), mallinfo2(3), proc(5), "/proc/[pid]/smaps_rollup", "/proc/[pid]/fd" */
struct footprint footprint_now(void);

/* Before anything else: lets memory grow by pages, not by large steps. */
void footprint_begin(void);

/* Tells whether nothing has grown from early to late: what is allocated by at most 1 %,
 * anonymous memory by 1 % or 128 KiB, files not at all. RSS as a whole is told, not judged: a busy
 * computer maps the program's code in steps of 64 KiB, some of them late. */
bool footprint_is_flat(const struct footprint *early, const struct footprint *late);

#endif
