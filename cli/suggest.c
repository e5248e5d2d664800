/* SPDX-License-Identifier: MIT
 * Which known word was probably meant.
 */
#include "cli/suggest.h"

#include <stdbool.h>
#include <string.h>

enum { WORD_MAX = 32, SLIPS_MAX = 2, LETTERS_PER_SLIP = 3 };

static unsigned smaller(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Slips between two words: letters left out, added, changed, or two neighbours swapped. */
static unsigned count_slips(const char *a, const char *b)
{
    unsigned rows[3][WORD_MAX + 1] = {{0}};
    size_t a_length = strlen(a), b_length = strlen(b);
    if (a_length > WORD_MAX || b_length > WORD_MAX) {
        return SLIPS_MAX + 1;
    }
    for (unsigned j = 0; j <= b_length; j++) {
        rows[0][j] = j;
    }
    for (unsigned i = 1; i <= a_length; i++) {
        unsigned *now = rows[i % 3];
        const unsigned *above = rows[(i + 2) % 3], *two_above = rows[(i + 1) % 3];
        now[0] = i;
        for (unsigned j = 1; j <= b_length; j++) {
            unsigned change = above[j - 1] + (a[i - 1] != b[j - 1]);
            bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            now[j] = smaller(smaller(above[j], now[j - 1]) + 1, change);
            now[j] = swapped ? smaller(now[j], two_above[j - 2] + 1) : now[j];
        }
    }
    return rows[a_length % 3][b_length];
}

void suggest(struct suggestion *best, const char *text, const char *word)
{
    unsigned distance = count_slips(text, word);
    if (distance <= SLIPS_MAX && distance * LETTERS_PER_SLIP <= strlen(word) &&
        (best->word == NULL || distance < best->distance)) {
        best->word = word;
        best->distance = distance;
    }
}
