/* SPDX-License-Identifier: MIT
 * Sessions of the library with a USB/IP server that lies: about versions, counts, numbers, lengths
 * and statuses; that hangs up, falls silent, or says one byte at a time. */
#include <stdlib.h>
#include <string.h>

#include "glue/boards.h"
#include "tests/hostile/overseer.h"
#include "tests/hostile/verbs.h"
#include "tests/hostile/wire.h"

enum {
    LIMIT_S = 60,
    PATIENCE_S = 2 * 3600, /* virtual */
    PATIENCE_WAITS = 20000,
    LIST_LIMIT_S = 120, /* 64 devices that do not answer, and a margin */
    VERBS_MAX = 3,
    START_MS = 500,
};

static const uint64_t ns_per_s = 1000000000;

/* Everything of one session. */
struct session {
    struct person person;
    struct wire wire;
    struct board *boards[WIRE_BOARDS_MAX];
    size_t board_count;
};

static void plug(struct session *session)
{
    static const struct board_config configs[] = {
        {.name = "pybv11"},
        {.name = "nucleo-h743zi"},
        {.name = "openmv4p"},
        {.name = "plain-dfu11"},
        {.name = "openmv-boot"},
        {.name = "runtime-detaches"},
        {.name = "pybv11", .boot0_low = true, .make_program = boot_guest_make},
        {.name = "nucleo-h743zi", .boot0_low = true, .make_program = boot_guest_make}};
    struct board_config config = CHANCE_PICK(&session->person.chance, configs);
    struct board **board = &session->boards[session->board_count];
    config.seed = chance_next(&session->person.chance);
    if (board_open(&config, board, NULL) != 0) {
        abort();
    }
    struct usb_port *port = board_port(*board);
    port->run(port, START_MS * (ns_per_s / 1000));
    session->person.holds_back = config.make_program != NULL;
    session->board_count++;
}

static void set_the_scene(struct session *session)
{
    static const uint32_t lies_permille[] = {0, 3, 3, 10, 10, 30, 100, 500};
    static const struct liar_temper honest = {0};
    struct chance *chance = &session->person.chance;
    struct liar *liar = &session->person.liar;
    liar_init(liar, (struct chance){chance_next(chance)}, &honest);
    liar->now_ns = START_MS * (ns_per_s / 1000);
    liar_progress(liar);
    liar->patience_ns = PATIENCE_S * ns_per_s;
    liar->patience_transfers =
        chance_permille(chance, 200) ? chance_below(chance, 300) : PATIENCE_WAITS;
    for (uint32_t i = chance_permille(chance, 100) ? 2 : 1; i > 0; i--) {
        plug(session);
    }
    session->person.board = session->board_count == 1 ? session->boards[0] : NULL;
    session->person.claims_nothing = true;
    session->wire.lies_permille = CHANCE_PICK(chance, lies_permille);
    session->wire.mute = chance_permille(chance, 10);
    wire_begin(&session->wire, liar, session->boards, session->board_count);
}

static void list(struct session *session, struct bus *bus)
{
    struct person *person = &session->person;
    struct dfk_device_list *found = NULL;
    uint64_t started_ns = person->liar.now_ns;
    int result = device_list(bus, NULL, &found, &person->err);
    dfk_device_list_free(found);
    verbs_judge(person, result);
    if (person->liar.now_ns - started_ns > LIST_LIMIT_S * ns_per_s) {
        verbs_break(person, "a list that takes minutes");
    }
}

static void converse(struct session *session, struct bus *bus)
{
    struct person *person = &session->person;
    struct liar *liar = &person->liar;
    const struct dfk_callbacks callbacks = verbs_callbacks(person);
    const struct dfk_select select = {.path = chance_permille(&person->chance, 500) ? "1-1" : NULL,
                                      .wait_ms = chance_permille(&person->chance, 200) ? 2000 : 0};
    int result =
        session_open(bus, &liar->clock, &select, &callbacks, &person->handle, &person->err);
    verbs_judge(person, result);
    if (result != 0) {
        return;
    }
    for (uint32_t i = 1 + chance_below(&person->chance, VERBS_MAX); i > 0; i--) {
        verbs_do(person);
    }
    dfk_close(person->handle);
}

static void run_bus(struct session *session)
{
    struct person *person = &session->person;
    struct bus *bus = NULL;
    if (bus_open_uri("usbip://liar", NULL, &bus, &person->err) != 0) {
        verbs_break(person, "a bus that cannot be opened");
        return;
    }
    if (chance_permille(&person->chance, 150)) {
        list(session, bus);
    } else {
        converse(session, bus);
    }
    bus_free(bus);
    if (!wire_end(&session->wire)) {
        verbs_break(person, "a connection that is left open");
    }
}

static const char *run(void *shared, uint64_t seed, uint64_t index, uint64_t *counts)
{
    struct session *session = calloc(1, sizeof *session);
    (void)shared;
    if (session == NULL) {
        return "no memory for a session";
    }
    session->person.chance = chance_make(seed, index);
    session->person.counts = counts;
    set_the_scene(session);
    run_bus(session);
    counts[COUNT_TRANSFERS] += session->person.liar.transfers;
    const char *broken =
        session->person.broken != NULL ? session->person.broken : session->person.liar.broken;
    for (size_t i = 0; i < session->board_count; i++) {
        (void)board_close(session->boards[i], NULL);
    }
    free(session);
    return broken;
}

int main(int argc, char **argv)
{
    static const char *const keys[COUNT_COUNT] = {[COUNT_VERBS] = "verbs",
                                                  [COUNT_WELL] = "well",
                                                  [COUNT_CLEAR_ERROR] = "clear_error",
                                                  [COUNT_STOPPED] = "stopped",
                                                  [COUNT_FLASHED] = "read_back",
                                                  [COUNT_TRANSFERS] = "waits"};
    const struct overseer overseer = {
        .promise = "with a USB/IP server that lies, every session ends in success or a clear error",
        .keys = keys,
        .key_count = COUNT_COUNT,
        .limit_s = LIMIT_S,
        .session = run};
    return overseer_main(argc, argv, &overseer);
}
