/* SPDX-License-Identifier: MIT
 * A dip of the supply spoils one flash operation of an update, and the bootloader goes on. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/powercut/ways.h"

enum { UPDATE_BYTES = 40 * 1024, OLD_BYTES = 64 * 1024, KINDS = 8, EDGE = 40, SEED = 2026 };

/* From the command line, before the first test. */
static uint64_t amount;

/* Each kind of dip, noticed by the flash controller or not. */
static struct mem_dip dip_of(uint64_t at, uint64_t number, uint64_t seed)
{
    static const enum mem_dip_kind kinds[KINDS / 2] = {MEM_DIP_WEAK, MEM_DIP_EXTRA, MEM_DIP_OTHER,
                                                       MEM_DIP_NOTHING};
    return (struct mem_dip){at, kinds[number % KINDS / 2], number % 2 != 0, seed};
}

/* The whole slot, after a mass erase that was said to have gone well. */
static bool is_blank(struct sweep *sweep)
{
    const struct bench_place *place = sweep->bench->place;
    const struct mem_flash *flash = board_flash(sweep->bench->host.board);
    const uint8_t *cells = flash->cells + (place->app - flash->geometry->base);
    uint32_t at = 0;
    while (at < place->app_bytes && cells[at] == 0xFF) {
        at++;
    }
    return at == place->app_bytes && !mem_flash_find_bad(flash, place->app, place->app_bytes, NULL);
}

/* What the host was told, against what is there. An application that runs, runs whole. */
static void judge(struct sweep *sweep, const struct mem_cut *where, bool success)
{
    struct sweep_tally *tally = &sweep->tally;
    bool old = sweep_holds(sweep, sweep->old, sweep->old_bytes);
    bool fresh = sweep_holds(sweep, sweep->fresh, sweep->fresh_bytes);
    bool wanted = sweep->way->blank ? is_blank(sweep) : fresh;
    if (success && !wanted) {
        sweep_blame(sweep, &tally->wrong_after_success, where, "success over wrong flash");
    }
    if (dfu_host_started(&sweep->bench->host) && !old && !fresh) {
        sweep_blame(sweep, &tally->partial, where, "a partial application was started");
    }
}

/* An error that the host is told, and that goes when it is cleared. */
static bool is_clear_error(struct bench *bench)
{
    struct dfu_status status = {0};
    return dfu_host_get_status(&bench->host, &status) == EP0_ACK && status.state == DFU_ERROR &&
           status.status != DFU_OK && status.string_index != 0 &&
           dfu_host_clear_status(&bench->host) == EP0_ACK &&
           dfu_host_get_state(&bench->host) == DFU_IDLE;
}

static void dip_once(struct sweep *sweep, const struct mem_dip *dip)
{
    struct bench *bench = sweep->bench;
    struct mem_flash *flash = board_flash(bench->host.board);
    const struct mem_cut where = {dip->at_operation, MEM_CUT_NONE, dip->seed};
    sweep_prepare(sweep);
    flash->dip = *dip;
    bool success = sweep->way->run(bench, sweep->fresh, sweep->fresh_bytes);
    flash->dip = (struct mem_dip){0};
    sweep->tally.dips++;
    judge(sweep, &where, success);
    sweep_judge_versions(sweep, &where);
    bool started = dfu_host_started(&bench->host);
    if (!success && is_clear_error(bench)) {
        sweep->tally.refused++;
    } else if (!success && !started) {
        sweep_blame(sweep, &sweep->tally.stuck, &where, "neither success nor an error");
    }
    sweep_recover(sweep, sweep_power_on(sweep, &where), &where);
}

/* As with cuts: where it takes long, a share of what is done whole elsewhere. */
static uint64_t edge_step(const struct sweep *sweep, uint64_t most)
{
    return sweep->bench->arm && most != 0 ? 1 + (uint64_t)EDGE * KINDS / most : 1;
}

static void dip_everywhere(struct sweep *sweep, uint64_t most, uint64_t seeds)
{
    uint64_t operations = sweep_count(sweep);
    uint64_t all = operations * KINDS;
    uint64_t step = most == 0 || most >= all ? 1 : all / most;
    uint64_t before = sweep->tally.dips;
    for (uint64_t i = 0; i < all; i++) {
        uint64_t at = i / KINDS + 1;
        bool near = at <= EDGE / 10 || at + EDGE > operations;
        bool edge = near && i % edge_step(sweep, most) == 0;
        uint64_t often = edge ? seeds : 1;
        for (uint64_t seed = 0; seed < (edge || i % step == 0 ? often : 0); seed++) {
            const struct mem_dip dip = dip_of(at, i, SEED + i * seeds + seed);
            dip_once(sweep, &dip);
        }
    }
    printf("# %s: %" PRIu64 " brown-outs at %" PRIu64 " operations, seed %d\n", sweep->way->name,
           sweep->tally.dips - before, operations, SEED);
}

static void no_update_succeeds_over_wrong_flash(void **state)
{
    struct sweep sweep;
    sweep_begin(&sweep, *state, OLD_BYTES, UPDATE_BYTES);
    dip_everywhere(&sweep, amount, amount == 0 ? 8 : 1);
    assert_true(sweep.bench->arm || (sweep.tally.refused > 0 && sweep.tally.started_new > 0));
    sweep_end(&sweep);
}

static void no_update_without_leave_succeeds_over_wrong_flash(void **state)
{
    struct sweep sweep;
    sweep_begin(&sweep, *state, OLD_BYTES, UPDATE_BYTES);
    sweep.way = &way_reset;
    dip_everywhere(&sweep, amount == 0 ? 2000 : 1 + amount / 4, amount == 0 ? 8 : 1);
    assert_true(sweep.bench->arm || sweep.tally.refused > 0);
    sweep_end(&sweep);
}

static void no_mass_erase_succeeds_over_what_is_not_blank(void **state)
{
    struct sweep sweep;
    struct bench *bench = *state;
    sweep_begin(&sweep, bench, bench->place->app_bytes, UPDATE_BYTES);
    sweep.way = &way_wipe;
    dip_everywhere(&sweep, bench->arm ? amount : 0, amount == 0 ? 50 : 1);
    sweep.way = &way_mass;
    dip_everywhere(&sweep, amount == 0 ? 2000 : 1 + amount / 4, 1);
    sweep_end(&sweep);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(no_update_succeeds_over_wrong_flash),
        BENCH_TEST(no_update_without_leave_succeeds_over_wrong_flash),
        BENCH_TEST(no_mass_erase_succeeds_over_what_is_not_blank),
    };
    argc = sweep_take_amount(argc, argv, &amount);
    return bench_choose(argc, argv) ? cmocka_run_group_tests(tests, NULL, NULL) : 2;
}
