/* SPDX-License-Identifier: MIT
 * The functions that the compiler calls by itself; small, not fast. */
#include <stddef.h>
#include <stdint.h>

void *memset(void *to, int value, size_t length);
void *memcpy(void *restrict to, const void *restrict from, size_t length);

__attribute__((used)) void *memset(void *to, int value, size_t length)
{
    uint8_t *at = to;
    while (length-- > 0) {
        *at++ = (uint8_t)value;
    }
    return to;
}

__attribute__((used)) void *memcpy(void *restrict to, const void *restrict from, size_t length)
{
    uint8_t *at = to;
    const uint8_t *source = from;
    while (length-- > 0) {
        *at++ = *source++;
    }
    return to;
}
