/* SPDX-License-Identifier: MIT
 * The command line of dfukit-twin. */
#include "twin/app/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "core/usbip.h"

enum { NAME_COLUMN = 24, HSE_MAX_HZ = 50000000 };

struct option_row {
    const char *name, *short_name; /* short_name may be NULL */
    const char *argument;          /* NULL: takes none */
    const char *help;
    int (*set)(struct options *options, const char *value, struct dfk_error *err);
};

static int add_board(struct options *options, const char *name, size_t length,
                     struct dfk_error *err)
{
    if (length == 0 || length >= OPTIONS_NAME_BYTES) {
        return dfk_fail(err, DFK_E_USAGE, "'%.*s' is no name of a board: see --list-boards",
                        (int)length, name);
    }
    if (options->board_count == OPTIONS_BOARDS_MAX) {
        return dfk_fail(err, DFK_E_USAGE, "more than %d boards", OPTIONS_BOARDS_MAX);
    }
    struct options_board *board = &options->boards[options->board_count++];
    *board = (struct options_board){.rom = NULL};
    memcpy(board->name, name, length);
    return 0;
}

static int set_board(struct options *options, const char *value, struct dfk_error *err)
{
    options->last_first = options->board_count;
    int result = 0;
    const char *at = value;
    while (result == 0 && at != NULL) {
        const char *comma = strchr(at, ',');
        result = add_board(options, at, comma != NULL ? (size_t)(comma - at) : strlen(at), err);
        at = comma != NULL ? comma + 1 : NULL;
    }
    return result;
}

static int need_board(const struct options *options, const char *option, struct dfk_error *err)
{
    if (options->board_count == 0) {
        return dfk_fail(err, DFK_E_USAGE, "%s comes after the --board that it is about", option);
    }
    return 0;
}

static int set_rom(struct options *options, const char *value, struct dfk_error *err)
{
    for (uint32_t i = options->last_first; i < options->board_count; i++) {
        options->boards[i].rom = value;
    }
    return need_board(options, "--rom", err);
}

static int set_fault(struct options *options, const char *value, struct dfk_error *err)
{
    for (uint32_t i = options->last_first; i < options->board_count; i++) {
        options->boards[i].faults = value;
    }
    return need_board(options, "--fault", err);
}

/* One of two words: is *out the first. */
static int choose(const char *const words[static 2], const char *value, bool *out)
{
    *out = strcmp(value, words[0]) == 0;
    return *out || strcmp(value, words[1]) == 0 ? 0 : -1;
}

static int set_program(struct options *options, const char *value, struct dfk_error *err)
{
    static const char *const words[] = {[OPTIONS_PROGRAM_ARM] = "arm",
                                        [OPTIONS_PROGRAM_NATIVE] = "native",
                                        [OPTIONS_PROGRAM_NONE] = "none"};
    enum options_program program = OPTIONS_PROGRAM_ARM;
    while (program <= OPTIONS_PROGRAM_NONE && strcmp(value, words[program]) != 0) {
        program++;
    }
    if (program > OPTIONS_PROGRAM_NONE) {
        return dfk_fail(err, DFK_E_USAGE, "--program %s: wanted arm, native or none", value);
    }
    for (uint32_t i = options->last_first; i < options->board_count; i++) {
        options->boards[i].program = program;
    }
    return need_board(options, "--program", err);
}

static int set_boot0(struct options *options, const char *value, struct dfk_error *err)
{
    static const char *const words[2] = {"low", "high"};
    bool low = false;
    if (choose(words, value, &low) != 0) {
        return dfk_fail(err, DFK_E_USAGE, "--boot0 %s: wanted high or low", value);
    }
    for (uint32_t i = options->last_first; i < options->board_count; i++) {
        options->boards[i].boot0_low = low;
        options->boards[i].boot0_given = true;
    }
    return need_board(options, "--boot0", err);
}

static int set_flash(struct options *options, const char *value, struct dfk_error *err)
{
    int result = need_board(options, "--flash", err);
    if (result != 0) {
        return result;
    }
    if (options->board_count - options->last_first > 1) {
        return dfk_fail(err, DFK_E_USAGE,
                        "--flash %s would be the flash of %u boards: give each its own --board "
                        "and --flash",
                        value, options->board_count - options->last_first);
    }
    for (uint32_t i = 0; i < options->last_first; i++) {
        if (options->boards[i].flash != NULL && strcmp(options->boards[i].flash, value) == 0) {
            return dfk_fail(err, DFK_E_USAGE, "--flash %s is given for two boards", value);
        }
    }
    options->boards[options->last_first].flash = value;
    return 0;
}

/* What was loaded is to run, unless somebody says otherwise. */
static int set_load(struct options *options, const char *value, struct dfk_error *err)
{
    for (uint32_t i = options->last_first; i < options->board_count; i++) {
        struct options_board *const board = &options->boards[i];
        if (board->load_count == OPTIONS_LOADS_MAX) {
            return dfk_fail(err, DFK_E_USAGE, "more than %d --load for a board", OPTIONS_LOADS_MAX);
        }
        board->loads[board->load_count++] = value;
        board->boot0_low = board->boot0_low || !board->boot0_given;
    }
    return need_board(options, "--load", err);
}

/* "8M", "8000000" */
static int set_hse(struct options *options, const char *value, struct dfk_error *err)
{
    char *rest = NULL;
    double hz = strtod(value, &rest);
    const bool mega = rest != value && *rest == 'M';
    hz = mega ? hz * 1e6 : hz;
    if (rest == value || rest[mega] != '\0' || !(hz >= 0.0 && hz <= HSE_MAX_HZ)) {
        return dfk_fail(err, DFK_E_USAGE, "--hse %s: wanted a frequency up to 50M, in Hz", value);
    }
    for (uint32_t i = options->last_first; i < options->board_count; i++) {
        options->boards[i].has_hse = true;
        options->boards[i].hse_hz = (uint32_t)(hz + 0.5);
    }
    return need_board(options, "--hse", err);
}

static int set_speed(struct options *options, const char *value, struct dfk_error *err)
{
    char *rest = NULL;
    double speed = strtod(value, &rest);
    if (rest == value || *rest != '\0' || !(speed >= 0.0 && speed <= 1e6)) {
        return dfk_fail(err, DFK_E_USAGE, "--speed %s: wanted a number from 0 to 1000000", value);
    }
    options->speed = speed;
    return 0;
}

static int read_number(const char *text, uint64_t most, uint64_t *out)
{
    char *rest = NULL;
    errno = 0;
    unsigned long long number = strtoull(text, &rest, 0);
    if (text[0] < '0' || text[0] > '9' || *rest != '\0' || errno != 0 || number > most) {
        return -1;
    }
    *out = number;
    return 0;
}

static int set_port(struct options *options, const char *value, struct dfk_error *err)
{
    uint64_t port = 0;
    if (read_number(value, UINT16_MAX, &port) != 0) {
        return dfk_fail(err, DFK_E_USAGE, "--port %s: wanted 0 to 65535", value);
    }
    options->port = (uint16_t)port;
    return 0;
}

static int set_seed(struct options *options, const char *value, struct dfk_error *err)
{
    if (read_number(value, UINT64_MAX, &options->seed) != 0) {
        return dfk_fail(err, DFK_E_USAGE, "--seed %s: wanted a number", value);
    }
    return 0;
}

static int set_address(struct options *options, const char *value, struct dfk_error *err)
{
    (void)err;
    options->address = value;
    return 0;
}

static int set_stats(struct options *options, const char *value, struct dfk_error *err)
{
    (void)err;
    options->stats = value;
    return 0;
}

static int set_ready_file(struct options *options, const char *value, struct dfk_error *err)
{
    (void)err;
    options->ready_file = value;
    return 0;
}

static int set_control(struct options *options, const char *value, struct dfk_error *err)
{
    (void)err;
    options->control = value;
    return 0;
}

static int set_once(struct options *options, const char *value, struct dfk_error *err)
{
    (void)value;
    (void)err;
    options->once = true;
    return 0;
}

static int set_quiet(struct options *options, const char *value, struct dfk_error *err)
{
    (void)value;
    (void)err;
    options->quiet = true;
    return 0;
}

static int set_list_boards(struct options *options, const char *value, struct dfk_error *err)
{
    (void)value;
    (void)err;
    options->action = OPTIONS_LIST_BOARDS;
    return 0;
}

static int set_help(struct options *options, const char *value, struct dfk_error *err)
{
    (void)value;
    (void)err;
    options->action = OPTIONS_HELP;
    return 0;
}

static int set_version(struct options *options, const char *value, struct dfk_error *err)
{
    (void)value;
    (void)err;
    options->action = OPTIONS_VERSION;
    return 0;
}

static const struct option_row rows[] = {
    {"--board", "-b", "NAME[,NAME...]", "the board, or several; may be repeated", set_board},
    {"--rom", NULL, "VERSION", "ROM bootloader of the last --board (the board's usual one)",
     set_rom},
    {"--flash", NULL, "FILE", "keep the flash of the last --board in FILE (memory only)",
     set_flash},
    {"--load", NULL, "FILE[@ADDR]",
     "put a program into the flash of the last --board, and start it (nothing)", set_load},
    {"--hse", NULL, "HZ",
     "crystal of the last --board, 8M for example; 0: none (what the board has)", set_hse},
    {"--fault", NULL, "SPEC", "what goes wrong on the last --board, and when (nothing)", set_fault},
    {"--program", NULL, "arm|native|none",
     "what runs the flash of the last --board: its chip, the bootloader built for this computer, "
     "or "
     "nothing (arm where the chip can run code)",
     set_program},
    {"--boot0", NULL, "high|low",
     "the last --board starts its ROM (high), or what is in its flash (high)", set_boot0},
    {"--control", NULL, "PATH|none",
     "socket for commands (dfukit-twin-PORT.sock in $XDG_RUNTIME_DIR)", set_control},
    {"--speed", NULL, "X", "virtual seconds per real second; 0: as fast as possible (1)",
     set_speed},
    {"--port", NULL, "N", "TCP port; 0: any free one (3240)", set_port},
    {"--address", NULL, "A", "listen on this numeric address (127.0.0.1)", set_address},
    {"--seed", NULL, "N", "of everything random (0)", set_seed},
    {"--once", NULL, NULL, "end when every board has left DFU mode", set_once},
    {"--ready-file", NULL, "FILE", "write the bus URIs to FILE when the boards can be used",
     set_ready_file},
    {"--stats", NULL, "FILE", "write figures to FILE at the end, one line key=value per board",
     set_stats},
    {"--list-boards", NULL, NULL, "name the boards there are", set_list_boards},
    {"--quiet", "-q", NULL, "say nothing but errors and where the boards are", set_quiet},
    {"--help", "-h", NULL, "this text", set_help},
    {"--version", "-V", NULL, "the version", set_version},
};

enum { ROW_COUNT = sizeof rows / sizeof rows[0] };

void options_print_help(FILE *to)
{
    fprintf(to, "usage: dfukit-twin --board NAME [OPTION...]\n\n"
                "Serves virtual STM32 boards in DFU mode over USB/IP.\n\n");
    for (int i = 0; i < ROW_COUNT; i++) {
        const struct option_row *row = &rows[i];
        char name[64];
        (void)snprintf(
            name, sizeof name, "%s%s%s%s%s", row->short_name != NULL ? row->short_name : "",
            row->short_name != NULL ? ", " : "", row->name, row->argument != NULL ? " " : "",
            row->argument != NULL ? row->argument : "");
        const bool fits = strlen(name) < NAME_COLUMN;
        fprintf(to, "  %-*s%s%-*s%s\n", NAME_COLUMN, name, fits ? "" : "\n",
                fits ? 0 : NAME_COLUMN + 2, "", row->help);
    }
    fprintf(
        to,
        "\nSIGUSR1 presses the reset button of every board with BOOT0 high; SIGINT and SIGTERM\n"
        "save the flash and end.\n\n"
        "examples:\n"
        "  dfukit-twin --board openmv4p --rom V9.0 --flash camera.flash\n"
        "  dfukit list --bus usbip://127.0.0.1\n"
        "  dfukit-twin --board pybv11 --rom V3.1 --board nucleo-h743zi --speed 0\n"
        "  dfukit-twin --board nucleo-h743zi --load firmware.elf\n"
        "  dfukit-twin --board pybv11 --program native --boot0 low\n"
        "  dfukit twin press usr 2s\n");
}

/* Tells whether word is the row's option; *value is what stands after '=', else NULL. */
static bool is_option(const struct option_row *row, const char *word, const char **value)
{
    size_t length = strlen(row->name);
    *value = NULL;
    if (strcmp(word, row->name) == 0 ||
        (row->short_name != NULL && strcmp(word, row->short_name) == 0)) {
        return true;
    }
    if (row->argument != NULL && strncmp(word, row->name, length) == 0 && word[length] == '=') {
        *value = word + length + 1;
        return true;
    }
    return false;
}

static const struct option_row *find_option(const char *word, const char **value)
{
    for (int i = 0; i < ROW_COUNT; i++) {
        if (is_option(&rows[i], word, value)) {
            return &rows[i];
        }
    }
    return NULL;
}

/* Takes the option at argv[*at] and its argument. */
static int take_option(char **argv, int *at, struct options *options, struct dfk_error *err)
{
    const char *value = NULL;
    const struct option_row *row = find_option(argv[*at], &value);
    if (row == NULL) {
        return dfk_fail(err, DFK_E_USAGE, "dfukit-twin has no option '%s'", argv[*at]);
    }
    (*at)++;
    if (row->argument != NULL && value == NULL) {
        value = argv[*at];
        if (value == NULL) {
            return dfk_fail(err, DFK_E_USAGE, "%s wants %s", row->name, row->argument);
        }
        (*at)++;
    }
    return row->set(options, value, err);
}

int options_parse(int argc, char **argv, struct options *out, struct dfk_error *err)
{
    struct options options = {.port = USBIP_PORT, .speed = 1.0};
    int at = 1;
    int result = 0;
    while (result == 0 && at < argc) {
        result = take_option(argv, &at, &options, err);
    }
    if (result == 0 && options.action == OPTIONS_SERVE && options.board_count == 0) {
        result = dfk_fail(err, DFK_E_USAGE, "no board: wanted --board NAME, see --list-boards");
    }
    if (result == 0) {
        *out = options;
    }
    return result;
}
