/* SPDX-License-Identifier: MIT
 * Which known word was probably meant.
 */
#ifndef CLI_SUGGEST_H
#define CLI_SUGGEST_H

/* The best match so far. Start with all zero. */
struct suggestion {
    const char *word; /* NULL: nothing is near enough */
    unsigned distance;
};

/* Offers a known word as what was meant by text. A word may differ by two slips at
 * most, and by one for every three of its letters. */
void suggest(struct suggestion *best, const char *text, const char *word);

#endif
