/* SPDX-License-Identifier: MIT
 * The table of commands.
 */
#include <string.h>

#include "cli/command.h"
#include "cli/help.h"
#include "cli/suggest.h"

static const struct command *const commands[] = {
    &command_list,       &command_info,  &command_flash,   &command_verify,   &command_read,
    &command_erase,      &command_leave, &command_detach,  &command_inspect,  &command_convert,
    &command_image,      &command_twin,  &command_explain, &command_dfu_util, &command_dfu_suffix,
    &command_dfu_prefix, &command_pydfu,
};
enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

const struct command *command_at(size_t index)
{
    return index < COMMAND_COUNT ? commands[index] : NULL;
}

const struct command *command_find(const char *name, struct dfk_error *err)
{
    struct suggestion meant = {0};
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i]->name, name) == 0) {
            return commands[i];
        }
        suggest(&meant, name, commands[i]->name);
    }
    cli_fail(err, DFK_E_USAGE, "dfukit has no command \"%s\"", name);
    cli_fail_next(err, "dfukit %s", meant.word == NULL ? "--help" : meant.word);
    return NULL;
}

struct option_groups command_options(const struct command *command)
{
    if (command == NULL) {
        return (struct option_groups){.groups = {options_general, options_program}};
    }
    return (struct option_groups){
        .command = command->name,
        .groups = {options_general, command->options,
                   command->opens_device ? options_device : NULL},
    };
}
