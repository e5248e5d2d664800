/* SPDX-License-Identifier: MIT
 * The error table as a page.
 */
#include "cli/help.h"

void help_errors(struct words *words)
{
    words_add(words,
              "| exit code | name | meaning | what to try |\n"
              "| ---: | --- | --- | --- |\n| 0 | ok | %s | |\n",
              dfk_error_sentence(DFK_OK));
    for (int code = DFK_OK + 1; code < DFK_CODE_COUNT; code++) {
        enum dfk_code row = (enum dfk_code)code;
        words_add(words, "| %d | %s | %s | %s |\n", dfk_error_exit_code(row), dfk_error_name(row),
                  dfk_error_sentence(row), dfk_error_next(row));
    }
}
