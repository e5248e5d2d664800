/* SPDX-License-Identifier: MIT
 * B2 with an image of 1 MB: power is lost at operations that a seed chooses. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/powercut/ways.h"

enum { IMAGE_BYTES = 1 << 20, SEED = 2026, ALL = 1000 };

/* From the command line, before the first test. */
static uint64_t amount;

/* Each operation is as likely as any other, but every fourth cut is near an end: there the old and
 * the new application are. */
static void cut_at_random(struct sweep *sweep, uint64_t count)
{
    enum { NEAR = 40, EVERY = 8 };
    uint64_t random = SEED;
    uint64_t operations = sweep_count(sweep);
    for (uint64_t i = 0; i < count; i++) {
        uint64_t at = sweep_random(&random, operations) + 1;
        uint64_t near = at % NEAR;
        at = i % EVERY == 0 ? near + 1 : i % EVERY == EVERY / 2 ? operations - near : at;
        uint64_t kind = sweep_random(&random, SWEEP_KINDS);
        sweep_cut(sweep, &(struct mem_cut){at, sweep_kind(kind), SEED + i});
    }
    printf("# %s: %" PRIu32 " bytes, %" PRIu64 " cuts of %" PRIu64 " operations, seed %d\n",
           sweep->way->name, sweep->fresh_bytes, count, operations, SEED);
}

/* The slot of one chip is smaller than 1 MB: there the image fills it. */
static void b2_power_lost_in_a_large_update(void **state)
{
    static const struct way *const ways[] = {&way_plain, &way_ahead, &way_mass};
    struct bench *bench = *state;
    uint32_t slot = bench->place->app_bytes;
    uint32_t length = slot < IMAGE_BYTES ? slot : IMAGE_BYTES;
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        struct sweep sweep;
        sweep_begin(&sweep, bench, slot, length);
        sweep.way = ways[i];
        cut_at_random(&sweep, amount == 0 ? ALL : amount);
        assert_true(sweep.tally.in_dfu_mode > 0);
        sweep_end(&sweep);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(b2_power_lost_in_a_large_update),
    };
    argc = sweep_take_amount(argc, argv, &amount);
    return bench_choose(argc, argv) ? cmocka_run_group_tests(tests, NULL, NULL) : 2;
}
