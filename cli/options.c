/* SPDX-License-Identifier: MIT
 * Tables of options, and reading a command line by them.
 */
#include "cli/options.h"

#include <string.h>

#include "cli/suggest.h"

#define FIELD(name) offsetof(struct arguments, name)

const struct option_row options_general[] = {
    {.name = "json",
     .kind = OPTION_FLAG,
     .field = FIELD(json),
     .help = "results, progress and errors as JSON on standard output, one object per line"},
    {.name = "quiet",
     .letter = 'q',
     .kind = OPTION_FLAG,
     .field = FIELD(quiet),
     .help = "say nothing but results that were asked for, and errors"},
    {.name = "verbose",
     .letter = 'v',
     .kind = OPTION_FLAG,
     .field = FIELD(verbose),
     .help = "show every step of the plan"},
    {.name = "no-hints",
     .kind = OPTION_FLAG,
     .field = FIELD(no_hints),
     .help = "do not say what to try next"},
    {.name = "help",
     .letter = 'h',
     .kind = OPTION_OPTIONAL_TEXT,
     .argument = NULL,
     .field = FIELD(help),
     .help = "show this help"},
    {0},
};

const struct option_row options_device[] = {
    {.name = "device",
     .letter = 'd',
     .kind = OPTION_IDS,
     .argument = "VID:PID",
     .field = FIELD(select),
     .help = "vendor and product, in hexadecimal; either may be left out"},
    {.name = "serial",
     .letter = 'S',
     .kind = OPTION_TEXT,
     .argument = "SERIAL",
     .field = FIELD(select.serial),
     .help = "serial number"},
    {.name = "path",
     .letter = 'p',
     .kind = OPTION_TEXT,
     .argument = "PATH",
     .field = FIELD(select.path),
     .help = "place on the bus, as `dfukit list` shows it"},
    {.name = "alt",
     .letter = 'a',
     .kind = OPTION_TEXT,
     .argument = "ALT",
     .field = FIELD(select.alternate),
     .help = "alternate setting, by number or name; usually found by the address"},
    {.name = "bus",
     .kind = OPTION_TEXT,
     .argument = "URI",
     .field = FIELD(select.bus),
     .help = "usb: (this computer, the default) or usbip://HOST[:PORT][/BUSID]"},
    {.name = "wait",
     .kind = OPTION_SECONDS,
     .argument = "[=SECONDS]",
     .field = FIELD(select.wait_ms),
     .help = "wait for the device to appear, and flash also for one that is lost to come back; "
             "30 seconds if none are given"},
    {.name = "trace",
     .kind = OPTION_TEXT,
     .argument = "FILE",
     .field = FIELD(select.trace),
     .help = "write the conversation with the device to a pcapng file"},
    {0},
};

/* What the kinds of options take. */
static const struct {
    bool (*take)(const char *text, void *field);
    const char *wanted;
} kinds[] = {
    [OPTION_FLAG] = {take_flag, "nothing"},
    [OPTION_TEXT] = {take_text, "a text of at least one character"},
    [OPTION_OPTIONAL_TEXT] = {take_optional_text, "a text of at least one character"},
    [OPTION_NUMBER] = {take_number, "a number below 2^32, such as 0x08020000 or 128K"},
    [OPTION_BYTE] = {take_byte, "a number from 0 to 255"},
    [OPTION_ID] = {take_id, "up to four hexadecimal digits, such as 0483"},
    [OPTION_IDS] = {take_ids, "VID:PID in hexadecimal, such as 0483:df11"},
    [OPTION_RANGE] = {take_range, "a range within 2^32 (START-END, START+LENGTH or START:LENGTH, "
                                  "such as 0x08020000-0x0803FFFF), or is one of more than 64"},
    [OPTION_SECONDS] = {take_seconds, "a number of seconds from 0.1 to 86400"},
    [OPTION_FORMAT] = {take_format, "dfuse, dfu, bin, hex, srec, elf or uf2"},
    [OPTION_VERSION] = {take_version, "a version, X.Y.Z, at most 255.255.65535"},
};

/* Where reading a command line has got to. */
struct reading {
    const struct option_groups *groups;
    int argc, at; /* words in all; the next word to look at */
    char **argv;
    struct arguments *arguments;
    struct dfk_error *err;
};

static const char *what_has(const struct reading *reading)
{
    return reading->groups->command == NULL ? "dfukit" : reading->groups->command;
}

static int point_to_help(const struct reading *reading)
{
    const char *command = reading->groups->command;
    return cli_fail_next(reading->err, "dfukit %s%s--help", command == NULL ? "" : command,
                         command == NULL ? "" : " ");
}

static int take_value(const struct reading *reading, const struct option_row *option,
                      const char *value)
{
    void *field = (char *)reading->arguments + option->field;
    if (!kinds[option->kind].take(value, field)) {
        cli_fail(reading->err, DFK_E_USAGE, "--%s: \"%s\" is not %s", option->name,
                 value == NULL ? "" : value, kinds[option->kind].wanted);
        return point_to_help(reading);
    }
    return 0;
}

static bool wants_value(const struct option_row *option)
{
    return option->argument != NULL && option->argument[0] != '[';
}

static bool is_optional(const struct option_row *option)
{
    return option->kind == OPTION_OPTIONAL_TEXT || option->kind == OPTION_SECONDS;
}

/* Takes the value of an option: behind it in the same word, or in the next word. */
static int take_option(struct reading *reading, const struct option_row *option,
                       const char *attached)
{
    if (attached != NULL && !wants_value(option) && !is_optional(option)) {
        cli_fail(reading->err, DFK_E_USAGE, "--%s takes no value, but \"%s\" was given",
                 option->name, attached);
        return point_to_help(reading);
    }
    if (attached == NULL && wants_value(option)) {
        if (reading->at >= reading->argc) {
            cli_fail(reading->err, DFK_E_USAGE, "--%s needs %s", option->name, option->argument);
            return point_to_help(reading);
        }
        attached = reading->argv[reading->at++];
    }
    return take_value(reading, option, attached);
}

static const struct option_row *find_long(const struct reading *reading, const char *name,
                                          size_t length, struct suggestion *meant)
{
    char word[64] = "";
    memcpy(word, name, length < sizeof word ? length : sizeof word - 1);
    for (size_t group = 0; group < OPTION_GROUPS_MAX; group++) {
        const struct option_row *row = reading->groups->groups[group];
        for (; row != NULL && row->name != NULL; row++) {
            if (strcmp(row->name, word) == 0) {
                return row;
            }
            if (!row->hidden) {
                suggest(meant, word, row->name);
            }
        }
    }
    return NULL;
}

static const struct option_row *find_short(const struct reading *reading, char letter)
{
    for (size_t group = 0; group < OPTION_GROUPS_MAX; group++) {
        const struct option_row *row = reading->groups->groups[group];
        for (; row != NULL && row->name != NULL; row++) {
            if (row->letter != 0 && row->letter == letter) {
                return row;
            }
        }
    }
    return NULL;
}

static int refuse_option(const struct reading *reading, const char *option,
                         const struct suggestion *meant)
{
    const char *command = reading->groups->command;
    cli_fail(reading->err, DFK_E_USAGE, "%s has no option %s", what_has(reading), option);
    if (meant->word != NULL) {
        return cli_fail_next(reading->err, "--%s", meant->word);
    }
    if (command == NULL) {
        return cli_fail_next(reading->err, "options of a command stand behind it: "
                                           "dfukit COMMAND OPTION..., see dfukit --help");
    }
    return point_to_help(reading);
}

/* A word that begins with "--". */
static int read_long(struct reading *reading, const char *word)
{
    struct suggestion meant = {0};
    const char *equals = strchr(word, '=');
    size_t length = equals == NULL ? strlen(word + 2) : (size_t)(equals - word - 2);
    const struct option_row *option = find_long(reading, word + 2, length, &meant);
    if (option == NULL) {
        return refuse_option(reading, word, &meant);
    }
    return take_option(reading, option, equals == NULL ? NULL : equals + 1);
}

/* A word such as "-v", "-qv", "-a0" or "-a 0". */
static int read_short(struct reading *reading, const char *word)
{
    int status = 0;
    for (const char *letter = word + 1; *letter != '\0' && status == 0; letter++) {
        const struct option_row *option = find_short(reading, *letter);
        if (option == NULL) {
            return refuse_option(reading, (char[]){'-', *letter, '\0'}, &(struct suggestion){0});
        }
        if (wants_value(option)) {
            return take_option(reading, option, letter[1] == '\0' ? NULL : letter + 1);
        }
        status = take_option(reading, option, NULL);
    }
    return status;
}

int options_parse(const struct option_groups *groups, struct word_list *list,
                  struct arguments *arguments, struct dfk_error *err)
{
    struct reading reading = {groups, list->count, 0, list->words, arguments, err};
    bool only_operands = false;
    int status = 0;
    arguments->operands = list->words;
    arguments->operand_count = 0;
    while (reading.at < list->count && status == 0) {
        char *word = list->words[reading.at];
        bool is_option = !only_operands && word[0] == '-' && word[1] != '\0';
        if (list->stop && !is_option) {
            break;
        }
        reading.at++;
        if (!is_option) {
            list->words[arguments->operand_count++] = word;
        } else if (strcmp(word, "--") == 0) {
            only_operands = true;
        } else {
            status = word[1] == '-' ? read_long(&reading, word) : read_short(&reading, word);
        }
    }
    list->taken = reading.at;
    return status;
}
