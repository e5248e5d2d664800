/* SPDX-License-Identifier: MIT
 * B2: power is lost at every operation of an update, in every way it can be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/powercut/ways.h"

enum { UPDATE_BYTES = 40 * 1024, OLD_BYTES = 64 * 1024, COMMIT = 40, MOST = 8000, SEED = 2026 };

/* From the command line, before the first test. */
static uint64_t amount;

static uint64_t seeds(void)
{
    return amount == 0 ? 25 : 1;
}

/* A part of the amount. Everything is too much where little differs from a plain update. */
static uint64_t part(uint64_t divisor)
{
    return amount == 0 ? MOST : 1 + amount / divisor;
}

/* What does not take long on the computer is done whole; on the ARM guest, or when little is asked
 * for, a part of it. */
static bool is_hasty(const struct bench *bench)
{
    enum { LITTLE = 100 };
    return amount != 0 && (bench->arm || amount < LITTLE);
}

static uint64_t whole(const struct bench *bench)
{
    return is_hasty(bench) ? 1 + amount / 2 : 0;
}

/* Where all operations were cut, all three outcomes must have been there. */
static void check_outcomes(const struct sweep *sweep)
{
    const struct sweep_tally *tally = &sweep->tally;
    assert_true(tally->in_dfu_mode > 0);
    if (!sweep->bench->arm) {
        assert_true(tally->started_old > 0 && tally->started_new > 0);
    }
}

static void b2_power_lost_at_every_operation(void **state)
{
    struct sweep sweep;
    sweep_begin(&sweep, *state, OLD_BYTES, UPDATE_BYTES);
    sweep_cuts(&sweep, &(struct sweep_plan){.amount = amount, .seeds = seeds(), .seed = SEED});
    check_outcomes(&sweep);
    sweep_end(&sweep);
}

/* Bits that an erase had raised when it was cut off, with a little luck those of a valid start. */
static void b2_a_torn_erase_does_not_bring_the_old_application_back(void **state)
{
    enum { FIRST_OPERATIONS = 4 };
    struct bench *bench = *state;
    struct sweep sweep;
    sweep_begin(&sweep, bench, OLD_BYTES, UPDATE_BYTES);
    const uint64_t draws = is_hasty(bench) ? 2 * amount : 1500;
    for (uint64_t seed = 0; seed < draws; seed++) {
        for (uint64_t at = 1; at <= FIRST_OPERATIONS; at++) {
            sweep_cut(&sweep, &(struct mem_cut){at, MEM_CUT_RANDOM, seed});
        }
    }
    assert_true(sweep.tally.in_dfu_mode > 0);
    sweep_end(&sweep);
}

/* Few bits are left to be cleared where the old application is spoilt: often a cut leaves all. */
static void make_sparse(struct sweep *sweep)
{
    enum { VECTORS_BYTES = 8, UNIT_BYTES = 32 };
    memset(sweep->old + VECTORS_BYTES, 0, UNIT_BYTES - VECTORS_BYTES);
    bench_seal(sweep->bench, sweep->old, sweep->old_bytes, SWEEP_OLD_VERSION);
}

/* The slot is full of what is there before, in both banks. */
static void b2_power_lost_in_a_mass_erase(void **state)
{
    struct sweep sweep;
    struct bench *bench = *state;
    sweep_begin(&sweep, bench, bench->place->app_bytes, UPDATE_BYTES);
    make_sparse(&sweep);
    sweep.way = &way_wipe;
    sweep_cuts(&sweep,
               &(struct sweep_plan){.amount = whole(bench), .seeds = 8 * seeds(), .seed = SEED});
    sweep.way = &way_mass;
    sweep_cuts(&sweep, &(struct sweep_plan){.amount = part(4), .seeds = 1, .seed = SEED});
    check_outcomes(&sweep);
    sweep_end(&sweep);
}

static void b2_power_lost_while_sectors_are_erased_ahead(void **state)
{
    struct sweep sweep;
    struct bench *bench = *state;
    sweep_begin(&sweep, bench, bench->place->app_bytes, UPDATE_BYTES);
    sweep.way = &way_ahead;
    sweep_cuts(&sweep, &(struct sweep_plan){.amount = part(4), .seeds = seeds(), .seed = SEED});
    check_outcomes(&sweep);
    sweep_end(&sweep);
}

/* What was held back is written, on each of the occasions that there are. */
static void b2_power_lost_in_each_kind_of_commit(void **state)
{
    static const struct way *const ways[] = {&way_plain, &way_quiet, &way_reset, &way_cable};
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        struct sweep sweep;
        sweep_begin(&sweep, *state, OLD_BYTES, UPDATE_BYTES);
        sweep.way = ways[i];
        sweep_cuts(&sweep, &(struct sweep_plan){.last = COMMIT,
                                                .amount = whole(sweep.bench),
                                                .seeds = 2 * seeds(),
                                                .seed = SEED});
        assert_true(sweep.tally.in_dfu_mode > 0);
        assert_true(sweep.bench->arm || sweep.tally.started_new > 0);
        sweep_end(&sweep);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(b2_power_lost_at_every_operation),
        BENCH_TEST(b2_a_torn_erase_does_not_bring_the_old_application_back),
        BENCH_TEST(b2_power_lost_in_a_mass_erase),
        BENCH_TEST(b2_power_lost_while_sectors_are_erased_ahead),
        BENCH_TEST(b2_power_lost_in_each_kind_of_commit),
    };
    argc = sweep_take_amount(argc, argv, &amount);
    return bench_choose(argc, argv) ? cmocka_run_group_tests(tests, NULL, NULL) : 2;
}
