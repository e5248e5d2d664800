/* SPDX-License-Identifier: MIT
 * Hours of flash, verify and leave on four boards of one bus, in virtual time: nothing may grow. */
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
#include "tests/soak/footprint.h"
#include "tests/support/scene.h"

enum {
    BOARDS = 4,
    IMAGES = 2,
    APP = 0x08020000,
    ROUNDS_WARM = 6, /* both images, and every buffer at its largest */
    IDLE_MIN_S = 5,
    IDLE_MAX_S = 50, /* the bootloader leaves after 60 s without a host */
    REST_MAX_S = 120,
    HOLD_MS = 2200, /* of the button, until its menu offers DFU mode */
    CHOSEN_MS = 1500,
    START_MS = 1000,
};

static const uint64_t ns_per_ms = 1000000;
static const double ns_per_hour = 3600e9;

/* What stands on one place of the bench. */
struct place {
    const char *path, *board, *rom; /* rom NULL: our bootloader, in flash */
    uint32_t bytes[IMAGES];
};

static const struct place places[BOARDS] = {
    {"1-1", "pybv11", "V3.1", {200000, 333080}},
    {"1-2", "nucleo-h743zi", "V9.0", {900000, 1200000}},
    {"1-3", "pybv11", NULL, {120000, 400000}},
    {"1-4", "nucleo-h743zi", NULL, {950000, 1300000}},
};

struct soak {
    struct board *boards[BOARDS];
    struct dfk_image *images[BOARDS][IMAGES];
    struct twin_bus bus;
    uint64_t random;
    uint64_t flashed, verified, left, reset_by_hand;
    double hours; /* from the command line */
    struct footprint early, middle, late;
};

static uint64_t now_ns(struct soak *soak)
{
    return soak->bus.clock.now_ns(&soak->bus.clock);
}

static void sleep_ms(struct soak *soak, uint64_t ms)
{
    soak->bus.clock.sleep_ns(&soak->bus.clock, ms * ns_per_ms);
}

static uint32_t choose(struct soak *soak, uint32_t low, uint32_t high)
{
    soak->random = soak->random * 6364136223846793005u + 1442695040888963407u;
    return low + (uint32_t)((soak->random >> 33) % (high - low));
}

static void idle(struct soak *soak, uint32_t most_s)
{
    sleep_ms(soak, (uint64_t)choose(soak, IDLE_MIN_S, most_s) * 1000);
}

static bool holds(struct soak *soak, size_t place, const struct dfk_image *image)
{
    struct scene scene = {.board = soak->boards[place]};
    return scene_holds(&scene, image);
}

/* What the operating system of a host does when a device comes.
 * Source USB 2.0, "Set Configuration" */
static void configure(struct board *board)
{
    const struct usb_setup setup = {0, USB_SET_CONFIGURATION, 1, 0, 0};
    uint16_t length = 0;
    uint8_t nothing = 0;
    (void)usb_port_transfer(board_port(board), &setup, &nothing, &length, 1000 * ns_per_ms);
}

static struct dfk_device *open_device(struct soak *soak, size_t place)
{
    const struct dfk_select select = {.path = places[place].path};
    struct dfk_error err = {0};
    struct dfk_device *device = NULL;
    if (places[place].rom == NULL) {
        configure(soak->boards[place]);
    }
    if (session_open(&soak->bus.bus, &soak->bus.clock, &select, NULL, &device, &err) != 0) {
        fail_msg("%s: %s", places[place].path, err.what);
    }
    return device;
}

static void flash(struct soak *soak, size_t place, const struct dfk_image *image)
{
    const struct dfk_flash_options options = {.no_leave = true};
    struct dfk_error err = {0};
    struct dfk_device *device = open_device(soak, place);
    if (dfk_flash(device, image, &options, NULL, &err) != 0) {
        fail_msg("%s: flash: %s", places[place].path, err.what);
    }
    dfk_close(device);
    soak->flashed++;
}

static void verify_and_leave(struct soak *soak, size_t place, const struct dfk_image *image)
{
    struct dfk_error err = {0};
    struct dfk_report report = {0};
    const uint32_t application = APP;
    struct dfk_device *device = open_device(soak, place);
    if (dfk_verify(device, image, NULL, NULL, &err) != 0) {
        fail_msg("%s: verify: %s", places[place].path, err.what);
    }
    soak->verified++;
    if (dfk_leave(device, &application, &report, &err) != 0) {
        fail_msg("%s: leave: %s", places[place].path, err.what);
    }
    dfk_close(device);
    if (report.must_reset) { /* a known fault of this ROM: told, and done by hand */
        board_reset(soak->boards[place], false, false);
        soak->reset_by_hand++;
    }
    sleep_ms(soak, START_MS);
    assert_true(board_application(soak->boards[place], NULL));
    assert_true(holds(soak, place, image));
    soak->left++;
}

/* A person brings the board back into DFU mode: BOOT0, or the button. */
static void bring_back(struct soak *soak, size_t place)
{
    struct board *board = soak->boards[place];
    bool rom = places[place].rom != NULL;
    board_press(board, !rom);
    board_reset(board, choose(soak, 0, 2) == 0, rom);
    sleep_ms(soak, HOLD_MS);
    board_press(board, false);
    sleep_ms(soak, CHOSEN_MS);
}

static void cycle(struct soak *soak, size_t place, uint64_t round)
{
    const struct dfk_image *image = soak->images[place][round % IMAGES];
    bring_back(soak, place);
    flash(soak, place, image);
    idle(soak, IDLE_MAX_S);
    verify_and_leave(soak, place, image);
    idle(soak, REST_MAX_S);
}

static int set_up(void **state)
{
    struct soak *soak = *state;
    for (size_t i = 0; i < BOARDS; i++) {
        bool rom = places[i].rom != NULL;
        const struct board_config config = {.name = places[i].board,
                                            .rom = places[i].rom,
                                            .seed = i + 1,
                                            .boot0_low = !rom,
                                            .make_program = rom ? NULL : boot_guest_make};
        struct dfk_error err = {0};
        if (board_open(&config, &soak->boards[i], &err) != 0) {
            fail_msg("%s: %s", places[i].board, err.what);
        }
        for (uint32_t k = 0; k < IMAGES; k++) {
            const struct scene_part part = {APP, places[i].bytes[k], (uint32_t)i * IMAGES + k + 1};
            soak->images[i][k] = scene_image(&part, 1);
        }
    }
    twin_bus_init(&soak->bus, soak->boards, BOARDS);
    return 0;
}

static int tear_down(void **state)
{
    struct soak *soak = *state;
    for (size_t i = 0; i < BOARDS; i++) {
        (void)board_close(soak->boards[i], NULL);
        for (uint32_t k = 0; k < IMAGES; k++) {
            dfk_image_free(soak->images[i][k]);
        }
    }
    return 0;
}

static void tell(const struct soak *soak, double hours, uint64_t rounds)
{
    printf("# total: virtual_hours=%.2f rounds=%" PRIu64 " flashed=%" PRIu64 " verified=%" PRIu64
           " left=%" PRIu64 " reset_by_hand=%" PRIu64 " rss_early_kib=%" PRIu64
           " rss_middle_kib=%" PRIu64 " rss_end_kib=%" PRIu64 " anonymous_early_kib=%" PRIu64
           " anonymous_end_kib=%" PRIu64 " heap_early_kib=%" PRIu64 " heap_end_kib=%" PRIu64
           " files_early=%u files_end=%u\n",
           hours, rounds, soak->flashed, soak->verified, soak->left, soak->reset_by_hand,
           soak->early.resident_kib, soak->middle.resident_kib, soak->late.resident_kib,
           soak->early.anonymous_kib, soak->late.anonymous_kib, soak->early.heap_kib,
           soak->late.heap_kib, soak->early.files, soak->late.files);
}

static void nothing_grows_while_four_boards_are_flashed_for_hours(void **state)
{
    struct soak *soak = *state;
    uint64_t start_ns = now_ns(soak);
    uint64_t round = 0;
    double hours = 0;
    bool half = false;
    while (hours < soak->hours || round < 2 * ROUNDS_WARM) {
        for (size_t i = 0; i < BOARDS; i++) {
            cycle(soak, i, round);
        }
        round++;
        hours = (double)(now_ns(soak) - start_ns) / ns_per_hour;
        soak->early = round == ROUNDS_WARM ? footprint_now() : soak->early;
        soak->middle = half ? soak->middle : footprint_now();
        half = hours >= soak->hours / 2;
    }
    soak->late = footprint_now();
    tell(soak, hours, round);
    assert_int_equal(soak->left, round * BOARDS);
    assert_true(footprint_is_flat(&soak->early, &soak->late));
}

int main(int argc, char **argv)
{
    struct soak soak = {.random = 1, .hours = argc == 2 ? strtod(argv[1], NULL) : 0};
    footprint_begin();
    const struct CMUnitTest tests[] = {
        {"nothing_grows_while_four_boards_are_flashed_for_hours",
         nothing_grows_while_four_boards_are_flashed_for_hours, set_up, tear_down, &soak},
    };
    if (soak.hours <= 0) {
        (void)fprintf(stderr, "usage: %s HOURS\n", argv[0]);
        return 2;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
