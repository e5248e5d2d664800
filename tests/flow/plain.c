/* SPDX-License-Identifier: MIT
 * Devices without DfuSe: plain DFU, partitions by name, applications that have to detach first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/scene.h"

/* An image without addresses, as a .bin or a plain .dfu gives it. */
static struct dfk_image *raw_image(uint32_t length)
{
    struct dfk_image *image = scene_image(&(struct scene_part){0, length, 6}, 1);
    image_info(image)->addressed = false;
    return image;
}

static void flash_and_check(struct scene *scene, uint32_t length, uint32_t at)
{
    struct dfk_image *image = raw_image(length);
    uint8_t got[64];
    if (scene_flash(scene, image, NULL) != 0) {
        fail_msg("%s", scene->err.what);
    }
    assert_int_equal(scene->report.done.bytes_written, length);
    const struct dfk_segment *segment = dfk_image_get_segment(image, 0);
    assert_true(board_peek(scene->board, at, got, sizeof got));
    assert_memory_equal(got, segment->data, sizeof got);
    assert_true(board_peek(scene->board, at + length - 64, got, sizeof got));
    assert_memory_equal(got, segment->data + length - 64, sizeof got);
    dfk_image_free(image);
}

static void plain_dfu_1_1_is_written_and_read_back(void **context)
{
    (void)context;
    struct scene scene;
    scene_start(&scene, "plain-dfu11", NULL, NULL);
    flash_and_check(&scene, 10001, 0);
    assert_true(scene.report.verified);
    scene_end(&scene);
}

static void plain_dfu_1_0_is_written(void **context)
{
    (void)context;
    struct scene scene;
    scene_start(&scene, "plain-dfu10", NULL, NULL);
    flash_and_check(&scene, 5000, 0);
    assert_true(scene.report.left);
    scene_end(&scene);
}

static void a_partition_is_chosen_by_name(void **context)
{
    (void)context;
    struct scene scene;
    scene_start(&scene, "openmv-boot", NULL, NULL);
    scene.alternate = "FIRMWARE";
    uint32_t drive = scene_checksum(&scene, 0x20000, 0x20000);
    flash_and_check(&scene, 300000, 0x40000);
    assert_true(scene.report.verified);
    assert_int_equal(scene_checksum(&scene, 0x20000, 0x20000), drive);
    scene_end(&scene);
}

static void without_a_name_no_partition_is_guessed(void **context)
{
    (void)context;
    struct scene scene;
    struct dfk_image *image = raw_image(1000);
    scene_start(&scene, "openmv-boot", NULL, NULL);
    assert_int_equal(scene_flash(&scene, image, NULL), -DFK_E_REFUSED);
    assert_non_null(strstr(scene.err.next, "-a"));
    scene.alternate = "FIRMWAER";
    assert_int_equal(scene_flash(&scene, image, NULL), -DFK_E_USAGE);
    assert_non_null(strstr(scene.err.next, "FIRMWARE"));
    dfk_image_free(image);
    scene_end(&scene);
}

static void a_read_only_partition_is_the_devices_own_error(void **context)
{
    (void)context;
    struct scene scene;
    struct dfk_image *image = raw_image(1000);
    scene_start(&scene, "openmv-boot", NULL, NULL);
    scene.alternate = "BOOTLOADER";
    assert_int_equal(scene_flash(&scene, image, NULL), -DFK_E_DEVICE);
    assert_non_null(strstr(scene.err.what, "errWRITE"));
    dfk_image_free(image);
    scene_end(&scene);
}

static void a_whole_partition_is_read_to_its_short_end(void **context)
{
    (void)context;
    struct scene scene;
    struct dfk_image *image = NULL;
    scene_start(&scene, "openmv-boot", NULL, NULL);
    scene.alternate = "FILESYSTEM";
    scene_fill(&scene, 0x20000, 0x20000);
    assert_int_equal(scene_open(&scene), 0);
    assert_int_equal(dfk_read(scene.device, NULL, NULL, &image, &scene.err), 0);
    assert_true(dfk_image_get_segment(image, 0)->length >= 0x20000);
    assert_false(dfk_image_get_info(image)->addressed);
    dfk_image_free(image);
    scene_close(&scene);
    scene_end(&scene);
}

static void a_range_of_a_partition_is_read(void **context)
{
    (void)context;
    struct scene scene;
    struct dfk_image *image = NULL;
    uint8_t wanted[100];
    const struct dfk_range range = {5000, sizeof wanted};
    const struct dfk_range beyond = {0x1FFFF, 0x10000};
    scene_start(&scene, "openmv-boot", NULL, NULL);
    scene.alternate = "FILESYSTEM";
    scene_fill(&scene, 0x20000, 0x20000);
    assert_true(board_peek(scene.board, 0x20000 + 5000, wanted, sizeof wanted));
    assert_int_equal(scene_open(&scene), 0);
    assert_int_equal(dfk_read(scene.device, &range, NULL, &image, &scene.err), 0);
    assert_int_equal(dfk_image_get_segment(image, 0)->length, sizeof wanted);
    assert_memory_equal(dfk_image_get_segment(image, 0)->data, wanted, sizeof wanted);
    dfk_image_free(image);
    assert_int_equal(dfk_read(scene.device, &beyond, NULL, &image, &scene.err), -DFK_E_OUTSIDE);
    assert_non_null(strstr(scene.err.what, "the partition ends after"));
    scene_close(&scene);
    scene_end(&scene);
}

static void detach_and_flash(const char *board)
{
    struct scene scene;
    struct dfk_image *image = raw_image(5000);
    scene_start(&scene, board, NULL, NULL);
    assert_int_equal(scene_flash(&scene, image, NULL), -DFK_E_REFUSED);
    assert_int_equal(scene_open(&scene), 0);
    assert_int_equal(dfk_device_get_info(scene.device)->mode, DFK_MODE_RUNTIME);
    if (dfk_detach(scene.device, &scene.err) != 0) {
        fail_msg("%s: %s", board, scene.err.what);
    }
    assert_int_equal(dfk_device_get_info(scene.device)->mode, DFK_MODE_DFU);
    assert_int_equal(dfk_flash(scene.device, image, NULL, &scene.report, &scene.err), 0);
    scene_close(&scene);
    dfk_image_free(image);
    scene_end(&scene);
}

static void an_application_that_leaves_the_bus_itself_is_followed(void **context)
{
    (void)context;
    detach_and_flash("runtime-detaches");
}

static void an_application_that_waits_for_a_reset_is_followed(void **context)
{
    (void)context;
    detach_and_flash("runtime-needs-reset");
}

static void verify_tells_the_first_difference(void **context)
{
    (void)context;
    struct scene scene;
    struct dfk_image *image = scene_image(&(struct scene_part){0x08020000, 5000, 5}, 1);
    scene_start(&scene, "pybv11", "V3.1", NULL);
    assert_int_equal(scene_flash(&scene, image, NULL), 0);
    scene_restart(&scene);
    assert_int_equal(scene_verify(&scene, image), 0);
    const uint8_t wrong = 0;
    assert_true(board_poke(scene.board, 0x08020000 + 3333, &wrong, 1));
    scene_restart(&scene);
    assert_int_equal(scene_verify(&scene, image), -DFK_E_VERIFY);
    assert_int_equal(scene.err.where.addr, 0x08020000 + 3333);
    dfk_image_free(image);
    scene_end(&scene);
}

static void erase_spares_what_is_kept(void **context)
{
    (void)context;
    struct scene scene;
    const struct dfk_range range = {0x08020000, 0x20001};
    const struct dfk_range keep = {0x08040000, 1};
    const struct dfk_flash_options keeping = {.keep = &keep, .keep_count = 1};
    scene_start(&scene, "pybv11", "V3.1", NULL);
    scene_fill(&scene, 0x08000000, 1 << 20);
    assert_int_equal(scene_erase(&scene, &range, &keeping), -DFK_E_KEPT);
    assert_int_equal(board_get_counters(scene.board)->erases, 0);
    assert_int_equal(scene_erase(&scene, &range, NULL), 0);
    assert_int_equal(scene.report.done.sectors_erased, 2);
    scene_end(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_dfu_1_1_is_written_and_read_back),
        cmocka_unit_test(plain_dfu_1_0_is_written),
        cmocka_unit_test(a_partition_is_chosen_by_name),
        cmocka_unit_test(without_a_name_no_partition_is_guessed),
        cmocka_unit_test(a_read_only_partition_is_the_devices_own_error),
        cmocka_unit_test(a_whole_partition_is_read_to_its_short_end),
        cmocka_unit_test(a_range_of_a_partition_is_read),
        cmocka_unit_test(an_application_that_leaves_the_bus_itself_is_followed),
        cmocka_unit_test(an_application_that_waits_for_a_reset_is_followed),
        cmocka_unit_test(verify_tells_the_first_difference),
        cmocka_unit_test(erase_spares_what_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
