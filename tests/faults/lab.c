/* SPDX-License-Identifier: MIT
 * One case of the matrix: a board, a bus, a verb, a mishap at one transfer; played and judged. */
#include "tests/faults/lab.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flash/session.h"
#include "glue/boards.h"
#include "image/image.h"
#include "tests/faults/rules.h"
#include "tests/support/scene.h"
#include "tests/support/twin_bus.h"

enum {
    KIB = 1024,
    PARTS_MAX = 2,
    LIMIT_S = 90,
    WAIT_MS = 10000,
    TRANSFERS_MAX = 60000,
    HOLD_MS = 2200,
    CHOSEN_MS = 1500,
    START_UP_MS = 500
};

static const uint64_t ns_per_ms = 1000000;

/* One board with what it holds, and what is done with it. */
struct place {
    const char *name, *board, *rom; /* rom NULL: the bootloader in flash */
    struct scene_part parts[PARTS_MAX];
    size_t part_count;
    struct scene_part old[PARTS_MAX]; /* the firmware before */
    struct dfk_range sector;          /* is erased */
    struct dfk_range slot;            /* nothing outside of it may ever change */
};

static const struct place places[LAB_PLACES] = {
    {.name = "f405-rom",
     .board = "pybv11",
     .rom = "V3.1",
     .parts = {{0x08000000, 21000, 5}},
     .part_count = 1,
     .old = {{0x08000000, 60000, 77}},
     .sector = {0x08004000, 16 * KIB},
     .slot = {0x08000000, 32 * KIB}},
    {.name = "h743-rom-v9.0",
     .board = "nucleo-h743zi",
     .rom = "V9.0",
     .parts = {{0x08100000, 5000, 5}},
     .part_count = 1,
     .old = {{0x08000000, 6000, 77}, {0x08100000, 7000, 78}},
     .sector = {0x08100000, 128 * KIB},
     .slot = {0x08100000, 128 * KIB}},
    {.name = "h743-rom-v9.2",
     .board = "nucleo-h743zi",
     .rom = "V9.2",
     .parts = {{0x08000000, 3000, 5}},
     .part_count = 1,
     .old = {{0x08000000, 6000, 77}, {0x08100000, 7000, 78}},
     .sector = {0x08000000, 128 * KIB},
     .slot = {0x08000000, 128 * KIB}},
    {.name = "f405-boot",
     .board = "pybv11",
     .parts = {{0x08020000, 21000, 5}},
     .part_count = 1,
     .old = {{0x08020000, 60000, 77}, {0x08008000, 9000, 78}},
     .sector = {0x08020000, 128 * KIB},
     .slot = {0x08020000, 128 * KIB}},
    {.name = "h743-boot",
     .board = "nucleo-h743zi",
     .parts = {{0x08020000, 9000, 5}, {0x08100000, 5000, 6}},
     .part_count = 2,
     .old = {{0x08020000, 12000, 77}, {0x08100000, 7000, 78}},
     .sector = {0x08020000, 128 * KIB},
     .slot = {0x08020000, 1024 * KIB}},
};

/* A case at work. */
struct lab {
    const struct lab_case *one;
    const struct place *place;
    struct board *board;
    struct twin_bus twins;
    struct line line;
    struct bus *bus;
    struct dfk_image *image, *found; /* found: what was read */
    struct dfk_report report;
    uint8_t *before, *now; /* the whole flash */
    uint32_t base, bytes;
};

const char *lab_place_name(uint32_t place)
{
    return places[place].name;
}

const char *lab_verb_name(enum verb verb)
{
    static const char *const names[VERB_COUNT] = {"flash", "flash-wait", "verify", "differ",
                                                  "read",  "erase",      "leave"};
    return names[verb];
}

void lab_name(const struct lab_case *one, char *text, size_t capacity)
{
    (void)snprintf(text, capacity, "%s/%s/%s/%s:%u+%u", places[one->place].name,
                   one->usbip ? "usbip" : "usb", lab_verb_name(one->verb), mishap_name(one->kind),
                   (unsigned)one->at, (unsigned)one->dice);
}

static void run_ms(struct lab *lab, uint32_t ms)
{
    struct clock *clock = board_clock(lab->board);
    clock->sleep_ns(clock, ms * ns_per_ms);
}

/* Into DFU mode, as a person does it between two commands. */
static void enter(struct lab *lab)
{
    bool native = lab->place->rom == NULL;
    lab->line = (struct line){.board = lab->board, .from_flash = native};
    board_press(lab->board, native);
    board_reset(lab->board, true, !native);
    if (native) {
        run_ms(lab, HOLD_MS);
        board_press(lab->board, false);
        run_ms(lab, CHOSEN_MS);
    }
    run_ms(lab, START_UP_MS);
}

static void peek(struct lab *lab, uint8_t *to)
{
    assert_true(board_peek(lab->board, lab->base, to, lab->bytes));
}

static void poke_image(struct lab *lab, const struct dfk_image *image)
{
    for (size_t i = 0; i < dfk_image_get_info(image)->segment_count; i++) {
        const struct dfk_segment *segment = dfk_image_get_segment(image, i);
        assert_true(board_poke(lab->board, segment->addr, segment->data, segment->length));
    }
}

static void fill(struct lab *lab)
{
    const struct place *place = lab->place;
    enum verb verb = lab->one->verb;
    struct dfk_image *old = scene_image(place->old, place->old[1].length != 0 ? 2 : 1);
    poke_image(lab, old);
    dfk_image_free(old);
    if (verb == VERB_VERIFY || verb == VERB_DIFFER) {
        poke_image(lab, lab->image);
    }
    if (verb == VERB_DIFFER) {
        uint8_t byte = 0;
        uint32_t addr = place->parts[0].addr + place->parts[0].length / 2;
        assert_true(board_peek(lab->board, addr, &byte, 1));
        byte ^= 0x40;
        assert_true(board_poke(lab->board, addr, &byte, 1));
    }
}

static void lab_open(struct lab *lab, const struct lab_case *one)
{
    struct dfk_error err = {0};
    memset(lab, 0, sizeof *lab);
    lab->one = one;
    lab->place = &places[one->place];
    bool native = lab->place->rom == NULL;
    const struct board_config config = {.name = lab->place->board,
                                        .rom = lab->place->rom,
                                        .boot0_low = native,
                                        .make_program = native ? boot_guest_make : NULL,
                                        .seed = 1};
    if (board_open(&config, &lab->board, &err) != 0) {
        fail_msg("%s: %s", config.name, err.what);
    }
    lab->base = 0x08000000;
    lab->bytes = (strcmp(config.name, "pybv11") == 0 ? 1024u : 2048u) * KIB;
    lab->before = malloc(lab->bytes);
    lab->now = malloc(lab->bytes);
    lab->image = scene_image(lab->place->parts, lab->place->part_count);
    assert_true(lab->before != NULL && lab->now != NULL);
    fill(lab);
    peek(lab, lab->before);
    enter(lab);
    twin_bus_init(&lab->twins, &lab->board, 1);
    lab->bus = one->usbip ? loop_open(&lab->line)
                          : wire_open(&lab->twins.bus, &lab->line, &lab->twins.clock);
    assert_non_null(lab->bus);
}

static void lab_close(struct lab *lab)
{
    if (lab->one->usbip) {
        loop_close(lab->bus);
    } else {
        bus_free(lab->bus);
    }
    dfk_image_free(lab->image);
    dfk_image_free(lab->found);
    free(lab->before);
    free(lab->now);
    (void)board_close(lab->board, NULL);
}

static int do_verb(struct lab *lab, enum verb verb, struct dfk_error *err)
{
    const bool waits = verb == VERB_RESUME;
    const struct dfk_select select = {.wait_ms = waits ? WAIT_MS : 0};
    const struct dfk_flash_options how = {.resume_ms = waits ? WAIT_MS : 0};
    const struct dfk_range *sector = &lab->place->sector;
    struct dfk_device *device = NULL;
    int result = session_open(lab->bus, &lab->twins.clock, &select, NULL, &device, err);
    if (result != 0) {
        return result;
    }
    switch (verb) {
    case VERB_FLASH:
    case VERB_RESUME: result = dfk_flash(device, lab->image, &how, &lab->report, err); break;
    case VERB_VERIFY:
    case VERB_DIFFER: result = dfk_verify(device, lab->image, NULL, &lab->report, err); break;
    case VERB_READ: {
        struct dfk_range range = {lab->place->old[0].addr, 5000};
        result = dfk_read(device, &range, NULL, &lab->found, err);
        break;
    }
    case VERB_ERASE: result = dfk_erase(device, sector, NULL, &lab->report, err); break;
    default: result = dfk_leave(device, &lab->place->old[0].addr, &lab->report, err); break;
    }
    dfk_close(device);
    return result;
}

static bool flashes(enum verb verb)
{
    return verb == VERB_FLASH || verb == VERB_RESUME;
}

/* What the whole flash has to hold after success. */
static void expect(struct lab *lab, uint8_t *wanted)
{
    memcpy(wanted, lab->before, lab->bytes);
    if (lab->one->verb == VERB_ERASE) {
        memset(wanted + (lab->place->sector.addr - lab->base), 0xFF, lab->place->sector.length);
    }
    for (size_t i = 0; flashes(lab->one->verb) && i < lab->place->part_count; i++) {
        const struct dfk_segment *segment = dfk_image_get_segment(lab->image, i);
        memcpy(wanted + (segment->addr - lab->base), segment->data, segment->length);
    }
}

static bool ends(struct lab_result *result, enum ending ending, const char *text)
{
    result->ending = ending;
    (void)snprintf(result->text, sizeof result->text, "%s", text);
    return false;
}

static bool same_outside(const struct lab *lab, const struct dfk_range *range)
{
    uint32_t from = range->addr - lab->base;
    uint32_t to = from + range->length;
    return memcmp(lab->now, lab->before, from) == 0 &&
           memcmp(lab->now + to, lab->before + to, lab->bytes - to) == 0;
}

static bool check_read(struct lab *lab, struct lab_result *result)
{
    const struct dfk_segment *segment = dfk_image_get_segment(lab->found, 0);
    if (memcmp(segment->data, lab->before + (segment->addr - lab->base), segment->length) == 0) {
        return true;
    }
    return lab->one->kind == MISHAP_FLIP ? ends(result, ENDING_UNSEEN, "")
                                         : ends(result, ENDING_WRONG, "other bytes were read");
}

/* A board that was told to start something has left, or the person is told to help. */
static bool check_left(struct lab *lab, struct lab_result *result)
{
    run_ms(lab, 1000);
    bool away = board_unplugged(lab->board) || lab->one->kind == MISHAP_BACK ||
                lab->one->kind == MISHAP_BACK_SPOILT;
    return away || lab->report.must_reset || board_application(lab->board, NULL) ||
           ends(result, ENDING_WRONG, "left, but nothing was started");
}

static bool check_success(struct lab *lab, struct lab_result *result)
{
    uint8_t *wanted = malloc(lab->bytes);
    assert_non_null(wanted);
    expect(lab, wanted);
    bool right = memcmp(lab->now, wanted, lab->bytes) == 0;
    free(wanted);
    if (!right) {
        return ends(result, ENDING_WRONG, "success, and the flash is wrong");
    }
    switch (lab->one->verb) {
    case VERB_DIFFER: return ends(result, ENDING_WRONG, "a difference was not seen");
    case VERB_READ: return check_read(lab, result);
    case VERB_FLASH:
    case VERB_RESUME:
    case VERB_LEAVE: return check_left(lab, result);
    default: return true;
    }
}

static bool changes_flash(enum verb verb)
{
    return flashes(verb) || verb == VERB_ERASE;
}

static bool check_error(struct lab *lab, struct lab_result *result)
{
    const char *why = "";
    bool expected = lab->one->verb == VERB_DIFFER && result->code == -DFK_E_VERIFY;
    if (!changes_flash(lab->one->verb) && memcmp(lab->now, lab->before, lab->bytes) != 0) {
        return ends(result, ENDING_WRONG, "a verb that only looks changed the flash");
    }
    if (!expected && !rules_fit(lab->one, &result->err, &why)) {
        return ends(result, ENDING_UNCLEAR, why);
    }
    return true;
}

static bool judge(struct lab *lab, struct lab_result *result)
{
    peek(lab, lab->now);
    if (lab->line.hung || result->seconds > LIMIT_S) {
        return ends(result, ENDING_HANG, "no end");
    }
    if (!same_outside(lab, &lab->place->slot)) {
        return ends(result, ENDING_WRONG, "memory that nobody named was changed");
    }
    result->ending = result->code == 0 ? ENDING_WELL : ENDING_CLEAR;
    return result->code == 0 ? check_success(lab, result) : check_error(lab, result);
}

/* The person's next command, with nothing in its way. */
static void flash_again(struct lab *lab, struct lab_result *result)
{
    struct dfk_error err = {0};
    enter(lab);
    int code = do_verb(lab, VERB_FLASH, &err);
    peek(lab, lab->now);
    bool holds = true;
    for (size_t i = 0; i < lab->place->part_count; i++) {
        const struct dfk_segment *segment = dfk_image_get_segment(lab->image, i);
        holds = holds &&
                memcmp(lab->now + (segment->addr - lab->base), segment->data, segment->length) == 0;
    }
    run_ms(lab, 1000);
    bool started = board_application(lab->board, NULL) || lab->report.must_reset;
    if (code != 0 || !holds || !started) {
        (void)ends(result, ENDING_BRICKED,
                   code != 0 ? err.what
                   : !holds  ? "flashed again, and the flash is wrong"
                             : "flashed again, and nothing was started");
    }
}

void lab_play(const struct lab_case *one, struct lab_result *result)
{
    struct lab lab;
    memset(result, 0, sizeof *result);
    lab_open(&lab, one);
    uint64_t start_ns = lab.twins.clock.now_ns(&lab.twins.clock);
    lab.line.kind = one->kind;
    lab.line.at = one->kind == MISHAP_NONE ? 0 : one->at;
    lab.line.dice = one->dice;
    lab.line.limit = TRANSFERS_MAX;
    lab.line.end_ns = start_ns + (uint64_t)(2 * LIMIT_S * 1000) * ns_per_ms;
    result->code = do_verb(&lab, one->verb, &result->err);
    result->seconds = (double)(lab.twins.clock.now_ns(&lab.twins.clock) - start_ns) / 1e9;
    result->transfers = lab.line.seen;
    if (one->kind != MISHAP_NONE && !lab.line.struck) {
        result->ending = ENDING_IDLE;
    } else {
        bool good = judge(&lab, result);
        if (good || result->ending == ENDING_CLEAR || result->ending == ENDING_UNSEEN) {
            flash_again(&lab, result);
        }
    }
    lab_close(&lab);
}
