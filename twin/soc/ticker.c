/* SPDX-License-Identifier: MIT
 * Ticks of a clock in virtual time. */
#include "twin/soc/ticker.h"

#define SECOND_NS 1000000000u

void soc_ticker_start(struct soc_ticker *ticker, uint64_t now_ns, uint32_t hz)
{
    *ticker = (struct soc_ticker){now_ns, now_ns, 0, hz};
}

uint64_t soc_ticker_take(struct soc_ticker *ticker, uint64_t now_ns, uint32_t hz)
{
    if (ticker->hz != hz) {
        soc_ticker_start(ticker, ticker->last_ns, hz);
    }
    /* Whole seconds leave no remainder, whatever the frequency. */
    uint64_t passed_ns = now_ns - ticker->since_ns;
    uint64_t whole_s = passed_ns / SECOND_NS;
    uint64_t part = passed_ns % SECOND_NS * ticker->hz / SECOND_NS;
    uint64_t fresh = whole_s * ticker->hz + part - ticker->counted;
    ticker->since_ns += whole_s * SECOND_NS;
    ticker->counted = part;
    ticker->last_ns = now_ns;
    return fresh;
}

uint64_t soc_ticker_due(const struct soc_ticker *ticker, uint64_t ticks)
{
    if (ticker->hz == 0) {
        return UINT64_MAX;
    }
    uint64_t wanted = ticker->counted + ticks;
    uint64_t rest = wanted % ticker->hz * SECOND_NS;
    return ticker->since_ns + wanted / ticker->hz * SECOND_NS +
           (rest + ticker->hz - 1) / ticker->hz;
}
