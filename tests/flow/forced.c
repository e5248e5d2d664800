/* SPDX-License-Identifier: MIT
 * What is only done when a person insists, and the rarer verbs: force, unprotect, reset, block
 * size.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/scene.h"

enum { OTP = 0x1FFF7800, F405_BASE = 0x08000000, F405_BYTES = 0x100000 };

static const struct dfk_range otp_start = {OTP, 32};

/* Reads a range with force; the caller frees the image. */
static struct dfk_image *read_forced(struct scene *scene, const struct dfk_range *range)
{
    struct dfk_image *image = NULL;
    if (dfk_read(scene->device, range, &(struct dfk_read_options){.force = true}, &image,
                 &scene->err) != 0) {
        fail_msg("%s", scene->err.what);
    }
    return image;
}

static void memory_that_no_layout_names_is_only_read_by_force(void **context)
{
    (void)context;
    struct scene scene;
    struct dfk_image *image = NULL;
    scene_start(&scene, "pybv11", NULL, NULL);
    scene.alternate = "0";
    assert_int_equal(scene_open(&scene), 0);
    assert_int_equal(dfk_read(scene.device, &otp_start, NULL, &image, &scene.err), -DFK_E_OUTSIDE);
    image = read_forced(&scene, &otp_start);
    const struct dfk_segment *segment = dfk_image_get_segment(image, 0);
    assert_int_equal(segment->addr, OTP);
    assert_int_equal(segment->length, otp_start.length);
    dfk_image_free(image);
    scene_close(&scene);
    scene_end(&scene);
}

static void memory_that_no_layout_names_is_only_written_by_force(void **context)
{
    (void)context;
    struct scene scene;
    struct dfk_image *image = scene_image(&(struct scene_part){OTP, 32, 5}, 1);
    struct dfk_flash_options force = {.force = true, .no_leave = true};
    scene_start(&scene, "pybv11", NULL, NULL);
    scene.alternate = "0";
    assert_int_equal(scene_flash(&scene, image, NULL), -DFK_E_OUTSIDE);
    memset(&scene.err, 0, sizeof scene.err);
    assert_int_equal(scene_flash(&scene, image, &force), 0);
    assert_int_equal(scene.report.done.bytes_written, 32);
    assert_false(scene.report.verified);
    assert_int_equal(scene.report.done.sectors_erased, 0);
    assert_int_equal(scene_open(&scene), 0);
    struct dfk_image *got = read_forced(&scene, &otp_start);
    assert_memory_equal(dfk_image_get_segment(got, 0)->data, dfk_image_get_segment(image, 0)->data,
                        32);
    dfk_image_free(got);
    dfk_image_free(image);
    scene_close(&scene);
    scene_end(&scene);
}

static void force_ends_where_the_layout_begins(void **context)
{
    (void)context;
    struct scene scene;
    struct dfk_flash_options force = {.force = true, .dry_run = true};
    struct dfk_image *image = scene_image(&(struct scene_part){F405_BASE - 64, 128, 5}, 1);
    scene_start(&scene, "pybv11", NULL, NULL);
    scene.alternate = "0";
    scene_fill(&scene, F405_BASE, 0x4000);
    assert_int_equal(scene_flash(&scene, image, &force), 0);
    assert_int_equal(scene_count_steps(&scene, DFK_ACTION_ERASE), 1);
    assert_int_equal(scene.steps[0].addr, F405_BASE);
    for (size_t i = 0; i < scene.step_count; i++) {
        bool verify = scene.steps[i].action == DFK_ACTION_VERIFY;
        assert_false(verify && scene.steps[i].addr < F405_BASE);
    }
    dfk_image_free(image);
    scene_end(&scene);
}

static void removing_the_protection_erases_everything_and_the_chip_is_gone(void **context)
{
    (void)context;
    struct scene scene;
    bool gone = false;
    uint8_t byte = 0;
    scene_start(&scene, "pybv11", NULL, NULL);
    scene_fill(&scene, F405_BASE, F405_BYTES);
    assert_int_equal(scene_open(&scene), 0);
    assert_int_equal(dfk_unprotect(scene.device, &gone, &scene.err), 0);
    assert_true(gone);
    assert_true(board_peek(scene.board, F405_BASE + F405_BYTES - 1, &byte, 1));
    assert_int_equal(byte, 0xFF);
    scene_close(&scene);
    scene_end(&scene);
}

static void plain_dfu_has_no_protection_to_remove(void **context)
{
    (void)context;
    struct scene scene;
    scene_start(&scene, "plain-dfu11", NULL, NULL);
    assert_int_equal(scene_open(&scene), 0);
    assert_int_equal(dfk_unprotect(scene.device, NULL, &scene.err), -DFK_E_UNSUPPORTED);
    assert_string_equal(scene.err.what, "a plain DFU device has no read protection command");
    scene_close(&scene);
    scene_end(&scene);
}

static void a_device_can_be_used_after_a_reset(void **context)
{
    (void)context;
    struct scene scene;
    bool gone = true;
    struct dfk_image *image = NULL;
    const struct dfk_range start = {F405_BASE, 64};
    scene_start(&scene, "pybv11", NULL, NULL);
    assert_int_equal(scene_open(&scene), 0);
    assert_int_equal(dfk_reset(scene.device, &gone, &scene.err), 0);
    assert_false(gone);
    assert_int_equal(dfk_read(scene.device, &start, NULL, &image, &scene.err), 0);
    dfk_image_free(image);
    scene_close(&scene);
    scene_end(&scene);
}

static void the_transfer_size_can_be_chosen(void **context)
{
    (void)context;
    struct scene scene;
    struct dfk_select select = {.transfer_bytes = 256};
    struct dfk_image *image = scene_image(&(struct scene_part){F405_BASE, 2048, 5}, 1);
    struct dfk_flash_options options = {.no_leave = true, .full = true};
    scene_start(&scene, "pybv11", NULL, NULL);
    uint32_t before = board_get_counters(scene.board)->transfers;
    assert_int_equal(scene_flash(&scene, image, &options), 0);
    uint32_t of_2048 = board_get_counters(scene.board)->transfers - before;
    assert_int_equal(session_open(&scene.bus.bus, board_clock(scene.board), &select, NULL,
                                  &scene.device, &scene.err),
                     0);
    before = board_get_counters(scene.board)->transfers;
    assert_int_equal(dfk_flash(scene.device, image, &options, NULL, &scene.err), 0);
    assert_true(board_get_counters(scene.board)->transfers - before > of_2048 + 14);
    assert_true(scene_holds(&scene, image));
    dfk_image_free(image);
    scene_close(&scene);
    scene_end(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_that_no_layout_names_is_only_read_by_force),
        cmocka_unit_test(memory_that_no_layout_names_is_only_written_by_force),
        cmocka_unit_test(force_ends_where_the_layout_begins),
        cmocka_unit_test(removing_the_protection_erases_everything_and_the_chip_is_gone),
        cmocka_unit_test(plain_dfu_has_no_protection_to_remove),
        cmocka_unit_test(a_device_can_be_used_after_a_reset),
        cmocka_unit_test(the_transfer_size_can_be_chosen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
