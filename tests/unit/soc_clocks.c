/* SPDX-License-Identifier: MIT
 * What counts time: watchdog, real-time clock, timers. */
#include "tests/support/soc_bench.h"
#include "twin/soc/calendar.h"
#include "twin/soc/ticker.h"

enum {
    F4_RCC = 0x40023800,
    F4_PWR = 0x40007000,
    F4_RTC = 0x40002800,
    F4_IWDG = 0x40003000,
    F4_TIM2 = 0x40000000,
    F4_TIM3 = 0x40000400,
    H7_IWDG = 0x58004800,
    H7_RTC = 0x58004000,
    H7_PWR = 0x58024800,
    H7_RCC = 0x58024400,
};

/* 4 * 2^PR * (RLR + 1) cycles of 32 kHz. */
static void a_watchdog_that_nobody_feeds_bites(void **context)
{
    (void)context;
    struct bench bench;
    bench_open(&bench, &soc_map_f405);
    bench_write(&bench, F4_IWDG, 0xCCCC);
    assert_int_equal(bench_read(&bench, F4_RCC + 0x74) & 2, 2); /* it needs the LSI */
    bench_write(&bench, F4_IWDG + 4, 3);                        /* locked */
    bench_write(&bench, F4_IWDG, 0x5555);
    bench_write(&bench, F4_IWDG + 4, 1);
    bench_write(&bench, F4_IWDG + 8, 3999);
    assert_int_equal(bench_read(&bench, F4_IWDG + 12), 3);
    bench_write(&bench, F4_IWDG + 4, 2); /* not while it takes over */
    bench_wait(&bench, TWIN_MS);
    assert_int_equal(bench_read(&bench, F4_IWDG + 12), 0);
    assert_int_equal(bench_read(&bench, F4_IWDG + 4), 1);
    bench_write(&bench, F4_IWDG, 0xAAAA);
    bench_wait(&bench, 999ull * TWIN_MS);
    bench_write(&bench, F4_IWDG, 0xAAAA);
    bench_wait(&bench, 999ull * TWIN_MS);
    assert_int_equal(bench.resets, 0);
    bench_wait(&bench, TWIN_MS);
    assert_int_equal(bench.resets, 1);
    assert_int_equal(bench.cause, RESET_WATCHDOG);
    soc_chip_reset(&bench.chip, RESET_WATCHDOG);
    assert_int_equal(bench_read(&bench, F4_IWDG + 8), 0xFFF);
    bench_wait(&bench, 60000ull * TWIN_MS);
    assert_int_equal(bench.resets, 1);
    bench_close(&bench);
}

static void a_hardware_watchdog_runs_from_reset_on(void **context)
{
    (void)context;
    struct bench bench;
    bench_open(&bench, &soc_map_h743);
    bench_write(&bench, 0x52002008, 0x08192A3B);
    bench_write(&bench, 0x52002008, 0x4C5D6E7F);
    bench_write(&bench, 0x52002020, bench_read(&bench, 0x5200201C) & ~(uint32_t)(1 << 4));
    bench_write(&bench, 0x52002018, 2);
    bench_wait(&bench, 1000ull * TWIN_MS);
    assert_int_equal(bench.resets, 0);
    soc_chip_reset(&bench.chip, RESET_SOFTWARE);
    bench_wait(&bench, 511ull * TWIN_MS);
    assert_int_equal(bench.resets, 0);
    bench_wait(&bench, TWIN_MS);
    assert_int_equal(bench.resets, 1);
    bench_close(&bench);
}

static void a_window_watchdog_bites_when_fed_too_early(void **context)
{
    (void)context;
    struct bench bench;
    bench_open(&bench, &soc_map_h743);
    bench_write(&bench, H7_IWDG, 0xCCCC);
    bench_write(&bench, H7_IWDG, 0x5555);
    bench_write(&bench, H7_IWDG + 0x10, 0x7FF);
    bench_write(&bench, H7_IWDG, 0xAAAA);
    assert_int_equal(bench.resets, 1);
    bench_wait(&bench, 300ull * TWIN_MS);
    bench_write(&bench, H7_IWDG, 0xAAAA);
    assert_int_equal(bench.resets, 1);
    bench_close(&bench);
}

/* The order of RM0090 "Calendar initialization and configuration". */
static void start_rtc(struct bench *bench)
{
    bench_write(bench, F4_RCC + 0x40, 1 << 28);
    bench_write(bench, F4_PWR, 0x4100);
    bench_write(bench, F4_RCC + 0x70, 0x8101);
    bench_write(bench, F4_RTC + 0x24, 0xCA);
    bench_write(bench, F4_RTC + 0x24, 0x53);
    bench_write(bench, F4_RTC + 0x0C, 0x80);
    assert_int_equal(bench_read(bench, F4_RTC + 0x0C) & 0x40, 0x40);
    bench_write(bench, F4_RTC + 0x10, 0x007F00FF);
    bench_write(bench, F4_RTC + 0x00, 0x235958);
    bench_write(bench, F4_RTC + 0x04, 0x24A228);
    bench_write(bench, F4_RTC + 0x0C, 0);
    bench_write(bench, F4_RTC + 0x24, 0xFF);
}

static void the_calendar_goes_on_through_resets(void **context)
{
    (void)context;
    struct bench bench;
    bench_open(&bench, &soc_map_f405);
    start_rtc(&bench);
    bench_wait(&bench, 1500ull * TWIN_MS);
    assert_int_equal(bench_read(&bench, F4_RTC), 0x235959);
    assert_int_equal(bench_read(&bench, F4_RTC + 0x28), 127);
    assert_int_equal(bench_read(&bench, F4_RTC + 0x0C) & 0x70, 0x30);
    soc_chip_reset(&bench.chip, RESET_SOFTWARE);
    bench_wait(&bench, 500ull * TWIN_MS);
    assert_int_equal(bench_read(&bench, F4_RTC), 0);
    assert_int_equal(bench_read(&bench, F4_RTC + 4), 0x24C229); /* a leap year */
    bench_write(&bench, F4_RTC, 0x120000);
    assert_int_equal(bench_read(&bench, F4_RTC), 0);
    soc_chip_reset(&bench.chip, RESET_POWER_ON);
    assert_int_equal(bench_read(&bench, F4_RTC + 4), 0x2101);
    bench_wait(&bench, 5000ull * TWIN_MS);
    assert_int_equal(bench_read(&bench, F4_RTC), 0);
    bench_close(&bench);
}

static void reading_a_clock_does_not_slow_it(void **context)
{
    (void)context;
    struct bench bench;
    bench_open(&bench, &soc_map_f405);
    start_rtc(&bench);
    for (int i = 0; i < 300000; i++) {
        bench.time.now_ns += 10001;
        (void)bench_read(&bench, F4_RTC + 0x28);
        (void)bench_read(&bench, F4_RTC + 0x04);
    }
    assert_int_equal(bench_read(&bench, F4_RTC), 1);
    assert_int_equal(bench_read(&bench, F4_RTC + 0x28), 255);
    bench_close(&bench);
}

/* Source RM0090 "Reading the calendar": time and date fit together, as DR is read last. */
static void the_calendar_is_read_in_one_piece(void **context)
{
    (void)context;
    struct bench bench;
    bench_open(&bench, &soc_map_f405);
    start_rtc(&bench);
    bench_wait(&bench, 1990ull * TWIN_MS);
    assert_int_equal(bench_read(&bench, F4_RTC + 0x28), 2);
    bench_wait(&bench, 20ull * TWIN_MS);
    assert_int_equal(bench_read(&bench, F4_RTC), 0x235959);
    assert_int_equal(bench_read(&bench, F4_RTC + 4), 0x24A228);
    assert_int_equal(bench_read(&bench, F4_RTC), 0);
    assert_int_equal(bench_read(&bench, F4_RTC + 4), 0x24C229);
    bench_close(&bench);
}

static void backup_registers_survive_all_but_power_loss(void **context)
{
    (void)context;
    struct bench bench;
    bench_open(&bench, &soc_map_f405);
    bench_write(&bench, F4_RTC + 0x50, 1);
    assert_int_equal(bench_read(&bench, F4_RTC + 0x50), 0);
    bench_write(&bench, F4_RCC + 0x40, 1 << 28);
    bench_write(&bench, F4_PWR, 0x4100);
    bench_write(&bench, F4_RTC + 0x50, 0x12345678);
    bench_write(&bench, F4_RTC + 0x9C, 9);
    bench_write(&bench, F4_RTC + 0xA0, 9);
    assert_int_equal(bench_read(&bench, F4_RTC + 0xA0), 0);
    soc_chip_reset(&bench.chip, RESET_WATCHDOG);
    assert_int_equal(bench_read(&bench, F4_RTC + 0x50), 0x12345678);
    assert_int_equal(soc_chip_read(&bench.chip, F4_RTC + 0x51, 1), 0x56);
    assert_int_equal(bench_read(&bench, F4_RTC + 0x9C), 9);
    bench_write(&bench, F4_RCC + 0x40, 1 << 28);
    bench_write(&bench, F4_PWR, 0x4100);
    bench_write(&bench, F4_RCC + 0x70, 0x10000);
    assert_int_equal(bench_read(&bench, F4_RTC + 0x50), 0);
    bench_close(&bench);
    bench_open(&bench, &soc_map_h743);
    bench_write(&bench, H7_PWR, 0x100);
    bench_write(&bench, H7_RTC + 0xCC, 7);
    assert_int_equal(bench_read(&bench, H7_RTC + 0xCC), 7);
    soc_chip_reset(&bench.chip, RESET_POWER_ON);
    assert_int_equal(bench_read(&bench, H7_RTC + 0xCC), 0);
    bench_close(&bench);
}

static void a_calendar_turns_its_pages(void **context)
{
    (void)context;
    struct calendar calendar = {0x235959, 0x99F231}; /* Sunday, 1999 would be 99-12-31 */
    calendar_add(&calendar, 1);
    assert_int_equal(calendar.time, 0);
    assert_int_equal(calendar.date, 0x002101);
    calendar_add(&calendar, 59ull * 86400 + 3661);
    assert_int_equal(calendar.time, 0x010101);
    assert_int_equal(calendar.date >> 8 & 0x1F, 2);
    assert_int_equal(calendar.date & 0x3F, 0x29);
}

static void a_timer_interrupts_each_period(void **context)
{
    (void)context;
    struct bench bench;
    bench_open(&bench, &soc_map_f405);
    bench_write(&bench, F4_RCC + 0x40, 3);
    bench_write(&bench, F4_TIM3 + 0x28, 15999); /* 1 kHz from 16 MHz */
    bench_write(&bench, F4_TIM3 + 0x2C, 99);
    bench_write(&bench, F4_TIM3 + 0x14, 1);
    assert_int_equal(bench_read(&bench, F4_TIM3 + 0x10), 1);
    bench_write(&bench, F4_TIM3 + 0x10, 0);
    bench_write(&bench, F4_TIM3 + 0x0C, 1);
    bench_write(&bench, F4_TIM3, 1);
    bench_wait(&bench, 99ull * TWIN_MS);
    assert_int_equal(bench_read(&bench, F4_TIM3 + 0x24), 99);
    assert_false(bench.irqs[29]);
    bench_wait(&bench, TWIN_MS);
    assert_true(bench.irqs[29]);
    assert_int_equal(bench_read(&bench, F4_TIM3 + 0x24), 0);
    bench_write(&bench, F4_TIM3 + 0x10, ~1u);
    assert_false(bench.irqs[29]);
    bench_wait(&bench, 100ull * TWIN_MS);
    assert_true(bench.irqs[29]);
    assert_int_equal(bench_read(&bench, F4_TIM3 + 0x2C), 99);
    assert_int_equal(bench_read(&bench, F4_TIM2 + 0x2C), 0xFFFFFFFF);
    bench_close(&bench);
}

static void a_one_pulse_timer_stops(void **context)
{
    (void)context;
    struct bench bench;
    bench_open(&bench, &soc_map_f405);
    bench_write(&bench, F4_RCC + 0x40, 1);
    bench_write(&bench, F4_TIM2 + 0x2C, 1599);
    bench_write(&bench, F4_TIM2, 9);
    bench_wait(&bench, 99 * TWIN_US);
    assert_int_equal(bench_read(&bench, F4_TIM2), 9);
    assert_int_equal(bench_read(&bench, F4_TIM2 + 0x24), 1584);
    bench_wait(&bench, 2 * TWIN_US);
    assert_int_equal(bench_read(&bench, F4_TIM2), 8);
    assert_int_equal(bench_read(&bench, F4_TIM2 + 0x24), 0);
    assert_int_equal(bench_read(&bench, F4_TIM2 + 0x10) & 1, 1);
    bench_close(&bench);
}

static void ticks_are_due_when_they_come(void **context)
{
    (void)context;
    struct soc_ticker ticker;
    soc_ticker_start(&ticker, 5, 32768);
    uint64_t due = soc_ticker_due(&ticker, 100000);
    assert_int_equal(soc_ticker_take(&ticker, due - 1, 32768), 99999);
    assert_int_equal(soc_ticker_take(&ticker, due, 32768), 1);
    assert_int_equal(soc_ticker_take(&ticker, due + 1000000000, 0), 0);
    assert_true(soc_ticker_due(&ticker, 1) == UINT64_MAX);
}

/* TIM6 and TIM7 tick for operating systems, on the clock of APB1; TIM1 on that of APB2. */
static void every_timer_ticks_on_the_clock_of_its_bus(void **state)
{
    (void)state;
    static const struct {
        const struct soc_map *map;
        uint32_t base, enable, bit, irq, fast;
    } rows[] = {
        {&soc_map_f405, 0x40001000, 0x40023840, 4, 54, 1},
        {&soc_map_f405, 0x40002000, 0x40023840, 8, 45, 1},
        {&soc_map_f405, 0x40010000, 0x40023844, 0, 25, 2},
        {&soc_map_f405, 0x40014800, 0x40023844, 18, 26, 2},
        {&soc_map_h743, 0x40001400, 0x580244E8, 5, 55, 1},
        {&soc_map_h743, 0x40010000, 0x580244F0, 0, 25, 2},
        {&soc_map_h743, 0x40014800, 0x580244F0, 18, 118, 2},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bench bench;
        bench_open(&bench, rows[i].map);
        bool h7 = rows[i].map == &soc_map_h743;
        /* APB1 divided by 4, so that its timers run at half the speed */
        bench_write(&bench, h7 ? 0x5802441C : 0x40023808, h7 ? 5 << 4 : 5 << 10);
        bench_write(&bench, rows[i].enable, 1u << rows[i].bit);
        bench_write(&bench, rows[i].base + 0x28, 799);
        bench_write(&bench, rows[i].base + 0x2C, 99);
        bench_write(&bench, rows[i].base + 0x14, 1);
        bench_write(&bench, rows[i].base + 0x10, 0);
        bench_write(&bench, rows[i].base + 0x0C, 1);
        bench_write(&bench, rows[i].base, 1);
        uint64_t period_ns = (h7 ? 2500u : 10000u) / rows[i].fast * (uint64_t)TWIN_US;
        bench_wait(&bench, period_ns - TWIN_US);
        assert_false(bench.irqs[rows[i].irq]);
        bench_wait(&bench, 2 * TWIN_US);
        assert_true(bench.irqs[rows[i].irq]);
        bench_close(&bench);
    }
}

static void a_channel_interrupts_when_it_compares_equal(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, &soc_map_f405);
    bench_write(&bench, 0x40023844, 1);
    bench_write(&bench, 0x40010028, 15);
    bench_write(&bench, 0x4001002C, 999);
    bench_write(&bench, 0x40010034, 300);
    bench_write(&bench, 0x40010038, 2000); /* never */
    bench_write(&bench, 0x40010014, 1);
    bench_write(&bench, 0x40010010, 0);
    bench_write(&bench, 0x4001000C, 6);
    bench_write(&bench, 0x40010000, 1);
    bench_wait(&bench, 299 * TWIN_US);
    assert_false(bench.irqs[27]);
    bench_wait(&bench, 2 * TWIN_US);
    assert_true(bench.irqs[27]);
    assert_int_equal(bench_read(&bench, 0x40010010) & 7, 2);
    bench_write(&bench, 0x40010010, ~2u);
    assert_false(bench.irqs[27]);
    bench_wait(&bench, 998 * TWIN_US);
    assert_false(bench.irqs[27]);
    bench_wait(&bench, 2 * TWIN_US);
    assert_true(bench.irqs[27]);
    bench_close(&bench);
}

/* TIM8's update and TIM13 come in by the same input. */
static void timers_share_an_interrupt(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, &soc_map_f405);
    bench_write(&bench, 0x40023840, 1 << 7);
    bench_write(&bench, 0x40023844, 1 << 1);
    bench_write(&bench, 0x4001040C, 1);
    bench_write(&bench, 0x40010414, 1);
    assert_true(bench.irqs[44]);
    bench_write(&bench, 0x40001C0C, 1);
    bench_write(&bench, 0x40001C10, 0);
    assert_true(bench.irqs[44]);
    bench_write(&bench, 0x40010410, 0);
    assert_false(bench.irqs[44]);
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_watchdog_that_nobody_feeds_bites),
        cmocka_unit_test(a_hardware_watchdog_runs_from_reset_on),
        cmocka_unit_test(a_window_watchdog_bites_when_fed_too_early),
        cmocka_unit_test(the_calendar_goes_on_through_resets),
        cmocka_unit_test(reading_a_clock_does_not_slow_it),
        cmocka_unit_test(the_calendar_is_read_in_one_piece),
        cmocka_unit_test(backup_registers_survive_all_but_power_loss),
        cmocka_unit_test(a_calendar_turns_its_pages),
        cmocka_unit_test(a_timer_interrupts_each_period),
        cmocka_unit_test(a_one_pulse_timer_stops),
        cmocka_unit_test(every_timer_ticks_on_the_clock_of_its_bus),
        cmocka_unit_test(a_channel_interrupts_when_it_compares_equal),
        cmocka_unit_test(timers_share_an_interrupt),
        cmocka_unit_test(ticks_are_due_when_they_come),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
