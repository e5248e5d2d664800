/* SPDX-License-Identifier: MIT
 * Time of an ARM guest: sleep, SysTick, the cycle counter, exact moments, equal runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/arm/bench.h"

#define COUNT(notes) (sizeof(notes) / sizeof(notes)[0])

static void open_and_run(struct arm_bench *bench, uint32_t program)
{
    arm_bench_open(bench, &arm_chip_f405, program);
    arm_bench_run(bench, 10 * TWIN_MS);
}

/* WFI ends with PRIMASK set too, without the handler. */
static void wfi_waits_for_the_timer(void **state)
{
    (void)state;
    const uint32_t notes[] = {0x7100000F, 1, 2, 1, 0x7100000F, 3, 4};
    struct arm_bench bench;
    open_and_run(&bench, ARM_DO_sleep);
    arm_bench_expect(&bench, notes, COUNT(notes));
    assert_true(arm_counts(bench.arm).instructions < 1000);
    arm_bench_close(&bench);
}

static void sleep_on_exit_stays_in_handlers(void **state)
{
    (void)state;
    struct arm_bench bench;
    open_and_run(&bench, ARM_DO_sleep_on_exit);
    assert_int_equal(arm_bench_count(&bench), 9);
    for (uint32_t i = 0; i < 9; i++) {
        assert_int_equal(arm_bench_note(&bench, i), 0x7100000F);
    }
    assert_int_equal(bench.stop, GUEST_UNTIL);
    arm_bench_close(&bench);
}

static void systick_counts_down_in_cycles(void **state)
{
    (void)state;
    struct arm_bench bench;
    open_and_run(&bench, ARM_DO_systick);
    assert_int_equal(arm_bench_note(&bench, 0), 1);
    assert_int_equal(arm_bench_note(&bench, 1), 0); /* reading has cleared COUNTFLAG */
    assert_int_equal(arm_bench_note(&bench, 2), 1);
    assert_in_range(arm_bench_note(&bench, 3), 5, 7);
    assert_int_equal(arm_bench_note(&bench, 4), 0);
    arm_bench_close(&bench);
}

static void cycle_counter_counts_instructions(void **state)
{
    (void)state;
    struct arm_bench bench;
    open_and_run(&bench, ARM_DO_cycles);
    assert_int_equal(arm_bench_note(&bench, 0), 0);
    assert_in_range(arm_bench_note(&bench, 1), 11, 13);
    assert_int_equal(arm_bench_note(&bench, 2), 1);
    arm_bench_close(&bench);
}

static void set_word(struct arm_bench *bench)
{
    bench->word = 1;
}

static void start_again(struct arm_bench *bench, uint32_t value)
{
    (void)value;
    bench->due_ns = bench->lines->time->now_ns + TWIN_MS;
}

/* The moment is met to a turn of the loop, but few turns are made; a loop that counts makes all. */
static void polling_costs_no_code(void **state)
{
    (void)state;
    struct arm_bench bench;
    arm_bench_open(&bench, &arm_chip_f405, ARM_DO_poll);
    bench.due_ns = 5 * TWIN_MS + 7 * TWIN_US;
    bench.on_due = set_word;
    bench.on_write = start_again;
    arm_bench_run(&bench, 5 * TWIN_MS);
    assert_true(arm_counts(bench.arm).instructions < 5000);
    arm_bench_run(&bench, 5 * TWIN_MS);
    assert_in_range(arm_bench_note(&bench, 0), 5007, 5008);
    assert_in_range(arm_bench_note(&bench, 1), 6007, 6012);
    assert_in_range(arm_bench_note(&bench, 2), 2500, 8000);
    assert_int_equal(arm_bench_count(&bench), 4);
    arm_bench_close(&bench);
}

static void idle_when_nothing_comes(void **state)
{
    (void)state;
    struct arm_bench bench;
    open_and_run(&bench, ARM_DO_svc);
    assert_int_equal(bench.stop, GUEST_IDLE);
    assert_int_equal(bench.lines->time->now_ns, bench.time.now_ns);
    assert_true(bench.guest->wake(bench.guest) == UINT64_MAX);
    bench.lines->unknown(bench.lines->chip, "gadget", 0x44);
    assert_non_null(strstr(bench.log, "gadget has no register at 0x044"));
    arm_bench_close(&bench);
}

static void double_clock(struct arm_bench *bench)
{
    bench->clocks.cpu = 2 * ARM_HZ;
}

static void clock_may_change(void **state)
{
    (void)state;
    struct arm_bench bench;
    arm_bench_open(&bench, &arm_chip_f405, ARM_DO_endless);
    bench.on_due = double_clock;
    bench.due_ns = 5 * TWIN_MS;
    arm_bench_run(&bench, 10 * TWIN_MS);
    assert_in_range(arm_counts(bench.arm).instructions, 15 * ARM_HZ / 1000 - 2,
                    15 * ARM_HZ / 1000 + 2);
    arm_bench_close(&bench);
}

/* A boot ROM starts what begins at an address. */
static void starts_where_told(void **state)
{
    (void)state;
    struct arm_bench bench;
    arm_bench_open(&bench, &arm_chip_f405, ARM_DO_svc);
    const uint32_t vectors[] = {0x20004000, 0x08008101};
    memcpy(bench.flash.cells + 0x8000, vectors, sizeof vectors);
    bench.guest->enter(bench.guest, 0x08008000);
    assert_int_equal(arm_pc(bench.arm), 0x08008100);
    arm_bench_close(&bench);
}

static void note_time(struct arm_bench *bench)
{
    bench->word = (uint32_t)bench->lines->time->now_ns;
}

static void events_come_at_their_moment(void **state)
{
    (void)state;
    struct arm_bench bench;
    arm_bench_open(&bench, &arm_chip_f405, ARM_DO_svc);
    bench.on_due = note_time;
    bench.due_ns = 5000000;
    arm_bench_run(&bench, 10 * TWIN_MS);
    assert_int_equal(bench.word, 5000000);
    arm_bench_close(&bench);
}

static void runs_for_as_long_as_told(void **state)
{
    (void)state;
    struct arm_bench bench;
    arm_bench_open(&bench, &arm_chip_f405, ARM_DO_endless);
    arm_bench_run(&bench, 10 * TWIN_MS);
    assert_int_equal(arm_counts(bench.arm).instructions, 10 * ARM_HZ / 1000);
    assert_int_equal(bench.lines->time->now_ns, 10 * TWIN_MS);
    assert_int_equal(bench.stop, GUEST_UNTIL);
    arm_bench_close(&bench);
}

/* However the time is cut into pieces. */
static void runs_are_equal(void **state)
{
    (void)state;
    struct arm_bench benches[2];
    struct arm_counts counts[2];
    uint32_t words[2];
    for (uint32_t i = 0; i < 2; i++) {
        arm_bench_open(&benches[i], &arm_chip_h743, ARM_DO_endless);
        for (uint32_t k = 0; k < (i == 0 ? 10 : 1000); k++) {
            arm_bench_run(&benches[i], (i == 0 ? 1000 : 10) * TWIN_US);
        }
        counts[i] = arm_counts(benches[i].arm);
        words[i] = benches[i].word;
        arm_bench_close(&benches[i]);
    }
    assert_int_equal(counts[0].instructions, counts[1].instructions);
    assert_int_equal(counts[0].accesses, counts[1].accesses);
    assert_int_equal(words[0], words[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wfi_waits_for_the_timer),
        cmocka_unit_test(sleep_on_exit_stays_in_handlers),
        cmocka_unit_test(systick_counts_down_in_cycles),
        cmocka_unit_test(cycle_counter_counts_instructions),
        cmocka_unit_test(polling_costs_no_code),
        cmocka_unit_test(idle_when_nothing_comes),
        cmocka_unit_test(events_come_at_their_moment),
        cmocka_unit_test(runs_for_as_long_as_told),
        cmocka_unit_test(runs_are_equal),
        cmocka_unit_test(clock_may_change),
        cmocka_unit_test(starts_where_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
