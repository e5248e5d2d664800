/* SPDX-License-Identifier: MIT
 * B2: power is lost at every operation of an update, in every way it can be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/boot/bench.h"
#include "twin/mem/flash.h"

enum {
    UPDATE_BYTES = 40 * 1024,
    SAMPLE = 500,       /* on the ARM guest, where a cut takes longer */
    RECOVER_EVERY = 97, /* a second update after so many cuts */
    EDGE = 16,
};

/* What was found after a cut. */
struct tally {
    uint32_t cuts, started_old, started_new, in_dfu_mode;
};

/* The update; ends early when the power goes. */
static void update(struct bench *bench)
{
    struct dfu_host *host = &bench->host;
    bool good = dfu_host_erase(host, bench->place->app, bench->place->app_sector_bytes,
                               bench->place->app_sector_bytes) &&
                dfu_host_write(host, bench->place->app, bench->image, UPDATE_BYTES);
    if (good) {
        dfu_host_leave(host, true);
        (void)bench_wait_started(bench, BENCH_LEAVE_MS);
    }
}

/* An old application in flash, the new one in bench->image, DFU mode by the button. */
static void prepare(struct bench *bench)
{
    struct mem_flash *flash = board_flash(bench->host.board);
    flash->cut = (struct mem_cut){0};
    flash->power_lost = false;
    assert_true(mem_flash_erase(flash, bench->place->app));
    bench_forget_versions(bench);
    bench_install(bench, 3);
    bench_enter_by_button(bench);
    flash->operation_count = 0;
}

static uint64_t count_operations(struct bench *bench)
{
    prepare(bench);
    update(bench);
    assert_true(dfu_host_started(&bench->host));
    assert_true(bench_holds(bench, bench->place->app, bench->image, UPDATE_BYTES));
    return board_flash(bench->host.board)->operation_count;
}

/* Whatever stands in flash now: DFU mode, or one of the two applications, whole. */
static void check(struct bench *bench, struct tally *tally)
{
    struct dfu_host *host = &bench->host;
    uint32_t app = bench->place->app;
    bool dfu = dfu_host_power_on(host, BENCH_UP_MS);
    if (dfu) {
        assert_int_equal(bench_status(bench).state, DFU_IDLE);
        tally->in_dfu_mode++;
        return;
    }
    assert_true(dfu_host_started(host));
    bool old = bench_holds(bench, app, bench->other, BENCH_IMAGE_MAX);
    bool fresh = bench_holds(bench, app, bench->image, UPDATE_BYTES);
    uint32_t bad = 0;
    bool readable = !mem_flash_find_bad(board_flash(host->board), app, UPDATE_BYTES, &bad);
    if (!(old || fresh) || !readable) {
        const struct mem_cut *where = &board_flash(host->board)->cut;
        fail_msg("cut %u, kind %d: a partial application was started (%s%s%s)",
                 (unsigned)where->at_operation, where->kind, old ? "old " : "", fresh ? "new " : "",
                 readable ? "" : "unreadable");
    }
    tally->started_old += old;
    tally->started_new += fresh;
}

static void cut(struct bench *bench, const struct mem_cut *where, struct tally *tally)
{
    prepare(bench);
    board_flash(bench->host.board)->cut = *where;
    update(bench);
    if (!board_flash(bench->host.board)->power_lost) {
        fail_msg("operation %u was not reached", (unsigned)where->at_operation);
    }
    check(bench, tally);
    tally->cuts++;
    if (tally->cuts % RECOVER_EVERY == 0) {
        (void)count_operations(bench);
    }
}

static void tell(const struct tally *tally, uint64_t operations)
{
    printf(
        "# %u cuts at %u operations: %u times the old application, %u the new one, %u DFU mode\n",
        (unsigned)tally->cuts, (unsigned)operations, (unsigned)tally->started_old,
        (unsigned)tally->started_new, (unsigned)tally->in_dfu_mode);
}

static void b2_power_lost_at_every_operation(void **state)
{
    static const enum mem_cut_kind kinds[] = {MEM_CUT_BEFORE, MEM_CUT_LOW_HALF, MEM_CUT_RANDOM,
                                              MEM_CUT_AFTER};
    enum { KINDS = sizeof kinds / sizeof kinds[0] };
    struct bench *bench = *state;
    struct tally tally = {0};
    bench_make_image(bench, bench->image, UPDATE_BYTES, 5);
    uint64_t operations = count_operations(bench);
    uint64_t all = operations * KINDS;
    uint64_t step = bench->arm ? all / SAMPLE : 1;
    for (uint64_t i = 0; i < all; i++) {
        bool edge = i < EDGE || all - i <= EDGE; /* where the old and the new application are */
        if (edge || i % step == 0) {
            struct mem_cut where = {i / KINDS + 1, kinds[i % KINDS], i};
            cut(bench, &where, &tally);
        }
    }
    tell(&tally, operations);
    assert_true(tally.started_new > 0 && tally.in_dfu_mode > 0);
    assert_true(tally.started_old > 0);
}

/* Bits that an erase had raised when it was cut off, with a little luck those of a valid start. */
static void b2_a_torn_erase_does_not_bring_the_old_application_back(void **state)
{
    enum { FIRST_OPERATIONS = 4, SEEDS = 1500, ARM_SEEDS = 10 };
    struct bench *bench = *state;
    struct tally tally = {0};
    bench_make_image(bench, bench->image, UPDATE_BYTES, 5);
    for (uint64_t seed = 0; seed < (bench->arm ? ARM_SEEDS : SEEDS); seed++) {
        for (uint64_t at = 1; at <= FIRST_OPERATIONS; at++) {
            const struct mem_cut where = {at, MEM_CUT_RANDOM, seed};
            cut(bench, &where, &tally);
        }
    }
    tell(&tally, FIRST_OPERATIONS);
    assert_true(tally.in_dfu_mode > 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(b2_power_lost_at_every_operation),
        BENCH_TEST(b2_a_torn_erase_does_not_bring_the_old_application_back),
    };
    return bench_choose(argc, argv) ? cmocka_run_group_tests(tests, NULL, NULL) : 2;
}
