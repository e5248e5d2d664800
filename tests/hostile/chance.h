/* SPDX-License-Identifier: MIT
 * Numbers that look random and follow from a seed, for peers that lie. */
#ifndef TESTS_HOSTILE_CHANCE_H
#define TESTS_HOSTILE_CHANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct chance {
    uint64_t state;
};

/* Gives the next number. Source Steele, Lea, Flood, "Fast splittable pseudorandom number
 * generators": the step and the two multipliers of SplitMix64 */
static inline uint64_t chance_next(struct chance *chance)
{
    uint64_t z = chance->state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

/* A sequence for one session of a seed. */
static inline struct chance chance_make(uint64_t seed, uint64_t index)
{
    struct chance chance = {seed};
    chance.state = chance_next(&chance) + index;
    chance.state = chance_next(&chance);
    return chance;
}

/* Gives a number 0..count-1; count 1.. */
static inline uint32_t chance_below(struct chance *chance, uint32_t count)
{
    return (uint32_t)(chance_next(chance) % count);
}

/* Tells true in so many of 1000 cases. */
static inline bool chance_permille(struct chance *chance, uint32_t permille)
{
    return chance_below(chance, 1000) < permille;
}

static inline void chance_fill(struct chance *chance, uint8_t *data, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        data[i] = (uint8_t)chance_next(chance);
    }
}

/* Gives one of the numbers in a table. */
#define CHANCE_PICK(chance, table)                                                                 \
    ((table)[chance_below((chance), (uint32_t)(sizeof(table) / sizeof(table)[0]))])

#endif
