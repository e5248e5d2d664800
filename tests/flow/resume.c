/* SPDX-License-Identifier: MIT
 * A board that disappears in the middle of a flash and returns: the work goes on where it stands.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/scene.h"

enum { START = 0x08000000, IMAGE_BYTES = 65536, SECTOR = 16384, BLOCK = 2048, WAIT_MS = 10000 };

static const struct scene_part file = {START, IMAGE_BYTES, 5};

/* An older firmware on the board; what happens is told by the schedule. */
static void start(struct scene *scene, const char *faults)
{
    scene_start(scene, "pybv11", "V3.1", faults);
    scene_fill(scene, START, 0x20000);
}

/* Lost in the middle of the third of four sectors. */
static void play(bool full)
{
    struct scene scene;
    const struct dfk_flash_options options = {.full = full, .resume_ms = WAIT_MS};
    struct dfk_image *image = scene_image(&file, 1);
    start(&scene, "unplug@write:20+700ms");
    if (scene_flash(&scene, image, &options) != 0) {
        fail_msg("%s: %s", full ? "full" : "usual", scene.err.what);
    }
    assert_true(scene_holds(&scene, image));
    assert_int_equal(scene.report.resumed, 1);
    assert_true(scene.report.verified);
    /* Two sectors were whole: they are found equal and left alone. */
    assert_int_equal(scene.planned.sectors_same, 2);
    assert_int_equal(scene.planned.sectors_erased, 1);
    assert_int_equal(scene.report.done.sectors_erased, 4 + 1);
    assert_in_range(scene.report.done.bytes_written, IMAGE_BYTES, IMAGE_BYTES + SECTOR + BLOCK);
    dfk_image_free(image);
    scene_end(&scene);
}

static void a_board_that_returns_is_picked_up_where_it_stands(void **context)
{
    (void)context;
    play(false);
}

static void what_was_written_in_this_flash_is_not_written_again_for_full(void **context)
{
    (void)context;
    play(true);
}

/* The last sector is the image's and the board's: when the board is lost after its erase, the
 * board's bytes exist only in this computer. */
static void bytes_beside_the_image_survive_a_loss_after_the_erase(void **context)
{
    (void)context;
    enum { SHORT_BYTES = 60000, REST_BYTES = IMAGE_BYTES - SHORT_BYTES };
    static const char *const losses[] = {"unplug@write:20+700ms", "unplug@write:31+700ms",
                                         "unplug@erase:4+700ms",
                                         "unplug@write:20+700ms,unplug@write:32+700ms"};
    struct dfk_image *image = scene_image(&(struct scene_part){START, SHORT_BYTES, 5}, 1);
    for (size_t i = 0; i < sizeof losses / sizeof losses[0]; i++) {
        struct scene scene;
        const struct dfk_flash_options options = {.resume_ms = WAIT_MS};
        start(&scene, losses[i]);
        uint32_t rest = scene_checksum(&scene, START + SHORT_BYTES, REST_BYTES);
        assert_int_equal(scene_flash(&scene, image, &options), 0);
        assert_true(scene_holds(&scene, image));
        assert_true(scene.report.resumed >= 1);
        assert_int_equal(scene_checksum(&scene, START + SHORT_BYTES, REST_BYTES), rest);
        scene_end(&scene);
    }
    dfk_image_free(image);
}

static void a_board_may_be_lost_more_than_once(void **context)
{
    (void)context;
    struct scene scene;
    const struct dfk_flash_options options = {.resume_ms = WAIT_MS};
    struct dfk_image *image = scene_image(&file, 1);
    start(&scene, "unplug@write:3+700ms,unplug@write:12+200ms,unplug@erase:6+300ms");
    assert_int_equal(scene_flash(&scene, image, &options), 0);
    assert_true(scene_holds(&scene, image));
    assert_int_equal(scene.report.resumed, 3);
    dfk_image_free(image);
    scene_end(&scene);
}

static void a_board_that_does_not_stay_is_given_up(void **context)
{
    (void)context;
    struct scene scene;
    const struct dfk_flash_options options = {.resume_ms = WAIT_MS};
    struct dfk_image *image = scene_image(&file, 1);
    start(&scene, "unplug@write:1+100ms,unplug@write:2+100ms,unplug@write:3+100ms,"
                  "unplug@write:4+100ms,unplug@write:5+100ms,unplug@write:6+100ms,"
                  "unplug@write:7+100ms,unplug@write:8+100ms,unplug@write:9+100ms,"
                  "unplug@write:10+100ms,unplug@write:11+100ms");
    assert_int_equal(scene_flash(&scene, image, &options), -DFK_E_LOST);
    assert_non_null(strstr(scene.err.what, "; this was the 11th loss of the device"));
    assert_non_null(strstr(scene.err.next, "use another cable and plug the board in without a hub, "
                                           "then run the command again"));
    dfk_image_free(image);
    scene_end(&scene);
}

static void the_wait_for_a_board_has_an_end(void **context)
{
    (void)context;
    struct scene scene;
    const struct dfk_flash_options options = {.resume_ms = WAIT_MS};
    struct dfk_image *image = scene_image(&file, 1);
    start(&scene, "unplug@write:20");
    assert_int_equal(scene_flash(&scene, image, &options), -DFK_E_LOST);
    assert_non_null(strstr(scene.err.what, "write at 0x08009000: the device disappeared from the "
                                           "bus; the device at 1-1 (0483:df11, serial "));
    assert_non_null(strstr(scene.err.what, "did not come back in DFU mode within 10.0 s"));
    assert_int_equal(scene.err.where.addr, 0x08009000);
    assert_true(scene_seconds(&scene) < 15.0);
    dfk_image_free(image);
    scene_end(&scene);
}

static void without_waiting_it_is_lost(void **context)
{
    (void)context;
    struct scene scene;
    struct dfk_image *image = scene_image(&file, 1);
    start(&scene, "unplug@write:20+700ms");
    assert_int_equal(scene_flash(&scene, image, NULL), -DFK_E_LOST);
    assert_true(scene_seconds(&scene) < 5.0);
    dfk_image_free(image);
    scene_end(&scene);
}

/* Some chips have the same serial number on every board. The one that is lost is at 1-1. */
static void play_two(const char *faults, int wanted)
{
    struct scene scene;
    struct board *other = NULL;
    struct dfk_device *device = NULL;
    const struct dfk_flash_options options = {.resume_ms = WAIT_MS};
    const struct dfk_select select = {.path = "1-1"};
    const struct board_config config = {.name = "pybv11", .faults = "serial:SAME", .seed = 2};
    struct dfk_image *image = scene_image(&file, 1);
    start(&scene, faults);
    assert_int_equal(board_open(&config, &other, &scene.err), 0);
    struct board *const boards[] = {scene.board, other};
    twin_bus_init(&scene.bus, boards, 2);
    assert_int_equal(
        session_open(&scene.bus.bus, &scene.bus.clock, &select, NULL, &device, &scene.err), 0);
    int result = dfk_flash(device, image, &options, &scene.report, &scene.err);
    assert_int_equal(result, wanted);
    assert_true(result != 0 || scene_holds(&scene, image));
    assert_int_equal(board_get_counters(other)->programs, 0);
    assert_int_equal(board_get_counters(other)->erases, 0);
    dfk_close(device);
    dfk_image_free(image);
    assert_int_equal(board_close(other, NULL), 0);
    scene_end(&scene);
}

static void the_other_board_with_the_same_serial_number_is_never_touched(void **context)
{
    (void)context;
    play_two("serial:SAME,unplug@write:20+700ms", 0);
    play_two("serial:SAME,unplug@write:20", -DFK_E_LOST);
    play_two("serial:SAME,unplug@erase:1", -DFK_E_LOST);
}

/* Counted from the last transfer: the first that is lost without having been the leave itself. */
static void a_board_lost_when_all_is_written_says_so(void **context)
{
    (void)context;
    struct scene scene;
    char faults[64];
    struct dfk_image *image = scene_image(&file, 1);
    start(&scene, NULL);
    assert_int_equal(scene_flash(&scene, image, NULL), 0);
    uint32_t transfer = board_get_counters(scene.board)->transfers;
    scene_end(&scene);
    int result = 0;
    while (result == 0) {
        (void)snprintf(faults, sizeof faults, "unplug@transfer:%u", (unsigned)transfer--);
        start(&scene, faults);
        result = scene_flash(&scene, image, NULL);
        assert_true(scene_holds(&scene, image));
        if (result == 0) {
            scene_end(&scene);
        }
    }
    assert_int_equal(result, -DFK_E_LOST);
    assert_string_equal(scene.err.why, "all of the firmware had been written and verified");
    scene_end(&scene);
    dfk_image_free(image);
}

/* Nothing has been touched yet: it is just looked for again. */
static void a_board_that_comes_and_goes_while_it_is_opened_is_waited_for(void **context)
{
    (void)context;
    struct scene scene;
    const struct dfk_select select = {.wait_ms = WAIT_MS};
    struct dfk_device *device = NULL;
    for (unsigned transfer = 1; transfer < 40; transfer++) {
        char faults[64];
        (void)snprintf(faults, sizeof faults, "unplug@transfer:%u+900ms", transfer);
        start(&scene, faults);
        if (session_open(&scene.bus.bus, &scene.bus.clock, &select, NULL, &device, &scene.err) !=
            0) {
            fail_msg("lost at transfer %u: %s", transfer, scene.err.what);
        }
        dfk_close(device);
        scene_end(&scene);
    }
}

/* The bytes beside the image are read twice before they are written back: here, never alike. */
static void bytes_that_read_differently_each_time_are_not_written_back(void **context)
{
    (void)context;
    struct scene scene;
    struct dfk_image *image = scene_image(&(struct scene_part){START, 4000, 5}, 1);
    bool found = false;
    for (uint32_t first = 30; first < 60 && !found; first++) {
        char faults[128];
        (void)snprintf(faults, sizeof faults,
                       "corrupt@transfer:%u,corrupt@transfer:%u,corrupt@transfer:%u",
                       (unsigned)first, (unsigned)first + 12, (unsigned)first + 25);
        start(&scene, faults);
        uint32_t before = scene_checksum(&scene, START, 0x20000);
        int result = scene_flash(&scene, image, NULL);
        found = result == -DFK_E_PROTOCOL &&
                strstr(scene.err.what, " read differently each time") != NULL;
        if (found) {
            assert_int_equal(scene_checksum(&scene, START, 0x20000), before);
            assert_non_null(strstr(scene.err.what, "the bytes from 0x"));
            assert_string_equal(scene.err.why, "something between the board and this computer "
                                               "changes data");
            assert_string_equal(scene.err.next,
                                "use another cable and plug the board in without a hub, then run "
                                "the command again");
        }
        scene_end(&scene);
    }
    assert_true(found);
    dfk_image_free(image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_board_that_returns_is_picked_up_where_it_stands),
        cmocka_unit_test(what_was_written_in_this_flash_is_not_written_again_for_full),
        cmocka_unit_test(bytes_beside_the_image_survive_a_loss_after_the_erase),
        cmocka_unit_test(a_board_may_be_lost_more_than_once),
        cmocka_unit_test(a_board_that_does_not_stay_is_given_up),
        cmocka_unit_test(the_wait_for_a_board_has_an_end),
        cmocka_unit_test(without_waiting_it_is_lost),
        cmocka_unit_test(the_other_board_with_the_same_serial_number_is_never_touched),
        cmocka_unit_test(a_board_lost_when_all_is_written_says_so),
        cmocka_unit_test(a_board_that_comes_and_goes_while_it_is_opened_is_waited_for),
        cmocka_unit_test(bytes_that_read_differently_each_time_are_not_written_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
