/* SPDX-License-Identifier: MIT
 * The memory-layout string of DfuSe interfaces, both directions, and the sectors it describes. */
#ifndef CORE_LAYOUT_H
#define CORE_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LAYOUT_READABLE = 1, LAYOUT_ERASABLE = 2, LAYOUT_WRITEABLE = 4 };
enum { LAYOUT_RUNS_MAX = 64, LAYOUT_NAME_BYTES = 64 };

/* More than any memory has (256 MiB in pages of 256 bytes); a layout never has more, so that
 * walking its sectors ends. */
enum { LAYOUT_SECTORS_MAX = 1048576 };

/* count sectors of sector_bytes each, from addr upwards. */
struct layout_run {
    uint32_t addr;
    uint32_t sector_bytes; /* 1.. */
    uint32_t count;        /* 1.. */
    uint8_t access;        /* LAYOUT_READABLE | LAYOUT_ERASABLE | LAYOUT_WRITEABLE */
};

/* Runs stand in the order of the string; addr + sector_bytes * count never passes 2^32, and all
 * counts together never pass LAYOUT_SECTORS_MAX. */
struct layout {
    char name[LAYOUT_NAME_BYTES]; /* between '@' and the first '/', blanks kept, controls '?' */
    struct layout_run runs[LAYOUT_RUNS_MAX];
    size_t run_count;
};

enum layout_result {
    LAYOUT_OK,        /* every byte of the text was understood */
    LAYOUT_TOLERATED, /* out holds what was well-formed; bad_at: the first byte that was not */
    LAYOUT_BAD,       /* nothing usable; out untouched; bad_at: the first byte that was wrong */
};

/* Reads a layout string: @NAME/0xADDR/COUNT*SIZE[UNIT]TYPE[,...][/0xADDR/...].
 *
 * Lenient where devices are: any number of digits, a missing unit or ' ' means bytes, blanks after
 * commas, several address groups, a tail of garbage. Damage ends its group, since where the next
 * sector would lie is then unknown; what parsed before it counts, and so do later groups, which
 * have addresses of their own. Empty runs and runs beyond LAYOUT_RUNS_MAX are left out.
 *
 * text      length bytes, NUL not needed
 * bad_at    may be NULL
 * Source    UM0424; strings of devices in tests/unit/core_layout.c */
enum layout_result layout_parse(const char *text, size_t length, struct layout *out,
                                size_t *bad_at);

/* Writes a layout as a string that layout_parse reads back to the same runs.
 *
 * Returns   the length without NUL, or 0 when capacity is too small (text is then empty) */
size_t layout_format(const struct layout *layout, char *text, size_t capacity);

/* One sector of a layout. */
struct layout_sector {
    uint32_t addr, length; /* length in bytes */
    uint32_t index;        /* counted over all runs, from 0 */
    uint8_t access;
};

/* Finds the sector that holds addr. Returns false, out untouched, when there is none. */
bool layout_find_sector(const struct layout *layout, uint32_t addr, struct layout_sector *out);

/* Gives the number of sectors over all runs. */
uint32_t layout_sector_count(const struct layout *layout);

/* Gives sector index (0..count-1) in the order of the string. Returns false when out of range. */
bool layout_get_sector(const struct layout *layout, uint32_t index, struct layout_sector *out);

#endif
