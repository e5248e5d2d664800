/* SPDX-License-Identifier: MIT
 * Filling a struct dfk_error with what the command line got wrong.
 */
#ifndef CLI_FAIL_H
#define CLI_FAIL_H

#include "include/dfukit.h"

#if defined(__GNUC__)
#define CLI_PRINTF(format_at, first_at) __attribute__((format(printf, format_at, first_at)))
#else
#define CLI_PRINTF(format_at, first_at)
#endif

/* Sets code, what (printf style), and next to the code's default. A set error stays as it is.
 *
 * Returns   the negative code */
int cli_fail(struct dfk_error *err, enum dfk_code code, const char *format, ...) CLI_PRINTF(3, 4);

/* Says what to try, instead of the code's default.
 *
 * Returns   the negative code of err, so that a failing function can end in it */
int cli_fail_next(struct dfk_error *err, const char *format, ...) CLI_PRINTF(2, 3);

#endif
