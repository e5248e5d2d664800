/* SPDX-License-Identifier: MIT
 * One row of a test about layout strings, with its check. */
#ifndef TESTS_SUPPORT_LAYOUT_CHECK_H
#define TESTS_SUPPORT_LAYOUT_CHECK_H

#include <stdbool.h>
#include <string.h>

#include "core/layout.h"

enum { RUNS_EXPECTED_MAX = 6, R = 1, E = 2, W = 4, RE = R | E, RW = R | W, EW = E | W, REW = 7 };
enum { K = 1024, M = 1048576 };

struct layout_case {
    const char *about; /* what sends it, or what it shows */
    const char *text;
    const char *rest; /* text from the first byte that was not understood; NULL: all was */
    const char *name;
    struct layout_run runs[RUNS_EXPECTED_MAX]; /* count 0 ends them; none: LAYOUT_BAD */
};

static inline bool same_run(const struct layout_run *a, const struct layout_run *b)
{
    return a->addr == b->addr && a->sector_bytes == b->sector_bytes && a->count == b->count &&
           a->access == b->access;
}

static inline void check_runs(const struct layout_case *c, const struct layout *found)
{
    size_t count = 0;
    while (count < RUNS_EXPECTED_MAX && c->runs[count].count > 0) {
        const struct layout_run *want = &c->runs[count], *got = &found->runs[count];
        if (count < found->run_count && !same_run(want, got)) {
            fail_msg("%s: run %zu is %u * %u at 0x%08X, access %u", c->about, count, got->count,
                     got->sector_bytes, got->addr, got->access);
        }
        count++;
    }
    if (found->run_count != count) {
        fail_msg("%s: %zu runs, wanted %zu", c->about, found->run_count, count);
    }
}

static inline void check_layout(const struct layout_case *c)
{
    static const struct layout untouched = {.name = "untouched", .run_count = 99};
    struct layout found = untouched;
    size_t bad_at = 9999;
    size_t length = strlen(c->text);
    enum layout_result result = layout_parse(c->text, length, &found, &bad_at);
    enum layout_result wanted = c->runs[0].count == 0 ? LAYOUT_BAD
                                : c->rest == NULL     ? LAYOUT_OK
                                                      : LAYOUT_TOLERATED;
    size_t wanted_at = c->rest == NULL ? 9999 : length - strlen(c->rest);
    if (result != wanted || bad_at != wanted_at) {
        fail_msg("%s: result %d at %zu, wanted %d at %zu", c->about, (int)result, bad_at,
                 (int)wanted, wanted_at);
    }
    if (result == LAYOUT_BAD) {
        assert_memory_equal(&found, &untouched, sizeof found);
        return;
    }
    assert_string_equal(found.name, c->name);
    check_runs(c, &found);
}

#endif
