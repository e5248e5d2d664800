/* SPDX-License-Identifier: MIT
 * Flash, verify and leave over USB/IP on loopback, client and server in one process: nothing may
 * grow. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <pthread.h>

#include "glue/boards.h"
#include "tests/soak/footprint.h"
#include "tests/support/scene.h"
#include "twin/serve/serve.h"

enum { APP = 0x08020000, IMAGES = 2, WARM = 4, TURN_MS = 20, FIND_MS = 5000 };

static const uint64_t ns_per_ms = 1000000;

struct desk {
    struct board *board;
    struct server *server;
    struct dfk_image *images[IMAGES];
    pthread_t thread;
    volatile bool stop; /* the server looks at it between two turns */
    char uri[64];
    uint64_t cycles; /* from the command line */
};

static void *serve(void *user)
{
    struct desk *desk = user;
    while (!desk->stop) {
        (void)server_run(desk->server, TURN_MS, &desk->stop, NULL);
    }
    return NULL;
}

/* While the server runs, the board is its own. */
static void start_serving(struct desk *desk)
{
    desk->stop = false;
    assert_int_equal(pthread_create(&desk->thread, NULL, serve, desk), 0);
}

static void stop_serving(struct desk *desk)
{
    desk->stop = true;
    assert_int_equal(pthread_join(desk->thread, NULL), 0);
}

static void wait_ms(struct desk *desk, uint32_t ms)
{
    struct clock *clock = board_clock(desk->board);
    clock->sleep_ns(clock, ms * ns_per_ms);
}

/* Into DFU mode, by a hand at the button. */
static void bring_back(struct desk *desk)
{
    enum { HOLD_MS = 2200, CHOSEN_MS = 1500 };
    board_press(desk->board, true);
    board_reset(desk->board, true, false);
    wait_ms(desk, HOLD_MS);
    board_press(desk->board, false);
    wait_ms(desk, CHOSEN_MS);
}

static struct dfk_device *open_device(const struct desk *desk)
{
    const struct dfk_select select = {.bus = desk->uri, .wait_ms = FIND_MS};
    struct dfk_error err = {0};
    struct dfk_device *device = NULL;
    if (dfk_open(&select, NULL, &device, &err) != 0) {
        fail_msg("%s: %s", desk->uri, err.what);
    }
    return device;
}

static void cycle(struct desk *desk, const struct dfk_image *image)
{
    const struct dfk_flash_options staying = {.no_leave = true};
    struct dfk_error err = {0};
    bring_back(desk);
    start_serving(desk);
    struct dfk_device *device = open_device(desk);
    if (dfk_flash(device, image, &staying, NULL, &err) != 0) {
        fail_msg("flash: %s", err.what);
    }
    dfk_close(device);
    device = open_device(desk);
    if (dfk_verify(device, image, NULL, NULL, &err) != 0 ||
        dfk_leave(device, NULL, NULL, &err) != 0) {
        fail_msg("verify and leave: %s", err.what);
    }
    dfk_close(device);
    stop_serving(desk);
    wait_ms(desk, 1000);
    assert_true(board_application(desk->board, NULL));
    struct scene scene = {.board = desk->board};
    assert_true(scene_holds(&scene, image));
}

static int set_up(void **state)
{
    struct desk *desk = *state;
    const struct board_config config = {
        .name = "pybv11", .seed = 1, .boot0_low = true, .make_program = boot_guest_make};
    struct dfk_error err = {0};
    if (board_open(&config, &desk->board, &err) != 0) {
        fail_msg("%s", err.what);
    }
    struct usb_port *port = board_port(desk->board);
    const struct server_config served = {.ports = &port, .port_count = 1};
    assert_int_equal(server_open(&served, &desk->server, &err), 0);
    (void)snprintf(desk->uri, sizeof desk->uri, "usbip://127.0.0.1:%u",
                   server_get_port(desk->server));
    for (uint32_t i = 0; i < IMAGES; i++) {
        desk->images[i] = scene_image(&(struct scene_part){APP, 60000 + 9000 * i, i + 1}, 1);
    }
    return 0;
}

static int tear_down(void **state)
{
    struct desk *desk = *state;
    server_close(desk->server);
    (void)board_close(desk->board, NULL);
    for (uint32_t i = 0; i < IMAGES; i++) {
        dfk_image_free(desk->images[i]);
    }
    return 0;
}

static void nothing_grows_on_either_end_of_usbip(void **state)
{
    struct desk *desk = *state;
    struct footprint early = {0};
    for (uint64_t i = 0; i < WARM + desk->cycles; i++) {
        cycle(desk, desk->images[i % IMAGES]);
        early = i == WARM ? footprint_now() : early;
    }
    struct footprint late = footprint_now();
    printf("# total: usbip_cycles=%" PRIu64 " rss_early_kib=%" PRIu64 " rss_end_kib=%" PRIu64
           " anonymous_early_kib=%" PRIu64 " anonymous_end_kib=%" PRIu64 " heap_early_kib=%" PRIu64
           " heap_end_kib=%" PRIu64 " files_early=%u files_end=%u\n",
           desk->cycles, early.resident_kib, late.resident_kib, early.anonymous_kib,
           late.anonymous_kib, early.heap_kib, late.heap_kib, early.files, late.files);
    assert_true(footprint_is_flat(&early, &late));
}

int main(int argc, char **argv)
{
    struct desk desk = {.cycles = argc == 2 ? strtoull(argv[1], NULL, 10) : 0};
    footprint_begin();
    const struct CMUnitTest tests[] = {
        {"nothing_grows_on_either_end_of_usbip", nothing_grows_on_either_end_of_usbip, set_up,
         tear_down, &desk},
    };
    if (desk.cycles == 0) {
        (void)fprintf(stderr, "usage: %s CYCLES\n", argv[0]);
        return 2;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
