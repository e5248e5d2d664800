/* SPDX-License-Identifier: MIT
 * Updates of a board whose flash is struck at one operation, and what must hold afterwards. */
#include "tests/powercut/sweep.h"

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
    EDGE = 40, /* operations where the old and the new application are: the commit is 32 bytes */
    TOLD_MAX = 10,
    OLD_SEED = 3,
    FRESH_SEED = 5
};

static const enum mem_cut_kind kinds[SWEEP_KINDS] = {
    MEM_CUT_BEFORE, MEM_CUT_LOW_HALF, MEM_CUT_HIGH_HALF, MEM_CUT_RANDOM, MEM_CUT_AFTER};

enum mem_cut_kind sweep_kind(uint64_t number)
{
    return kinds[number % SWEEP_KINDS];
}

uint64_t sweep_random(uint64_t *state, uint64_t limit)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (*state >> 33) % limit;
}

int sweep_take_amount(int argc, char **argv, uint64_t *amount)
{
    char *end = NULL;
    *amount = argc > 1 ? strtoull(argv[argc - 1], &end, 10) : 0;
    bool good = end != NULL && end != argv[argc - 1] && *end == '\0';
    if (!good) {
        (void)fprintf(stderr, "usage: %s native|arm BOARD AMOUNT   (0: everything)\n", argv[0]);
    }
    return good ? argc - 1 : 0;
}

static uint8_t *make_image(struct bench *bench, uint32_t length, bool fresh)
{
    uint8_t *data = malloc(length);
    assert_non_null(data);
    bench_make_image(bench, data, length, fresh ? FRESH_SEED : OLD_SEED);
    bench_seal(bench, data, length, fresh ? SWEEP_FRESH_VERSION : SWEEP_OLD_VERSION);
    return data;
}

void sweep_begin(struct sweep *sweep, struct bench *bench, uint32_t old_bytes, uint32_t fresh_bytes)
{
    *sweep = (struct sweep){.bench = bench,
                            .way = &way_plain,
                            .old = make_image(bench, old_bytes, false),
                            .fresh = make_image(bench, fresh_bytes, true),
                            .old_bytes = old_bytes,
                            .fresh_bytes = fresh_bytes};
}

void sweep_end(struct sweep *sweep)
{
    const struct sweep_tally *tally = &sweep->tally;
    printf("# total: board=%s guest=%s cuts=%" PRIu64 " second_cuts=%" PRIu64 " brown_outs=%" PRIu64
           " old_application=%" PRIu64 " new_application=%" PRIu64 " dfu_mode=%" PRIu64
           " clear_error=%" PRIu64 " recovered=%" PRIu64 " partial_started=%" PRIu64
           " hangs=%" PRIu64 " bricked=%" PRIu64 " wrong_after_success=%" PRIu64
           " lost_versions=%" PRIu64 "\n",
           sweep->bench->place->name, sweep->bench->arm ? "arm" : "native", tally->cuts,
           tally->second_cuts, tally->dips, tally->started_old, tally->started_new,
           tally->in_dfu_mode, tally->refused, tally->recovered, tally->partial, tally->stuck,
           tally->lost_updates, tally->wrong_after_success, tally->lost_versions);
    free(sweep->old);
    free(sweep->fresh);
    assert_int_equal(tally->partial + tally->stuck, 0);
    assert_int_equal(tally->lost_updates + tally->wrong_after_success, 0);
    assert_int_equal(tally->lost_versions, 0);
}

void sweep_blame(struct sweep *sweep, uint64_t *count, const struct mem_cut *cut, const char *what)
{
    static const char *const names[] = {
        [MEM_CUT_NONE] = "none",           [MEM_CUT_BEFORE] = "before",
        [MEM_CUT_LOW_HALF] = "low half",   [MEM_CUT_RANDOM] = "random",
        [MEM_CUT_HIGH_HALF] = "high half", [MEM_CUT_AFTER] = "after"};
    if ((*count)++ < TOLD_MAX) {
        printf("# %s, operation %" PRIu64 ", %s, seed %" PRIu64 ": %s\n", sweep->way->name,
               cut->at_operation, names[cut->kind], cut->seed, what);
    }
}

bool sweep_holds(struct sweep *sweep, const uint8_t *image, uint32_t length)
{
    struct mem_flash *flash = board_flash(sweep->bench->host.board);
    return bench_holds(sweep->bench, sweep->bench->place->app, image, length) &&
           !mem_flash_find_bad(flash, sweep->bench->place->app, length, NULL);
}

/* What the update or the application before it may have touched is blank again. */
static void clear(struct sweep *sweep)
{
    const struct bench_place *place = sweep->bench->place;
    uint32_t most = sweep->old_bytes > sweep->fresh_bytes ? sweep->old_bytes : sweep->fresh_bytes;
    uint32_t length = sweep->way->wipes ? place->app_bytes : most;
    for (uint32_t at = 0; at < length; at += place->app_sector_bytes) {
        assert_true(mem_flash_erase(board_flash(sweep->bench->host.board), place->app + at));
    }
}

void sweep_prepare(struct sweep *sweep)
{
    struct bench *bench = sweep->bench;
    struct mem_flash *flash = board_flash(bench->host.board);
    flash->cut = (struct mem_cut){0};
    flash->dip = (struct mem_dip){0};
    flash->power_lost = false;
    clear(sweep);
    bench_forget_versions(bench);
    if (bench->place->seal_board != NULL) {
        version_log_note(bench, SWEEP_OLD_VERSION);
        sweep->floor = SWEEP_OLD_VERSION;
    }
    assert_true(board_poke(bench->host.board, bench->place->app, sweep->old, sweep->old_bytes));
    bench_enter_by_button(bench);
    flash->operation_count = 0;
}

uint64_t sweep_count(struct sweep *sweep)
{
    sweep_prepare(sweep);
    if (!sweep->way->run(sweep->bench, sweep->fresh, sweep->fresh_bytes)) {
        fail_msg("%s: the update did not succeed without a fault", sweep->way->name);
    }
    uint64_t operations = board_flash(sweep->bench->host.board)->operation_count;
    assert_true(sweep->way->blank || sweep_holds(sweep, sweep->fresh, sweep->fresh_bytes));
    return operations;
}

static void judge_application(struct sweep *sweep, const struct mem_cut *cut)
{
    struct sweep_tally *tally = &sweep->tally;
    bool old = sweep_holds(sweep, sweep->old, sweep->old_bytes);
    bool fresh = sweep_holds(sweep, sweep->fresh, sweep->fresh_bytes);
    tally->started_old += old;
    tally->started_new += fresh;
    if (!old && !fresh) {
        sweep_blame(sweep, &tally->partial, cut, "a partial application was started");
    }
}

static bool is_floor_kept(struct sweep *sweep, uint32_t floor)
{
    struct bench *bench = sweep->bench;
    bool known = floor == SWEEP_OLD_VERSION || floor == SWEEP_FRESH_VERSION;
    bool fresh = dfu_host_started(&bench->host) &&
                 bench_holds(bench, bench->place->app, sweep->fresh, sweep->fresh_bytes);
    bool old = dfu_host_started(&bench->host) && !fresh;
    return known && floor >= sweep->floor && (!fresh || floor == SWEEP_FRESH_VERSION) &&
           (!old || floor == SWEEP_OLD_VERSION);
}

void sweep_judge_versions(struct sweep *sweep, const struct mem_cut *cut)
{
    struct bench *bench = sweep->bench;
    if (bench->place->seal_board == NULL) {
        return;
    }
    uint32_t floor = version_log_floor(bench);
    if (!is_floor_kept(sweep, floor)) {
        sweep_blame(sweep, &sweep->tally.lost_versions, cut, "a version was forgotten");
    }
    sweep->floor = floor;
}

/* In dfuIDLE, the board has to say what stands in its flash. */
static void ask_versions(struct sweep *sweep, const struct mem_cut *cut)
{
    struct bench *bench = sweep->bench;
    if (bench->place->seal_board != NULL && version_log_ask(bench) != version_log_floor(bench)) {
        sweep_blame(sweep, &sweep->tally.lost_versions, cut, "a version is not minded");
    }
}

bool sweep_power_on(struct sweep *sweep, const struct mem_cut *cut)
{
    struct bench *bench = sweep->bench;
    struct sweep_tally *tally = &sweep->tally;
    struct dfu_status status = {0};
    board_flash(bench->host.board)->cut = (struct mem_cut){0};
    bool dfu = dfu_host_power_on(&bench->host, BENCH_UP_MS);
    bool idle = dfu && dfu_host_get_status(&bench->host, &status) == EP0_ACK &&
                status.state == DFU_IDLE && status.status == DFU_OK;
    if (idle) {
        tally->in_dfu_mode++;
        ask_versions(sweep, cut);
    } else if (dfu_host_started(&bench->host)) {
        judge_application(sweep, cut);
    } else {
        sweep_blame(sweep, &tally->stuck, cut, "neither an application nor DFU mode within 1 s");
    }
    sweep_judge_versions(sweep, cut);
    return idle;
}

void sweep_recover(struct sweep *sweep, bool dfu, const struct mem_cut *cut)
{
    struct sweep_tally *tally = &sweep->tally;
    board_flash(sweep->bench->host.board)->cut = (struct mem_cut){0};
    if (!dfu) {
        bench_enter_by_button(sweep->bench);
    }
    if (way_plain.run(sweep->bench, sweep->fresh, sweep->fresh_bytes) &&
        sweep_holds(sweep, sweep->fresh, sweep->fresh_bytes)) {
        tally->recovered++;
    } else {
        sweep_blame(sweep, &tally->lost_updates, cut, "the next update did not succeed");
    }
    sweep_judge_versions(sweep, cut);
}

void sweep_cut(struct sweep *sweep, const struct mem_cut *cut)
{
    struct mem_flash *flash = board_flash(sweep->bench->host.board);
    sweep_prepare(sweep);
    flash->cut = *cut;
    (void)sweep->way->run(sweep->bench, sweep->fresh, sweep->fresh_bytes);
    if (!flash->power_lost) {
        fail_msg("%s: operation %" PRIu64 " was not reached", sweep->way->name, cut->at_operation);
    }
    sweep->tally.cuts++;
    sweep_recover(sweep, sweep_power_on(sweep, cut), cut);
}

/* Both ends are done whole, whatever the amount; where a cut takes long, a share of them. */
static uint64_t edge_step(const struct sweep *sweep, const struct sweep_plan *plan)
{
    bool share = sweep->bench->arm && plan->amount != 0;
    return share ? 1 + (uint64_t)EDGE * SWEEP_KINDS / plan->amount : 1;
}

void sweep_cuts(struct sweep *sweep, const struct sweep_plan *plan)
{
    uint64_t operations = sweep_count(sweep);
    uint64_t first = plan->last == 0 || plan->last >= operations ? 0 : operations - plan->last;
    uint64_t all = (operations - first) * SWEEP_KINDS;
    uint64_t step = plan->amount == 0 || plan->amount >= all ? 1 : all / plan->amount;
    uint64_t before = sweep->tally.cuts;
    for (uint64_t i = 0; i < all; i++) {
        uint64_t at = first + i / SWEEP_KINDS + 1;
        bool near = at <= EDGE / 10 || at + EDGE > operations;
        bool edge = near && i % edge_step(sweep, plan) == 0;
        uint64_t often = edge && sweep_kind(i) == MEM_CUT_RANDOM ? plan->seeds : 1;
        for (uint64_t seed = 0; seed < (edge || i % step == 0 ? often : 0); seed++) {
            const struct mem_cut cut = {at, sweep_kind(i), plan->seed + i * plan->seeds + seed};
            sweep_cut(sweep, &cut);
        }
    }
    printf("# %s: %" PRIu64 " cuts at %" PRIu64 " operations, seed %" PRIu64 "\n", sweep->way->name,
           sweep->tally.cuts - before, operations - first, plan->seed);
}
