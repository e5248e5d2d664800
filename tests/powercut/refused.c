/* SPDX-License-Identifier: MIT
 * Power is lost, or dips, in an update with an image that the board must refuse. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/powercut/ways.h"
#include "tests/support/seal_maker.h"

enum {
    UPDATE_BYTES = 40 * 1024,
    OLD_BYTES = 64 * 1024,
    FIRST = 4, /* operations, where the old application goes */
    DIPS = 8,
    HELD_BYTES = 32, /* of the start, which is written last */
    SEED = 2026,
    OLDER_VERSION = 0x00FF0000,
};

/* From the command line, before the first test. */
static uint64_t amount;

/* What is wrong with an image: how it is sealed, and which byte is altered then. */
struct wrong {
    const char *name;
    struct seal_maker seal;
    uint32_t altered_from_end; /* 0: none */
};

static const struct wrong wrongs[] = {
    {.name = "not sealed",
     .seal = {.flags = SEAL_MAKER_SIGNED, .seed = SEAL_MAKER_EXAMPLE},
     .altered_from_end = UPDATE_BYTES - 32},
    {.name = "another board's",
     .seal = {.board = "another", .flags = SEAL_MAKER_SIGNED, .seed = SEAL_MAKER_EXAMPLE}},
    {.name = "not signed", .seal = {.seed = SEAL_MAKER_EXAMPLE}},
    {.name = "another key's", .seal = {.flags = SEAL_MAKER_SIGNED, .seed = SEAL_MAKER_OTHER}},
    {.name = "wrongly signed",
     .seal = {.flags = SEAL_MAKER_SIGNED, .seed = SEAL_MAKER_EXAMPLE},
     .altered_from_end = 1},
    {.name = "torn",
     .seal = {.flags = SEAL_MAKER_SIGNED, .seed = SEAL_MAKER_EXAMPLE},
     .altered_from_end = UPDATE_BYTES / 2},
    {.name = "older",
     .seal = {.version = OLDER_VERSION, .flags = SEAL_MAKER_SIGNED, .seed = SEAL_MAKER_EXAMPLE}},
};
enum { WRONGS = sizeof wrongs / sizeof wrongs[0] };

static void make_wrong(const struct sweep *sweep, const struct wrong *wrong, uint8_t *image)
{
    struct seal_maker how = wrong->seal;
    how.board = how.board == NULL ? sweep->bench->place->seal_board : how.board;
    how.version = how.version == 0 ? SWEEP_FRESH_VERSION : how.version;
    memcpy(image, sweep->fresh, UPDATE_BYTES);
    seal_maker_put(image, UPDATE_BYTES, &how);
    if (wrong->altered_from_end != 0) {
        image[UPDATE_BYTES - wrong->altered_from_end] ^= 1;
    }
}

/* Tries to install it, struck once or not at all (at_operation 0). Returns how many operations of
 * the flash that took. */
static uint64_t attempt(struct sweep *sweep, const uint8_t *image, const struct mem_cut *cut,
                        const struct mem_dip *dip)
{
    struct bench *bench = sweep->bench;
    struct mem_flash *flash = board_flash(bench->host.board);
    const struct mem_cut where = {cut->at_operation + dip->at_operation, cut->kind, cut->seed};
    sweep_prepare(sweep);
    flash->cut = *cut;
    flash->dip = *dip;
    bool success = sweep->way->run(bench, image, UPDATE_BYTES);
    flash->dip = (struct mem_dip){0};
    uint64_t operations = flash->operation_count;
    if (success) {
        sweep_blame(sweep, &sweep->tally.wrong_after_success, &where, "a wrong image was taken");
    } else if (dfu_host_started(&bench->host)) {
        sweep_blame(sweep, &sweep->tally.partial, &where, "a wrong image was started");
    }
    sweep->tally.cuts += cut->at_operation != 0;
    sweep->tally.dips += dip->at_operation != 0;
    sweep_judge_versions(sweep, &where);
    bool dfu = sweep_power_on(sweep, &where); /* which also blames what is neither old nor fresh */
    if (bench_holds(bench, bench->place->app, image, HELD_BYTES)) {
        sweep_blame(sweep, &sweep->tally.partial, &where, "a wrong image became the application");
    }
    sweep_recover(sweep, dfu, &where);
    return operations;
}

/* The operations of one attempt: the first and the last ones, and as many between them. */
static void strike(struct sweep *sweep, const uint8_t *image)
{
    static const enum mem_dip_kind kinds[] = {MEM_DIP_WEAK, MEM_DIP_EXTRA, MEM_DIP_OTHER,
                                              MEM_DIP_NOTHING};
    uint64_t operations = attempt(sweep, image, &(struct mem_cut){0}, &(struct mem_dip){0});
    uint64_t all = operations * SWEEP_KINDS;
    uint64_t step = amount == 0 || amount >= all ? 1 + all / 4000 : all / amount;
    for (uint64_t i = 0; i < all; i++) {
        uint64_t at = i / SWEEP_KINDS + 1;
        if (i % step != 0 && at > FIRST && at + FIRST <= operations) {
            continue;
        }
        const struct mem_cut cut = {at, sweep_kind(i), SEED + i};
        const struct mem_dip dip = {at, kinds[i % (DIPS / 2)], i % DIPS >= DIPS / 2, SEED + i};
        (void)attempt(sweep, image, &cut, &(struct mem_dip){0});
        (void)attempt(sweep, image, &(struct mem_cut){0}, &dip);
    }
}

static void strike_all(struct bench *bench, const struct way *way)
{
    uint8_t *image = malloc(UPDATE_BYTES);
    assert_non_null(image);
    struct sweep sweep;
    sweep_begin(&sweep, bench, OLD_BYTES, UPDATE_BYTES);
    sweep.way = way;
    for (uint32_t i = 0; i < WRONGS; i++) {
        make_wrong(&sweep, &wrongs[i], image);
        uint64_t before = sweep.tally.partial + sweep.tally.wrong_after_success;
        strike(&sweep, image);
        uint64_t after = sweep.tally.partial + sweep.tally.wrong_after_success;
        printf("# %s, %s: %s\n", way->name, wrongs[i].name, after > before ? "taken" : "refused");
    }
    free(image);
    assert_true(sweep.tally.in_dfu_mode > 0 && sweep.tally.started_old > 0);
    sweep_end(&sweep);
}

static void a_wrong_image_is_never_started_whatever_strikes_its_update(void **state)
{
    strike_all(*state, &way_plain);
}

static void a_wrong_image_is_never_committed_without_leave(void **state)
{
    strike_all(*state, &way_reset);
}

static void a_wrong_image_is_not_committed_when_the_cable_is_pulled(void **state)
{
    strike_all(*state, &way_cable);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(a_wrong_image_is_never_started_whatever_strikes_its_update),
        BENCH_TEST(a_wrong_image_is_never_committed_without_leave),
        BENCH_TEST(a_wrong_image_is_not_committed_when_the_cable_is_pulled),
    };
    argc = sweep_take_amount(argc, argv, &amount);
    return bench_choose(argc, argv) ? cmocka_run_group_tests(tests, NULL, NULL) : 2;
}
