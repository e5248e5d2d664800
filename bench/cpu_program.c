/* SPDX-License-Identifier: MIT
 * What bench/cpu_speed.c lets run: a CRC table, a CRC, a fill and a sort, again and again. */
#include <stdint.h>

enum { NUMBERS = 1000, BYTES = 16384, STACK_TOP = 0x20020000 };

#define TABLE  ((uint32_t *)0x20001000)
#define MEMORY ((uint8_t *)0x20004000)
#define LIST   ((uint32_t *)0x20010000)
#define ROUNDS (*(volatile uint32_t *)0x2001F000)

static void make_table(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320 : 0);
        }
        TABLE[i] = crc;
    }
}

static uint32_t check(void)
{
    uint32_t crc = 0xFFFFFFFF;
    for (uint32_t i = 0; i < BYTES; i++) {
        crc = (crc >> 8) ^ TABLE[(crc ^ MEMORY[i]) & 0xFF];
    }
    return crc;
}

static void fill(uint32_t seed)
{
    for (uint32_t i = 0; i < BYTES; i++) {
        seed = seed * 1664525 + 1013904223;
        MEMORY[i] = (uint8_t)(seed >> 24);
    }
    for (uint32_t i = 0; i < NUMBERS; i++) {
        seed = seed * 1664525 + 1013904223;
        LIST[i] = seed;
    }
}

/* A heap sort. */
static void sink(uint32_t at, uint32_t count)
{
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= count) {
            return;
        }
        if (child + 1 < count && LIST[child] < LIST[child + 1]) {
            child++;
        }
        if (LIST[at] >= LIST[child]) {
            return;
        }
        uint32_t swap = LIST[at];
        LIST[at] = LIST[child];
        LIST[child] = swap;
        at = child;
    }
}

static void sort(void)
{
    for (uint32_t i = NUMBERS / 2; i-- > 0;) {
        sink(i, NUMBERS);
    }
    for (uint32_t count = NUMBERS; count-- > 1;) {
        uint32_t swap = LIST[0];
        LIST[0] = LIST[count];
        LIST[count] = swap;
        sink(0, count);
    }
}

__attribute__((noreturn)) void start(void);
__attribute__((noreturn)) void start(void)
{
    ROUNDS = 0;
    for (uint32_t seed = 1;; seed = check()) {
        make_table();
        fill(seed);
        sort();
        ROUNDS++;
    }
}

__attribute__((section(".vectors"), used)) void *const vectors[2] = {(void *)STACK_TOP, start};
