/* SPDX-License-Identifier: MIT
 * Filling a struct dfk_error where a failure is known. */
#ifndef BASE_FAIL_H
#define BASE_FAIL_H

#include "include/dfukit.h"

#if defined(__GNUC__)
#define BASE_PRINTF(format_at, first_at) __attribute__((format(printf, format_at, first_at)))
#else
#define BASE_PRINTF(format_at, first_at)
#endif

/* Sets code and what (printf style), and next to the code's default. A set error stays as it is.
 *
 * err       may be NULL
 * Returns   the negative code, so that a failing function can end in `return dfk_fail(...)` */
int dfk_fail(struct dfk_error *err, enum dfk_code code, const char *format, ...) BASE_PRINTF(3, 4);

/* Says why it probably happened. Fills only an empty field of a set error. err may be NULL. */
void dfk_fail_why(struct dfk_error *err, const char *format, ...) BASE_PRINTF(2, 3);

/* Says what to try, instead of the code's default. err may be NULL. */
void dfk_fail_next(struct dfk_error *err, const char *format, ...) BASE_PRINTF(2, 3);

/* Says which place of which file a failure is about, if nothing was said yet. err may be NULL. */
void dfk_fail_in_file(struct dfk_error *err, const char *file, uint64_t offset);

/* Says which device address a failure is about, if nothing was said yet. err may be NULL. */
void dfk_fail_at_addr(struct dfk_error *err, uint32_t addr);

/* Takes a filled error over as the caller's own failure.
 *
 * Returns   the negative code of err */
int dfk_fail_copy(struct dfk_error *err, const struct dfk_error *from);

#endif
