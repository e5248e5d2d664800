/* SPDX-License-Identifier: MIT
 * The completion script of fish.
 */
#include "cli/help.h"
#include "cli/offer.h"

static void add_text(struct words *words, const char *text)
{
    offer_add_quoted(words, text, "\\", "\\'");
}

/* Adds what fish is told of an option's argument, or of a command's operands. */
static void add_offer(struct words *words, enum offer offer)
{
    if (offer == OFFER_FILES) {
        words_add(words, " -F");
    } else if (offer != OFFER_NOTHING) {
        words_add(words, " -f -a '");
        offer_add_names(words, offer);
        words_add(words, "'");
    }
}

/* Adds an argument that has to be there: fish knows no other, as --wait[=SECONDS] has it. */
static void add_argument(struct words *words, const struct option_row *option)
{
    if (option->argument == NULL || option->argument[0] == '[') {
        return;
    }
    enum offer offer = offer_behind_option(option);
    words_add(words, offer == OFFER_NOTHING ? " -x" : " -r");
    add_offer(words, offer);
}

/* condition: a fish command; the options are offered where it succeeds */
static void add_options(struct words *words, const char *condition,
                        const struct option_row *options)
{
    for (; options != NULL && options->name != NULL; options++) {
        if (options->hidden) {
            continue;
        }
        words_add(words, "complete -c dfukit -n '%s'", condition);
        if (options->letter != 0) {
            words_add(words, " -s %c", options->letter);
        }
        words_add(words, " -l %s", options->name);
        add_argument(words, options);
        words_add(words, " -d '");
        add_text(words, options->help);
        words_add(words, "'\n");
    }
}

static void add_command(struct words *words, const struct command *command)
{
    words_add(words, "complete -c dfukit -n '__dfukit_command_is \"\"' -a %s -d '", command->name);
    add_text(words, command->summary);
    words_add(words, "'\n");
    struct words condition = {0};
    words_add(&condition, "__dfukit_command_is %s", command->name);
    if (condition.failed) {
        words->failed = true;
        return;
    }
    add_options(words, condition.text, command->options);
    if (command->words != NULL) {
        words_add(words, "complete -c dfukit -n '%s' -a '%s'\n", condition.text, command->words);
    }
    enum offer offer = command->raw ? OFFER_FILES : offer_as_operand(command);
    if (offer != OFFER_NOTHING) {
        words_add(words, "complete -c dfukit -n '%s'", condition.text);
        add_offer(words, offer);
        words_add(words, "\n");
    }
    words_free(&condition);
}

/* Adds a function that succeeds where options of a kind are understood.
 *
 * device    those that select a device, else the general ones */
static void add_condition(struct words *words, const char *name, bool device)
{
    words_add(words, "function %s\n    __dfukit_command_is%s", name, device ? "" : " ''");
    for (size_t i = 0; command_at(i) != NULL; i++) {
        const struct command *command = command_at(i);
        if (device ? command->opens_device : !command->raw) {
            words_add(words, " %s", command->name);
        }
    }
    words_add(words, "\nend\n");
}

void help_fish(struct words *words)
{
    words_add(words, "# fish completion of dfukit; generated from its tables of options\n"
                     "\n# whether the command on the line is one of these; '': there is none yet\n"
                     "function __dfukit_command_is\n"
                     "    set -l command ''\n"
                     "    for word in (commandline -opc)[2..]\n"
                     "        if not string match -q -- '-*' $word\n"
                     "            set command $word\n"
                     "            break\n"
                     "        end\n"
                     "    end\n"
                     "    contains -- \"$command\" $argv\n"
                     "end\n");
    add_condition(words, "__dfukit_takes_general", false);
    add_condition(words, "__dfukit_takes_device", true);
    words_add(words, "\ncomplete -c dfukit -f\n");
    add_options(words, "__dfukit_command_is \"\"", options_program);
    add_options(words, "__dfukit_takes_general", options_general);
    add_options(words, "__dfukit_takes_device", options_device);
    for (size_t i = 0; command_at(i) != NULL; i++) {
        add_command(words, command_at(i));
    }
}
