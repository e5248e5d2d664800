/* SPDX-License-Identifier: MIT
 * How long a flash takes, in the device's own time: deterministic, whatever this computer does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/support/scene.h"

static const struct scene_part h743_file[] = {{0x08000000, 100000, 1}, {0x08040000, 1200000, 2}};
static const struct scene_part f405_file[] = {{0x08000000, 14000, 3}, {0x08020000, 333080, 4}};

/* One flash of a board in use, then the same again, then with one byte changed. */
struct run {
    const char *board, *rom;
    const struct scene_part *file;
    uint32_t bytes, drive_addr, drive_bytes;
    double ratio_max, seconds_max;
};

static void flash_first(struct scene *scene, const struct run *run, const struct dfk_image *image)
{
    uint32_t drive = scene_checksum(scene, run->drive_addr, run->drive_bytes);
    if (scene_flash(scene, image, NULL) != 0) {
        fail_msg("%s %s: %s", run->board, run->rom, scene->err.what);
    }
    double seconds = scene_seconds(scene);
    double physics = scene_physics(scene);
    print_message("# %s %s: %.2f s, physics %.2f s, ratio %.3f\n", run->board, run->rom, seconds,
                  physics, seconds / physics);
    assert_true(scene_holds(scene, image));
    assert_true(scene->report.verified);
    assert_true(scene->report.left);
    assert_int_equal(scene_checksum(scene, run->drive_addr, run->drive_bytes), drive);
    assert_true(seconds <= physics * run->ratio_max);
    assert_true(run->seconds_max == 0 || seconds <= run->seconds_max);
}

static void flash_again(struct scene *scene, const struct dfk_image *image, double first_seconds)
{
    scene_restart(scene);
    assert_int_equal(scene_flash(scene, image, NULL), 0);
    assert_int_equal(scene->report.done.sectors_erased, 0);
    assert_int_equal(scene->report.done.bytes_written, 0);
    assert_true(scene->report.verified);
    assert_true(scene_seconds(scene) <= 0.15 * first_seconds);
}

static void flash_one_byte(struct scene *scene, const struct run *run)
{
    const struct scene_part *file = run->file;
    uint32_t last = file[1].addr + file[1].length - 1;
    const struct scene_part parts[] = {
        file[0], {file[1].addr, file[1].length - 1, file[1].seed}, {last, 1, 99}};
    struct dfk_image *changed = scene_image(parts, 3);
    scene_restart(scene);
    assert_int_equal(scene_flash(scene, changed, NULL), 0);
    assert_int_equal(scene->report.done.sectors_erased, 1);
    assert_true(scene_holds(scene, changed));
    dfk_image_free(changed);
}

static void play(const struct run *run)
{
    struct scene scene;
    struct dfk_image *image = scene_image(run->file, 2);
    scene_start(&scene, run->board, run->rom, NULL);
    scene_fill(&scene, 0x08000000, run->bytes);
    flash_first(&scene, run, image);
    flash_again(&scene, image, scene_seconds(&scene));
    flash_one_byte(&scene, run);
    dfk_image_free(image);
    scene_end(&scene);
}

static void h743_v9_0_is_flashed_at_the_speed_of_the_chip(void **context)
{
    (void)context;
    play(&(struct run){"openmv4p", "V9.0", h743_file, 2u << 20, 0x08020000, 0x20000, 1.15, 0});
}

/* This ROM has to be given the longest erase time for each sector of the second bank. */
static void h743_v9_1_is_flashed_with_four_waits_for_the_second_bank(void **context)
{
    (void)context;
    play(&(struct run){"openmv4p", "V9.1", h743_file, 2u << 20, 0x08020000, 0x20000, 1.25, 0});
}

static void h743_v9_2_is_flashed_at_the_speed_of_the_chip(void **context)
{
    (void)context;
    play(&(struct run){"openmv4p", "V9.2", h743_file, 2u << 20, 0x08020000, 0x20000, 1.15, 0});
}

static void h743_v13_3_is_flashed_at_the_speed_of_the_chip(void **context)
{
    (void)context;
    play(&(struct run){"openmv4p", "V13.3", h743_file, 2u << 20, 0x08020000, 0x20000, 1.15, 0});
}

static void f405_v3_1_takes_at_most_seven_seconds(void **context)
{
    (void)context;
    play(&(struct run){"pybv11", "V3.1", f405_file, 1u << 20, 0x08004000, 0x1C000, 1.15, 7});
}

static void f405_v9_1_takes_at_most_seven_seconds(void **context)
{
    (void)context;
    play(&(struct run){"pybv11", "V9.1", f405_file, 1u << 20, 0x08004000, 0x1C000, 1.15, 7});
}

static void a_blank_board_is_not_erased_at_all(void **context)
{
    (void)context;
    struct scene scene;
    struct dfk_image *image = scene_image(f405_file, 2);
    scene_start(&scene, "pybv11", "V3.1", NULL);
    assert_int_equal(scene_flash(&scene, image, NULL), 0);
    assert_int_equal(scene.report.done.sectors_erased, 0);
    assert_true(scene_holds(&scene, image));
    double first = scene_seconds(&scene);
    flash_again(&scene, image, first);
    dfk_image_free(image);
    scene_end(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(h743_v9_0_is_flashed_at_the_speed_of_the_chip),
        cmocka_unit_test(h743_v9_1_is_flashed_with_four_waits_for_the_second_bank),
        cmocka_unit_test(h743_v9_2_is_flashed_at_the_speed_of_the_chip),
        cmocka_unit_test(h743_v13_3_is_flashed_at_the_speed_of_the_chip),
        cmocka_unit_test(f405_v3_1_takes_at_most_seven_seconds),
        cmocka_unit_test(f405_v9_1_takes_at_most_seven_seconds),
        cmocka_unit_test(a_blank_board_is_not_erased_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
