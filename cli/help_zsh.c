/* SPDX-License-Identifier: MIT
 * The completion script of zsh.
 */
#include <string.h>

#include "cli/help.h"
#include "cli/offer.h"

#define QUOTE "'\\''"

static void add_text(struct words *words, const char *text)
{
    offer_add_quoted(words, text, "\\[]:", QUOTE);
}

/* What zsh does for an argument. */
static void add_action(struct words *words, enum offer offer)
{
    if (offer == OFFER_FILES) {
        words_add(words, "_files");
    } else if (offer != OFFER_NOTHING) {
        words_add(words, "(");
        offer_add_names(words, offer);
        words_add(words, ")");
    }
}

/* Adds what stands for the argument: ":FILE:_files"; of "[=SECONDS]", which may be left out,
 * "::SECONDS:". */
static void add_argument(struct words *words, const struct option_row *option)
{
    if (option->argument == NULL) {
        return;
    }
    bool may_be_left_out = option->argument[0] == '[';
    words_add(words, may_be_left_out ? "::" : ":");
    if (may_be_left_out) {
        words_add(words, "%.*s", (int)strcspn(option->argument + 2, "]"), option->argument + 2);
    } else {
        add_text(words, option->argument);
    }
    words_add(words, ":");
    add_action(words, offer_behind_option(option));
}

/* Adds the specification of one spelling, as _arguments wants it: '(-q --quiet)--quiet[HELP]'. */
static void add_spelling(struct words *words, const struct option_row *option, bool is_short)
{
    bool takes = option->argument != NULL;
    bool may_be_left_out = takes && option->argument[0] == '[';
    words_add(words, "        '");
    if (option->kind == OPTION_RANGE) {
        words_add(words, "*");
    } else if (option->letter != 0) {
        words_add(words, "(-%c --%s)", option->letter, option->name);
    }
    if (is_short) {
        words_add(words, "-%c%s", option->letter, takes ? "+" : "");
    } else {
        words_add(words, "--%s%s%s", option->name, takes ? "=" : "", may_be_left_out ? "-" : "");
    }
    words_add(words, "[");
    add_text(words, option->help);
    words_add(words, "]");
    add_argument(words, option);
    words_add(words, "'\n");
}

static void add_options(struct words *words, const struct option_row *options)
{
    for (; options != NULL && options->name != NULL; options++) {
        if (!options->hidden && options->letter != 0) {
            add_spelling(words, options, true);
        }
        if (!options->hidden) {
            add_spelling(words, options, false);
        }
    }
}

static void add_group(struct words *words, const char *name, const struct option_row *options)
{
    words_add(words, "    %s=(\n", name);
    add_options(words, options);
    words_add(words, "    )\n");
}

static void add_command(struct words *words, const struct command *command)
{
    words_add(words, "    %s) specs=(%s%s\n", command->name, command->raw ? "" : " $general",
              command->opens_device ? " $device" : "");
    add_options(words, command->options);
    enum offer offer = offer_as_operand(command);
    if (command->words != NULL) {
        words_add(words, "        '*: :{_values command %s; _default}'\n", command->words);
    } else if (command->raw) {
        words_add(words, "        '*: :_default'\n");
    } else if (command->operands_max > 0) {
        words_add(words, "        '%s:", command->operands_max == 1 ? "1" : "*");
        add_text(words, command->operands);
        words_add(words, ":");
        /* an empty list: without an action, or with none in it, TAB would not complete an option */
        words_add(words, offer == OFFER_NOTHING ? "()" : "");
        add_action(words, offer);
        words_add(words, "'\n");
    }
    words_add(words, "        ) ;;\n");
}

static void add_commands(struct words *words)
{
    words_add(words, "    commands=(\n");
    for (size_t i = 0; command_at(i) != NULL; i++) {
        words_add(words, "        '%s:", command_at(i)->name);
        offer_add_quoted(words, command_at(i)->summary, "\\", QUOTE);
        words_add(words, "'\n");
    }
    words_add(words, "    )\n");
}

void help_zsh(struct words *words)
{
    words_add(words, "#compdef dfukit\n"
                     "# zsh completion of dfukit; generated from its tables of options\n"
                     "_dfukit()\n{\n"
                     "    local curcontext=$curcontext state state_descr line ret=1\n"
                     "    local -A opt_args\n"
                     "    local -a commands general device specs\n");
    add_commands(words);
    add_group(words, "general", options_general);
    add_group(words, "device", options_device);
    add_group(words, "specs", options_program);
    words_add(words,
              "    _arguments -C $general $specs '(-): :->command' '(-)*:: :->words' && ret=0\n"
              "    if [[ $state == command ]]; then\n"
              "        _describe -t commands command commands && ret=0\n"
              "        return ret\n"
              "    fi\n"
              "    [[ $state == words ]] || return ret\n"
              "    case $words[1] in\n");
    for (size_t i = 0; command_at(i) != NULL; i++) {
        add_command(words, command_at(i));
    }
    words_add(words, "    *) return 1 ;;\n"
                     "    esac\n"
                     "    curcontext=${curcontext%%:*}-$words[1]:\n"
                     "    _arguments $specs\n"
                     "}\n"
                     "_dfukit \"$@\"\n");
}
