/* SPDX-License-Identifier: MIT
 * Byte and halfword accesses to registers that are words. */
#ifndef TWIN_SOC_WORD_H
#define TWIN_SOC_WORD_H

#include <stdint.h>

/* A write seen as a write of a word: bits outside mask are not written. */
struct soc_word {
    uint32_t value, mask;
};

/* Widens a write of 1, 2 or 4 bytes at an offset to the word around it. */
struct soc_word soc_word_write(uint32_t offset, uint32_t width, uint32_t value);

/* Gives the part of a word that a read of 1, 2 or 4 bytes at an offset sees. */
uint32_t soc_word_read(uint32_t offset, uint32_t width, uint32_t word);

/* Puts the written bits among those of writable into a register. */
uint32_t soc_word_merge(uint32_t old, struct soc_word word, uint32_t writable);

#endif
