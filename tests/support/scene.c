/* SPDX-License-Identifier: MIT
 * One virtual board and the engine at it. */
#include "tests/support/scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/bytes.h"
#include "core/crc32.h"

enum { STACK = 0x2001FF00, PARTS_MAX = 64 };

static const uint64_t ns_per_ms = 1000000;

static uint8_t next_byte(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return (uint8_t)(*state >> 24);
}

static void note_id(struct scene *scene, const char *id)
{
    if (id != NULL && scene->id_count < SCENE_IDS_MAX) {
        (void)snprintf(scene->ids[scene->id_count++], sizeof scene->ids[0], "%s", id);
    }
}

static void on_event(void *user, const struct dfk_event *event)
{
    struct scene *scene = user;
    scene->events++;
    if (event->kind == DFK_EVENT_WARNING || event->kind == DFK_EVENT_RECOVERED) {
        note_id(scene, event->id);
    }
    if (event->kind == DFK_EVENT_PLAN) {
        scene->step_count = 0;
        scene->planned = *dfk_plan_get_summary(event->plan);
        for (size_t i = 0; i < dfk_plan_step_count(event->plan) && i < SCENE_STEPS_MAX; i++) {
            scene->steps[scene->step_count++] = *dfk_plan_get_step(event->plan, i);
        }
    }
}

static bool on_cancelled(void *user)
{
    const struct scene *scene = user;
    return scene->cancel_after != 0 && scene->events >= scene->cancel_after;
}

void scene_start_with(struct scene *scene, const struct board_config *config)
{
    memset(scene, 0, sizeof *scene);
    scene->from_flash = config->boot0_low;
    if (board_open(config, &scene->board, &scene->err) != 0) {
        fail_msg("board %s: %s", config->name, scene->err.what);
    }
    twin_bus_init(&scene->bus, &scene->board, 1);
}

void scene_start(struct scene *scene, const char *board, const char *rom, const char *faults)
{
    struct board_config config = {.name = board, .rom = rom, .faults = faults, .seed = 1};
    scene_start_with(scene, &config);
}

static void make_bytes(uint8_t *data, const struct scene_part *part, bool vectors)
{
    uint32_t state = part->seed;
    for (uint32_t i = 0; i < part->length; i++) {
        data[i] = part->seed == 0 ? 0xFF : next_byte(&state);
    }
    if (vectors && part->length >= 8 && part->seed != 0) {
        put_le32(data, STACK);
        put_le32(data + 4, part->addr + 0x101);
    }
}

void scene_fill(struct scene *scene, uint32_t base, uint32_t length)
{
    struct scene_part part = {base, length, 77};
    uint8_t *data = malloc(length);
    assert_non_null(data);
    make_bytes(data, &part, true);
    assert_true(board_poke(scene->board, base, data, length));
    free(data);
}

void scene_wait_ms(struct scene *scene, uint32_t ms)
{
    struct clock *clock = board_clock(scene->board);
    clock->sleep_ns(clock, ms * ns_per_ms);
}

/* The bootloader in flash waits for a hand at the button: held until the third colour. */
static void hold_button(struct scene *scene)
{
    enum { HOLD_MS = 2200, CHOSEN_MS = 1500 };
    board_press(scene->board, true);
    board_reset(scene->board, true, false);
    scene_wait_ms(scene, HOLD_MS);
    board_press(scene->board, false);
    scene_wait_ms(scene, CHOSEN_MS);
}

bool scene_power_on(struct scene *scene)
{
    enum { START_MS = 1000 };
    uint32_t addr = 0;
    board_reset(scene->board, true, !scene->from_flash);
    scene_wait_ms(scene, START_MS);
    return board_application(scene->board, &addr);
}

void scene_restart(struct scene *scene)
{
    if (scene->from_flash) {
        hold_button(scene);
    } else {
        board_reset(scene->board, true, true);
    }
    twin_bus_init(&scene->bus, &scene->board, 1);
    memset(&scene->err, 0, sizeof scene->err);
    scene->id_count = 0;
    scene->step_count = 0;
}

struct dfk_image *scene_image(const struct scene_part *parts, size_t count)
{
    struct dfk_segment segments[PARTS_MAX];
    struct dfk_image *image = NULL;
    struct dfk_error err = {0};
    assert_true(count <= PARTS_MAX);
    for (size_t i = 0; i < count; i++) {
        uint8_t *data = malloc(parts[i].length);
        assert_non_null(data);
        make_bytes(data, &parts[i], i == 0);
        segments[i] = (struct dfk_segment){0, parts[i].addr, parts[i].length, data};
    }
    if (image_from_memory("scene", segments, count, true, &image, &err) != 0) {
        fail_msg("image: %s", err.what);
    }
    for (size_t i = 0; i < count; i++) {
        void *data = NULL;
        memcpy(&data, &segments[i].data, sizeof data);
        free(data);
    }
    return image;
}

/* What the operating system of a host does when a device comes; the ROMs of the twin work without.
 * Source USB 2.0, "Set Configuration" */
static void configure(struct scene *scene)
{
    struct usb_setup setup = {0, USB_SET_CONFIGURATION, 1, 0, 0};
    uint16_t length = 0;
    enum { LIMIT_NS = 1000000000 };
    (void)usb_port_transfer(board_port(scene->board), &setup, NULL, &length, LIMIT_NS);
}

int scene_open(struct scene *scene)
{
    if (scene->from_flash) {
        configure(scene);
    }
    const struct dfk_callbacks callbacks = {scene, on_event, on_cancelled};
    const struct dfk_select select = {.alternate = scene->alternate};
    memset(&scene->err, 0, sizeof scene->err);
    memset(&scene->report, 0, sizeof scene->report);
    scene->before = *board_get_counters(scene->board);
    scene->started_ns = scene->bus.clock.now_ns(&scene->bus.clock);
    return session_open(&scene->bus.bus, &scene->bus.clock, &select, &callbacks, &scene->device,
                        &scene->err);
}

void scene_close(struct scene *scene)
{
    dfk_close(scene->device);
    scene->device = NULL;
}

int scene_flash(struct scene *scene, const struct dfk_image *image,
                const struct dfk_flash_options *options)
{
    int result = scene_open(scene);
    if (result == 0) {
        result = dfk_flash(scene->device, image, options, &scene->report, &scene->err);
        scene_close(scene);
    }
    return result;
}

int scene_verify(struct scene *scene, const struct dfk_image *image)
{
    int result = scene_open(scene);
    if (result == 0) {
        result = dfk_verify(scene->device, image, NULL, &scene->report, &scene->err);
        scene_close(scene);
    }
    return result;
}

int scene_erase(struct scene *scene, const struct dfk_range *range,
                const struct dfk_flash_options *options)
{
    int result = scene_open(scene);
    if (result == 0) {
        result = dfk_erase(scene->device, range, options, &scene->report, &scene->err);
        scene_close(scene);
    }
    return result;
}

bool scene_holds(struct scene *scene, const struct dfk_image *image)
{
    bool equal = true;
    for (size_t i = 0; i < dfk_image_get_info(image)->segment_count; i++) {
        const struct dfk_segment *segment = dfk_image_get_segment(image, i);
        uint8_t *data = malloc(segment->length);
        assert_non_null(data);
        assert_true(board_peek(scene->board, segment->addr, data, segment->length));
        equal = equal && memcmp(data, segment->data, segment->length) == 0;
        free(data);
    }
    return equal;
}

uint32_t scene_checksum(struct scene *scene, uint32_t addr, uint32_t length)
{
    uint8_t *data = malloc(length);
    assert_non_null(data);
    assert_true(board_peek(scene->board, addr, data, length));
    uint32_t sum = crc32_update(CRC32_START, data, length);
    free(data);
    return sum;
}

bool scene_said(const struct scene *scene, const char *id)
{
    bool said = false;
    for (size_t i = 0; i < scene->id_count; i++) {
        said = said || strcmp(scene->ids[i], id) == 0;
    }
    return said;
}

size_t scene_count_steps(const struct scene *scene, enum dfk_action action)
{
    size_t count = 0;
    for (size_t i = 0; i < scene->step_count; i++) {
        count += scene->steps[i].action == action ? 1 : 0;
    }
    return count;
}

double scene_seconds(struct scene *scene)
{
    return (double)(scene->bus.clock.now_ns(&scene->bus.clock) - scene->started_ns) / 1e9;
}

double scene_physics(struct scene *scene)
{
    const struct board_counters *now = board_get_counters(scene->board);
    uint64_t ns = (now->erase_ns - scene->before.erase_ns) +
                  (now->program_ns - scene->before.program_ns) +
                  (now->usb_ns - scene->before.usb_ns);
    return (double)ns / 1e9;
}

void scene_end(struct scene *scene)
{
    scene_close(scene);
    assert_int_equal(board_close(scene->board, &scene->err), 0);
    scene->board = NULL;
}
