/* SPDX-License-Identifier: MIT
 * The completion script of bash.
 */
#include "cli/help.h"

static void add_options(struct words *words, const struct option_row *options)
{
    for (; options != NULL && options->name != NULL; options++) {
        if (!options->hidden) {
            words_add(words, " --%s", options->name);
        }
    }
}

static void add_command(struct words *words, const struct command *command)
{
    words_add(words, "    %s)", command->name);
    if (command->words != NULL) {
        words_add(words, " words=\"%s\"", command->words);
    }
    words_add(words, " options=\"");
    words_add(words, "%s", command->raw ? "" : "$general");
    words_add(words, "%s", command->opens_device ? " $device" : "");
    add_options(words, command->options);
    words_add(words, "\" ;;\n");
}

void help_bash(struct words *words)
{
    words_add(words, "# bash completion of dfukit; generated from its tables of options\n"
                     "_dfukit()\n{\n"
                     "    local word=${COMP_WORDS[COMP_CWORD]} options= words= commands=\"");
    for (size_t i = 0; command_at(i) != NULL; i++) {
        words_add(words, "%s%s", i == 0 ? "" : " ", command_at(i)->name);
    }
    words_add(words, "\"\n    local general=\"");
    add_options(words, options_general);
    words_add(words, "\"\n    local device=\"");
    add_options(words, options_device);
    words_add(words,
              "\"\n"
              "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
              "        COMPREPLY=($(compgen -W \"$commands --version --help\" -- \"$word\"))\n"
              "        return\n"
              "    fi\n"
              "    case ${COMP_WORDS[1]} in\n");
    for (size_t i = 0; command_at(i) != NULL; i++) {
        add_command(words, command_at(i));
    }
    words_add(
        words,
        "    esac\n"
        "    case $word in\n"
        "    -*) COMPREPLY=($(compgen -W \"$options\" -- \"$word\")) ;;\n"
        "    *) COMPREPLY=($(compgen -W \"$words\" -- \"$word\") $(compgen -f -- \"$word\")) ;;\n"
        "    esac\n"
        "}\n"
        "complete -o filenames -F _dfukit dfukit\n");
}
