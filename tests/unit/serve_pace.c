/* SPDX-License-Identifier: MIT
 * Virtual time against the wall clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "twin/serve/pace.h"

static void time_passes_at_the_chosen_speed(void **state)
{
    (void)state;
    static const struct {
        double speed;
        uint64_t wall_ns, virtual_ns;
    } rows[] = {
        {1.0, 1000, 5000},
        {1.0, 1500, 5500},
        {2.0, 1500, 6000},
        {0.5, 1500, 5250},
        {10.0, 1100, 6000},
        {0.0, 1500, 5500},
        {1.0, 999, 5000},
        {1.0, 0, 5000},
        {1.0, 1000001000, 1000005000},
        {4.0, 36000000001000, 144000000005000},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct pace pace = pace_start(rows[i].speed, 1000, 5000);
        assert_int_equal(pace_virtual_ns(&pace, rows[i].wall_ns), rows[i].virtual_ns);
    }
}

static void a_moment_is_never_reached_too_early(void **state)
{
    (void)state;
    static const double speeds[] = {0.0, 0.3, 1.0, 3.0, 7.7, 1000.0};
    static const uint64_t moments_ns[] = {5000, 5001, 5999, 123456789, 7200000000001};
    for (size_t s = 0; s < sizeof speeds / sizeof speeds[0]; s++) {
        const struct pace pace = pace_start(speeds[s], 1000, 5000);
        for (size_t m = 0; m < sizeof moments_ns / sizeof moments_ns[0]; m++) {
            uint64_t wall_ns = pace_wall_ns(&pace, moments_ns[m]);
            assert_true(pace_virtual_ns(&pace, wall_ns) >= moments_ns[m]);
            assert_true(pace_virtual_ns(&pace, wall_ns - 10) <= moments_ns[m]);
        }
    }
}

static void never_stays_never(void **state)
{
    (void)state;
    const struct pace pace = pace_start(1.0, 1000, 5000);
    assert_true(pace_wall_ns(&pace, UINT64_MAX) == UINT64_MAX);
    const struct pace fast = pace_start(1e6, 1000, 5000);
    assert_true(pace_wall_ns(&fast, UINT64_MAX) > 1000000000000);
}

static void free_time_goes_on_from_where_it_jumped_to(void **state)
{
    (void)state;
    struct pace pace = pace_start(0.0, 1000, 5000);
    assert_true(pace_is_free(&pace));
    pace_jump(&pace, 1100, 2000000);
    assert_int_equal(pace_virtual_ns(&pace, 1100), 2000000);
    assert_int_equal(pace_virtual_ns(&pace, 1150), 2000050);
}

static void free_time_never_jumps_back(void **state)
{
    (void)state;
    struct pace pace = pace_start(0.0, 1000, 5000);
    pace_jump(&pace, 2000, 5500);
    assert_int_equal(pace_virtual_ns(&pace, 2000), 6000);
}

static void paced_time_does_not_jump(void **state)
{
    (void)state;
    struct pace pace = pace_start(1.0, 1000, 5000);
    assert_false(pace_is_free(&pace));
    pace_jump(&pace, 1100, 2000000);
    assert_int_equal(pace_virtual_ns(&pace, 1100), 5100);
}

static void time_that_was_lost_stays_lost(void **state)
{
    (void)state;
    struct pace pace = pace_start(2.0, 1000, 5000);
    pace_lag(&pace, 2000, 5500);
    assert_int_equal(pace_virtual_ns(&pace, 2000), 5500);
    assert_int_equal(pace_virtual_ns(&pace, 2100), 5700);
    pace_lag(&pace, 2100, 5701);
    assert_int_equal(pace_virtual_ns(&pace, 2100), 5700);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_passes_at_the_chosen_speed),
        cmocka_unit_test(a_moment_is_never_reached_too_early),
        cmocka_unit_test(never_stays_never),
        cmocka_unit_test(free_time_goes_on_from_where_it_jumped_to),
        cmocka_unit_test(free_time_never_jumps_back),
        cmocka_unit_test(paced_time_does_not_jump),
        cmocka_unit_test(time_that_was_lost_stays_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
