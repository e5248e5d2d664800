/* SPDX-License-Identifier: MIT
 * Reading the words of a command line as numbers, ranges and names.
 */
#ifndef CLI_VALUES_H
#define CLI_VALUES_H

#include "include/dfukit.h"

enum { VALUE_RANGES_MAX = 64 };

/* A number that may have been left out. */
struct given_number {
    bool given;
    uint32_t value;
};

struct range_list {
    size_t count;
    struct dfk_range list[VALUE_RANGES_MAX];
};

/* Every take function reads text into what field points at. It returns false, and leaves field as
 * it was, when text is not of its kind. NULL texts are only handed to those that say so. */

/* field: bool. text is NULL. */
bool take_flag(const char *text, void *field);

/* field: const char *. Keeps the pointer. */
bool take_text(const char *text, void *field);

/* field: const char *. text may be NULL, which becomes "". */
bool take_optional_text(const char *text, void *field);

/* field: struct given_number. 0x08020000, 134217728, 128K, 1M; below 2^32. */
bool take_number(const char *text, void *field);

/* field: struct given_number. A number of at most 255. */
bool take_byte(const char *text, void *field);

/* field: struct given_number. Four hexadecimal digits at most, with or without 0x. */
bool take_id(const char *text, void *field);

/* field: struct dfk_select. VID:PID, VID: or :PID, in hexadecimal. */
bool take_ids(const char *text, void *field);

/* field: struct range_list, one more. START-END (END belongs to it), START+LENGTH, START:LENGTH. */
bool take_range(const char *text, void *field);

/* field: uint32_t, milliseconds. Seconds, 0.1 to 86400. text may be NULL, which means 30 s. */
bool take_seconds(const char *text, void *field);

/* field: struct given_number, DFK_SEAL_VERSION. X, X.Y or X.Y.Z, at most 255.255.65535. */
bool take_version(const char *text, void *field);

/* field: enum dfk_format. A name as dfk_format_name gives it. */
bool take_format(const char *text, void *field);

#endif
