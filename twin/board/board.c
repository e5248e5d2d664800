/* SPDX-License-Identifier: MIT
 * Builds a board from its row and takes it apart again. */
#include "twin/board/board.h"

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/file.h"
#include "twin/board/inside.h"
#include "twin/board/port.h"

uint8_t *board_memory(struct board *board, uint32_t *length)
{
    *length = board->rom != NULL ? board->rom->flash.bytes : plain_memory_bytes(board->plain);
    return board->rom != NULL ? board->flash.cells : board->memory;
}

static struct board *board_of_clock(struct clock *clock)
{
    return (struct board *)((char *)clock - offsetof(struct board, clock));
}

static uint64_t clock_now(struct clock *clock)
{
    return board_of_clock(clock)->time.now_ns;
}

static void clock_sleep(struct clock *clock, uint64_t length_ns)
{
    struct board *board = board_of_clock(clock);
    board_run_until(board, board->time.now_ns + length_ns);
}

static int fail_no_board(const char *name, struct dfk_error *err)
{
    char known[256] = "";
    for (uint32_t i = 0; board_name_at(i) != NULL; i++) {
        size_t used = strlen(known);
        (void)snprintf(known + used, sizeof known - used, "%s%s", i == 0 ? "" : ", ",
                       board_name_at(i));
    }
    int code = dfk_fail(err, DFK_E_USAGE, "there is no virtual board \"%s\"", name);
    dfk_fail_next(err, "choose one of: %s", known);
    return code;
}

/* "V9.0" of family "h743" is the row "h743-v9.0". */
static int find_rom(struct board *board, const char *version, struct dfk_error *err)
{
    char name[64];
    (void)snprintf(name, sizeof name, "%s-%s", board->row->family, version);
    for (char *at = name; *at != '\0'; at++) {
        *at = (char)tolower((unsigned char)*at);
    }
    board->rom = rom_find(name);
    board->rom = board->rom == NULL ? rom_find(board->row->family) : board->rom;
    if (board->rom != NULL) {
        return 0;
    }
    char known[128] = "";
    for (uint32_t i = 0; rom_at(i) != NULL; i++) {
        if (strncmp(rom_at(i)->name, board->row->family, strlen(board->row->family)) == 0) {
            size_t used = strlen(known);
            (void)snprintf(known + used, sizeof known - used, "%s%s", used == 0 ? "" : ", ",
                           rom_at(i)->version);
        }
    }
    int code = dfk_fail(err, DFK_E_USAGE, "%s has no ROM %s", board->row->name, version);
    dfk_fail_next(err, "choose one of: %s", known);
    return code;
}

static int read_faults(struct board *board, const char *text, struct dfk_error *err)
{
    size_t bad_at = 0;
    if (fault_parse(text, &board->faults, &bad_at)) {
        return 0;
    }
    int code = dfk_fail(err, DFK_E_USAGE, "no fault is called \"%s\"", text + bad_at);
    dfk_fail_next(err, "%s", fault_grammar());
    return code;
}

static int load_flash(struct board *board, const char *path, struct dfk_error *err)
{
    uint32_t wanted = 0;
    uint8_t *memory = board_memory(board, &wanted);
    board->flash_path = path == NULL ? NULL : strdup(path);
    if (path == NULL || access(path, F_OK) != 0) {
        return 0;
    }
    uint8_t *data = NULL;
    size_t length = 0;
    int result = file_read(path, wanted, &data, &length, err);
    if (result == 0 && length != wanted) {
        result = dfk_fail(err, DFK_E_FILE_IO, "%s: %zu bytes, the board has %u", path, length,
                          (unsigned)wanted);
        dfk_fail_next(err,
                      "--flash keeps the whole flash, byte by byte, and is written at the end; "
                      "a program is put into it with --load");
    }
    if (result == 0 && board->rom != NULL) {
        mem_flash_load(&board->flash, data);
    } else if (result == 0) {
        memcpy(memory, data, wanted);
    }
    free(data);
    return result;
}

/* The UID of the chip follows from the seed, so that boards differ and runs
 * repeat. */
static void make_uid(struct board *board, uint64_t seed)
{
    uint64_t value = seed * 6364136223846793005ull + 1442695040888963407ull;
    for (unsigned i = 0; i < UID_BYTES; i++) {
        value = value * 6364136223846793005ull + 1442695040888963407ull;
        board->uid[i] = (uint8_t)(value >> 56);
    }
}

static bool make_guest(struct board *board)
{
    if (board->rom != NULL) {
        struct rom_parts parts = {board->rom, &board->flash, &board->time, &board->faults,
                                  board->uid};
        board->resident = rom_new(&parts);
    } else {
        struct plain_parts parts = {board->plain, board->memory, &board->time, &board->faults};
        board->resident = plain_new(&parts);
    }
    board->guest = board->resident;
    return board->resident != NULL;
}

static bool make_program(struct board *board, const struct board_config *config)
{
    if (config->make_program == NULL || board->rom == NULL) {
        return true;
    }
    const struct rom_row *rom = board->rom;
    struct chip chip = {.name = board->row->name,
                        .flash = &board->flash,
                        .speed = rom->fast.unit_bytes != 0 ? &rom->fast : &rom->slow,
                        .time = &board->time,
                        .uid = board->uid,
                        .seed = config->seed,
                        .has_hse = config->has_hse,
                        .hse_hz = config->hse_hz,
                        .log_self = config->log_self,
                        .log = config->log};
    board->program = config->make_program(&chip);
    return board->program != NULL;
}

static bool make_memory(struct board *board)
{
    if (board->rom != NULL) {
        return mem_flash_open(&board->flash, &board->rom->flash);
    }
    uint32_t bytes = plain_memory_bytes(board->plain);
    board->memory = malloc(bytes);
    if (board->memory != NULL) {
        memset(board->memory, 0xFF, bytes);
    }
    return board->memory != NULL;
}

static int build(struct board *board, const struct board_config *config, struct dfk_error *err)
{
    board->row = config->name == NULL ? NULL : board_row_find(config->name);
    if (board->row == NULL) {
        return fail_no_board(config->name == NULL ? "" : config->name, err);
    }
    const char *version = config->rom != NULL ? config->rom : board->row->version;
    int result = 0;
    if (board->row->plain != NULL) {
        board->plain = plain_find(board->row->plain);
    } else {
        result = find_rom(board, version, err);
    }
    result = result == 0 ? read_faults(board, config->faults, err) : result;
    make_uid(board, config->seed);
    if (result == 0 && !make_memory(board)) {
        result = dfk_fail(err, DFK_E_NO_MEMORY, "no memory for the flash of %s", config->name);
    }
    if (result == 0) {
        board_damage_flash(board);
        result = load_flash(board, config->flash_path, err);
    }
    if (result == 0 && !(make_guest(board) && make_program(board, config))) {
        result = dfk_fail(err, DFK_E_NO_MEMORY, "no memory for %s", config->name);
    }
    return result;
}

static void take_apart(struct board *board)
{
    if (board->resident != NULL) {
        board->resident->free(board->resident);
    }
    if (board->program != NULL) {
        board->program->free(board->program);
    }
    if (board->rom != NULL) {
        mem_flash_close(&board->flash);
    }
    free(board->memory);
    free(board->flash_path);
    free(board);
}

int board_open(const struct board_config *config, struct board **board, struct dfk_error *err)
{
    struct board *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return dfk_fail(err, DFK_E_NO_MEMORY, "no memory for a board");
    }
    made->port = board_make_port();
    made->clock = (struct clock){.now_ns = clock_now, .sleep_ns = clock_sleep};
    made->replug_ns = UINT64_MAX;
    made->release_ns = UINT64_MAX;
    int result = build(made, config, err);
    if (result != 0) {
        take_apart(made);
        return result;
    }
    board_reset(made, true, !config->boot0_low);
    *board = made;
    return 0;
}

const char *board_rom_version(const struct board *board)
{
    return board->rom != NULL ? board->rom->version : board->plain->name;
}

struct usb_port *board_port(struct board *board)
{
    return &board->port;
}

struct clock *board_clock(struct board *board)
{
    return &board->clock;
}

const struct board_counters *board_get_counters(const struct board *board)
{
    return &board->counters;
}

/* Without a program, a board stops where its application would begin. */
void board_start(struct board *board, enum reset_cause cause)
{
    if (board->rom != NULL) {
        mem_flash_interrupt(&board->flash, board->time.now_ns);
        board->flash.power_lost = false;
    }
    board->stuck = false;
    board->application = !board->boot0 && board->program == NULL;
    board->application_addr = board->rom != NULL ? board->rom->flash.base : 0;
    board->guest = board->boot0 || board->program == NULL ? board->resident : board->program;
    board->started_ns = board->time.now_ns;
    board->guest->reset(board->guest, cause);
}

void board_enter_rom(struct board *board)
{
    board->guest = board->resident;
    board->started_ns = board->time.now_ns;
    board->guest->reset(board->guest, RESET_SOFTWARE);
}

void board_enter(struct board *board, uint32_t addr)
{
    board->application = board->guest == board->program || board->program == NULL;
    board->application_addr = addr;
    if (!board->application) {
        board->guest = board->program;
        board->started_ns = board->time.now_ns;
        board->guest->enter(board->guest, addr);
    }
}

struct mem_flash *board_flash(struct board *board)
{
    return board->rom != NULL ? &board->flash : NULL;
}

struct guest *board_guest(struct board *board)
{
    return board->guest;
}

/* A program that has been off the bus for longer than a bootloader needs to show itself. */
static bool runs_program(const struct board *board)
{
    enum { SHOWS_UP_MS = 300 };
    struct guest *guest = board->guest;
    bool settled = board->time.now_ns - board->started_ns > (uint64_t)SHOWS_UP_MS * TWIN_MS;
    return guest == board->program && guest->pc != NULL && settled && !board->unplugged &&
           !board->pressed && !guest->connected(guest);
}

bool board_application(const struct board *board, uint32_t *addr)
{
    bool application = board->application || runs_program(board);
    if (application && addr != NULL) {
        *addr = board->application_addr;
    }
    return application;
}

/* Where a range of device addresses lies in the memory, NULL outside. */
static uint8_t *find_memory(struct board *board, uint32_t addr, uint32_t length)
{
    uint32_t bytes = 0;
    uint8_t *memory = board_memory(board, &bytes);
    uint32_t base = board->rom != NULL ? board->rom->flash.base : 0;
    bool inside = addr >= base && addr - base < bytes && length <= bytes - (addr - base);
    return inside ? memory + (addr - base) : NULL;
}

bool board_peek(struct board *board, uint32_t addr, uint8_t *data, uint32_t length)
{
    const uint8_t *from = find_memory(board, addr, length);
    if (from != NULL) {
        memcpy(data, from, length);
    }
    return from != NULL;
}

bool board_poke(struct board *board, uint32_t addr, const uint8_t *data, uint32_t length)
{
    uint8_t *to = find_memory(board, addr, length);
    if (to == NULL) {
        return false;
    }
    memcpy(to, data, length);
    if (board->rom != NULL) {
        mem_flash_refresh(&board->flash, addr, length);
    }
    return true;
}

int board_save(struct board *board, struct dfk_error *err)
{
    uint32_t length = 0;
    const uint8_t *memory = board_memory(board, &length);
    return board->flash_path == NULL ? 0 : file_write(board->flash_path, memory, length, true, err);
}

int board_close(struct board *board, struct dfk_error *err)
{
    int result = board == NULL ? 0 : board_save(board, err);
    board_discard(board);
    return result;
}

void board_discard(struct board *board)
{
    if (board != NULL) {
        take_apart(board);
    }
}
