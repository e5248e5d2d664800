/* SPDX-License-Identifier: MIT
 * dfukit explain: what an error name or exit code means.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/suggest.h"

static bool is_named(enum dfk_code code, const char *name)
{
    char *end = NULL;
    long number = strtol(name, &end, 10);
    bool is_number = end != name && *end == '\0';
    return is_number ? number == dfk_error_exit_code(code)
                     : strcmp(name, dfk_error_name(code)) == 0;
}

static int explain_one(struct run *run, const char *name)
{
    struct suggestion meant = {0};
    for (int code = DFK_OK; code < DFK_CODE_COUNT; code++) {
        if (is_named((enum dfk_code)code, name)) {
            run->ui->calls->code(run->ui, (enum dfk_code)code, true);
            return 0;
        }
        suggest(&meant, name, dfk_error_name((enum dfk_code)code));
    }
    cli_fail(&run->err, DFK_E_USAGE, "\"%s\" is not the name of an error nor an exit code", name);
    return cli_fail_next(&run->err, "dfukit explain%s%s", meant.word == NULL ? "" : " ",
                         meant.word == NULL ? "" : meant.word);
}

static int run_explain(struct run *run)
{
    if (run->arguments.operand_count == 1) {
        return explain_one(run, run->arguments.operands[0]);
    }
    for (int code = DFK_OK; code < DFK_CODE_COUNT; code++) {
        run->ui->calls->code(run->ui, (enum dfk_code)code, false);
    }
    return 0;
}

const struct command command_explain = {
    .name = "explain",
    .operands = "[NAME]",
    .summary = "say what an error or exit code means",
    .about = "Explains an error by its name or exit code: what it means and what to try. Without a "
             "name, lists them all.",
    .example = "dfukit explain\ndfukit explain verify-mismatch\ndfukit explain 9",
    .operands_max = 1,
    .run = run_explain,
};
