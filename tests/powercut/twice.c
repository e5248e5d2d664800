/* SPDX-License-Identifier: MIT
 * Power is lost in an update, and again in the update that follows.
 *
 * There are more pairs of operations than can be tried. What makes them few: when the second update
 * has erased the sector, nothing is left of the first. That is checked after every first cut; so
 * every first cut is paired with the operations up to there, and the rest is tried after one. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/boot/version_log.h"
#include "tests/powercut/ways.h"

enum {
    UPDATE_BYTES = 40 * 1024,
    OLD_BYTES = 64 * 1024,
    EDGE = 40,
    SEED = 2026,
    PAIRS = 2000,
    FEWER = 9 /* operations: nothing may be there to be spoilt, the version be noted already */
};

/* From the command line, before the first test. */
static uint64_t amount;

/* A stretch of flash as it was left. */
struct stretch {
    uint8_t *cells, *words;
    uint32_t offset, bytes;
};

/* What the first cut left: the one sector that the update is about, and the versions noted. */
struct left {
    struct stretch app, log; /* log: of a board with seals */
    uint32_t floor;          /* sweep->floor */
    bool dfu;                /* DFU mode is what the board came up in */
    struct mem_cut first;
};

static struct mem_flash *flash_of(const struct sweep *sweep)
{
    return board_flash(sweep->bench->host.board);
}

static void stretch_open(struct stretch *stretch, const struct mem_flash *flash, uint32_t addr,
                         uint32_t bytes)
{
    stretch->offset = addr - flash->geometry->base;
    stretch->bytes = bytes;
    stretch->cells = malloc(bytes);
    stretch->words = malloc(bytes);
    assert_true(stretch->cells != NULL && stretch->words != NULL);
}

static void stretch_close(struct stretch *stretch)
{
    free(stretch->cells);
    free(stretch->words);
}

static void stretch_save(struct stretch *stretch, const struct mem_flash *flash)
{
    uint32_t word_bytes = flash->geometry->ecc_word_bytes;
    memcpy(stretch->cells, flash->cells + stretch->offset, stretch->bytes);
    if (word_bytes != 0) {
        memcpy(stretch->words, flash->words + stretch->offset / word_bytes,
               stretch->bytes / word_bytes);
    }
}

static void stretch_restore(const struct stretch *stretch, struct mem_flash *flash)
{
    uint32_t word_bytes = flash->geometry->ecc_word_bytes;
    memcpy(flash->cells + stretch->offset, stretch->cells, stretch->bytes);
    if (word_bytes != 0) {
        memcpy(flash->words + stretch->offset / word_bytes, stretch->words,
               stretch->bytes / word_bytes);
    }
}

static void left_open(struct left *left, const struct sweep *sweep)
{
    const struct bench_place *place = sweep->bench->place;
    stretch_open(&left->app, flash_of(sweep), place->app, place->app_sector_bytes);
    stretch_open(&left->log, flash_of(sweep), version_log_addr(sweep->bench), VERSION_LOG_BYTES);
}

static void left_close(struct left *left)
{
    stretch_close(&left->app);
    stretch_close(&left->log);
}

/* The board as the first cut left it, in DFU mode. */
static void restore(struct sweep *sweep, const struct left *left)
{
    struct mem_flash *flash = flash_of(sweep);
    stretch_restore(&left->app, flash);
    stretch_restore(&left->log, flash);
    sweep->floor = left->floor;
    flash->power_lost = false;
    if (left->dfu) {
        bench_enter(sweep->bench);
    } else {
        bench_enter_by_button(sweep->bench);
    }
    flash->operation_count = 0;
}

static void cut_first(struct sweep *sweep, const struct mem_cut *cut, struct left *left)
{
    sweep_prepare(sweep);
    flash_of(sweep)->cut = *cut;
    (void)sweep->way->run(sweep->bench, sweep->fresh, sweep->fresh_bytes);
    assert_true(flash_of(sweep)->power_lost);
    sweep->tally.cuts++;
    left->first = *cut;
    left->dfu = sweep_power_on(sweep, cut);
    left->floor = sweep->floor;
    stretch_save(&left->app, flash_of(sweep));
    stretch_save(&left->log, flash_of(sweep));
}

static void cut_second(struct sweep *sweep, const struct left *left, const struct mem_cut *cut)
{
    restore(sweep, left);
    flash_of(sweep)->cut = *cut;
    (void)sweep->way->run(sweep->bench, sweep->fresh, sweep->fresh_bytes);
    if (!flash_of(sweep)->power_lost) {
        fail_msg("operation %" PRIu64 " of the second update was not reached", cut->at_operation);
    }
    sweep->tally.second_cuts++;
    sweep_recover(sweep, sweep_power_on(sweep, cut), cut);
}

/* Erases as the second update does. Returns how many operations it took, after which the sector
 * must be as blank as if there had been no first update. */
static uint64_t erase_second(struct sweep *sweep, const struct left *left)
{
    const struct bench_place *place = sweep->bench->place;
    const struct mem_flash *flash = flash_of(sweep);
    restore(sweep, left);
    const struct stretch *app = &left->app;
    bool good = dfu_host_erase(&sweep->bench->host, place->app, app->bytes, app->bytes);
    bool blank = !mem_flash_find_bad(flash, place->app, app->bytes, NULL);
    for (uint32_t i = 0; i < app->bytes && blank; i++) {
        blank = flash->cells[app->offset + i] == 0xFF;
    }
    if (!good || !blank) {
        sweep_blame(sweep, &sweep->tally.lost_updates, &left->first,
                    "the next erase left something of the sector");
    }
    return flash->operation_count;
}

/* The second cut at each operation up to the erase; every kind where all is set, else one. */
static void cut_until_erased(struct sweep *sweep, const struct left *left, uint64_t number,
                             bool all)
{
    uint64_t erased = erase_second(sweep, left);
    for (uint64_t at = 1; at <= erased; at++) {
        for (uint64_t kind = 0; kind < (all ? SWEEP_KINDS : 1); kind++) {
            const struct mem_cut cut = {at, sweep_kind(number / SWEEP_KINDS + kind), SEED + number};
            cut_second(sweep, left, &cut);
        }
    }
}

static void every_first_cut_with_the_second_up_to_the_erase(void **state)
{
    struct sweep sweep;
    struct left left;
    sweep_begin(&sweep, *state, OLD_BYTES, UPDATE_BYTES);
    left_open(&left, &sweep);
    uint64_t operations = sweep_count(&sweep);
    uint64_t all = operations * SWEEP_KINDS;
    uint64_t step = amount == 0 || amount >= all ? 1 : all / amount;
    for (uint64_t i = 0; i < all; i++) {
        uint64_t at = i / SWEEP_KINDS + 1;
        bool edge = at <= EDGE / 10 || at + EDGE > operations;
        if (edge || i % step == 0) {
            const struct mem_cut cut = {at, sweep_kind(i), SEED + i};
            cut_first(&sweep, &cut, &left);
            cut_until_erased(&sweep, &left, i, edge);
        }
    }
    printf("# every kind of first cut at %" PRIu64 " operations, then the second: 1 of %" PRIu64
           " beside both ends; each pair whose second cut is in the erase or before it; seed %d\n",
           operations, step, SEED);
    left_close(&left);
    sweep_end(&sweep);
}

static void one_first_cut_with_every_second(void **state)
{
    struct sweep sweep;
    struct left left;
    sweep_begin(&sweep, *state, OLD_BYTES, UPDATE_BYTES);
    left_open(&left, &sweep);
    uint64_t operations = sweep_count(&sweep);
    cut_first(&sweep, &(struct mem_cut){operations / 2, MEM_CUT_RANDOM, SEED}, &left);
    restore(&sweep, &left);
    assert_true(sweep.way->run(sweep.bench, sweep.fresh, sweep.fresh_bytes));
    uint64_t again = flash_of(&sweep)->operation_count;
    uint64_t all = again * SWEEP_KINDS;
    uint64_t step = amount == 0 || amount >= all ? 1 : all / amount;
    for (uint64_t i = 0; i < all; i++) {
        uint64_t at = i / SWEEP_KINDS + 1;
        if (at + EDGE > again || i % step == 0) {
            cut_second(&sweep, &left, &(struct mem_cut){at, sweep_kind(i), SEED + i});
        }
    }
    printf("# one first cut, then the second at %" PRIu64 " operations, 1 of %" PRIu64 "\n", again,
           step);
    assert_true(sweep.tally.started_new > 0);
    left_close(&left);
    sweep_end(&sweep);
}

/* Pairs as they come, for those who do not trust the rule. */
static void pairs_at_random(void **state)
{
    struct sweep sweep;
    struct left left;
    uint64_t random = SEED;
    sweep_begin(&sweep, *state, OLD_BYTES, UPDATE_BYTES);
    left_open(&left, &sweep);
    uint64_t operations = sweep_count(&sweep);
    uint64_t pairs = amount == 0 ? PAIRS : amount / 4;
    for (uint64_t i = 0; i < pairs; i++) {
        uint64_t first = sweep_random(&random, operations) + 1;
        cut_first(&sweep,
                  &(struct mem_cut){first, sweep_kind(sweep_random(&random, SWEEP_KINDS)), i},
                  &left);
        uint64_t second = sweep_random(&random, operations - FEWER) + 1;
        cut_second(&sweep, &left,
                   &(struct mem_cut){second, sweep_kind(sweep_random(&random, SWEEP_KINDS)), i});
    }
    printf("# %" PRIu64 " pairs of %" PRIu64 " x %" PRIu64 " at random, seed %d\n", pairs,
           operations * SWEEP_KINDS, operations * SWEEP_KINDS, SEED);
    left_close(&left);
    sweep_end(&sweep);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(every_first_cut_with_the_second_up_to_the_erase),
        BENCH_TEST(one_first_cut_with_every_second),
        BENCH_TEST(pairs_at_random),
    };
    argc = sweep_take_amount(argc, argv, &amount);
    return bench_choose(argc, argv) ? cmocka_run_group_tests(tests, NULL, NULL) : 2;
}
