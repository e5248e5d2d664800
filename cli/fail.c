/* SPDX-License-Identifier: MIT
 * Filling a struct dfk_error with what the command line got wrong.
 */
#include "cli/fail.h"

#include <stdarg.h>
#include <stdio.h>

int cli_fail(struct dfk_error *err, enum dfk_code code, const char *format, ...)
{
    if (err->code == DFK_OK) {
        va_list args;
        va_start(args, format);
        err->code = code;
        (void)vsnprintf(err->what, sizeof err->what, format, args);
        va_end(args);
        (void)snprintf(err->next, sizeof err->next, "%s", dfk_error_next(code));
    }
    return -(int)err->code;
}

int cli_fail_next(struct dfk_error *err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(err->next, sizeof err->next, format, args);
    va_end(args);
    return -(int)err->code;
}
