/* SPDX-License-Identifier: MIT
 * The rules that make the tool trustworthy, one test or more for each, named after it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/scene.h"

enum { H743_BYTES = 2 << 20, F405_BYTES = 1 << 20 };

static void rule1_no_wait_is_without_an_end(void **context)
{
    (void)context;
    struct scene scene;
    struct dfk_image *image = scene_image(&(struct scene_part){0x08040000, 5000, 5}, 1);
    scene_start(&scene, "nucleo-h743zi", "V9.2", "busy-forever@erase:1");
    scene_fill(&scene, 0x08000000, H743_BYTES);
    assert_int_equal(scene_flash(&scene, image, NULL), -DFK_E_TIMEOUT);
    assert_true(scene_seconds(&scene) < 30);
    assert_non_null(strstr(scene.err.what, "dfuDNBUSY"));
    assert_non_null(strstr(scene.err.what, "0x08040000"));
    assert_non_null(strstr(scene.err.what, "DS12110"));
    dfk_image_free(image);
    scene_end(&scene);
}

static void rule2_the_flash_is_believed_not_the_status(void **context)
{
    (void)context;
    struct scene scene;
    struct dfk_image *image = scene_image(&(struct scene_part){0x08020000, 5000, 5}, 1);
    scene_start(&scene, "pybv11", "V3.1", "erase-noop@0x08020000");
    scene_fill(&scene, 0x08000000, F405_BYTES);
    assert_int_equal(scene_flash(&scene, image, NULL), -DFK_E_ERASE);
    assert_int_equal(scene.err.where.kind, DFK_WHERE_ADDRESS);
    dfk_image_free(image);
    scene_end(&scene);
}

static void rule2_what_was_written_is_read_back(void **context)
{
    (void)context;
    struct scene scene;
    struct dfk_image *image = scene_image(&(struct scene_part){0x08020000, 5000, 5}, 1);
    scene_start(&scene, "pybv11", "V3.1", "stuck-bit@0x08020100:3");
    scene_fill(&scene, 0x08000000, F405_BYTES);
    int result = scene_flash(&scene, image, NULL);
    assert_true(result == -DFK_E_VERIFY || result == -DFK_E_ERASE);
    assert_int_equal(scene.err.where.addr, 0x08020100);
    dfk_image_free(image);
    scene_end(&scene);
}

/* A refusal leaves every byte of the board as it was, and not one erase was made. */
static void check_refused(struct scene *scene, const struct scene_part *parts, size_t count,
                          const struct dfk_flash_options *options, enum dfk_code wanted)
{
    struct dfk_image *image = scene_image(parts, count);
    uint32_t before = scene_checksum(scene, 0x08000000, F405_BYTES);
    int result = scene_flash(scene, image, options);
    if (result != -(int)wanted) {
        fail_msg("wanted %s, got %s: %s", dfk_error_name(wanted),
                 dfk_error_name((enum dfk_code) - result), scene->err.what);
    }
    assert_int_equal(scene_checksum(scene, 0x08000000, F405_BYTES), before);
    assert_int_equal(board_get_counters(scene->board)->erases, 0);
    assert_true(scene->err.next[0] != '\0');
    dfk_image_free(image);
    scene_restart(scene);
}

static void rule3_file_and_board_must_fit(void **context)
{
    (void)context;
    struct scene scene;
    const struct dfk_range keep = {0x08004000, 0x1C000};
    const struct dfk_flash_options keeping = {.keep = &keep, .keep_count = 1};
    const struct scene_part good = {0x08000000, 4000, 1};
    scene_start(&scene, "pybv11", "V3.1", NULL);
    scene_fill(&scene, 0x08000000, F405_BYTES);
    const struct scene_part over_the_end[] = {good, {0x080FF000, 8192, 2}};
    check_refused(&scene, over_the_end, 2, NULL, DFK_E_OUTSIDE);
    const struct scene_part in_ram[] = {good, {0x20000000, 64, 2}};
    check_refused(&scene, in_ram, 2, NULL, DFK_E_OUTSIDE);
    const struct scene_part over_the_drive[] = {good, {0x08008000, 64, 2}};
    check_refused(&scene, over_the_drive, 2, &keeping, DFK_E_KEPT);
    const struct scene_part on_otp[] = {{0x1FFF7800, 64, 2}};
    check_refused(&scene, on_otp, 1, NULL, DFK_E_REFUSED);
    scene_end(&scene);
}

static void rule3_read_only_memory_is_refused(void **context)
{
    (void)context;
    struct scene scene;
    const struct scene_part parts[] = {{0x08000000, 64, 1}, {0x08010000, 64, 2}};
    scene_start(&scene, "at32", NULL, NULL);
    scene_fill(&scene, 0x08000000, F405_BYTES);
    check_refused(&scene, parts, 2, NULL, DFK_E_READ_ONLY);
    scene_end(&scene);
}

static void rule3_a_file_for_another_device_is_refused(void **context)
{
    (void)context;
    struct scene scene;
    struct dfk_image *image = scene_image(&(struct scene_part){0x08000000, 4000, 1}, 1);
    struct dfk_image_info *info = image_info(image);
    const struct dfk_flash_options any = {.any_device = true};
    info->has_ids = true;
    info->vendor = 0x1111;
    info->product = 0x2222;
    scene_start(&scene, "pybv11", "V3.1", NULL);
    assert_int_equal(scene_flash(&scene, image, NULL), -DFK_E_WRONG_DEVICE);
    assert_non_null(strstr(scene.err.what, "1111:2222"));
    assert_non_null(strstr(scene.err.what, "0483:df11"));
    scene_restart(&scene);
    assert_int_equal(scene_flash(&scene, image, &any), 0);
    dfk_image_free(image);
    scene_end(&scene);
}

static void rule4_what_is_not_named_is_not_touched(void **context)
{
    (void)context;
    struct scene scene;
    const struct scene_part parts[] = {{0x08000000, 14000, 1}, {0x08020000, 50000, 2}};
    struct dfk_image *image = scene_image(parts, 2);
    scene_start(&scene, "pybv11", "V3.1", NULL);
    scene_fill(&scene, 0x08000000, F405_BYTES);
    uint32_t drive = scene_checksum(&scene, 0x08004000, 0x1C000);
    uint32_t rest = scene_checksum(&scene, 0x08040000, 0xC0000);
    assert_int_equal(scene_flash(&scene, image, NULL), 0);
    assert_true(scene_holds(&scene, image));
    assert_int_equal(scene_checksum(&scene, 0x08004000, 0x1C000), drive);
    assert_int_equal(scene_checksum(&scene, 0x08040000, 0xC0000), rest);
    assert_int_equal(scene.report.done.sectors_erased, 2);
    dfk_image_free(image);
    scene_end(&scene);
}

/* The bytes beside the image in a sector that it shares come back after the erase. */
static void rule4_partial_sectors_are_merged(void **context)
{
    (void)context;
    struct scene scene;
    struct dfk_image *image = scene_image(&(struct scene_part){0x08040004, 1000, 9}, 1);
    scene_start(&scene, "openmv4p", "V9.2", NULL);
    scene_fill(&scene, 0x08000000, H743_BYTES);
    uint32_t below = scene_checksum(&scene, 0x08040000, 4);
    uint32_t above = scene_checksum(&scene, 0x08040004 + 1000, 0x20000 - 1004);
    assert_int_equal(scene_flash(&scene, image, NULL), 0);
    assert_true(scene_holds(&scene, image));
    assert_int_equal(scene_checksum(&scene, 0x08040000, 4), below);
    assert_int_equal(scene_checksum(&scene, 0x08040004 + 1000, 0x20000 - 1004), above);
    assert_true(scene.planned.bytes_merged > 100000);
    dfk_image_free(image);
    scene_end(&scene);
}

/* Published files pad the bootloader over the flash drive with 0xFF. */
static void rule4_padding_is_left_alone(void **context)
{
    (void)context;
    struct scene scene;
    const struct scene_part parts[] = {
        {0x08000000, 20000, 1}, {0x08004E20, 0x40000 - 20000, 0}, {0x08040000, 30000, 2}};
    struct dfk_image *image = scene_image(parts, 3);
    const struct dfk_flash_options blank = {.blank = true};
    scene_start(&scene, "openmv4p", "V9.2", NULL);
    scene_fill(&scene, 0x08000000, H743_BYTES);
    uint32_t drive = scene_checksum(&scene, 0x08020000, 0x20000);
    assert_int_equal(scene_flash(&scene, image, NULL), 0);
    assert_int_equal(scene_checksum(&scene, 0x08020000, 0x20000), drive);
    assert_int_equal(scene.planned.sectors_padding, 1);
    scene_restart(&scene);
    assert_int_equal(scene_flash(&scene, image, &blank), 0);
    assert_true(scene_holds(&scene, image));
    assert_int_equal(scene.report.done.sectors_erased, 1);
    dfk_image_free(image);
    scene_end(&scene);
}

static void rule4_the_plan_says_what_padding_would_destroy(void **context)
{
    (void)context;
    struct scene scene;
    uint8_t drive[512] = {0xEB, 0x3C, 0x90};
    const struct scene_part parts[] = {{0x08000000, 0x20000, 1}, {0x08020000, 0x20000, 0}};
    struct dfk_image *image = scene_image(parts, 2);
    memcpy(drive + 54, "FAT12   ", 8);
    drive[510] = 0x55;
    drive[511] = 0xAA;
    scene_start(&scene, "openmv4p", "V9.2", NULL);
    assert_true(board_poke(scene.board, 0x08020000, drive, sizeof drive));
    assert_int_equal(scene_flash(&scene, image, NULL), 0);
    bool told = false;
    for (size_t i = 0; i < scene.step_count; i++) {
        told = told ||
               (scene.steps[i].addr == 0x08020000 && scene.steps[i].reason == DFK_REASON_PADDING &&
                scene.steps[i].content == DFK_CONTENT_FAT);
    }
    assert_true(told);
    dfk_image_free(image);
    scene_end(&scene);
}

/* Whatever the order of the elements: one erase a sector, nothing destroyed. */
static void rule4_a_sector_is_erased_once_whatever_the_order(void **context)
{
    (void)context;
    struct scene scene;
    const struct scene_part parts[] = {
        {0x08000000, 1000, 1}, {0x08004000, 1000, 2}, {0x08002000, 1000, 3}, {0x08005000, 100, 4}};
    struct dfk_image *image = scene_image(parts, 4);
    scene_start(&scene, "pybv11", "V3.1", NULL);
    scene_fill(&scene, 0x08000000, F405_BYTES);
    assert_int_equal(scene_flash(&scene, image, NULL), 0);
    assert_true(scene_holds(&scene, image));
    assert_int_equal(board_get_counters(scene.board)->erases, 2);
    dfk_image_free(image);
    scene_end(&scene);
}

static void rule4_only_limits_the_work(void **context)
{
    (void)context;
    struct scene scene;
    const struct scene_part parts[] = {{0x08000000, 14000, 1}, {0x08020000, 50000, 2}};
    struct dfk_image *image = scene_image(parts, 2);
    const struct dfk_range only = {0x08020000, 0xE0000};
    const struct dfk_flash_options options = {.only = &only, .only_count = 1};
    scene_start(&scene, "pybv11", "V3.1", NULL);
    scene_fill(&scene, 0x08000000, F405_BYTES);
    uint32_t start = scene_checksum(&scene, 0x08000000, 0x20000);
    assert_int_equal(scene_flash(&scene, image, &options), 0);
    assert_int_equal(scene_checksum(&scene, 0x08000000, 0x20000), start);
    assert_int_equal(scene.report.application, 0x08020000);
    dfk_image_free(image);
    scene_end(&scene);
}

static void rule5_an_error_says_what_why_and_what_to_try(void **context)
{
    (void)context;
    struct scene scene;
    struct dfk_image *image = scene_image(&(struct scene_part){0x08020000, 5000, 5}, 1);
    scene_start(&scene, "pybv11", "V3.1", "rdp:1");
    scene_fill(&scene, 0x08000000, F405_BYTES);
    assert_int_equal(scene_flash(&scene, image, NULL), -DFK_E_PROTECTED);
    assert_non_null(strstr(scene.err.what, "read protection"));
    assert_non_null(strstr(scene.err.next, "erases the whole chip"));
    assert_true(scene.err.device.known);
    assert_int_equal(scene.err.device.status, DFU_ERR_VENDOR);
    assert_int_equal(board_get_counters(scene.board)->erases, 0);
    dfk_image_free(image);
    scene_end(&scene);
}

static void rule6_each_fault_of_silicon_names_its_source(void **context)
{
    (void)context;
    size_t count = 0;
    for (const struct dfk_known_fault *row = device_errata_at(0); row != NULL;
         row = device_errata_at(++count)) {
        assert_true(row->id[0] != '\0' && row->does[0] != '\0');
        assert_true(row->remedy[0] != '\0' && row->source[0] != '\0');
    }
    assert_true(count >= 13);
}

static void leave_sets_the_start_address_first(void **context)
{
    (void)context;
    struct scene scene;
    uint32_t addr = 0;
    const struct scene_part parts[] = {{0x08000000, 3000, 1}, {0x08040000, 300000, 2}};
    struct dfk_image *image = scene_image(parts, 2);
    scene_start(&scene, "nucleo-h743zi", "V9.2", NULL);
    assert_int_equal(scene_flash(&scene, image, NULL), 0);
    assert_true(board_application(scene.board, &addr));
    assert_int_equal(addr, 0x08000000);
    assert_true(scene.report.gone);
    assert_false(scene.report.must_reset);
    dfk_image_free(image);
    scene_end(&scene);
}

static void a_dry_run_changes_nothing(void **context)
{
    (void)context;
    struct scene scene;
    struct dfk_image *image = scene_image(&(struct scene_part){0x08000000, 300000, 5}, 1);
    const struct dfk_flash_options dry = {.dry_run = true};
    scene_start(&scene, "pybv11", "V3.1", NULL);
    scene_fill(&scene, 0x08000000, F405_BYTES);
    uint32_t before = scene_checksum(&scene, 0x08000000, F405_BYTES);
    assert_int_equal(scene_flash(&scene, image, &dry), 0);
    assert_true(scene_count_steps(&scene, DFK_ACTION_ERASE) > 0);
    assert_int_equal(board_get_counters(scene.board)->erases, 0);
    assert_int_equal(scene_checksum(&scene, 0x08000000, F405_BYTES), before);
    assert_false(board_application(scene.board, NULL));
    dfk_image_free(image);
    scene_end(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rule1_no_wait_is_without_an_end),
        cmocka_unit_test(rule2_the_flash_is_believed_not_the_status),
        cmocka_unit_test(rule2_what_was_written_is_read_back),
        cmocka_unit_test(rule3_file_and_board_must_fit),
        cmocka_unit_test(rule3_read_only_memory_is_refused),
        cmocka_unit_test(rule3_a_file_for_another_device_is_refused),
        cmocka_unit_test(rule4_what_is_not_named_is_not_touched),
        cmocka_unit_test(rule4_partial_sectors_are_merged),
        cmocka_unit_test(rule4_padding_is_left_alone),
        cmocka_unit_test(rule4_the_plan_says_what_padding_would_destroy),
        cmocka_unit_test(rule4_a_sector_is_erased_once_whatever_the_order),
        cmocka_unit_test(rule4_only_limits_the_work),
        cmocka_unit_test(rule5_an_error_says_what_why_and_what_to_try),
        cmocka_unit_test(rule6_each_fault_of_silicon_names_its_source),
        cmocka_unit_test(leave_sets_the_start_address_first),
        cmocka_unit_test(a_dry_run_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
