/* SPDX-License-Identifier: MIT
 * dfukit twin: starts a virtual board, or tells one that runs what to do.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/help.h"
#include "cli/suggest.h"
#include "cli/twin_link.h"

#define FIELD(name) offsetof(struct arguments, name)

static const struct option_row options_twin[] = {
    {.name = "board",
     .letter = 'b',
     .kind = OPTION_TEXT,
     .argument = "N",
     .field = FIELD(board),
     .help = "of a command: which of several boards, by number or path (1, 1-1)"},
    {.name = "control",
     .kind = OPTION_TEXT,
     .argument = "PATH",
     .field = FIELD(control),
     .help = "of a command: the control socket, when several twins run"},
    {.name = "follow",
     .kind = OPTION_FLAG,
     .field = FIELD(follow),
     .help = "of log: keep printing until interrupted"},
    {0},
};

/* Where dfukit-twin is: installed beside dfukit, or in the folder it is built in. */
static const char *const places[] = {"dfukit-twin", "../twin/app/dfukit-twin"};

static void try_beside_us(char **words)
{
    char path[PATH_MAX], program[PATH_MAX + 64];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length <= 0) {
        return;
    }
    path[length] = '\0';
    *strrchr(path, '/') = '\0';
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        (void)snprintf(program, sizeof program, "%s/%s", path, places[i]);
        (void)execv(program, words);
    }
}

/* Becomes dfukit-twin; comes back only when that fails. */
static int start_twin(struct run *run)
{
    char **words = calloc(run->arguments.operand_count + 1, sizeof *words);
    if (words == NULL) {
        return cli_fail(&run->err, DFK_E_NO_MEMORY, "no memory to start dfukit-twin");
    }
    char name[] = "dfukit-twin";
    memcpy(words, run->arguments.operands, run->arguments.operand_count * sizeof *words);
    words[0] = name;
    try_beside_us(words);
    (void)execvp(name, words);
    cli_fail(&run->err, DFK_E_FILE_IO, "dfukit-twin could not be started: %s", strerror(errno));
    free(words);
    return cli_fail_next(&run->err, "install dfukit-twin beside dfukit, or into PATH");
}

static const struct option_row *find_row(const struct option_row *row, const char *word)
{
    const bool is_short = word[1] != '-' && word[1] != '\0';
    for (; row->name != NULL; row++) {
        const size_t length = strlen(row->name);
        if (is_short ? row->letter == word[1]
                     : strncmp(word + 2, row->name, length) == 0 &&
                           (word[2 + length] == '\0' || word[2 + length] == '=')) {
            return row;
        }
    }
    return NULL;
}

/* dfukit-twin takes options only. So a word that is none, with nothing but options of ours before
 * it, begins a command to a board. */
static bool is_order(char *const *words, size_t count)
{
    size_t at = 1;
    while (at < count && words[at][0] == '-' && words[at][1] != '\0') {
        const struct option_row *row = find_row(options_twin, words[at]);
        row = row != NULL ? row : find_row(options_general, words[at]);
        const bool value_follows = row != NULL && row->argument != NULL &&
                                   strchr(words[at], '=') == NULL &&
                                   (words[at][1] == '-' || words[at][2] == '\0');
        if (row == NULL) {
            return false;
        }
        at += value_follows ? 2 : 1;
    }
    return at < count;
}

static int check_verb(const char *name, struct dfk_error *err)
{
    struct suggestion meant = {0};
    char words[128];
    char *rest = NULL;
    (void)snprintf(words, sizeof words, "%s", command_twin.words);
    for (char *word = strtok_r(words, " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest)) {
        if (strcmp(word, name) == 0) {
            return 0;
        }
        suggest(&meant, name, word);
    }
    cli_fail(err, DFK_E_USAGE, "a virtual board has no command \"%s\"", name);
    return cli_fail_next(err, "dfukit twin %s", meant.word == NULL ? "reset --help" : meant.word);
}

static int add_word(struct words *order, const char *word, struct dfk_error *err)
{
    if (word[0] == '\0' || strpbrk(word, " \t\r\n") != NULL) {
        cli_fail(err, DFK_E_USAGE, "\"%s\" is not a word of a command to a virtual board", word);
        return cli_fail_next(err, "dfukit twin reset --help");
    }
    words_add(order, "%s%s", order->length == 0 ? "" : " ", word);
    return 0;
}

/* Puts the line together that dfukit-twin reads. */
static int spell_order(const struct arguments *arguments, struct words *order,
                       struct dfk_error *err)
{
    int status = 0;
    for (size_t i = 0; i < arguments->operand_count && status == 0; i++) {
        status = add_word(order, arguments->operands[i], err);
    }
    if (arguments->board != NULL && status == 0) {
        words_add(order, " --board");
        status = add_word(order, arguments->board, err);
    }
    if (arguments->follow) {
        words_add(order, " --follow");
    }
    return status == 0 && order->failed ? cli_fail(err, DFK_E_NO_MEMORY, "no memory for a command")
                                        : status;
}

/* "1-1 pybv11  LED1 on  LED2 off" */
static void show_leds(struct ui *ui, const char *text)
{
    char words[512];
    char *rest = NULL;
    (void)snprintf(words, sizeof words, "%s", text);
    struct twin_leds leds = {.text = text, .path = strtok_r(words, " ", &rest)};
    leds.name = strtok_r(NULL, " ", &rest);
    while (strtok_r(NULL, " ", &rest) != NULL && leds.count < TWIN_LEDS_MAX) {
        const char *state = strtok_r(NULL, " ", &rest);
        leds.lit[leds.count++] = state != NULL && strcmp(state, "on") == 0;
    }
    ui->calls->leds(ui, &leds);
}

static void take_line(void *user, const char *text, bool ended)
{
    struct run *run = user;
    if (strcmp(run->arguments.operands[0], "leds") == 0) {
        show_leds(run->ui, text);
    } else {
        run->ui->calls->serial(run->ui, &(struct twin_serial){text, ended});
    }
}

static int give_order(struct run *run, const char *order)
{
    const char *verb = run->arguments.operands[0];
    const bool asks = strcmp(verb, "leds") == 0 || strcmp(verb, "log") == 0;
    const bool presses = strcmp(verb, "press") == 0;
    const enum twin_patience patience = run->arguments.follow ? TWIN_UNTIL_END
                                        : presses             ? TWIN_ITS_TIME
                                                              : TWIN_AT_ONCE;
    const struct twin_listener listener = {take_line, run};
    FILE *link = NULL;
    int status = twin_link_open(run->arguments.control, &link, &run->err);
    if (status != 0) {
        return status;
    }
    status = twin_link_order(link, order, patience, &listener, &run->err);
    (void)fclose(link);
    if (status == 0 && !asks) {
        run->ui->calls->obeyed(run->ui, order);
    }
    return status;
}

static int show_help(struct run *run)
{
    struct words words = {0};
    help_command(&words, &command_twin);
    int status = words.failed ? cli_fail(&run->err, DFK_E_NO_MEMORY, "no memory for the help") : 0;
    if (status == 0) {
        run->ui->calls->plain(run->ui, words.text);
    }
    words_free(&words);
    return status;
}

static int run_twin(struct run *run)
{
    char **words = run->arguments.operands;
    size_t count = run->arguments.operand_count;
    if (!is_order(words, count)) {
        return start_twin(run);
    }
    const struct option_groups groups = command_options(&command_twin);
    struct word_list list = {.count = (int)count - 1, .words = words + 1};
    struct words order = {0};
    int status = options_parse(&groups, &list, &run->arguments, &run->err);
    if (status == 0 && run->arguments.help != NULL) {
        return show_help(run);
    }
    status = status == 0 ? check_verb(run->arguments.operands[0], &run->err) : status;
    status = status == 0 ? spell_order(&run->arguments, &order, &run->err) : status;
    status = status == 0 ? give_order(run, order.text) : status;
    words_free(&order);
    return status;
}

const struct command command_twin = {
    .name = "twin",
    .operands = "OPTION... | COMMAND",
    .words = "reset power-cycle boot0 press leds log unplug plug",
    .summary = "start a virtual board (see: dfukit twin --help), or handle one by hand",
    .about = "Starts dfukit-twin, a virtual board on a USB/IP server, and hands every word to it; "
             "or gives a command to one that runs: reset, power-cycle, boot0 high|low, press usr "
             "2s|down|up, press reset, leds, log, unplug, plug. BOOT0 is looked at when the board "
             "is reset. press usr 2s returns when the button is up again, in the board's own time.",
    .example = "dfukit twin --board openmv4p --flash board.flash\n"
               "dfukit list --bus usbip://127.0.0.1\n"
               "dfukit twin boot0 high\n"
               "dfukit twin reset\n"
               "dfukit twin press usr 2s",
    .options = options_twin,
    .raw = true,
    .operands_max = SIZE_MAX,
    .run = run_twin,
};
