/* SPDX-License-Identifier: MIT
 * The engine and the project's own bootloader: whatever goes wrong, what is started is one firmware
 * from its first byte to its last. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "glue/boards.h"
#include "tests/support/dfu_host.h"
#include "tests/support/scene.h"
#include "twin/mem/flash.h"

enum {
    APP = 0x08020000,
    BANK2 = 0x08100000,
    QUIET_MS = 8000, /* longer than the bootloader waits for a host that is silent */
    OLD_BYTES = 300000,
    SLOT_BYTES = 0xE0000,
    CUTS = 160,
};

/* The slot of the application before and after. */
struct versions {
    uint32_t before, after, bytes;
};

static void start(struct scene *scene, const char *board, uint32_t old_bytes)
{
    const struct board_config config = {
        .name = board, .boot0_low = true, .make_program = boot_guest_make, .seed = 1};
    scene_start_with(scene, &config);
    scene_fill(scene, APP, old_bytes);
    scene_restart(scene);
}

static void flash(struct scene *scene, const struct dfk_image *image,
                  const struct dfk_flash_options *options)
{
    if (scene_flash(scene, image, options) != 0) {
        fail_msg("flash: %s", scene->err.what);
    }
    assert_true(scene_holds(scene, image));
}

static const struct dfk_step *find_step(const struct scene *scene, enum dfk_action action,
                                        uint32_t addr)
{
    for (size_t i = 0; i < scene->step_count; i++) {
        if (scene->steps[i].action == action && scene->steps[i].addr == addr) {
            return &scene->steps[i];
        }
    }
    return NULL;
}

static void the_first_sector_goes_with_every_change(void **context)
{
    (void)context;
    enum { LATER = APP + 0x40000 };
    struct scene scene;
    const struct scene_part file[] = {{LATER, 1000, 5}};
    struct dfk_image *image = scene_image(file, 1);
    start(&scene, "pybv11", OLD_BYTES);
    uint32_t first = scene_checksum(&scene, APP, 0x20000);
    uint32_t drive = scene_checksum(&scene, 0x08004000, 0x1C000);
    flash(&scene, image, NULL);
    assert_int_equal(scene.report.done.sectors_erased, 2);
    assert_int_equal(scene.steps[0].addr, APP);
    assert_int_equal(scene.steps[0].action, DFK_ACTION_ERASE);
    assert_non_null(find_step(&scene, DFK_ACTION_ERASE, LATER));
    assert_int_equal(scene_checksum(&scene, APP, 0x20000), first);
    assert_int_equal(scene_checksum(&scene, 0x08004000, 0x1C000), drive);
    assert_true(scene_power_on(&scene));
    scene_restart(&scene);
    flash(&scene, image, NULL);
    assert_int_equal(scene.report.done.sectors_erased, 0);
    assert_int_equal(scene.report.done.bytes_written, 0);
    dfk_image_free(image);
    scene_end(&scene);
}

static void a_first_sector_to_be_kept_is_not_rewritten_by_the_way(void **context)
{
    (void)context;
    struct scene scene;
    const struct scene_part file[] = {{APP + 0x40000, 1000, 5}};
    const struct dfk_range keep = {APP, 0x1000};
    const struct dfk_flash_options options = {.keep = &keep, .keep_count = 1};
    struct dfk_image *image = scene_image(file, 1);
    start(&scene, "pybv11", OLD_BYTES);
    uint32_t slot = scene_checksum(&scene, APP, SLOT_BYTES);
    assert_int_equal(scene_flash(&scene, image, &options), -DFK_E_KEPT);
    assert_int_equal(scene_checksum(&scene, APP, SLOT_BYTES), slot);
    dfk_image_free(image);
    scene_end(&scene);
}

/* Powered on again and left alone, the board starts one of the two firmwares whole, or none. */
static bool check(struct scene *scene, const struct versions *versions)
{
    board_flash(scene->board)->cut = (struct mem_cut){0};
    board_flash(scene->board)->power_lost = false;
    if (!scene_power_on(scene)) {
        return false;
    }
    uint32_t bad = 0;
    assert_false(mem_flash_find_bad(board_flash(scene->board), APP, versions->bytes, &bad));
    uint32_t sum = scene_checksum(scene, APP, versions->bytes);
    if (sum != versions->before && sum != versions->after) {
        fail_msg("a partial application was started");
    }
    return true;
}

static struct versions find_versions(const char *board, const struct dfk_image *image,
                                     uint32_t bytes, uint64_t *operations)
{
    struct scene scene;
    struct versions versions = {.bytes = bytes};
    start(&scene, board, bytes);
    versions.before = scene_checksum(&scene, APP, bytes);
    board_flash(scene.board)->operation_count = 0;
    flash(&scene, image, NULL);
    versions.after = scene_checksum(&scene, APP, bytes);
    *operations = board_flash(scene.board)->operation_count;
    assert_true(check(&scene, &versions));
    scene_end(&scene);
    return versions;
}

/* Stops a flash after some events; then nobody asks the board for a while. Returns false when the
 * flash was over before. */
static bool stop_after(uint32_t events, const char *board, const struct dfk_image *image,
                       const struct versions *versions, uint32_t *started)
{
    struct scene scene;
    start(&scene, board, versions->bytes);
    scene.cancel_after = events;
    int result = scene_flash(&scene, image, NULL);
    if (result != 0) {
        assert_int_equal(result, -DFK_E_INTERRUPTED);
    }
    scene_wait_ms(&scene, QUIET_MS);
    *started += check(&scene, versions) ? 1 : 0;
    if (result != 0) {
        scene.cancel_after = 0;
        scene_restart(&scene);
        /* What shared a sector with the image went with the host's memory. */
        flash(&scene, image, NULL);
        assert_true(scene_power_on(&scene));
    }
    scene_end(&scene);
    return result != 0;
}

static void stop_everywhere(const char *board, const struct dfk_image *image, uint32_t bytes)
{
    uint64_t operations = 0;
    struct versions versions = find_versions(board, image, bytes, &operations);
    uint32_t events = 1;
    uint32_t started = 0;
    while (stop_after(events, board, image, &versions, &started)) {
        events++;
    }
    print_message("# %s: %u places to stop, %u times an application was started after it\n", board,
                  (unsigned)events - 1, (unsigned)started);
    assert_true(events > 20 && started > 0 && started < events);
}

static void ctrl_c_at_any_time_never_leaves_a_partial_application(void **context)
{
    (void)context;
    /* With gaps, so that some writes end in the middle with less than a block. */
    const struct scene_part file[] = {
        {APP, 5000, 6}, {APP + 5000, 0x4000, 0}, {APP + 5000 + 0x4000, 130000, 7}};
    struct dfk_image *image = scene_image(file, 3);
    stop_everywhere("pybv11", image, OLD_BYTES);
    dfk_image_free(image);
}

static void ctrl_c_with_both_banks_at_work(void **context)
{
    (void)context;
    const struct scene_part file[] = {{APP, 3000, 7}, {BANK2, 3000, 8}};
    struct dfk_image *image = scene_image(file, 2);
    stop_everywhere("nucleo-h743zi", image, BANK2 + 0x1000 - APP);
    dfk_image_free(image);
}

static void power_lost_with_both_banks_at_work(void **context)
{
    (void)context;
    static const enum mem_cut_kind kinds[] = {MEM_CUT_BEFORE, MEM_CUT_LOW_HALF, MEM_CUT_RANDOM,
                                              MEM_CUT_AFTER};
    const struct scene_part file[] = {{APP, 3000, 7}, {BANK2, 3000, 8}};
    struct dfk_image *image = scene_image(file, 2);
    uint64_t operations = 0;
    uint32_t started = 0;
    struct versions versions =
        find_versions("nucleo-h743zi", image, BANK2 + 0x1000 - APP, &operations);
    for (uint64_t i = 0; i < CUTS; i++) {
        struct scene scene;
        /* The first and the last operations are the ones that matter. */
        uint64_t at = i < CUTS / 4   ? i / 4 + 1
                      : i < CUTS / 2 ? operations - (i - CUTS / 4) / 4
                                     : operations * (i - CUTS / 2) / (CUTS / 2) + 1;
        start(&scene, "nucleo-h743zi", versions.bytes);
        board_flash(scene.board)->operation_count = 0;
        board_flash(scene.board)->cut = (struct mem_cut){at, kinds[i % 4], i};
        (void)scene_flash(&scene, image, NULL); /* gone in the end may also mean that it left */
        scene_close(&scene);
        assert_true(board_flash(scene.board)->power_lost);
        started += check(&scene, &versions) ? 1 : 0;
        if (i % 8 == 0) {
            scene_restart(&scene);
            flash(&scene, image, NULL);
            assert_true(scene_power_on(&scene));
        }
        scene_end(&scene);
    }
    print_message("# %u cuts at %u operations, %u times an application was started after it\n",
                  CUTS, (unsigned)operations, (unsigned)started);
    assert_true(started > 0 && started < CUTS);
    dfk_image_free(image);
}

/* A host that died in the middle, perhaps a reset of the bus, and then this one. */
static void continue_after_another_host(bool bus_reset)
{
    uint8_t data[2 * DFU_HOST_BLOCK_BYTES];
    struct scene scene;
    const struct scene_part file[] = {{APP, sizeof data, 12}};
    struct dfk_image *image = scene_image(file, 1);
    start(&scene, "pybv11", OLD_BYTES);
    struct dfu_host host = {.board = scene.board, .port = board_port(scene.board)};
    memcpy(data, dfk_image_get_segment(image, 0)->data, sizeof data);
    assert_true(dfu_host_erase(&host, APP, 0x20000, 0x20000));
    assert_true(dfu_host_write(&host, APP, data, sizeof data));
    if (bus_reset) {
        host.port->reset(host.port);
    }
    assert_int_equal(scene_open(&scene), 0); /* any command of ours */
    (void)dfk_verify(scene.device, image, NULL, NULL, NULL);
    assert_false(dfk_device_get_info(scene.device)->boot.application_valid);
    scene_close(&scene);
    scene_wait_ms(&scene, QUIET_MS);
    assert_false(scene_power_on(&scene));
    dfk_image_free(image);
    scene_end(&scene);
}

static void what_another_host_left_unfinished_is_dropped(void **context)
{
    (void)context;
    continue_after_another_host(false);
}

static void a_bus_reset_does_not_complete_what_another_host_left(void **context)
{
    (void)context;
    continue_after_another_host(true);
}

static void without_leave_the_application_is_complete_all_the_same(void **context)
{
    (void)context;
    const struct dfk_flash_options options = {.no_leave = true};
    const struct scene_part file[] = {{APP, 150000, 6}};
    struct scene scene;
    struct dfk_image *image = scene_image(file, 1);
    start(&scene, "pybv11", OLD_BYTES);
    assert_int_equal(scene_flash(&scene, image, &options), 0);
    assert_false(scene.report.left);
    scene_wait_ms(&scene, QUIET_MS);
    assert_true(scene_power_on(&scene));
    assert_true(scene_holds(&scene, image));
    dfk_image_free(image);
    scene_end(&scene);
}

static void leaving_without_an_application_says_so(void **context)
{
    (void)context;
    struct scene scene;
    const struct dfk_range all = {APP, 0x20000};
    start(&scene, "pybv11", OLD_BYTES);
    assert_int_equal(scene_erase(&scene, &all, NULL), 0);
    assert_int_equal(scene_open(&scene), 0);
    assert_int_equal(dfk_leave(scene.device, NULL, NULL, &scene.err), -DFK_E_DEVICE);
    assert_non_null(strstr(scene.err.what, "errFIRMWARE"));
    assert_non_null(strstr(scene.err.what, "No application"));
    assert_string_equal(scene.err.next,
                        "put a whole application onto the board: dfukit flash FILE");
    scene_end(&scene);
}

/* A flash word that a loss of power tore: reading it is a bus error. */
static void tear(struct scene *scene, const struct dfk_image *image, uint64_t at)
{
    board_flash(scene->board)->operation_count = 0;
    board_flash(scene->board)->cut = (struct mem_cut){at, MEM_CUT_RANDOM, at};
    assert_int_not_equal(scene_flash(scene, image, NULL), 0);
    scene_close(scene);
    board_flash(scene->board)->cut = (struct mem_cut){0};
    board_flash(scene->board)->power_lost = false;
    uint32_t bad = 0;
    assert_true(mem_flash_find_bad(board_flash(scene->board), APP, 0x20000, &bad));
    scene_restart(scene);
}

static void unreadable_words_are_rewritten_or_named(void **context)
{
    (void)context;
    const struct scene_part whole[] = {{APP, 100000, 3}};
    const struct scene_part less[] = {{APP, 1000, 4}};
    struct scene scene;
    struct dfk_image *image = scene_image(whole, 1);
    struct dfk_image *small = scene_image(less, 1);
    start(&scene, "nucleo-h743zi", 100000);
    tear(&scene, image, 500);
    flash(&scene, image, NULL);
    assert_false(scene_said(&scene, "unreadable"));
    assert_true(scene_power_on(&scene));
    scene_restart(&scene);
    flash(&scene, small, NULL);
    scene_restart(&scene);
    tear(&scene, image, 500);
    flash(&scene, small, NULL);
    assert_true(scene_said(&scene, "unreadable"));
    assert_true(scene_power_on(&scene));
    dfk_image_free(image);
    dfk_image_free(small);
    scene_end(&scene);
}

/* A power cut through the ROM leaves such a word too: the next flash must not give up over it. */
static void unreadable_words_are_rewritten_through_a_rom(void **context)
{
    (void)context;
    const struct scene_part whole[] = {{APP, 100000, 3}};
    struct scene scene;
    struct dfk_image *image = scene_image(whole, 1);
    scene_start(&scene, "nucleo-h743zi", "V9.2", NULL);
    tear(&scene, image, 500);
    flash(&scene, image, NULL);
    assert_true(scene_holds(&scene, image));
    assert_false(mem_flash_find_bad(board_flash(scene.board), APP, 0x20000, NULL));
    dfk_image_free(image);
    scene_end(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_sector_goes_with_every_change),
        cmocka_unit_test(a_first_sector_to_be_kept_is_not_rewritten_by_the_way),
        cmocka_unit_test(ctrl_c_at_any_time_never_leaves_a_partial_application),
        cmocka_unit_test(ctrl_c_with_both_banks_at_work),
        cmocka_unit_test(power_lost_with_both_banks_at_work),
        cmocka_unit_test(what_another_host_left_unfinished_is_dropped),
        cmocka_unit_test(a_bus_reset_does_not_complete_what_another_host_left),
        cmocka_unit_test(without_leave_the_application_is_complete_all_the_same),
        cmocka_unit_test(leaving_without_an_application_says_so),
        cmocka_unit_test(unreadable_words_are_rewritten_or_named),
        cmocka_unit_test(unreadable_words_are_rewritten_through_a_rom),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
