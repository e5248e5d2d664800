/* SPDX-License-Identifier: MIT
 * Alarms and wake-up of the real-time clock, as drivers set them. */
#include "tests/support/soc_bench.h"

enum { RCC = 0x40023800, PWR = 0x40007000, RTC = 0x40002800, EXTI = 0x40013C00 };
enum { ALARM_LINE = 1 << 17, WAKE_UP_LINE = 1 << 22, ALARM_IRQ = 41, WAKE_UP_IRQ = 3 };

/* Sunday, 23:59:50 on the 28th, by the crystal; the registers stay open. */
static void start(struct bench *bench)
{
    bench_open(bench, &soc_map_f405);
    bench_write(bench, RCC + 0x40, 1 << 28);
    bench_write(bench, PWR, 0x4100);
    bench_write(bench, RCC + 0x70, 0x8101);
    bench_write(bench, RTC + 0x24, 0xCA);
    bench_write(bench, RTC + 0x24, 0x53);
    bench_write(bench, RTC + 0x0C, 0x80);
    bench_write(bench, RTC + 0x10, 0x007F00FF);
    bench_write(bench, RTC + 0x00, 0x235950);
    bench_write(bench, RTC + 0x04, 0x23E528);
    bench_write(bench, RTC + 0x0C, 0);
    bench_write(bench, EXTI, ALARM_LINE | WAKE_UP_LINE);
    bench_write(bench, EXTI + 0x08, ALARM_LINE | WAKE_UP_LINE);
}

/* Flag first, then the line: the order of interrupt handlers. */
static void acknowledge(struct bench *bench, uint32_t flag, uint32_t line)
{
    bench_write(bench, RTC + 0x0C, ~(flag | 0x80));
    bench_write(bench, EXTI + 0x14, line);
}

static void the_wake_up_timer_comes_again_and_again(void **state)
{
    (void)state;
    struct bench bench;
    start(&bench);
    assert_int_equal(bench_read(&bench, RTC + 0x0C) & 4, 4);
    bench_write(&bench, RTC + 0x14, 1023); /* of 1/16 of the crystal: half a second */
    bench_write(&bench, RTC + 0x08, 0x4400);
    assert_int_equal(bench_read(&bench, RTC + 0x0C) & 4, 0);
    for (int i = 0; i < 3; i++) {
        bench_wait(&bench, 499ull * TWIN_MS);
        assert_false(bench.irqs[WAKE_UP_IRQ]);
        bench_wait(&bench, 1ull * TWIN_MS + TWIN_US);
        assert_true(bench.irqs[WAKE_UP_IRQ]);
        acknowledge(&bench, 0x400, WAKE_UP_LINE);
        assert_false(bench.irqs[WAKE_UP_IRQ]);
    }
    bench_write(&bench, RTC + 0x08, 0);
    bench_wait(&bench, 2000ull * TWIN_MS);
    assert_false(bench.irqs[WAKE_UP_IRQ]);
    bench_close(&bench);
}

static void wake_up_counts_seconds_too(void **state)
{
    (void)state;
    struct bench bench;
    start(&bench);
    bench_write(&bench, RTC + 0x14, 2);
    bench_write(&bench, RTC + 0x08, 0x0404); /* polled: no interrupt */
    bench_wait(&bench, 2990ull * TWIN_MS);
    assert_int_equal(bench_read(&bench, RTC + 0x0C) & 0x400, 0);
    bench_wait(&bench, 20ull * TWIN_MS);
    assert_int_equal(bench_read(&bench, RTC + 0x0C) & 0x400, 0x400);
    assert_false(bench.irqs[WAKE_UP_IRQ]);
    bench_close(&bench);
}

static void an_alarm_comes_at_its_moment(void **state)
{
    (void)state;
    static const struct {
        uint32_t alarm;
        uint64_t after_ms;
    } rows[] = {
        {0x80235955, 5000},  /* at a time of any day */
        {0x29000003, 13000}, /* on the 29th */
        {0x41000002, 12000}, /* on a Monday */
        {0x80808007, 7000},  /* each minute at 7 s, from 23:59:50 on 17 s */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bench bench;
        uint64_t after_ms = rows[i].after_ms + (i == 3 ? 10000 : 0);
        start(&bench);
        bench_write(&bench, RTC + 0x1C, rows[i].alarm);
        bench_write(&bench, RTC + 0x08, 0x1100);
        bench_wait(&bench, (after_ms - 10) * TWIN_MS);
        assert_false(bench.irqs[ALARM_IRQ]);
        bench_wait(&bench, 20ull * TWIN_MS);
        assert_true(bench.irqs[ALARM_IRQ]);
        assert_int_equal(bench_read(&bench, RTC + 0x0C) & 0x300, 0x100);
        acknowledge(&bench, 0x100, ALARM_LINE);
        assert_false(bench.irqs[ALARM_IRQ]);
        bench_close(&bench);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_wake_up_timer_comes_again_and_again),
        cmocka_unit_test(wake_up_counts_seconds_too),
        cmocka_unit_test(an_alarm_comes_at_its_moment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
