/* SPDX-License-Identifier: MIT
 * Reads the commands of the control socket. */
#include "twin/app/order.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"

enum {
    LINE_BYTES = 256,
    WORDS_MAX = 8,
    BOARDS_MAX = 16,
    PRESS_S_MAX = 3600,
    TAP_MS = 200, /* what a person's finger takes */
    NS_PER_MS = 1000000,
};

static const double NS_PER_SECOND = 1e9;

/* A line in words: those that are no options, and what the options said. */
struct words {
    const char *words[WORDS_MAX]; /* the first is the verb */
    uint32_t count;
    uint32_t board;
    bool follow;
};

static int fail_argument(const char *verb, const char *wanted, struct dfk_error *err)
{
    return dfk_fail(err, DFK_E_USAGE, "%s: wanted %s", verb, wanted);
}

/* "2", or "1-2" as the board's place on the bus is written. */
static int read_board(const char *text, uint32_t *board, struct dfk_error *err)
{
    const char *digits = text != NULL && strncmp(text, "1-", 2) == 0 ? text + 2 : text;
    const size_t length = digits != NULL ? strspn(digits, "0123456789") : 0;
    if (length == 0 || length > 2 || digits[length] != '\0' || atoi(digits) < 1 ||
        atoi(digits) > BOARDS_MAX) {
        return dfk_fail(err, DFK_E_USAGE,
                        "--board %s: wanted its number, as 1, or its path, as 1-1",
                        text != NULL ? text : "");
    }
    *board = (uint32_t)atoi(digits);
    return 0;
}

static int take_word(char *word, char **rest, struct words *words, struct dfk_error *err)
{
    if (strcmp(word, "--follow") == 0) {
        words->follow = true;
        return 0;
    }
    if (strcmp(word, "--board") == 0) {
        return read_board(strtok_r(NULL, " \t", rest), &words->board, err);
    }
    if (strncmp(word, "--board=", strlen("--board=")) == 0) {
        return read_board(word + strlen("--board="), &words->board, err);
    }
    if (word[0] == '-') {
        return dfk_fail(err, DFK_E_USAGE, "a command has no option '%s'", word);
    }
    if (words->count == WORDS_MAX) {
        return dfk_fail(err, DFK_E_USAGE, "a command has at most %d words", WORDS_MAX);
    }
    words->words[words->count++] = word;
    return 0;
}

static int take_nothing(const struct words *words, struct order *order, struct dfk_error *err)
{
    (void)order;
    return words->count == 1 ? 0 : fail_argument(words->words[0], "nothing behind it", err);
}

static int take_boot0(const struct words *words, struct order *order, struct dfk_error *err)
{
    const char *level = words->count == 2 ? words->words[1] : "";
    order->high = strcmp(level, "high") == 0;
    return order->high || strcmp(level, "low") == 0
               ? 0
               : fail_argument(words->words[0], "high or low", err);
}

/* "2s", "2.2s", "500ms". */
static bool read_length(const char *text, uint64_t *length_ns)
{
    const size_t digits = strspn(text, "0123456789.");
    const bool ms = strcmp(text + digits, "ms") == 0;
    char *rest = NULL;
    const double number = strtod(text, &rest);
    const double seconds = ms ? number / 1000 : number;
    if (digits == 0 || rest != text + digits || (!ms && strcmp(rest, "s") != 0) ||
        !(seconds > 0 && seconds <= PRESS_S_MAX)) {
        return false;
    }
    *length_ns = (uint64_t)(seconds * NS_PER_SECOND);
    return true;
}

static int take_press(const struct words *words, struct order *order, struct dfk_error *err)
{
    const char *button = words->count >= 2 ? words->words[1] : "";
    const char *how = words->count >= 3 ? words->words[2] : NULL;
    if (strcmp(button, "reset") == 0 && how == NULL) {
        order->verb = ORDER_RESET;
        return 0;
    }
    if (strcmp(button, "usr") != 0 || words->count > 3) {
        return fail_argument("press", "usr 2s, usr down, usr up or reset", err);
    }
    order->press = PRESS_FOR;
    order->length_ns = (uint64_t)TAP_MS * NS_PER_MS;
    if (how != NULL && strcmp(how, "down") == 0) {
        order->press = PRESS_DOWN;
    } else if (how != NULL && strcmp(how, "up") == 0) {
        order->press = PRESS_UP;
    } else if (how != NULL && !read_length(how, &order->length_ns)) {
        return dfk_fail(err, DFK_E_USAGE,
                        "press usr %s: wanted a time, as 2s or 500ms, of at most %d s; or down, up",
                        how, PRESS_S_MAX);
    }
    return 0;
}

static const struct {
    const char *name;
    enum order_verb verb;
    int (*take)(const struct words *words, struct order *order, struct dfk_error *err);
} verbs[] = {
    {"reset", ORDER_RESET, take_nothing},   {"power-cycle", ORDER_POWER_CYCLE, take_nothing},
    {"boot0", ORDER_BOOT0, take_boot0},     {"press", ORDER_PRESS, take_press},
    {"leds", ORDER_LEDS, take_nothing},     {"log", ORDER_LOG, take_nothing},
    {"unplug", ORDER_UNPLUG, take_nothing}, {"plug", ORDER_PLUG, take_nothing},
};

static int read_verb(const struct words *words, struct order *order, struct dfk_error *err)
{
    const char *name = words->count > 0 ? words->words[0] : "";
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strcmp(name, verbs[i].name) == 0) {
            order->verb = verbs[i].verb;
            return verbs[i].take(words, order, err);
        }
    }
    return dfk_fail(err, DFK_E_USAGE,
                    "there is no command '%s': wanted reset, press, power-cycle, boot0, leds, log, "
                    "unplug or plug",
                    name);
}

/* What is refused is quoted in the answer, and must not look like more than one line there. */
static bool is_printable(const char *line)
{
    for (; *line != '\0'; line++) {
        if ((*line < ' ' && *line != '\t') || *line > '~') {
            return false;
        }
    }
    return true;
}

int order_parse(const char *line, struct order *out, struct dfk_error *err)
{
    char text[LINE_BYTES];
    if (strlen(line) >= sizeof text) {
        return dfk_fail(err, DFK_E_USAGE, "a command has at most %d bytes", LINE_BYTES - 1);
    }
    if (!is_printable(line)) {
        return dfk_fail(err, DFK_E_USAGE, "a command is printable ASCII");
    }
    memcpy(text, line, strlen(line) + 1);
    struct words words = {.count = 0};
    char *rest = NULL;
    int result = 0;
    char *word = strtok_r(text, " \t", &rest);
    while (word != NULL && result == 0) {
        result = take_word(word, &rest, &words, err);
        word = strtok_r(NULL, " \t", &rest);
    }
    struct order order = {.board = words.board, .follow = words.follow};
    result = result == 0 ? read_verb(&words, &order, err) : result;
    if (result == 0 && order.follow && order.verb != ORDER_LOG) {
        result = dfk_fail(err, DFK_E_USAGE, "%s has no option '--follow'", words.words[0]);
    }
    if (result == 0) {
        *out = order;
    }
    return result;
}
