/* SPDX-License-Identifier: MIT
 * Deadlines in virtual time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"

/* Time passes only when somebody sleeps. */
struct fake_clock {
    struct clock clock;
    uint64_t now_ns;
    uint64_t slept_ns;
};

static uint64_t fake_now(struct clock *clock)
{
    return ((struct fake_clock *)clock)->now_ns;
}

static void fake_sleep(struct clock *clock, uint64_t length_ns)
{
    struct fake_clock *fake = (struct fake_clock *)clock;
    fake->now_ns += length_ns;
    fake->slept_ns += length_ns;
}

static struct fake_clock fake_at(uint64_t now_ns)
{
    return (struct fake_clock){{fake_now, fake_sleep}, now_ns, 0};
}

static void a_deadline_passes_at_its_limit_and_not_before(void **state)
{
    (void)state;
    struct fake_clock fake = fake_at(123456789);
    struct deadline deadline = deadline_start(&fake.clock, 250, "an erase", "a data sheet");
    assert_false(deadline_passed(&deadline));
    assert_int_equal(deadline_elapsed_ms(&deadline), 0);
    assert_int_equal(deadline_left_ms(&deadline), 250);
    fake.now_ns += 249999999;
    assert_false(deadline_passed(&deadline));
    assert_int_equal(deadline_elapsed_ms(&deadline), 249);
    assert_int_equal(deadline_left_ms(&deadline), 1);
    fake.now_ns += 1;
    assert_true(deadline_passed(&deadline));
    assert_int_equal(deadline_left_ms(&deadline), 0);
    assert_string_equal(deadline.why, "an erase");
    assert_string_equal(deadline.source, "a data sheet");
}

static void a_limit_of_nothing_is_over_at_once(void **state)
{
    (void)state;
    struct fake_clock fake = fake_at(0);
    struct deadline deadline = deadline_start(&fake.clock, 0, "nothing", "");
    assert_true(deadline_passed(&deadline));
    deadline_sleep_ms(&deadline, 10);
    assert_int_equal(fake.slept_ns, 0);
}

static void a_long_time_does_not_wrap_round(void **state)
{
    (void)state;
    struct fake_clock fake = fake_at(UINT64_MAX - 5);
    struct deadline deadline = deadline_start(&fake.clock, UINT32_MAX, "a long wait", "");
    fake.now_ns += 10000000;
    assert_int_equal(deadline_elapsed_ms(&deadline), 10);
    fake.now_ns += 5000000000000000000;
    assert_int_equal(deadline_elapsed_ms(&deadline), UINT32_MAX);
    assert_true(deadline_passed(&deadline));
    assert_int_equal(deadline_left_ms(&deadline), 0);
}

static void a_sleep_ends_with_the_deadline(void **state)
{
    (void)state;
    struct fake_clock fake = fake_at(0);
    struct deadline deadline = deadline_start(&fake.clock, 100, "an answer", "");
    deadline_sleep_ms(&deadline, 30);
    assert_int_equal(fake.slept_ns, 30000000);
    deadline_sleep_ms(&deadline, UINT32_MAX);
    assert_int_equal(fake.slept_ns, 100000000);
    deadline_sleep_ms(&deadline, 1);
    assert_int_equal(fake.slept_ns, 100000000);
}

static void real_time_goes_forward_as_long_as_a_sleep(void **state)
{
    (void)state;
    struct clock clock = clock_real();
    uint64_t before_ns = clock.now_ns(&clock);
    clock.sleep_ns(&clock, 2000000);
    uint64_t passed_ns = clock.now_ns(&clock) - before_ns;
    assert_true(passed_ns >= 2000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_deadline_passes_at_its_limit_and_not_before),
        cmocka_unit_test(a_limit_of_nothing_is_over_at_once),
        cmocka_unit_test(a_long_time_does_not_wrap_round),
        cmocka_unit_test(a_sleep_ends_with_the_deadline),
        cmocka_unit_test(real_time_goes_forward_as_long_as_a_sleep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
