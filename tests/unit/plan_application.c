/* SPDX-License-Identifier: MIT
 * Plans for a bootloader that holds the start of its application back, on one bank and on two. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "image/image.h"
#include "plan/plan.h"

enum { SECTORS_MAX = 8, SECTOR = 0x1000, APP = 0x2000, APP_BYTES = 0x6000, BANK2 = 0x5000 };

/* The board has a read-only sector and 7 of 4 KiB; the application has the first 6 of these. */
struct world {
    struct layout layout;
    struct dfk_image *image;
    struct dfk_flash_options options;
    struct plan_input input;
    struct plan_survey survey;
    struct plan_sector_content content[SECTORS_MAX];
    struct dfk_plan *plan;
};

static const char board[] = "@x/0x1000/1*4Ka,7*4Kg";

static uint8_t ones[0x8000];
static uint8_t blanks[SECTOR];
static uint8_t old[SECTOR];

static void begin(struct world *world, const struct dfk_segment *parts, size_t count)
{
    memset(world, 0, sizeof *world);
    assert_int_equal(layout_parse(board, strlen(board), &world->layout, NULL), LAYOUT_OK);
    assert_int_equal(image_from_memory("x", parts, count, true, &world->image, NULL), 0);
    world->options.no_verify = true;
    world->input = (struct plan_input){.image = world->image,
                                       .layout = &world->layout,
                                       .options = &world->options,
                                       .write_unit_bytes = 32,
                                       .can_verify = true,
                                       .can_leave = true,
                                       .timing = {.erase_min_typ_ms = 20},
                                       .application = {APP, APP_BYTES, 64}};
    assert_int_equal(plan_survey(&world->input, &world->survey, NULL), 0);
    for (size_t i = 0; i < world->survey.count; i++) {
        world->content[i].content = DFK_CONTENT_DATA;
    }
}

static void make(struct world *world)
{
    assert_int_equal(plan_make(&world->input, &world->survey, world->content, &world->plan, NULL),
                     0);
}

static void end(struct world *world)
{
    plan_free(world->plan);
    plan_survey_free(&world->survey);
    dfk_image_free(world->image);
}

static void expect_step(const struct world *world, size_t index, enum dfk_action action,
                        uint32_t addr, uint32_t length)
{
    assert_true(index < dfk_plan_step_count(world->plan));
    const struct dfk_step *step = dfk_plan_get_step(world->plan, index);
    assert_int_equal(step->action, action);
    assert_int_equal(step->addr, addr);
    assert_int_equal(step->length, length);
}

static void the_start_is_written_last(void **context)
{
    (void)context;
    struct world world;
    const struct dfk_segment part = {0, APP, 2 * SECTOR, ones};
    begin(&world, &part, 1);
    make(&world);
    assert_int_equal(dfk_plan_step_count(world.plan), 6);
    expect_step(&world, 0, DFK_ACTION_ERASE, APP, SECTOR);
    expect_step(&world, 1, DFK_ACTION_ERASE, APP + SECTOR, SECTOR);
    expect_step(&world, 2, DFK_ACTION_WRITE, APP + 64, SECTOR - 64);
    expect_step(&world, 3, DFK_ACTION_WRITE, APP + SECTOR, SECTOR);
    expect_step(&world, 4, DFK_ACTION_WRITE, APP, 64);
    expect_step(&world, 5, DFK_ACTION_LEAVE, APP, 0);
    assert_int_equal(dfk_plan_get_summary(world.plan)->bytes_written, 2 * SECTOR);
    end(&world);
}

/* Where flash words are shorter than what is held back, an image may leave the first ones blank. */
static void a_start_whose_first_words_are_blank_is_a_start_all_the_same(void **context)
{
    (void)context;
    static const uint32_t offsets[] = {4, 28, 32};
    for (size_t i = 0; i < 3; i++) {
        struct world world;
        const struct dfk_segment part = {0, APP + offsets[i], SECTOR - offsets[i], ones};
        bool held = offsets[i] < PLAN_HELD_BYTES;
        begin(&world, &part, 1);
        world.input.write_unit_bytes = 4;
        make(&world);
        assert_int_equal(dfk_plan_step_count(world.plan), held ? 4 : 3);
        expect_step(&world, 1, DFK_ACTION_WRITE, APP + (held ? 64 : 32), SECTOR - (held ? 64 : 32));
        expect_step(&world, 2, held ? DFK_ACTION_WRITE : DFK_ACTION_LEAVE, APP + (held ? 0 : 32),
                    held ? 64 : 0);
        assert_int_equal(dfk_plan_get_summary(world.plan)->bytes_written,
                         held ? SECTOR : SECTOR - 32);
        end(&world);
    }
}

static void the_first_sector_joins_a_change_of_a_later_one(void **context)
{
    (void)context;
    struct world world;
    size_t index = 9;
    const struct dfk_segment part = {0, APP + 2 * SECTOR, SECTOR, ones};
    begin(&world, &part, 1);
    assert_int_equal(world.survey.count, 2);
    assert_true(world.survey.sectors[0].preserve);
    assert_int_equal(world.survey.sectors[0].look, PLAN_LOOK_MERGE);
    world.content[0].content = DFK_CONTENT_SAME;
    assert_true(plan_find_rewrite(&world.input, &world.survey, world.content, &index));
    assert_int_equal(index, 0);
    world.content[0].content = DFK_CONTENT_DATA;
    world.content[0].bytes = old;
    make(&world);
    expect_step(&world, 0, DFK_ACTION_ERASE, APP, SECTOR);
    expect_step(&world, 1, DFK_ACTION_ERASE, APP + 2 * SECTOR, SECTOR);
    expect_step(&world, 2, DFK_ACTION_WRITE, APP + 64, SECTOR - 64);
    expect_step(&world, 3, DFK_ACTION_WRITE, APP + 2 * SECTOR, SECTOR);
    expect_step(&world, 4, DFK_ACTION_WRITE, APP, 64);
    assert_memory_equal(plan_step_data(world.plan, 2), old + 64, SECTOR - 64);
    assert_memory_equal(plan_step_data(world.plan, 4), old, 64);
    end(&world);
}

static void nothing_joins_what_does_not_change(void **context)
{
    (void)context;
    struct world world;
    size_t index = 9;
    const struct dfk_segment part = {0, APP + 2 * SECTOR, SECTOR, ones};
    begin(&world, &part, 1);
    world.content[0].content = DFK_CONTENT_SAME;
    world.content[1].content = DFK_CONTENT_SAME;
    assert_false(plan_find_rewrite(&world.input, &world.survey, world.content, &index));
    world.content[1].content = DFK_CONTENT_DATA;
    world.content[0].content = DFK_CONTENT_BLANK; /* there is no application to protect */
    assert_false(plan_find_rewrite(&world.input, &world.survey, world.content, &index));
    make(&world);
    assert_int_equal(dfk_plan_get_summary(world.plan)->sectors_erased, 1);
    end(&world);
}

/* Sectors that are written without an erase change the application, too. */
static void a_write_into_a_blank_sector_is_a_change(void **context)
{
    (void)context;
    struct world world;
    size_t index = 9;
    const struct dfk_segment parts[] = {{0, APP, 100, ones}, {0, APP + SECTOR, SECTOR, ones}};
    begin(&world, parts, 2);
    world.content[0].content = DFK_CONTENT_SAME;
    world.content[1].content = DFK_CONTENT_BLANK;
    assert_true(plan_find_rewrite(&world.input, &world.survey, world.content, &index));
    world.content[0].content = DFK_CONTENT_DATA;
    world.content[0].range_blank = true; /* of the rest nobody knows */
    assert_true(plan_find_rewrite(&world.input, &world.survey, world.content, &index));
    end(&world);
}

static void padding_and_memory_beside_the_application_do_not_count(void **context)
{
    (void)context;
    struct world world;
    const struct dfk_segment parts[] = {{0, APP + SECTOR, SECTOR, blanks},
                                        {0, APP + APP_BYTES, SECTOR, ones}};
    begin(&world, parts, 2);
    assert_int_equal(world.survey.count, 2);
    assert_false(world.survey.sectors[0].preserve);
    end(&world);
}

static void a_first_sector_of_padding_is_preserved(void **context)
{
    (void)context;
    struct world world;
    const struct dfk_segment parts[] = {{0, APP, SECTOR, blanks}, {0, APP + SECTOR, SECTOR, ones}};
    begin(&world, parts, 2);
    assert_int_equal(world.survey.count, 2);
    assert_true(world.survey.sectors[0].preserve);
    assert_false(world.survey.sectors[0].padding);
    world.content[0].bytes = old;
    make(&world);
    expect_step(&world, 2, DFK_ACTION_WRITE, APP + 64, SECTOR - 64);
    assert_memory_equal(plan_step_data(world.plan, 2), old + 64, SECTOR - 64);
    end(&world);
}

static void the_bank_with_fewer_erases_is_written_first(void **context)
{
    (void)context;
    struct world world;
    const struct dfk_segment part = {0, APP, 5 * SECTOR, ones};
    begin(&world, &part, 1);
    world.input.second_bank = BANK2;
    make(&world);
    expect_step(&world, 0, DFK_ACTION_ERASE, APP, SECTOR);
    expect_step(&world, 5, DFK_ACTION_WRITE, BANK2, SECTOR);
    expect_step(&world, 6, DFK_ACTION_WRITE, BANK2 + SECTOR, SECTOR);
    expect_step(&world, 7, DFK_ACTION_WRITE, APP + 64, SECTOR - 64);
    expect_step(&world, 10, DFK_ACTION_WRITE, APP, 64);
    /* Two of the five are over before the others. */
    assert_int_equal(dfk_plan_get_summary(world.plan)->estimate_ms, 3 * 20);
    end(&world);
    begin(&world, &part, 1);
    world.input.second_bank = BANK2 - SECTOR;
    make(&world);
    expect_step(&world, 5, DFK_ACTION_WRITE, APP + 64, SECTOR - 64);
    end(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_start_is_written_last),
        cmocka_unit_test(a_start_whose_first_words_are_blank_is_a_start_all_the_same),
        cmocka_unit_test(the_first_sector_joins_a_change_of_a_later_one),
        cmocka_unit_test(nothing_joins_what_does_not_change),
        cmocka_unit_test(a_write_into_a_blank_sector_is_a_change),
        cmocka_unit_test(padding_and_memory_beside_the_application_do_not_count),
        cmocka_unit_test(a_first_sector_of_padding_is_preserved),
        cmocka_unit_test(the_bank_with_fewer_erases_is_written_first),
    };
    for (size_t i = 0; i < sizeof ones; i++) {
        ones[i] = (uint8_t)(i % 251 + 1);
    }
    memset(blanks, 0xFF, sizeof blanks);
    memset(old, 0x5A, sizeof old);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
