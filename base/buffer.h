/* SPDX-License-Identifier: MIT
 * A growing run of bytes. */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"

/* All zero is an empty buffer. */
struct buffer {
    uint8_t *data;
    size_t length, capacity; /* bytes */
    bool failed;             /* memory ran out: later appends do nothing */
};

/* Appends length bytes. On lack of memory sets failed. */
void buffer_append(struct buffer *buffer, const void *data, size_t length);

/* Appends length bytes of one value. On lack of memory sets failed. */
void buffer_append_fill(struct buffer *buffer, uint8_t value, size_t length);

/* Appends text, printf style, without a NUL. On lack of memory sets failed. */
void buffer_append_text(struct buffer *buffer, const char *format, ...) BASE_PRINTF(2, 3);

/* Makes room for length more bytes.
 *
 * Owns      nothing: the room lies in the buffer and is valid until the next append
 * Returns   where to write them, or NULL when memory ran out; length is not yet raised */
uint8_t *buffer_reserve(struct buffer *buffer, size_t length);

/* Frees what the buffer holds and makes it empty. */
void buffer_free(struct buffer *buffer);

#endif
