/* SPDX-License-Identifier: MIT
 * What the programs that we stand in for (dfu-util, dfu-suffix, dfu-prefix, pydfu) have in common.
 */
#ifndef CLI_COMPAT_H
#define CLI_COMPAT_H

#include "cli/command.h"

/* Exit codes that scripts written for those programs look at.
 * Source BSD sysexits.h, as dfu-util 0.11 uses them */
enum {
    COMPAT_OK = 0,
    COMPAT_USAGE = 64,
    COMPAT_DATA = 65,
    COMPAT_NO_INPUT = 66,
    COMPAT_SOFTWARE = 70,
    COMPAT_CANT_CREATE = 73,
    COMPAT_IO = 74,
    COMPAT_PROTOCOL = 76,
    COMPAT_INTERRUPTED = 130,
};

/* Gives the exit code of dfu-util for a failure of ours. */
int compat_exit_code(enum dfk_code code);

/* Says a failure as those programs do, "PROGRAM: what", with why and next in lines of their own.
 *
 * program   "dfu-util"
 * Returns   the exit code */
int compat_fail(const char *program, const struct dfk_error *err);

/* Reads a number that fills its text and is at most limit.
 *
 * base      10, 16, or 0 for C's notation
 * Returns   false for anything else; *number then stays as it was */
bool compat_take_number(const char *text, int base, uint32_t limit, uint32_t *number);

/* The same for an id of 16 bits. */
bool compat_take_id(const char *text, int base, uint16_t *id);

/* Says one line on standard error, "PROGRAM: text", printf style. */
void compat_complain(const char *program, const char *format, ...) CLI_PRINTF(2, 3);

/* Says the two lines with which each of those programs begins. */
void compat_say_version(const char *program);

#endif
