/* SPDX-License-Identifier: MIT
 * What this process takes up: memory and open files. */
#include "tests/soak/footprint.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include <dirent.h>
#include <malloc.h>

enum { KIB = 1024, PERCENT = 100, PAGES_KIB = 128 /* stacks and arenas of threads */ };

/* Freed memory that AddressSanitizer keeps back to find uses of it would look like a leak. */
__attribute__((visibility("default"))) const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "quarantine_size_mb=0:thread_local_quarantine_size_kb=0:allocator_release_to_os_"
           "interval_ms=0";
}

/* Exact, which statm is not: each processor may hold back some of what it has counted. */
static void read_memory(struct footprint *now)
{
    enum { LINE = 128 };
    char line[LINE];
    FILE *file = fopen("/proc/self/smaps_rollup", "r");
    assert_non_null(file);
    int found = 0;
    while (fgets(line, sizeof line, file) != NULL) {
        found += sscanf(line, "Rss: %" SCNu64, &now->resident_kib) == 1 ? 1 : 0;
        found += sscanf(line, "Anonymous: %" SCNu64, &now->anonymous_kib) == 1 ? 1 : 0;
    }
    (void)fclose(file);
    assert_int_equal(found, 2);
}

/* "." and ".." and the folder's own are the same every time. */
static uint32_t count_files(void)
{
    uint32_t count = 0;
    DIR *folder = opendir("/proc/self/fd");
    assert_non_null(folder);
    while (readdir(folder) != NULL) {
        count++;
    }
    (void)closedir(folder);
    return count - 3;
}

/* Else one step of malloc, 128 KiB and a page, would be more than may be used in addition; and one
 * memory for all threads, or which of them comes late is seen. */
void footprint_begin(void)
{
    (void)mallopt(M_TOP_PAD, 0);
    (void)mallopt(M_ARENA_MAX, 1);
}

/* A leak would first use up what was freed before, and not be seen. */
struct footprint footprint_now(void)
{
    (void)malloc_trim(0);
    struct mallinfo2 heap = mallinfo2();
    struct footprint now = {.heap_kib = (heap.uordblks + heap.hblkhd) / KIB,
                            .files = count_files()};
    read_memory(&now);
    return now;
}

bool footprint_is_flat(const struct footprint *early, const struct footprint *late)
{
    uint64_t percent_kib = early->anonymous_kib / PERCENT;
    uint64_t anonymous_limit =
        early->anonymous_kib + (percent_kib > PAGES_KIB ? percent_kib : PAGES_KIB);
    uint64_t heap_limit = early->heap_kib + early->heap_kib / PERCENT;
    return late->anonymous_kib <= anonymous_limit && late->heap_kib <= heap_limit &&
           late->files == early->files;
}
