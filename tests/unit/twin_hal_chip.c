/* SPDX-License-Identifier: MIT
 * A chip used in the order of ST's library: clocks, ports, DMA, pins, calendar, watchdog, flash. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/arm/hal_bench.h"
#include "twin/board/arm_board.h"
#include "twin/soc/usart.h"

static bool is_f405(struct hal_bench *bench)
{
    return arm_board_chip(board_guest(bench->board))->map == &soc_map_f405;
}

static void clocks_run_as_set(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint32_t notes[3];
    } rows[] = {{"pybv11", {0, 0x0000940A, 21}}, {"nucleo-h743zi", {0, 0x0000001B, 21}}};
    for (uint32_t i = 0; i < 2; i++) {
        struct hal_bench bench;
        hal_bench_open(&bench, rows[i].name, HAL_DO_clocks);
        hal_bench_expect(&bench, rows[i].notes, 3);
        hal_bench_close(&bench);
    }
}

static void push(struct hal_bench *bench, const uint8_t *bytes, uint32_t count)
{
    struct soc_chip *chip = arm_board_chip(board_guest(bench->board));
    for (uint32_t i = 0; i < count; i++) {
        assert_true(soc_usart_push(chip, is_f405(bench) ? 2 : 3, bytes[i]));
    }
}

/* Three ways to send, two to receive; 50 bytes take 4.3 ms at 115200 baud. */
static void talks(struct hal_bench *bench)
{
    static const char wanted[] = "by waiting\nby interrupt\n"
                                 "by dma, which takes a while because of its length\nhello\n";
    uint8_t bytes[21];
    char log[256] = {0};
    for (uint8_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)(i + 1);
    }
    hal_bench_await(bench, 0x1110);
    push(bench, (const uint8_t *)"hello\n", 6);
    hal_bench_await(bench, 0x1111);
    push(bench, bytes, sizeof bytes);
    hal_bench_finish(bench);
    assert_int_equal(hal_bench_note(bench, 0), 0);
    assert_in_range(hal_bench_note(bench, 1), 4, 5);
    assert_int_equal(hal_bench_note(bench, 2), 1);
    assert_int_equal(hal_bench_note(bench, 3), 1);
    assert_int_equal(hal_bench_note(bench, 6), 11);
    assert_int_equal(hal_bench_note(bench, 7), 17);
    assert_int_equal(hal_bench_note(bench, 8), 16);
    assert_int_equal(hal_bench_seen(bench, HAL_SEEN_WHOLE), 2);
    size_t length = board_log(bench->board, 0, log, sizeof log - 1);
    assert_int_equal(length, sizeof wanted - 1);
    assert_string_equal(log, wanted);
}

static void a_serial_port_is_used_in_every_way(void **state)
{
    (void)state;
    hal_bench_each(HAL_DO_uart, talks);
}

static void copies(struct hal_bench *bench)
{
    const uint32_t notes[] = {0, 0};
    hal_bench_expect(bench, notes, 2);
    assert_int_equal(hal_bench_seen(bench, HAL_SEEN_HALF), 1);
    assert_int_equal(hal_bench_seen(bench, HAL_SEEN_WHOLE), 1);
}

static void memory_is_copied_by_dma(void **state)
{
    (void)state;
    hal_bench_each(HAL_DO_memory, copies);
}

static void presses(struct hal_bench *bench)
{
    const uint32_t notes[] = {0, 4, 0, 1, 1, 1, 0x1110};
    hal_bench_await(bench, 0x1110);
    hal_bench_run(bench, 20);
    assert_int_equal(hal_bench_seen(bench, HAL_SEEN_PIN), 0);
    board_press(bench->board, true);
    hal_bench_run(bench, 20);
    assert_int_equal(hal_bench_seen(bench, HAL_SEEN_PIN), 1);
    board_press(bench->board, false);
    hal_bench_expect(bench, notes, 7);
}

static void a_button_and_a_timer_interrupt(void **state)
{
    (void)state;
    hal_bench_each(HAL_DO_pins, presses);
}

/* Set to two seconds before midnight, bitten after less than one, read after three more. */
static void goes_on(struct hal_bench *bench)
{
    hal_bench_finish(bench);
    assert_int_equal(hal_bench_note(bench, 0), 0);
    assert_int_equal(hal_bench_note(bench, 1), 1);
    assert_int_equal(hal_bench_note(bench, 2), 1);
    assert_int_equal(hal_bench_note(bench, 3), 0);
    assert_in_range(hal_bench_note(bench, 4), 0x000001, 0x000002);
    assert_int_equal(hal_bench_note(bench, 5), 0x0024F229);
}

static void the_calendar_outlives_the_watchdog(void **state)
{
    (void)state;
    hal_bench_each(HAL_DO_time, goes_on);
}

/* An OpenMV Cam has no crystal for the calendar: the library's limit passes, then it runs all the
 * same. Its other crystal is another too, so the core's clock is not what the program thinks. */
static void a_board_without_the_crystal_falls_back(void **state)
{
    (void)state;
    struct hal_bench bench;
    hal_bench_open(&bench, "openmv4p", HAL_DO_time);
    for (uint32_t i = 0; i < 2; i++) {
        hal_bench_run(&bench, 5000);
    }
    hal_bench_finish(&bench);
    assert_int_equal(hal_bench_note(&bench, 1), 1);
    assert_int_equal(hal_bench_note(&bench, 2), 1);
    hal_bench_close(&bench);
}

static void stores(struct hal_bench *bench)
{
    const uint32_t notes[] = {0, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1};
    hal_bench_expect(bench, notes, 11);
}

static void flash_is_erased_and_programmed_by_interrupt_too(void **state)
{
    (void)state;
    hal_bench_each(HAL_DO_flash, stores);
}

/* Three tasks of 20000 steps of 1, 2 and 3. */
static void switches(struct hal_bench *bench)
{
    const uint32_t notes[] = {0, 60000, 20000, 1, 40000, 1, 60000, 1};
    hal_bench_expect(bench, notes, 8);
}

static void a_kernel_switches_tasks(void **state)
{
    (void)state;
    hal_bench_each(HAL_DO_tasks, switches);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clocks_run_as_set),
        cmocka_unit_test(a_serial_port_is_used_in_every_way),
        cmocka_unit_test(memory_is_copied_by_dma),
        cmocka_unit_test(a_button_and_a_timer_interrupt),
        cmocka_unit_test(the_calendar_outlives_the_watchdog),
        cmocka_unit_test(a_board_without_the_crystal_falls_back),
        cmocka_unit_test(a_kernel_switches_tasks),
        cmocka_unit_test(flash_is_erased_and_programmed_by_interrupt_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
