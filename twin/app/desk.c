/* SPDX-License-Identifier: MIT
 * The boards of one run of the program, and the server in front of them. */
#include "twin/app/desk.h"

#include <string.h>

#include "glue/boards.h"
#include "twin/app/load.h"
#include "twin/app/report.h"
#include "twin/board/arm_board.h"
#include "twin/board/arm_wiring.h"

enum {
    STEP_MS = 10,
    APPEAR_MS = 5000, /* a ROM is on the bus after 0.1 s; --speed 0.02 is still served */
    OFF_MS = 2000,    /* a board that only restarts is back earlier */
    NS_PER_MS = 1000000,
};

static const char *const event_texts[] = {
    [SERVER_ATTACHED] = "on the bus",
    [SERVER_DETACHED] = "off the bus",
    [SERVER_IMPORTED] = "a client connected",
    [SERVER_RELEASED] = "the client disconnected",
    [SERVER_REFUSED] = "a client was refused: no such board, not on the bus, or in use",
    [SERVER_BROKE] = "a client was dropped: it does not speak USB/IP 1.1.1",
};

static void on_event(void *user, enum server_event event, uint32_t board)
{
    const struct desk *desk = user;
    const struct desk_board *which = board < desk->board_count ? &desk->boards[board] : NULL;
    report_event(desk, which, "%s", event_texts[event]);
    if (event == SERVER_RELEASED && which != NULL) {
        const struct board_counters *counters = board_get_counters(which->board);
        report_event(desk, which, "so far %u erases, %u programs, %u transfers", counters->erases,
                     counters->programs, counters->transfers);
    }
}

/* What a program does that it should not, or that the twin has nothing for. */
static void on_complaint(void *self, const char *line)
{
    const struct desk_board *board = self;
    report_event(board->desk, board, "%s", line);
}

static void on_control(void *user)
{
    const struct desk *desk = user;
    control_serve(desk->control);
}

/* A usual path that cannot be had is no reason not to serve; one that was asked for is. */
static int open_control(struct desk *desk, struct dfk_error *err)
{
    const char *path = desk->options->control;
    char usual[CONTROL_PATH_BYTES];
    if (path != NULL && strcmp(path, "none") == 0) {
        return 0;
    }
    struct dfk_error why = {.code = DFK_OK};
    int result = path != NULL ? 0 : control_usual_path(server_get_port(desk->server), usual, &why);
    if (result == 0) {
        result = control_open(path != NULL ? path : usual, desk, &desk->control, &why);
    }
    if (result != 0 && path != NULL) {
        return dfk_fail_copy(err, &why);
    }
    if (result != 0) {
        report_event(desk, NULL, "%s", why.what);
        return 0;
    }
    server_watch(desk->server, control_fd(desk->control), on_control);
    return 0;
}

static int find_program(const struct options_board *board, chip_make_program **program,
                        struct dfk_error *err)
{
    const bool chip = arm_wiring_find(board->name) != NULL;
    const bool native = board->program == OPTIONS_PROGRAM_NATIVE;
    *program = native                                           ? boot_guest_make
               : chip && board->program != OPTIONS_PROGRAM_NONE ? arm_board_make
                                                                : NULL;
    if (native && boot_board_find(board->name) == NULL) {
        return dfk_fail(err, DFK_E_USAGE, "--program native: there is no bootloader for %s",
                        board->name);
    }
    if (board->program == OPTIONS_PROGRAM_ARM && !chip) {
        return dfk_fail(err, DFK_E_USAGE, "--program arm: the chip of %s runs no code here",
                        board->name);
    }
    return 0;
}

static int open_board(struct desk *desk, uint32_t index, struct dfk_error *err)
{
    const struct options_board *wanted = &desk->options->boards[index];
    chip_make_program *program = NULL;
    int result = find_program(wanted, &program, err);
    if (result != 0) {
        return result;
    }
    struct desk_board *board = &desk->boards[index];
    const struct board_config config = {.name = wanted->name,
                                        .rom = wanted->rom,
                                        .flash_path = wanted->flash,
                                        .faults = wanted->faults,
                                        .seed = desk->options->seed + index,
                                        .boot0_low = wanted->boot0_low,
                                        .make_program = program,
                                        .has_hse = wanted->has_hse,
                                        .hse_hz = wanted->hse_hz,
                                        .log_self = board,
                                        .log = on_complaint};
    (void)snprintf(board->label, sizeof board->label, "1-%u %s", index + 1, wanted->name);
    board->desk = desk;
    result = board_open(&config, &board->board, err);
    result = result == 0 ? load_files(board->board, wanted, err) : result;
    if (result != 0) {
        board_discard(board->board);
    }
    return result;
}

/* Nothing has been served: no file of a flash is to change, whatever was loaded into it. */
static int give_up(struct desk *desk, int result)
{
    server_close(desk->server);
    desk->server = NULL;
    while (desk->board_count > 0) {
        board_discard(desk->boards[--desk->board_count].board);
    }
    return result;
}

int desk_open(const struct options *options, struct desk *desk, struct dfk_error *err)
{
    *desk = (struct desk){.options = options, .clock = clock_real()};
    struct usb_port *ports[OPTIONS_BOARDS_MAX];
    int result = 0;
    while (result == 0 && desk->board_count < options->board_count) {
        result = open_board(desk, desk->board_count, err);
        if (result == 0) {
            ports[desk->board_count] = board_port(desk->boards[desk->board_count].board);
            desk->board_count++;
        }
    }
    if (result != 0) {
        return give_up(desk, result);
    }
    const struct server_config config = {.address = options->address,
                                         .port = options->port,
                                         .speed = options->speed,
                                         .ports = ports,
                                         .port_count = desk->board_count,
                                         .user = desk,
                                         .event = on_event};
    result = server_open(&config, &desk->server, err);
    result = result == 0 ? open_control(desk, err) : result;
    return result == 0 ? 0 : give_up(desk, result);
}

static bool is_attached(const struct desk_board *board)
{
    struct usb_port *port = board_port(board->board);
    return port->attached(port);
}

static bool is_lost(const struct desk *desk, const struct desk_board *board)
{
    struct clock clock = desk->clock;
    return board->was_attached && !is_attached(board) &&
           clock.now_ns(&clock) - board->off_since_ns > OFF_MS * (uint64_t)NS_PER_MS;
}

static void watch(struct desk *desk, struct desk_board *board)
{
    uint32_t addr = 0;
    const bool started = board_application(board->board, &addr);
    if (started && !board->started) {
        report_event(desk, board, "application at 0x%08X started", addr);
    }
    board->started = started;
    if (is_attached(board)) {
        board->was_attached = true;
        board->lost = false;
        board->off_since_ns = desk->clock.now_ns(&desk->clock);
    } else if (!started && !board->lost && is_lost(desk, board)) {
        board->lost = true;
        report_event(desk, board, "stays off the bus, and no application was started");
    }
}

int desk_serve(struct desk *desk, uint32_t length_ms, struct dfk_error *err)
{
    int result = server_run(desk->server, length_ms, NULL, err);
    control_serve(desk->control);
    for (uint32_t i = 0; i < desk->board_count; i++) {
        watch(desk, &desk->boards[i]);
    }
    return result;
}

int desk_wait_for_boards(struct desk *desk, struct dfk_error *err)
{
    const struct deadline deadline = deadline_start(&desk->clock, APPEAR_MS, "boards on the bus",
                                                    "AN2606, bootloader startup timing");
    uint32_t attached = 0;
    int result = 0;
    while (result == 0 && attached < desk->board_count && !deadline_passed(&deadline)) {
        result = desk_serve(desk, STEP_MS, err);
        attached = 0;
        for (uint32_t i = 0; i < desk->board_count; i++) {
            attached += is_attached(&desk->boards[i]) || desk->boards[i].started;
        }
    }
    return result;
}

/* Each board that was in DFU mode and runs an application now, or nothing any more. */
bool desk_is_finished(const struct desk *desk)
{
    uint32_t finished = 0;
    for (uint32_t i = 0; i < desk->board_count; i++) {
        const struct desk_board *board = &desk->boards[i];
        finished += board->was_attached && (board->started || board->lost);
    }
    return finished == desk->board_count;
}

void desk_reset(struct desk *desk)
{
    for (uint32_t i = 0; i < desk->board_count; i++) {
        report_event(desk, &desk->boards[i], "reset button pressed, BOOT0 high");
        board_reset(desk->boards[i].board, false, true);
    }
}

int desk_close(struct desk *desk, struct dfk_error *err)
{
    control_close(desk->control);
    server_close(desk->server);
    int result = 0;
    for (uint32_t i = 0; i < desk->board_count; i++) {
        int one = board_close(desk->boards[i].board, err);
        result = result == 0 ? one : result;
    }
    return result;
}
