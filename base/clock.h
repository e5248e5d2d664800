/* SPDX-License-Identifier: MIT
 * Time as an interface, so that every wait can be tested in virtual time. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct clock {
    uint64_t (*now_ns)(struct clock *clock); /* monotonic, any origin */
    void (*sleep_ns)(struct clock *clock, uint64_t length_ns);
};

/* Gives a clock that follows the computer's monotonic time. */
struct clock clock_real(void);

/* A wait that has an end, and the reason for that end. */
struct deadline {
    struct clock *clock;
    uint64_t started_ns;
    uint32_t limit_ms;
    const char *why;    /* what is waited for: "erase of a sector" */
    const char *source; /* where limit_ms comes from: "DS8626, flash memory characteristics" */
};

/* Starts a deadline now. why and source are kept, not copied. */
struct deadline deadline_start(struct clock *clock, uint32_t limit_ms, const char *why,
                               const char *source);

/* Tells whether the time is over. */
bool deadline_passed(const struct deadline *deadline);

/* Gives the milliseconds since the start. */
uint32_t deadline_elapsed_ms(const struct deadline *deadline);

/* Gives the milliseconds that are left, 0 when it is over. */
uint32_t deadline_left_ms(const struct deadline *deadline);

/* Sleeps length_ms, but not beyond the deadline. */
void deadline_sleep_ms(const struct deadline *deadline, uint32_t length_ms);

#endif
