/* SPDX-License-Identifier: MIT
 * From image, layout, options and content to steps: literals in, literals out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "image/image.h"
#include "plan/plan.h"

enum { SECTORS_MAX = 8 };

/* A plan under construction; the board has 4 sectors of 4 KiB, a read-only one, and one of 3000
 * bytes. */
struct world {
    struct layout layout;
    struct dfk_image *image;
    struct dfk_flash_options options;
    struct plan_input input;
    struct plan_survey survey;
    struct plan_sector_content content[SECTORS_MAX];
    struct dfk_plan *plan;
    struct dfk_error err;
};

static const char board[] = "@x/0x1000/4*4Kg,1*4Ka,1*3000Bg";

static void begin(struct world *world, const struct dfk_segment *parts, size_t count)
{
    memset(world, 0, sizeof *world);
    assert_int_equal(layout_parse(board, strlen(board), &world->layout, NULL), LAYOUT_OK);
    assert_int_equal(image_from_memory("x", parts, count, true, &world->image, NULL), 0);
    world->input = (struct plan_input){.image = world->image,
                                       .layout = &world->layout,
                                       .options = &world->options,
                                       .write_unit_bytes = 32,
                                       .can_verify = true,
                                       .can_leave = true,
                                       .timing = {.erase_typ_ms_per_kb_x100 = 1000,
                                                  .erase_min_typ_ms = 20,
                                                  .program_ns_per_byte = 1000,
                                                  .read_ns_per_byte = 500}};
}

static int survey(struct world *world)
{
    return plan_survey(&world->input, &world->survey, &world->err);
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

/* Filled in main, read everywhere. */
static uint8_t ones[0x4000];
static uint8_t blanks[0x2000];

static void a_whole_sector_is_erased_written_verified_left(void **context)
{
    (void)context;
    struct world world;
    const struct dfk_segment part = {0, 0x2000, 0x1000, ones};
    begin(&world, &part, 1);
    assert_int_equal(survey(&world), 0);
    assert_int_equal(world.survey.count, 1);
    assert_int_equal(world.survey.sectors[0].look, PLAN_LOOK_EQUAL);
    world.content[0].content = DFK_CONTENT_DATA;
    make(&world);
    assert_int_equal(dfk_plan_step_count(world.plan), 4);
    expect_step(&world, 0, DFK_ACTION_ERASE, 0x2000, 0x1000);
    expect_step(&world, 1, DFK_ACTION_WRITE, 0x2000, 0x1000);
    expect_step(&world, 2, DFK_ACTION_VERIFY, 0x2000, 0x1000);
    expect_step(&world, 3, DFK_ACTION_LEAVE, 0x2000, 0);
    assert_int_equal(dfk_plan_get_step(world.plan, 0)->estimate_ms, 40);
    assert_int_equal(dfk_plan_get_summary(world.plan)->estimate_ms, 40 + 4 + 2);
    end(&world);
}

static void what_is_the_same_is_skipped(void **context)
{
    (void)context;
    struct world world;
    const struct dfk_segment part = {0, 0x1000, 0x2000, ones};
    begin(&world, &part, 1);
    world.options.no_leave = true;
    assert_int_equal(survey(&world), 0);
    world.content[0].content = DFK_CONTENT_SAME;
    world.content[1].content = DFK_CONTENT_BLANK;
    make(&world);
    expect_step(&world, 0, DFK_ACTION_SKIP, 0x1000, 0x1000);
    expect_step(&world, 1, DFK_ACTION_WRITE, 0x2000, 0x1000);
    expect_step(&world, 2, DFK_ACTION_VERIFY, 0x2000, 0x1000);
    assert_int_equal(dfk_plan_step_count(world.plan), 3);
    assert_int_equal(dfk_plan_get_summary(world.plan)->sectors_same, 1);
    assert_int_equal(dfk_plan_get_summary(world.plan)->sectors_erased, 0);
    end(&world);
}

/* 5 bytes in the middle: the word around them is completed with the board's bytes. */
static void a_part_of_a_sector_is_merged_and_filled_to_the_flash_word(void **context)
{
    (void)context;
    struct world world;
    const struct dfk_segment part = {0, 0x1022, 5, ones};
    uint8_t *held = malloc(0x1000);
    begin(&world, &part, 1);
    assert_non_null(held);
    memset(held, 0xFF, 0x1000);
    held[0xF00] = 0x42;
    assert_int_equal(survey(&world), 0);
    assert_int_equal(world.survey.sectors[0].look, PLAN_LOOK_MERGE);
    world.content[0] = (struct plan_sector_content){DFK_CONTENT_DATA, false, held};
    make(&world);
    expect_step(&world, 0, DFK_ACTION_ERASE, 0x1000, 0x1000);
    expect_step(&world, 1, DFK_ACTION_WRITE, 0x1020, 32);
    expect_step(&world, 2, DFK_ACTION_WRITE, 0x1F00, 32);
    const uint8_t *data = plan_step_data(world.plan, 1);
    assert_int_equal(data[1], 0xFF);
    assert_int_equal(data[2], 1);
    assert_int_equal(data[6], 1);
    assert_int_equal(data[7], 0xFF);
    assert_int_equal(plan_step_data(world.plan, 2)[0], 0x42);
    assert_int_equal(dfk_plan_get_summary(world.plan)->bytes_merged, 1);
    free(held);
    end(&world);
}

static void a_blank_place_in_a_used_sector_is_written_without_an_erase(void **context)
{
    (void)context;
    struct world world;
    const struct dfk_segment part = {0, 0x1000, 64, ones};
    begin(&world, &part, 1);
    assert_int_equal(survey(&world), 0);
    world.content[0] = (struct plan_sector_content){DFK_CONTENT_DATA, true, NULL};
    make(&world);
    expect_step(&world, 0, DFK_ACTION_WRITE, 0x1000, 64);
    assert_int_equal(dfk_plan_get_summary(world.plan)->sectors_erased, 0);
    end(&world);
}

static void padding_is_skipped_or_erased_on_request(void **context)
{
    (void)context;
    struct world world;
    const struct dfk_segment parts[] = {{0, 0x1000, 0x1000, ones}, {0, 0x2000, 0x1000, blanks}};
    begin(&world, parts, 2);
    assert_int_equal(survey(&world), 0);
    assert_int_equal(world.survey.sectors[1].look, PLAN_LOOK_KIND);
    world.content[0].content = DFK_CONTENT_SAME;
    world.content[1].content = DFK_CONTENT_FAT;
    make(&world);
    expect_step(&world, 1, DFK_ACTION_SKIP, 0x2000, 0x1000);
    assert_int_equal(dfk_plan_get_step(world.plan, 1)->reason, DFK_REASON_PADDING);
    assert_int_equal(dfk_plan_get_step(world.plan, 1)->content, DFK_CONTENT_FAT);
    plan_free(world.plan);
    plan_survey_free(&world.survey);
    world.options.blank = true;
    assert_int_equal(survey(&world), 0);
    world.content[1].content = DFK_CONTENT_DATA;
    make(&world);
    expect_step(&world, 1, DFK_ACTION_ERASE, 0x2000, 0x1000);
    assert_int_equal(dfk_plan_get_step(world.plan, 1)->reason, DFK_REASON_BLANK_ASKED);
    end(&world);
}

static void long_blank_stretches_are_not_written(void **context)
{
    (void)context;
    struct world world;
    uint8_t data[0x1000];
    memset(data, 0xFF, sizeof data);
    data[0] = 1;
    data[0xFFF] = 2;
    const struct dfk_segment part = {0, 0x1000, sizeof data, data};
    begin(&world, &part, 1);
    assert_int_equal(survey(&world), 0);
    world.content[0].content = DFK_CONTENT_DATA;
    make(&world);
    expect_step(&world, 1, DFK_ACTION_WRITE, 0x1000, 32);
    expect_step(&world, 2, DFK_ACTION_WRITE, 0x1FE0, 32);
    end(&world);
}

/* Each refusal, and the address it names. */
static void check_refusal(const struct dfk_segment *part, const struct dfk_range *keep,
                          enum dfk_code wanted, uint32_t addr)
{
    struct world world;
    begin(&world, part, 1);
    world.options.keep = keep;
    world.options.keep_count = keep == NULL ? 0 : 1;
    assert_int_equal(survey(&world), -(int)wanted);
    assert_int_equal(world.err.where.kind, DFK_WHERE_ADDRESS);
    assert_int_equal(world.err.where.addr, addr);
    end(&world);
}

static void what_does_not_fit_is_refused_with_its_address(void **context)
{
    (void)context;
    const struct dfk_range keep = {0x2800, 1};
    check_refusal(&(struct dfk_segment){0, 0x0F00, 0x200, ones}, NULL, DFK_E_OUTSIDE, 0x0F00);
    check_refusal(&(struct dfk_segment){0, 0x6B00, 0x200, ones}, NULL, DFK_E_OUTSIDE, 0x6BB8);
    check_refusal(&(struct dfk_segment){0, 0x4F00, 0x200, ones}, NULL, DFK_E_READ_ONLY, 0x5000);
    check_refusal(&(struct dfk_segment){0, 0x2000, 0x10, ones}, &keep, DFK_E_KEPT, 0x2000);
}

static void padding_over_kept_and_read_only_sectors_is_no_reason_to_refuse(void **context)
{
    (void)context;
    struct world world;
    const struct dfk_range keep = {0x4000, 0x1000};
    const struct dfk_segment parts[] = {{0, 0x3000, 0x1000, ones}, {0, 0x4000, 0x2000, blanks}};
    begin(&world, parts, 2);
    world.options.keep = &keep;
    world.options.keep_count = 1;
    assert_int_equal(survey(&world), 0);
    assert_int_equal(world.survey.count, 3);
    end(&world);
}

static void only_cuts_the_image_and_nothing_left_is_refused(void **context)
{
    (void)context;
    struct world world;
    const struct dfk_range only = {0x2000, 0x1000};
    const struct dfk_range nowhere = {0x9000, 0x1000};
    const struct dfk_segment part = {0, 0x1000, 0x4000, ones};
    begin(&world, &part, 1);
    world.options.only = &only;
    world.options.only_count = 1;
    assert_int_equal(survey(&world), 0);
    assert_int_equal(world.survey.count, 1);
    assert_int_equal(world.survey.sectors[0].sector.addr, 0x2000);
    plan_survey_free(&world.survey);
    world.options.only = &nowhere;
    assert_int_equal(survey(&world), -DFK_E_REFUSED);
    end(&world);
}

/* A device may claim a sector for every byte: the time must not grow with the square of them. */
static void a_sector_for_every_byte_is_planned_in_time(void **context)
{
    (void)context;
    enum { BYTES = 400000, LIMIT_S = 20 };
    struct world world;
    static const char tiny[] = "@x/0x0/400000*1Bg";
    uint8_t *data = malloc(BYTES);
    struct plan_sector_content *content = calloc(BYTES, sizeof *content);
    clock_t started = clock();
    assert_true(data != NULL && content != NULL);
    memset(data, 1, BYTES);
    begin(&world, &(struct dfk_segment){0, 0, BYTES, data}, 1);
    assert_int_equal(layout_parse(tiny, strlen(tiny), &world.layout, NULL), LAYOUT_OK);
    assert_int_equal(survey(&world), 0);
    assert_int_equal(world.survey.count, BYTES);
    assert_int_equal(plan_make(&world.input, &world.survey, content, &world.plan, NULL), 0);
    assert_true(clock() - started < (clock_t)LIMIT_S * CLOCKS_PER_SEC);
    end(&world);
    free(content);
    free(data);
}

static void ranges_in_any_order_list_a_sector_once(void **context)
{
    (void)context;
    struct world world;
    const struct dfk_range only[] = {{0x2800, 16}, {0x1800, 16}, {0x2000, 16}};
    const struct dfk_segment part = {0, 0x1000, 0x4000, ones};
    begin(&world, &part, 1);
    world.options.only = only;
    world.options.only_count = 3;
    assert_int_equal(survey(&world), 0);
    assert_int_equal(world.survey.count, 2);
    assert_int_equal(world.survey.sectors[0].sector.addr, 0x1000);
    assert_int_equal(world.survey.sectors[1].sector.addr, 0x2000);
    end(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_sector_is_erased_written_verified_left),
        cmocka_unit_test(what_is_the_same_is_skipped),
        cmocka_unit_test(a_part_of_a_sector_is_merged_and_filled_to_the_flash_word),
        cmocka_unit_test(a_blank_place_in_a_used_sector_is_written_without_an_erase),
        cmocka_unit_test(padding_is_skipped_or_erased_on_request),
        cmocka_unit_test(long_blank_stretches_are_not_written),
        cmocka_unit_test(what_does_not_fit_is_refused_with_its_address),
        cmocka_unit_test(padding_over_kept_and_read_only_sectors_is_no_reason_to_refuse),
        cmocka_unit_test(only_cuts_the_image_and_nothing_left_is_refused),
        cmocka_unit_test(a_sector_for_every_byte_is_planned_in_time),
        cmocka_unit_test(ranges_in_any_order_list_a_sector_once),
    };
    memset(ones, 1, sizeof ones);
    memset(blanks, 0xFF, sizeof blanks);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
