/* SPDX-License-Identifier: MIT
 * A growing run of bytes. */
#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint8_t *buffer_reserve(struct buffer *buffer, size_t length)
{
    if (buffer->failed || length > SIZE_MAX / 2 - buffer->length) {
        buffer->failed = true;
        return NULL;
    }
    size_t wanted = buffer->length + length;
    if (wanted > buffer->capacity || buffer->data == NULL) {
        size_t capacity = buffer->capacity * 2 > wanted ? buffer->capacity * 2 : wanted + 64;
        uint8_t *data = realloc(buffer->data, capacity);
        if (data == NULL) {
            buffer->failed = true;
            return NULL;
        }
        buffer->data = data;
        buffer->capacity = capacity;
    }
    return buffer->data + buffer->length;
}

void buffer_append(struct buffer *buffer, const void *data, size_t length)
{
    uint8_t *room = buffer_reserve(buffer, length);
    if (room != NULL && length > 0) {
        memcpy(room, data, length);
        buffer->length += length;
    }
}

void buffer_append_fill(struct buffer *buffer, uint8_t value, size_t length)
{
    uint8_t *room = buffer_reserve(buffer, length);
    if (room != NULL) {
        memset(room, value, length);
        buffer->length += length;
    }
}

void buffer_append_text(struct buffer *buffer, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    uint8_t *room = length < 0 ? NULL : buffer_reserve(buffer, (size_t)length + 1);
    if (room != NULL) {
        (void)vsnprintf((char *)room, (size_t)length + 1, format, again);
        buffer->length += (size_t)length;
    } else {
        buffer->failed = true;
    }
    va_end(again);
}

void buffer_free(struct buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct buffer){0};
}
