/* SPDX-License-Identifier: MIT
 * The parts of a board that a program in its flash works with. */
#ifndef TWIN_CHIP_H
#define TWIN_CHIP_H

#include <stdbool.h>
#include <stdint.h>

struct guest;
struct mem_flash;
struct mem_speed;
struct twin_time;

/* What it points to lives as long as the board. */
struct chip {
    const char *name; /* of the board's row */
    struct mem_flash *flash;
    const struct mem_speed *speed; /* the fastest that the flash can be operated with */
    struct twin_time *time;
    const uint8_t *uid; /* 12 bytes */
    uint64_t seed;
    bool has_hse; /* hse_hz in place of what the board has; 0: none is fitted */
    uint32_t hse_hz;
    void *log_self;
    void (*log)(void *log_self, const char *line); /* what the program does that it should not */
};

/* Makes what runs from the flash of a board.
 *
 * Owns      the board: guest->free. NULL when memory ran out, or for this board there is nothing */
typedef struct guest *chip_make_program(const struct chip *chip);

#endif
