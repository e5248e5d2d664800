/* SPDX-License-Identifier: MIT
 * The host at devices in every state, and what it sends in which state over whole sessions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "flash/session.h"
#include "glue/boards.h"
#include "image/image.h"
#include "tests/spec/paper_bus.h"
#include "tests/spec/parties.h"
#include "tests/spec/watch_bus.h"
#include "tests/support/scene.h"

enum {
    OPEN_LIMIT_MS = 30000,
    SESSION_LIMIT_MS = 120000,
    IMAGE_BYTES = 3000,
    SECTOR_BYTES = 0x20000,
    BANK2 = 0x08100000,
    FIRMWARE_AT = 0x40000, /* of the partition FIRMWARE in openmv-boot */
    BEYOND_STATES = 2,     /* numbers that are no states: 11 and 255 */
};

static const uint64_t ns_per_ms = 1000000;

/* What was tried, and what came of it. */
struct tally {
    struct watch watch;
    unsigned sessions, usable, errors, late, silent_errors, wrong;
};

/* Forgets what earlier tests did, but not which of the listed differences they met. */
static struct tally *begin(void **state)
{
    struct tally *tally = *state;
    struct watch watch = tally->watch;
    memset(tally, 0, sizeof *tally);
    watch.requests = watch.complaints = 0;
    memset(watch.sent, 0, sizeof watch.sent);
    tally->watch = watch;
    return tally;
}

static void judge_end(struct tally *tally, int result, const struct dfk_error *err,
                      uint64_t took_ms, uint64_t limit_ms)
{
    tally->sessions++;
    tally->usable += result == 0;
    tally->errors += result != 0;
    tally->silent_errors += result != 0 && (err->what[0] == '\0' || err->code == DFK_OK);
    tally->late += took_ms > limit_ms;
}

static void tell(const char *name, const struct tally *tally)
{
    print_message(
        "# total: party=host-%s sessions=%u pairs=%u requests=%u usable=%u clear_error=%u "
        "unclear_error=%u hangs=%u wrong_after_success=%u complaints=%u\n",
        name, tally->sessions, watch_count_pairs(&tally->watch), tally->watch.requests,
        tally->usable, tally->errors, tally->silent_errors, tally->late, tally->wrong,
        tally->watch.complaints);
    assert_int_equal(tally->silent_errors + tally->late + tally->wrong, 0);
    assert_int_equal(tally->watch.complaints, 0);
}

/* ---- a device that is nothing but the table ---- */

static void meet_on_paper(struct tally *tally, const struct paper_start *start)
{
    struct paper_bus bus;
    struct device *device = NULL;
    struct dfk_error err = {0};
    paper_init(&bus, &tally->watch.table, start);
    tally->watch.tolerant = start->tolerant;
    watch_attach(&tally->watch, &bus.bus, &bus.clock, PAPER_TRANSFER_BYTES);
    int result = device_open(&bus.bus, &bus.clock, NULL, NULL, &device, &err);
    judge_end(tally, result, &err, bus.now_ns / ns_per_ms, OPEN_LIMIT_MS);
    if (result == 0) {
        bool runtime = device_get_info(device)->mode == DFK_MODE_RUNTIME;
        tally->wrong += runtime ? bus.state > DFU_APP_DETACH : bus.state != DFU_IDLE;
        device_close(device);
    }
}

/* One state and status, with everything else that the device may have. */
static void meet_in(struct tally *tally, uint8_t state, uint8_t status)
{
    static const uint32_t polls_ms[] = {0, 5, 1000, 0xFFFFFF};
    for (size_t i = 0; i < 4 * sizeof polls_ms / sizeof polls_ms[0]; i++) {
        const struct paper_start start = {.state = state,
                                          .status = status,
                                          .poll_ms = polls_ms[i / 4],
                                          .tolerant = (i & 1) != 0,
                                          .intact = (i & 2) != 0};
        meet_on_paper(tally, &start);
    }
}

static void every_state_and_status_at_start(void **state)
{
    struct tally *tally = begin(state);
    for (uint8_t number = 0; number < DFU_STATE_COUNT + BEYOND_STATES; number++) {
        uint8_t reported = number == DFU_STATE_COUNT + 1 ? (uint8_t)UINT8_MAX : number;
        for (uint8_t status = 0; status <= DFU_STATUS_COUNT; status++) {
            meet_in(tally, reported, status);
        }
    }
    tell("paper", tally);
    assert_true(tally->usable > 0 && tally->errors > 0);
}

/* ---- the devices of the twin, brought into every state ---- */

static struct dfk_image *make_image(const struct party *party, uint32_t seed)
{
    bool plain = party->row->kind == PARTY_PLAIN;
    struct dfk_image *image =
        scene_image(&(struct scene_part){plain ? 0 : party->app, IMAGE_BYTES, seed}, 1);
    image_info(image)->addressed = !plain;
    return image;
}

static bool holds(const struct party *party, const struct dfk_image *image)
{
    uint8_t found[IMAGE_BYTES];
    bool firmware = party->row->alternate != 0;
    uint32_t addr = party->row->kind != PARTY_PLAIN ? party->app : firmware ? FIRMWARE_AT : 0;
    assert_true(board_peek(party->host->board, addr, found, sizeof found));
    return memcmp(found, dfk_image_get_segment(image, 0)->data, sizeof found) == 0;
}

static int flash(const struct party *party, struct tally *tally, struct twin_bus *bus,
                 const struct dfk_image *image)
{
    struct dfk_device *device = NULL;
    struct dfk_error err = {0};
    const struct dfk_select select = {.alternate = party->row->alternate != 0 ? "FIRMWARE" : NULL};
    uint64_t start_ns = bus->clock.now_ns(&bus->clock);
    int result = session_open(&bus->bus, &bus->clock, &select, NULL, &device, &err);
    if (result == 0) {
        result = dfk_flash(device, image, NULL, NULL, &err);
        dfk_close(device);
    }
    uint64_t took_ns = bus->clock.now_ns(&bus->clock) - start_ns;
    judge_end(tally, result, &err, took_ns / ns_per_ms, SESSION_LIMIT_MS);
    tally->wrong += result == 0 && !holds(party, image);
    return result;
}

/* The host meets the device in a state; what comes after a replug has to go well in any case. */
static void meet(struct party *party, struct tally *tally, uint8_t state)
{
    struct twin_bus bus;
    uint8_t status = 0;
    struct dfk_image *image = make_image(party, 40u + state);
    struct dfk_image *next = make_image(party, 60u + state);
    twin_bus_init(&bus, &party->host->board, 1);
    watch_attach(&tally->watch, &bus.bus, &bus.clock, party->transfer_bytes);
    if (party_reach(party, state, &status)) {
        tally->watch.first = state <= DFU_APP_DETACH ? DFU_APP_IDLE : WATCH_UNKNOWN;
        (void)flash(party, tally, &bus, image);
        (void)party_reach(party, DFU_IDLE, &status);
        if (flash(party, tally, &bus, next) != 0) {
            print_message("# %s %u: the next flash fails\n", party->row->name, state);
            tally->wrong++;
        }
    }
    dfk_image_free(image);
    dfk_image_free(next);
}

static void every_device_in_every_state(void **state)
{
    struct tally *tally = begin(state);
    size_t index = 0;
    for (const struct party_row *row = party_at(0); row != NULL; row = party_at(++index)) {
        struct party party;
        uint8_t status = 0;
        if (row->kind == PARTY_ARM) {
            continue; /* for a host the same as the native ones: tests/boot/same.c */
        }
        party_open(&party, row);
        (void)party_reach(&party, DFU_IDLE, &status); /* learns wTransferSize */
        tally->watch.tolerant = party.tolerant;
        for (uint8_t number = 0; number < DFU_STATE_COUNT; number++) {
            meet(&party, tally, number);
        }
        party_close(&party);
    }
    tell("states", tally);
}

/* ---- whole sessions ---- */

static void watch_scene(struct scene *scene, struct tally *tally, uint16_t transfer_bytes)
{
    watch_attach(&tally->watch, &scene->bus.bus, &scene->bus.clock, transfer_bytes);
}

static void end(struct scene *scene, struct tally *tally, int result)
{
    uint64_t now_ns = scene->bus.clock.now_ns(&scene->bus.clock);
    judge_end(tally, result, &scene->err, (now_ns - scene->started_ns) / ns_per_ms,
              SESSION_LIMIT_MS);
    scene_close(scene);
}

/* Read, erase, leave: each a session of its own. */
static void other_verbs(struct scene *scene, struct tally *tally, const struct dfk_range *range)
{
    const struct dfk_range far = {BANK2, 1}, outside = {0x40000000, 1};
    struct dfk_image *image = NULL;
    if (scene_open(scene) == 0) {
        end(scene, tally, dfk_read(scene->device, range, NULL, &image, &scene->err));
        dfk_image_free(image);
    }
    if (scene_open(scene) == 0) {
        end(scene, tally, dfk_erase(scene->device, range, NULL, NULL, &scene->err));
    }
    if (scene_open(scene) == 0) {
        end(scene, tally, dfk_erase(scene->device, &far, NULL, NULL, &scene->err));
    }
    if (scene_open(scene) == 0) {
        end(scene, tally, dfk_erase(scene->device, &outside, NULL, NULL, &scene->err));
    }
    if (scene_open(scene) == 0) {
        end(scene, tally, dfk_leave(scene->device, NULL, NULL, &scene->err));
    }
}

/* From the application to DFU mode, if that is what runs. */
static void detach(struct scene *scene, struct tally *tally)
{
    if (scene_open(scene) == 0) {
        end(scene, tally, dfk_detach(scene->device, &scene->err));
    }
}

static void whole_session(const struct party *party, struct scene *scene, struct tally *tally)
{
    static const struct dfk_flash_options stay = {.full = true, .no_leave = true};
    bool plain = party->row->kind == PARTY_PLAIN;
    const struct dfk_range range = {plain ? 0 : party->base, SECTOR_BYTES};
    struct dfk_image *image = make_image(party, 80);
    watch_scene(scene, tally, party->transfer_bytes);
    scene->alternate = party->row->alternate != 0 ? "FIRMWARE" : NULL;
    detach(scene, tally);
    for (unsigned i = 0; i < 2; i++) {
        int result = scene_flash(scene, image, &stay);
        if (result != 0) {
            print_message("# %s: %s\n", party->row->name, scene->err.what);
            tally->wrong++;
        }
        end(scene, tally, result);
    }
    end(scene, tally, scene_verify(scene, image));
    other_verbs(scene, tally, plain ? NULL : &range);
    dfk_image_free(image);
}

static void start_scene(struct scene *scene, const struct party_row *row)
{
    const struct board_config config = {.name = row->board,
                                        .rom = row->rom,
                                        .boot0_low = row->kind == PARTY_NATIVE,
                                        .make_program =
                                            row->kind == PARTY_NATIVE ? boot_guest_make : NULL,
                                        .seed = 1};
    scene_start_with(scene, &config);
}

static void whole_sessions(void **state)
{
    struct tally *tally = begin(state);
    size_t index = 0;
    for (const struct party_row *row = party_at(0); row != NULL; row = party_at(++index)) {
        struct party party;
        struct scene scene;
        uint8_t status = 0;
        if (row->kind == PARTY_ARM) {
            continue;
        }
        party_open(&party, row);
        (void)party_reach(&party, DFU_IDLE, &status);
        start_scene(&scene, row);
        bool runtime = strncmp(row->name, "runtime", 7) == 0;
        tally->watch.tolerant = party.tolerant;
        tally->watch.first = runtime ? DFU_APP_IDLE : WATCH_UNKNOWN;
        whole_session(&party, &scene, tally);
        scene_end(&scene);
        party_close(&party);
    }
    tell("sessions", tally);
    dfu_table_check_used(&tally->watch.table);
}

int main(void)
{
    static struct tally tally; /* one for all: what is listed has to occur in some test */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(every_state_and_status_at_start, &tally),
        cmocka_unit_test_prestate(every_device_in_every_state, &tally),
        cmocka_unit_test_prestate(whole_sessions, &tally),
    };
    watch_open(&tally.watch);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
