/* SPDX-License-Identifier: MIT
 * What this process takes up: memory and open files. */
#include "tests/soak/footprint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include <dirent.h>
#include <malloc.h>
#include <unistd.h>

enum { KIB = 1024, PERCENT = 100, PAGES_KIB = 128 /* stacks and arenas of threads */ };

/* Freed memory that AddressSanitizer keeps back to find uses of it would look like a leak. */
__attribute__((visibility("default"))) const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "quarantine_size_mb=0:thread_local_quarantine_size_kb=0:allocator_release_to_os_"
           "interval_ms=0";
}

static uint64_t resident_kib(void)
{
    unsigned long total = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%lu %lu", &total, &resident), 2);
    (void)fclose(file);
    return (uint64_t)resident * (uint64_t)sysconf(_SC_PAGESIZE) / KIB;
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
    uint64_t heap_kib = (heap.uordblks + heap.hblkhd) / KIB;
    return (struct footprint){resident_kib(), heap_kib, count_files()};
}

bool footprint_is_flat(const struct footprint *early, const struct footprint *late)
{
    uint64_t percent_kib = early->resident_kib / PERCENT;
    uint64_t resident_limit =
        early->resident_kib + (percent_kib > PAGES_KIB ? percent_kib : PAGES_KIB);
    uint64_t heap_limit = early->heap_kib + early->heap_kib / PERCENT;
    return late->resident_kib <= resident_limit && late->heap_kib <= heap_limit &&
           late->files == early->files;
}
