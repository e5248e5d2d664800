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

/* Four bytes at a time wherever they lie: these cores take words at any address. */
__attribute__((used)) void *memcpy(void *restrict to, const void *restrict from, size_t length)
{
    uint8_t *at = to;
    const uint8_t *source = from;
    size_t i = 0;
    for (; i + 4 <= length; i += 4) {
        __builtin_memcpy(at + i, source + i, 4);
    }
    for (; i < length; i++) {
        at[i] = source[i];
    }
    return to;
}
