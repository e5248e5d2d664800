/* SPDX-License-Identifier: MIT
 * The host's engine at a board whose flash goes wrong, or whose power is lost, at one operation. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "glue/boards.h"
#include "tests/support/scene.h"
#include "twin/mem/flash.h"

enum {
    APP = 0x08020000,
    SECTOR_BYTES = 0x20000,
    IMAGE_BYTES = 40 * 1024,
    OLD_BYTES = 64 * 1024,
    CUT_KINDS = 5,
    DIP_KINDS = 8,
    EDGE = 40,
    TOLD_MAX = 10,
    SEED = 2026,
};

/* From the command line, before the first test. */
static struct {
    const char *board, *rom; /* rom NULL: our bootloader */
    uint64_t amount;
} chosen;

struct tally {
    uint64_t cuts, dips, well, clear_error, recovered;
    uint64_t partial, stuck, lost_updates, wrong_after_success; /* each must stay 0 */
};

struct engine {
    struct scene scene;
    struct dfk_image *image;
    uint8_t *old;
    struct tally tally;
};

static struct mem_flash *flash_of(const struct engine *engine)
{
    return board_flash(engine->scene.board);
}

static void blame(uint64_t *count, uint64_t at, int kind, const char *what)
{
    if ((*count)++ < TOLD_MAX) {
        printf("# operation %" PRIu64 ", kind %d: %s\n", at, kind, what);
    }
}

/* An old application, DFU mode, operations counted from here. */
static void prepare(struct engine *engine)
{
    struct mem_flash *flash = flash_of(engine);
    flash->cut = (struct mem_cut){0};
    flash->dip = (struct mem_dip){0};
    flash->power_lost = false;
    assert_true(mem_flash_erase(flash, APP));
    assert_true(board_poke(engine->scene.board, APP, engine->old, OLD_BYTES));
    scene_restart(&engine->scene);
    flash->operation_count = 0;
}

static uint64_t count_operations(struct engine *engine)
{
    prepare(engine);
    if (scene_flash(&engine->scene, engine->image, NULL) != 0) {
        fail_msg("without a fault: %s", engine->scene.err.what);
    }
    assert_true(scene_holds(&engine->scene, engine->image));
    return flash_of(engine)->operation_count;
}

static void open_engine(struct engine *engine)
{
    const struct scene_part part = {APP, IMAGE_BYTES, 5};
    const struct board_config config = {.name = chosen.board,
                                        .rom = chosen.rom,
                                        .boot0_low = chosen.rom == NULL,
                                        .make_program = boot_guest_make,
                                        .seed = 1};
    memset(engine, 0, sizeof *engine);
    scene_start_with(&engine->scene, &config);
    engine->image = scene_image(&part, 1);
    engine->old = malloc(OLD_BYTES);
    assert_non_null(engine->old);
    scene_fill(&engine->scene, APP, OLD_BYTES);
    assert_true(board_peek(engine->scene.board, APP, engine->old, OLD_BYTES));
}

static void close_engine(struct engine *engine)
{
    const struct tally *tally = &engine->tally;
    printf("# total: board=%s guest=%s cuts=%" PRIu64 " brown_outs=%" PRIu64 " well=%" PRIu64
           " clear_error=%" PRIu64 " recovered=%" PRIu64 " partial_started=%" PRIu64
           " hangs=%" PRIu64 " bricked=%" PRIu64 " wrong_after_success=%" PRIu64 "\n",
           chosen.board, chosen.rom == NULL ? "native" : chosen.rom, tally->cuts, tally->dips,
           tally->well, tally->clear_error, tally->recovered, tally->partial, tally->stuck,
           tally->lost_updates, tally->wrong_after_success);
    scene_end(&engine->scene);
    dfk_image_free(engine->image);
    free(engine->old);
    assert_int_equal(tally->partial + tally->stuck, 0);
    assert_int_equal(tally->lost_updates + tally->wrong_after_success, 0);
}

/* The person's next command. */
static void recover(struct engine *engine, uint64_t at, int kind)
{
    flash_of(engine)->cut = (struct mem_cut){0};
    flash_of(engine)->dip = (struct mem_dip){0};
    scene_restart(&engine->scene);
    if (scene_flash(&engine->scene, engine->image, NULL) == 0 &&
        scene_holds(&engine->scene, engine->image)) {
        engine->tally.recovered++;
    } else {
        blame(&engine->tally.lost_updates, at, kind, engine->scene.err.what);
        scene_close(&engine->scene);
    }
}

static struct mem_dip dip_of(uint64_t at, uint64_t number)
{
    static const enum mem_dip_kind kinds[DIP_KINDS / 2] = {MEM_DIP_WEAK, MEM_DIP_EXTRA,
                                                           MEM_DIP_OTHER, MEM_DIP_NOTHING};
    uint64_t kind = number % DIP_KINDS;
    return (struct mem_dip){at, kinds[kind / 2], kind % 2 != 0, SEED + number};
}

/* What the engine says, against what is there. */
static void judge(struct engine *engine, int result, bool good, const struct mem_dip *dip)
{
    const struct dfk_error *err = &engine->scene.err;
    if (result == 0 && good) {
        engine->tally.well++;
    } else if (result == 0) {
        blame(&engine->tally.wrong_after_success, dip->at_operation, (int)dip->kind,
              "success over wrong flash");
    } else if (err->what[0] != '\0' && err->code != DFK_E_TIMEOUT && err->code != DFK_E_INTERNAL) {
        engine->tally.clear_error++;
    } else {
        blame(&engine->tally.stuck, dip->at_operation, (int)dip->kind, err->what);
    }
}

static void dip_once(struct engine *engine, const struct mem_dip *dip)
{
    prepare(engine);
    flash_of(engine)->dip = *dip;
    int result = scene_flash(&engine->scene, engine->image, NULL);
    bool good = result == 0 && scene_holds(&engine->scene, engine->image) &&
                !mem_flash_find_bad(flash_of(engine), APP, IMAGE_BYTES, NULL);
    scene_close(&engine->scene);
    engine->tally.dips++;
    judge(engine, result, good, dip);
    recover(engine, dip->at_operation, (int)dip->kind);
}

static bool is_chosen(uint64_t i, uint64_t kinds, uint64_t operations)
{
    uint64_t all = operations * kinds;
    uint64_t step = chosen.amount == 0 || chosen.amount >= all ? 1 : all / chosen.amount;
    uint64_t at = i / kinds + 1;
    return i % step == 0 || at <= 2 || at + EDGE > operations;
}

static void no_flash_succeeds_over_what_a_brown_out_left(void **context)
{
    (void)context;
    struct engine engine;
    open_engine(&engine);
    uint64_t operations = count_operations(&engine);
    for (uint64_t i = 0; i < operations * DIP_KINDS; i++) {
        if (is_chosen(i, DIP_KINDS, operations)) {
            const struct mem_dip dip = dip_of(i / DIP_KINDS + 1, i);
            dip_once(&engine, &dip);
        }
    }
    printf("# brown-outs at %" PRIu64 " operations, seed %d\n", operations, SEED);
    assert_true(engine.tally.dips > 0);
    close_engine(&engine);
}

static bool is_blank(const struct engine *engine)
{
    const struct mem_flash *flash = flash_of(engine);
    const uint8_t *cells = flash->cells + (APP - flash->geometry->base);
    uint32_t at = 0;
    while (at < SECTOR_BYTES && cells[at] == 0xFF) {
        at++;
    }
    return at == SECTOR_BYTES && !mem_flash_find_bad(flash, APP, SECTOR_BYTES, NULL);
}

static void no_erase_succeeds_over_what_a_brown_out_left(void **context)
{
    (void)context;
    enum { TIMES = 5 };
    const struct dfk_range range = {APP, SECTOR_BYTES};
    struct engine engine;
    open_engine(&engine);
    prepare(&engine);
    assert_int_equal(scene_erase(&engine.scene, &range, NULL), 0);
    uint64_t last = flash_of(&engine)->operation_count; /* what is there may be spoilt before */
    for (uint64_t i = 0; i < (uint64_t)DIP_KINDS * TIMES; i++) {
        const struct mem_dip dip = dip_of(last, i);
        prepare(&engine);
        flash_of(&engine)->dip = dip;
        int result = scene_erase(&engine.scene, &range, NULL);
        scene_close(&engine.scene);
        engine.tally.dips++;
        judge(&engine, result, is_blank(&engine), &dip);
        recover(&engine, dip.at_operation, (int)dip.kind);
    }
    close_engine(&engine);
}

static void judge_start(struct engine *engine, const struct mem_cut *cut)
{
    if (!scene_power_on(&engine->scene)) {
        return;
    }
    uint8_t *found = malloc(OLD_BYTES);
    assert_non_null(found);
    assert_true(board_peek(engine->scene.board, APP, found, OLD_BYTES));
    bool old = memcmp(found, engine->old, OLD_BYTES) == 0;
    free(found);
    if (!old && !scene_holds(&engine->scene, engine->image)) {
        blame(&engine->tally.partial, cut->at_operation, (int)cut->kind,
              "a partial application was started");
    }
}

/* Only our bootloader promises this: a ROM starts whatever is there. */
static void power_lost_in_a_flash_by_the_engine(void **context)
{
    (void)context;
    static const enum mem_cut_kind kinds[CUT_KINDS] = {
        MEM_CUT_BEFORE, MEM_CUT_LOW_HALF, MEM_CUT_HIGH_HALF, MEM_CUT_RANDOM, MEM_CUT_AFTER};
    struct engine engine;
    open_engine(&engine);
    uint64_t operations = count_operations(&engine);
    for (uint64_t i = 0; i < operations * CUT_KINDS; i++) {
        if (is_chosen(i, CUT_KINDS, operations)) {
            const struct mem_cut cut = {i / CUT_KINDS + 1, kinds[i % CUT_KINDS], SEED + i};
            prepare(&engine);
            flash_of(&engine)->cut = cut;
            (void)scene_flash(&engine.scene, engine.image, NULL);
            scene_close(&engine.scene);
            assert_true(flash_of(&engine)->power_lost);
            engine.tally.cuts++;
            flash_of(&engine)->cut = (struct mem_cut){0};
            if (chosen.rom == NULL) {
                judge_start(&engine, &cut);
            }
            recover(&engine, cut.at_operation, (int)cut.kind);
        }
    }
    printf("# cuts at %" PRIu64 " operations, seed %d\n", operations, SEED);
    close_engine(&engine);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_flash_succeeds_over_what_a_brown_out_left),
        cmocka_unit_test(no_erase_succeeds_over_what_a_brown_out_left),
        cmocka_unit_test(power_lost_in_a_flash_by_the_engine),
    };
    if (argc != 4) {
        (void)fprintf(stderr, "usage: %s BOARD ROM|boot AMOUNT   (0: everything)\n", argv[0]);
        return 2;
    }
    chosen.board = argv[1];
    chosen.rom = strcmp(argv[2], "boot") == 0 ? NULL : argv[2];
    chosen.amount = strtoull(argv[3], NULL, 10);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
