/* SPDX-License-Identifier: MIT
 * The help of the program and of its commands.
 */
#include "cli/help.h"

#include <string.h>

enum { NAME_COLUMN = 2, HELP_COLUMN = 24 };

#define FIELD(name) offsetof(struct arguments, name)

const struct option_row options_program[] = {
    {.name = "version", .kind = OPTION_FLAG, .field = FIELD(version), .help = "show the version"},
    {0},
};

/* Adds "-d, --device VID:PID". */
static void add_spelling(struct words *words, const struct option_row *option)
{
    if (option->letter != 0) {
        words_add(words, "-%c, ", option->letter);
    }
    const char *argument = option->argument == NULL ? "" : option->argument;
    bool in_one_word = argument[0] == '\0' || argument[0] == '[';
    words_add(words, "--%s%s%s", option->name, in_one_word ? "" : " ", argument);
}

static void add_options(struct words *words, const char *title, const struct option_row *options)
{
    if (options == NULL) {
        return;
    }
    words_add(words, "\n%s:\n", title);
    for (; options->name != NULL; options++) {
        if (options->hidden) {
            continue;
        }
        words_add_column(words, NAME_COLUMN);
        add_spelling(words, options);
        words_add_wrapped(words, HELP_COLUMN, options->help);
    }
}

static void add_example(struct words *words, const char *example)
{
    words_add(words, "\nexample:\n");
    while (*example != '\0') {
        size_t length = strcspn(example, "\n");
        words_add(words, "  %.*s\n", (int)length, example);
        example += length + (example[length] == '\n');
    }
}

void help_command(struct words *words, const struct command *command)
{
    words_add(words, "dfukit %s: %s\n\n", command->name, command->summary);
    words_add(words, "usage: dfukit %s%s%s%s\n\n", command->name,
              command->raw ? "" : " [OPTION...]", command->operands[0] == '\0' ? "" : " ",
              command->operands);
    words_add_wrapped(words, 0, command->about);
    add_options(words, "options", command->options);
    if (command->opens_device) {
        add_options(words, "which device", options_device);
    }
    if (!command->raw) {
        add_options(words, "in every command", options_general);
    }
    add_example(words, command->example);
}

void help_program(struct words *words)
{
    words_add(words,
              "dfukit %s: puts firmware onto USB DFU and DfuSe boards, and checks it\n\n"
              "usage: dfukit COMMAND [OPTION...] [ARGUMENT...]\n\ncommands:\n",
              dfk_version());
    for (size_t i = 0; command_at(i) != NULL; i++) {
        const struct command *command = command_at(i);
        words_add_column(words, NAME_COLUMN);
        words_add(words, "%s %s", command->name, command->operands);
        words_add_wrapped(words, HELP_COLUMN, command->summary);
    }
    add_options(words, "options", options_program);
    add_options(words, "in every command", options_general);
    add_example(words, "dfukit flash firmware.dfu\ndfukit flash --help");
}
