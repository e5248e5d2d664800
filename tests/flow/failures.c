/* SPDX-License-Identifier: MIT
 * What can go wrong on the wire and in the chip: each ends in its own error, in time, and a second
 * command finishes the work. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/scene.h"

enum { H743_BYTES = 2 << 20, F405_BYTES = 1 << 20 };

/* Half of a byte reads 0, so that some bit of the image is sure to be missing. */
#define STUCK                                                                                      \
    "stuck-bit@0x08020065:0,stuck-bit@0x08020065:1,stuck-bit@0x08020065:2,"                        \
    "stuck-bit@0x08020065:3,stuck-bit@0x08020065:4,stuck-bit@0x08020065:5"

/* One thing that goes wrong, and how it must end. */
struct mishap {
    const char *board, *rom, *faults;
    uint32_t addr;
    enum dfk_code wanted;
    double seconds_max;
    const char *says; /* part of the message */
};

static const struct mishap mishaps[] = {
    {"pybv11", "V3.1", "unplug@transfer:20", 0x08020000, DFK_E_LOST, 2, "disappeared"},
    {"pybv11", "V3.1", "unplug@erase:1", 0x08020000, DFK_E_LOST, 3, "disappeared"},
    {"pybv11", "V3.1", "unplug@write:5", 0x08020000, DFK_E_LOST, 5, "disappeared"},
    {"nucleo-h743zi", "V9.2", "unplug@erase:1", 0x08020000, DFK_E_LOST, 3, "disappeared"},
    {"nucleo-h743zi", "V9.2", "unplug@write:9", 0x08020000, DFK_E_LOST, 5, "disappeared"},
    {"nucleo-h743zi", "V9.2", "power-cut@erase:1", 0x08020000, DFK_E_LOST, 3, "disappeared"},
    {"nucleo-h743zi", "V9.2", "busy-forever@erase:1", 0x08020000, DFK_E_TIMEOUT, 30, "dfuDNBUSY"},
    {"nucleo-h743zi", "V9.2", "busy-forever@write:3", 0x08020000, DFK_E_TIMEOUT, 30, "dfuDNBUSY"},
    {"pybv11", "V9.1", "busy-forever@erase:1", 0x08020000, DFK_E_TIMEOUT, 30, "dfuDNBUSY"},
    {"pybv11", "V3.1", "busy-forever@erase:1,poll-timeout:0xFFFFFF", 0x08020000, DFK_E_TIMEOUT, 30,
     "dfuDNBUSY"},
    {"pybv11", "V3.1", "poll-timeout:0xFFFFFF", 0x08020000, DFK_OK, 5, ""},
    {"pybv11", "V3.1", STUCK, 0x08020000, DFK_E_VERIFY, 5, "0x08020065"},
    {"nucleo-h743zi", "V9.2", STUCK, 0x08020000, DFK_E_VERIFY, 5, "0x08020065"},
    {"pybv11", "V3.1", "erase-noop@0x08020000", 0x08020000, DFK_E_ERASE, 8, "reported as done"},
    {"nucleo-h743zi", "V9.2", "erase-noop@0x08020000", 0x08020000, DFK_E_ERASE, 8,
     "reported as done"},
    {"openmv4p", "V9.0", "erase-noop@0x08100000", 0x08100000, DFK_E_ERASE, 8, "reported as done"},
    {"pybv11", "V3.1", "write-protect@0x08020000", 0x08020000, DFK_E_ERASE, 8, "reported as done"},
    {"pybv11", "V3.1", "rdp:1", 0x08020000, DFK_E_PROTECTED, 2, "read protection"},
    {"nucleo-h743zi", "V9.2", "rdp:1", 0x08020000, DFK_E_PROTECTED, 2, "read protection"},
    {"pybv11", "V3.1", "slow-sector@0x08020000:x3", 0x08020000, DFK_OK, 8, ""},
    {"nucleo-h743zi", "V9.2", "leave-stays", 0x08020000, DFK_OK, 12, ""},
};

static void play(const struct mishap *mishap)
{
    struct scene scene;
    struct dfk_image *image = scene_image(&(struct scene_part){mishap->addr, 40000, 5}, 1);
    uint32_t total = strcmp(mishap->board, "pybv11") == 0 ? F405_BYTES : H743_BYTES;
    scene_start(&scene, mishap->board, mishap->rom, mishap->faults);
    scene_fill(&scene, 0x08000000, total);
    uint32_t outside = scene_checksum(&scene, 0x08040000, 0xC0000);
    int result = scene_flash(&scene, image, NULL);
    if (result != -(int)mishap->wanted || scene_seconds(&scene) > mishap->seconds_max) {
        fail_msg("%s %s %s: wanted %s, got %s after %.1f s: %s", mishap->board, mishap->rom,
                 mishap->faults, dfk_error_name(mishap->wanted),
                 dfk_error_name((enum dfk_code) - result), scene_seconds(&scene), scene.err.what);
    }
    if (strstr(scene.err.what, mishap->says) == NULL) {
        fail_msg("%s: \"%s\" does not say \"%s\"", mishap->faults, scene.err.what, mishap->says);
    }
    assert_true(result == 0 || scene.err.next[0] != '\0');
    assert_int_equal(scene_checksum(&scene, 0x08040000, 0xC0000), outside);
    dfk_image_free(image);
    scene_end(&scene);
}

static void each_mishap_ends_in_its_own_error(void **context)
{
    (void)context;
    for (size_t i = 0; i < sizeof mishaps / sizeof mishaps[0]; i++) {
        play(&mishaps[i]);
    }
}

/* A device that went away says so even when it went before anything was changed. */
static void a_device_gone_before_the_first_erase_says_that_nothing_was_changed(void **context)
{
    (void)context;
    struct scene scene;
    struct dfk_image *image = scene_image(&(struct scene_part){0x08000000, 9000, 5}, 1);
    scene_start(&scene, "nucleo-h743zi", "V9.2", "unplug@transfer:40");
    scene_fill(&scene, 0x08000000, H743_BYTES);
    assert_int_equal(scene_flash(&scene, image, NULL), -DFK_E_LOST);
    assert_non_null(strstr(scene.err.why, "nothing on the board was changed"));
    dfk_image_free(image);
    scene_end(&scene);
}

/* A blank sector is not erased, so that only the read-back can tell that nothing was written. */
static void a_write_that_does_not_take_is_found(void **context)
{
    (void)context;
    struct scene scene;
    struct dfk_image *image = scene_image(&(struct scene_part){0x08020000, 5000, 5}, 1);
    scene_start(&scene, "pybv11", "V3.1", "write-protect@0x08020000");
    assert_int_equal(scene_flash(&scene, image, NULL), -DFK_E_VERIFY);
    assert_non_null(strstr(scene.err.why, "a bit reads 1 that should be 0: the write did not take, "
                                          "the sector may be write-protected"));
    dfk_image_free(image);
    scene_end(&scene);
}

static bool is_fitting(int result)
{
    return result == 0 || result == -DFK_E_LOST || result == -DFK_E_TIMEOUT ||
           result == -DFK_E_DEVICE || result == -DFK_E_NO_DEVICE || result == -DFK_E_VERIFY ||
           result == -DFK_E_PROTOCOL || result == -DFK_E_ERASE || result == -DFK_E_OUTSIDE ||
           result == -DFK_E_REFUSED;
}

/* Plays one fault at one transfer, then the person's next command. Returns false when the fault
 * came too late to matter. */
static bool strike(const char *board, const char *rom, const char *kind, uint32_t transfer)
{
    struct scene scene;
    char faults[64];
    struct dfk_image *image = scene_image(&(struct scene_part){0x08000000, 20000, 5}, 1);
    (void)snprintf(faults, sizeof faults, "%s@transfer:%u", kind, (unsigned)transfer);
    scene_start(&scene, board, rom, faults);
    scene_fill(&scene, 0x08000000, 0x20000);
    int result = scene_flash(&scene, image, NULL);
    bool struck = result != 0 || board_get_counters(scene.board)->transfers >= transfer;
    if (!is_fitting(result) || scene_seconds(&scene) > 90 ||
        (result == 0 && !scene_holds(&scene, image))) {
        fail_msg("%s %s: %s after %.1f s: %s", board, faults,
                 dfk_error_name((enum dfk_code) - result), scene_seconds(&scene), scene.err.what);
    }
    scene_restart(&scene);
    result = struck ? scene_flash(&scene, image, NULL) : 0;
    if (result != 0 || !scene_holds(&scene, image)) {
        fail_msg("%s %s, and again: %s", board, faults, scene.err.what);
    }
    dfk_image_free(image);
    scene_end(&scene);
    return struck;
}

static void sweep(const char *board, const char *rom, const char *kind)
{
    uint32_t count = 0;
    while (count < 1000 && strike(board, rom, kind, count + 1)) {
        count++;
    }
    print_message("# %s %s: %s at each of %u transfers\n", board, rom, kind, (unsigned)count);
    assert_true(count > 50 && count < 1000);
}

static void unplugged_at_any_transfer_a_second_flash_finishes(void **context)
{
    (void)context;
    sweep("pybv11", "V3.1", "unplug");
    sweep("nucleo-h743zi", "V9.2", "unplug");
}

static void refused_at_any_transfer_a_second_flash_finishes(void **context)
{
    (void)context;
    sweep("pybv11", "V3.1", "stall");
    sweep("nucleo-h743zi", "V9.2", "stall");
}

static void unanswered_at_any_transfer_a_second_flash_finishes(void **context)
{
    (void)context;
    sweep("pybv11", "V3.1", "drop");
    sweep("openmv4p", "V9.0", "drop");
}

static void a_flipped_bit_on_the_wire_never_passes_as_success(void **context)
{
    (void)context;
    sweep("pybv11", "V3.1", "corrupt");
}

static void stopping_says_what_state_the_board_is_in(void **context)
{
    (void)context;
    struct scene scene;
    struct dfk_image *image = scene_image(&(struct scene_part){0x08000000, 90000, 5}, 1);
    scene_start(&scene, "nucleo-h743zi", "V9.2", NULL);
    scene_fill(&scene, 0x08000000, H743_BYTES);
    scene.cancel_after = 3;
    assert_int_equal(scene_flash(&scene, image, NULL), -DFK_E_INTERRUPTED);
    assert_non_null(strstr(scene.err.what, "nothing on the board was changed"));
    scene_restart(&scene);
    scene.events = 0;
    scene.cancel_after = 170;
    assert_int_equal(scene_flash(&scene, image, NULL), -DFK_E_INTERRUPTED);
    assert_non_null(strstr(scene.err.what, "neither the old nor the new"));
    scene_restart(&scene);
    scene.cancel_after = 0;
    assert_int_equal(scene_flash(&scene, image, NULL), 0);
    assert_true(scene_holds(&scene, image));
    dfk_image_free(image);
    scene_end(&scene);
}

/* Counts what is said of waiting, and stops at the second look. */
struct impatience {
    unsigned waits, looks;
};

static void hear(void *user, const struct dfk_event *event)
{
    ((struct impatience *)user)->waits += event->kind == DFK_EVENT_WAITING ? 1 : 0;
}

static bool give_up(void *user)
{
    return ++((struct impatience *)user)->looks >= 2;
}

static void waiting_for_a_board_can_be_stopped(void **context)
{
    (void)context;
    struct scene scene;
    struct impatience impatience = {0, 0};
    const struct dfk_callbacks callbacks = {&impatience, hear, give_up};
    const struct dfk_select select = {.wait_ms = 60000};
    struct dfk_device *device = NULL;
    scene_start(&scene, "pybv11", "V3.1", NULL);
    board_reset(scene.board, true, false); /* the application runs, nothing is on the bus */
    assert_int_equal(
        session_open(&scene.bus.bus, &scene.bus.clock, &select, &callbacks, &device, &scene.err),
        -DFK_E_INTERRUPTED);
    assert_non_null(strstr(scene.err.what, "stopped while waiting for the device"));
    assert_int_equal(impatience.waits, 1);
    scene_end(&scene);
}

static void a_board_that_appears_in_time_is_taken(void **context)
{
    (void)context;
    struct scene scene;
    const struct dfk_select select = {.wait_ms = 60000};
    struct dfk_device *device = NULL;
    scene_start(&scene, "pybv11", "V3.1", "unplug@transfer:1+3000ms");
    assert_int_equal(
        session_open(&scene.bus.bus, &scene.bus.clock, &select, NULL, &device, &scene.err), 0);
    assert_true(scene.bus.clock.now_ns(&scene.bus.clock) > 3000000000);
    dfk_close(device);
    scene_end(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_mishap_ends_in_its_own_error),
        cmocka_unit_test(a_device_gone_before_the_first_erase_says_that_nothing_was_changed),
        cmocka_unit_test(a_write_that_does_not_take_is_found),
        cmocka_unit_test(unplugged_at_any_transfer_a_second_flash_finishes),
        cmocka_unit_test(refused_at_any_transfer_a_second_flash_finishes),
        cmocka_unit_test(unanswered_at_any_transfer_a_second_flash_finishes),
        cmocka_unit_test(a_flipped_bit_on_the_wire_never_passes_as_success),
        cmocka_unit_test(waiting_for_a_board_can_be_stopped),
        cmocka_unit_test(a_board_that_appears_in_time_is_taken),
        cmocka_unit_test(stopping_says_what_state_the_board_is_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
