/* SPDX-License-Identifier: MIT
 * What the programs that we stand in for have in common: exit codes, complaints, the first lines.
 */
#include "cli/compat.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int compat_exit_code(enum dfk_code code)
{
    switch (code) {
    case DFK_OK: return COMPAT_OK;
    case DFK_E_USAGE:
    case DFK_E_REFUSED:
    case DFK_E_WRONG_DEVICE:
    case DFK_E_OUTSIDE:
    case DFK_E_KEPT:
    case DFK_E_READ_ONLY: return COMPAT_USAGE;
    case DFK_E_BAD_FILE:
    case DFK_E_OVERLAP: return COMPAT_DATA;
    case DFK_E_FILE_IO: return COMPAT_NO_INPUT;
    case DFK_E_INTERNAL:
    case DFK_E_NO_MEMORY: return COMPAT_SOFTWARE;
    case DFK_E_PROTOCOL: return COMPAT_PROTOCOL;
    case DFK_E_INTERRUPTED: return COMPAT_INTERRUPTED;
    default: return COMPAT_IO;
    }
}

bool compat_take_number(const char *text, int base, uint32_t limit, uint32_t *number)
{
    char *end = NULL;
    unsigned long long value = strtoull(text, &end, base);
    bool good = end != text && *end == '\0' && *text != '-' && value <= limit;
    *number = good ? (uint32_t)value : *number;
    return good;
}

bool compat_take_id(const char *text, int base, uint16_t *id)
{
    uint32_t number = *id;
    bool good = compat_take_number(text, base, UINT16_MAX, &number);
    *id = (uint16_t)number;
    return good;
}

void compat_complain(const char *program, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)fflush(stdout);
    (void)fprintf(stderr, "%s: ", program);
    (void)vfprintf(stderr, format, args);
    (void)fputc('\n', stderr);
    va_end(args);
}

int compat_fail(const char *program, const struct dfk_error *err)
{
    compat_complain(program, "%s", err->what);
    if (err->why[0] != '\0') {
        compat_complain(program, "why: %s", err->why);
    }
    bool only_help = err->code == DFK_E_USAGE && strcmp(err->next, dfk_error_next(err->code)) == 0;
    if (err->next[0] != '\0' && !only_help) {
        /* the failure's own advice names an option of ours */
        bool ours = strstr(err->next, "--any-device") != NULL;
        compat_complain(program, "next: %s", ours ? dfk_error_next(err->code) : err->next);
    }
    return compat_exit_code(err->code);
}

void compat_say_version(const char *program)
{
    (void)printf("%s 0.11 (dfukit %s)\n\n", program, dfk_version());
}
