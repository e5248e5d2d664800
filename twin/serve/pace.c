/* SPDX-License-Identifier: MIT
 * How a board's virtual time follows the wall clock. */
#include "twin/serve/pace.h"

static double rate(const struct pace *pace)
{
    return pace_is_free(pace) ? 1.0 : pace->speed;
}

struct pace pace_start(double speed, uint64_t wall_ns, uint64_t virtual_ns)
{
    return (struct pace){.speed = speed, .wall_ns = wall_ns, .virtual_ns = virtual_ns};
}

bool pace_is_free(const struct pace *pace)
{
    return pace->speed <= 0.0;
}

uint64_t pace_virtual_ns(const struct pace *pace, uint64_t wall_ns)
{
    if (wall_ns <= pace->wall_ns) {
        return pace->virtual_ns;
    }
    return pace->virtual_ns + (uint64_t)((double)(wall_ns - pace->wall_ns) * rate(pace));
}

uint64_t pace_wall_ns(const struct pace *pace, uint64_t virtual_ns)
{
    if (virtual_ns <= pace->virtual_ns) {
        return pace->wall_ns;
    }
    double length_ns = (double)(virtual_ns - pace->virtual_ns) / rate(pace) + 1.0;
    /* a wait of centuries is no wait that ends */
    return length_ns < 1e18 ? pace->wall_ns + (uint64_t)length_ns : UINT64_MAX;
}

void pace_jump(struct pace *pace, uint64_t wall_ns, uint64_t virtual_ns)
{
    if (pace_is_free(pace) && virtual_ns > pace_virtual_ns(pace, wall_ns)) {
        pace->wall_ns = wall_ns;
        pace->virtual_ns = virtual_ns;
    }
}

void pace_lag(struct pace *pace, uint64_t wall_ns, uint64_t virtual_ns)
{
    if (virtual_ns < pace_virtual_ns(pace, wall_ns)) {
        pace->wall_ns = wall_ns;
        pace->virtual_ns = virtual_ns;
    }
}
