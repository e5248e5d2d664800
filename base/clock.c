/* SPDX-License-Identifier: MIT
 * Real time, and waits that have an end. */
#include "base/clock.h"

#include <errno.h>
#include <time.h>

enum { NS_PER_MS = 1000000, NS_PER_S = 1000000000 };

static uint64_t real_now_ns(struct clock *clock)
{
    (void)clock;
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

static void real_sleep_ns(struct clock *clock, uint64_t length_ns)
{
    (void)clock;
    struct timespec left = {.tv_sec = (time_t)(length_ns / NS_PER_S),
                            .tv_nsec = (long)(length_ns % NS_PER_S)};
    int result = EINTR;
    while (result == EINTR) {
        result = clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left);
    }
}

struct clock clock_real(void)
{
    return (struct clock){.now_ns = real_now_ns, .sleep_ns = real_sleep_ns};
}

struct deadline deadline_start(struct clock *clock, uint32_t limit_ms, const char *why,
                               const char *source)
{
    return (struct deadline){.clock = clock,
                             .started_ns = clock->now_ns(clock),
                             .limit_ms = limit_ms,
                             .why = why,
                             .source = source};
}

uint32_t deadline_elapsed_ms(const struct deadline *deadline)
{
    uint64_t elapsed_ns = deadline->clock->now_ns(deadline->clock) - deadline->started_ns;
    uint64_t elapsed_ms = elapsed_ns / NS_PER_MS;
    return elapsed_ms > UINT32_MAX ? UINT32_MAX : (uint32_t)elapsed_ms;
}

bool deadline_passed(const struct deadline *deadline)
{
    return deadline_elapsed_ms(deadline) >= deadline->limit_ms;
}

uint32_t deadline_left_ms(const struct deadline *deadline)
{
    uint32_t elapsed_ms = deadline_elapsed_ms(deadline);
    return elapsed_ms >= deadline->limit_ms ? 0 : deadline->limit_ms - elapsed_ms;
}

void deadline_sleep_ms(const struct deadline *deadline, uint32_t length_ms)
{
    uint32_t left_ms = deadline_left_ms(deadline);
    uint32_t sleep_ms = length_ms < left_ms ? length_ms : left_ms;
    deadline->clock->sleep_ns(deadline->clock, (uint64_t)sleep_ms * NS_PER_MS);
}
