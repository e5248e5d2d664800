/* SPDX-License-Identifier: MIT
 * What a shell can offer behind an option or a command.
 */
#include "cli/offer.h"

#include <string.h>

enum offer offer_behind_option(const struct option_row *option)
{
    if (option->kind == OPTION_FORMAT) {
        return OFFER_FORMATS;
    }
    bool file = option->argument != NULL && strcmp(option->argument, "FILE") == 0;
    return file ? OFFER_FILES : OFFER_NOTHING;
}

enum offer offer_as_operand(const struct command *command)
{
    static const struct {
        const char *operands;
        enum offer offer;
    } rows[] = {
        {"FILE", OFFER_FILES},
        {"FILE...", OFFER_FILES},
        {"IN...", OFFER_FILES},
        {"[NAME]", OFFER_ERRORS},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(rows[i].operands, command->operands) == 0) {
            return rows[i].offer;
        }
    }
    return OFFER_NOTHING;
}

void offer_add_names(struct words *words, enum offer offer)
{
    const char *blank = "";
    for (int i = DFK_FORMAT_DFUSE; offer == OFFER_FORMATS && i <= DFK_FORMAT_UF2; i++) {
        words_add(words, "%s%s", blank, dfk_format_name((enum dfk_format)i));
        blank = " ";
    }
    for (int i = DFK_OK; offer == OFFER_ERRORS && i < DFK_CODE_COUNT; i++) {
        words_add(words, "%s%s", blank, dfk_error_name((enum dfk_code)i));
        blank = " ";
    }
}

void offer_add_quoted(struct words *words, const char *text, const char *escaped, const char *quote)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'') {
            words_add(words, "%s", quote);
        } else {
            words_add(words, strchr(escaped, *text) == NULL ? "%c" : "\\%c", *text);
        }
    }
}
