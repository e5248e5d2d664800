/* SPDX-License-Identifier: MIT
 * Boards by the environment: plugged in when the program first uses libusb, saved at its end. */
#include "tests/shim/load.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/file.h"
#include "tests/shim/world.h"
#include "twin/app/figures.h"

enum { WORDS_MAX = 128, LIMIT_S = 3600, EXIT_LIMIT = 99, AFTERWARDS_S = 120 };

static const uint64_t ns_per_s = 1000000000;

static struct options options;
static pid_t loaded_by; /* 0: nothing is loaded; a forked child does not save */
static volatile sig_atomic_t killed;

static void end(const struct dfk_error *err)
{
    fprintf(stderr, "libusb shim: %s\n  try: %s\n", err->what, err->next);
    fflush(NULL);
    _exit(dfk_error_exit_code(err->code));
}

static int write_figures(struct dfk_error *err)
{
    struct buffer text = {.data = NULL};
    for (uint32_t i = 0; i < options.board_count; i++) {
        figures_put(options.boards[i].name, i, shim_world()->boards[i], &text);
        buffer_append_text(&text, " virtual_ns=%" PRIu64 "\n", shim_now_ns());
    }
    int result = text.failed ? dfk_fail(err, DFK_E_NO_MEMORY, "no memory for the figures")
                             : file_write(options.stats, text.data, text.length, true, err);
    buffer_free(&text);
    return result;
}

/* A real board goes on when the program at the other end of the cable has ended. */
static void finish_work(struct board *board)
{
    struct usb_port *port = board_port(board);
    uint64_t end = port->now(port) + AFTERWARDS_S * ns_per_s;
    for (uint64_t wake = port->wake(port); wake < end; wake = port->wake(port)) {
        port->run(port, wake > port->now(port) ? wake : port->now(port) + 1);
    }
}

void shim_save(void)
{
    struct dfk_error err = {.code = DFK_OK};
    if (loaded_by != getpid()) {
        return;
    }
    int result = options.stats != NULL ? write_figures(&err) : 0;
    for (uint32_t i = 0; i < options.board_count; i++) {
        finish_work(shim_world()->boards[i]);
    }
    for (uint32_t i = 0; i < options.board_count && result == 0; i++) {
        result = board_save(shim_world()->boards[i], &err);
    }
    if (result != 0) {
        fprintf(stderr, "libusb shim: %s\n", err.what);
    }
}

static void note_signal(int number)
{
    killed = number;
}

/* A program that does not handle a signal dies of it, but not before the flash is saved, which no
 * signal handler could do. */
static void watch_signal(int number)
{
    struct sigaction now;
    const struct sigaction ours = {.sa_handler = note_signal};
    if (sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_DFL) {
        (void)sigaction(number, &ours, NULL);
    }
}

static void pulse(void)
{
    if (killed != 0) {
        int number = killed;
        shim_save();
        (void)signal(number, SIG_DFL);
        (void)raise(number);
    }
    if (shim_now_ns() >= shim_world()->limit_ns) {
        fflush(NULL);
        shim_save();
        fprintf(stderr, "\nlibusb shim: virtual time limit %" PRIu64 " s passed\n",
                shim_world()->limit_ns / ns_per_s);
        _exit(EXIT_LIMIT);
    }
}

/* The words of the environment's line, which has no quoting; the copy lives as long as they do. */
static int read_words(const char *line, char **words)
{
    static char copy[4096];
    char *rest = NULL;
    int count = 1;
    words[0] = copy;
    if (strlen(line) >= sizeof copy) {
        return 0;
    }
    memcpy(copy, line, strlen(line) + 1);
    for (char *word = strtok_r(copy, " \t\n", &rest); word != NULL && count < WORDS_MAX;
         word = strtok_r(NULL, " \t\n", &rest)) {
        words[count++] = word;
    }
    words[count] = NULL;
    return count;
}

static void read_limit(void)
{
    const char *limit = getenv("DFUKIT_SHIM_LIMIT_S");
    uint64_t seconds = limit != NULL ? strtoull(limit, NULL, 10) : LIMIT_S;
    struct dfk_error err = {.code = DFK_OK};
    if (seconds == 0 || seconds > UINT32_MAX) {
        (void)dfk_fail(&err, DFK_E_USAGE, "DFUKIT_SHIM_LIMIT_S=%s: wanted whole seconds", limit);
        end(&err);
    }
    shim_world()->limit_ns = seconds * ns_per_s;
}

static int plug(uint32_t index, struct dfk_error *err)
{
    const struct options_board *wanted = &options.boards[index];
    const struct board_config config = {.name = wanted->name,
                                        .rom = wanted->rom,
                                        .flash_path = wanted->flash,
                                        .faults = wanted->faults,
                                        .seed = options.seed + index};
    struct board *board = NULL;
    int result = board_open(&config, &board, err);
    if (result == 0) {
        shim_plug(board);
    }
    return result;
}

void shim_load(void)
{
    char *words[WORDS_MAX + 1];
    const char *line = getenv("DFUKIT_SHIM");
    struct dfk_error err = {.code = DFK_OK};
    if (line == NULL || loaded_by != 0) {
        return;
    }
    read_limit();
    int count = read_words(line, words);
    /* An empty line is a bus with nothing on it. */
    int result = count == 1 ? 0 : options_parse(count, words, &options, &err);
    if (result == 0 && options.action != OPTIONS_SERVE) {
        result = dfk_fail(&err, DFK_E_USAGE, "DFUKIT_SHIM=%s names no board", line);
    }
    for (uint32_t i = 0; i < options.board_count && result == 0; i++) {
        result = plug(i, &err);
    }
    if (result != 0) {
        end(&err);
    }
    loaded_by = getpid();
    shim_world()->pulse = pulse;
    watch_signal(SIGINT);
    watch_signal(SIGTERM);
}

/* Before this a program is in real time: constructors of other libraries may have looked at it. */
__attribute__((constructor)) static void begin(void)
{
    shim_world()->active = getenv("DFUKIT_SHIM") != NULL;
}

__attribute__((destructor)) static void finish(void)
{
    shim_save();
}
