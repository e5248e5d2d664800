/* SPDX-License-Identifier: MIT
 * Ticks of a clock in virtual time, counted without drift. */
#ifndef TWIN_SOC_TICKER_H
#define TWIN_SOC_TICKER_H

#include <stdint.h>

/* Zero: starts with the first take. */
struct soc_ticker {
    uint64_t since_ns, last_ns; /* counted from; taken last */
    uint64_t counted, hz;       /* since then */
};

/* Starts counting now.
 *
 * hz        0: the clock stands still */
void soc_ticker_start(struct soc_ticker *ticker, uint64_t now_ns, uint32_t hz);

/* Gives the ticks since the last take, and goes on with the clock at hz. */
uint64_t soc_ticker_take(struct soc_ticker *ticker, uint64_t now_ns, uint32_t hz);

/* Gives the moment when so many more ticks have come since the last take; UINT64_MAX: never.
 *
 * ticks     up to 2^50 */
uint64_t soc_ticker_due(const struct soc_ticker *ticker, uint64_t ticks);

#endif
