/* SPDX-License-Identifier: MIT
 * The commands, options and exit codes as sections of a man page.
 */
#include <string.h>

#include "cli/help.h"

/* Adds text in scdoc's notation, where some signs have a meaning of their own. */
static void add_escaped(struct words *words, const char *text)
{
    for (; *text != '\0'; text++) {
        words_add(words, strchr("\\*_#|[]", *text) == NULL ? "%c" : "\\%c", *text);
    }
}

static void add_option(struct words *words, const struct option_row *option)
{
    if (option->hidden) {
        return;
    }
    if (option->letter != 0) {
        words_add(words, "*-%c*, ", option->letter);
    }
    words_add(words, "*--%s*", option->name);
    if (option->argument != NULL) {
        words_add(words, option->argument[0] == '[' ? "" : " ");
        add_escaped(words, option->argument);
    }
    words_add(words, "\n\t");
    add_escaped(words, option->help);
    words_add(words, "\n\n");
}

static void add_options(struct words *words, const struct option_row *options)
{
    for (; options != NULL && options->name != NULL; options++) {
        add_option(words, options);
    }
}

static void add_example(struct words *words, const char *example)
{
    words_add(words, "Example:\n\n```\n%s\n```\n\n", example);
}

static void add_command(struct words *words, const struct command *command)
{
    words_add(words, "## dfukit %s %s\n\n", command->name, command->operands);
    add_escaped(words, command->about);
    words_add(words, "\n\n");
    add_options(words, command->options);
    if (command->opens_device) {
        words_add(words, "Takes the options under *WHICH DEVICE*.\n\n");
    }
    add_example(words, command->example);
}

static void add_exit_codes(struct words *words)
{
    words_add(words, "# EXIT STATUS\n\n*0*\n\t%s\n\n", dfk_error_sentence(DFK_OK));
    for (int code = DFK_OK + 1; code < DFK_CODE_COUNT; code++) {
        enum dfk_code row = (enum dfk_code)code;
        words_add(words, "*%d* (%s)\n\t", dfk_error_exit_code(row), dfk_error_name(row));
        add_escaped(words, dfk_error_sentence(row));
        words_add(words, "\n\n");
    }
}

void help_scdoc(struct words *words)
{
    words_add(words, "# COMMANDS\n\n");
    for (size_t i = 0; command_at(i) != NULL; i++) {
        add_command(words, command_at(i));
    }
    words_add(words, "# WHICH DEVICE\n\n");
    add_options(words, options_device);
    words_add(words, "# IN EVERY COMMAND\n\n");
    add_options(words, options_general);
    add_options(words, options_program);
    add_exit_codes(words);
}
