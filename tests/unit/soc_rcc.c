/* SPDX-License-Identifier: MIT
 * Clocks, resets, power of both chips. */
#include "tests/support/soc_bench.h"

enum {
    F4_RCC = 0x40023800,
    F4_PWR = 0x40007000,
    F4_GPIOA = 0x40020000,
    H7_RCC = 0x58024400,
    H7_PWR = 0x58024800,
    H7_GPIOA = 0x58020000,
};

/* 168 MHz from a crystal of 8 MHz, as vendor code does it. */
static void an_f405_runs_at_168_mhz(void **context)
{
    (void)context;
    struct bench bench;
    bench_open(&bench, &soc_map_f405);
    const struct soc_clocks *clocks = &bench.chip.nets.clocks;
    assert_int_equal(bench_read(&bench, F4_RCC), 0x83);
    assert_int_equal(clocks->hclk, 16000000);
    bench_write(&bench, F4_RCC, 0x00010083);
    assert_int_equal(bench_read(&bench, F4_RCC) & 1 << 17, 1 << 17);
    bench_write(&bench, F4_RCC + 4, 0x07405408);
    bench_write(&bench, F4_RCC, 0x01010083);
    assert_int_equal(bench_read(&bench, F4_RCC) & 1 << 25, 1 << 25);
    bench_write(&bench, F4_RCC + 8, 0x9400);
    bench_write(&bench, F4_RCC + 8, 0x9402);
    assert_int_equal(bench_read(&bench, F4_RCC + 8), 0x940A);
    assert_int_equal(clocks->hclk, 168000000);
    assert_int_equal(clocks->cpu, 168000000);
    assert_int_equal(clocks->pclk1, 42000000);
    assert_int_equal(clocks->pclk2, 84000000);
    assert_int_equal(clocks->timers, 84000000);
    assert_int_equal(clocks->usb, 48000000);
    bench_close(&bench);
}

static void what_the_clock_comes_from_stays_on(void **context)
{
    (void)context;
    struct bench bench;
    bench_open(&bench, &soc_map_f405);
    bench_write(&bench, F4_RCC, 0x00010083);
    bench_write(&bench, F4_RCC + 4, 0x07405408);
    bench_write(&bench, F4_RCC, 0x01010083);
    bench_write(&bench, F4_RCC + 4, 0x07405410); /* not while it runs */
    assert_int_equal(bench_read(&bench, F4_RCC + 4), 0x07405408);
    bench_write(&bench, F4_RCC + 8, 2);
    bench_write(&bench, F4_RCC, 0);
    assert_int_equal(bench_read(&bench, F4_RCC) & 0x03030000, 0x03030000);
    assert_int_equal(bench.chip.nets.clocks.hclk, 168000000);
    bench_write(&bench, F4_RCC + 8, 0);
    assert_int_equal(bench_read(&bench, F4_RCC + 8) & 0xF, 8); /* the HSI is off */
    bench_write(&bench, F4_RCC, 1);
    assert_int_equal(bench_read(&bench, F4_RCC + 8) & 0xF, 0);
    bench_close(&bench);
}

static void without_a_crystal_the_hse_never_gets_ready(void **context)
{
    (void)context;
    struct bench bench;
    bench_open(&bench, &soc_map_f405);
    bench.chip.specimen.hse_hz = 0;
    bench_write(&bench, F4_RCC, 0x00010083);
    assert_int_equal(bench_read(&bench, F4_RCC), 0x00010083);
    bench_write(&bench, F4_RCC + 8, 1);
    assert_int_equal(bench_read(&bench, F4_RCC + 8), 1);
    bench_close(&bench);
}

static void reset_flags_stay_until_they_are_removed(void **context)
{
    (void)context;
    static const struct {
        const struct soc_map *map;
        uint32_t addr, remove, flags[4];
    } rows[] = {
        {&soc_map_f405, F4_RCC + 0x74, 1 << 24, {0x0E000000, 0x04000000, 0x24000000, 0x14000000}},
        {&soc_map_h743, H7_RCC + 0xD0, 1 << 16, {0x00FA0000, 0x00420000, 0x04420000, 0x01420000}},
    };
    for (size_t i = 0; i < 2; i++) {
        struct bench bench;
        bench_open(&bench, rows[i].map);
        assert_int_equal(bench_read(&bench, rows[i].addr) & 0xFFFF0000, rows[i].flags[0]);
        for (int cause = RESET_PIN; cause <= RESET_SOFTWARE; cause++) {
            bench_write(&bench, rows[i].addr, rows[i].remove);
            assert_int_equal(bench_read(&bench, rows[i].addr) & 0xFFFE0000, 0);
            soc_chip_reset(&bench.chip, (enum reset_cause)cause);
            assert_int_equal(bench_read(&bench, rows[i].addr) & 0xFFFE0000, rows[i].flags[cause]);
        }
        soc_chip_reset(&bench.chip, RESET_PIN);
        assert_int_equal(bench_read(&bench, rows[i].addr) & 0xFFFE0000, rows[i].flags[3]);
        bench_close(&bench);
    }
}

static void a_part_without_clock_is_dead(void **context)
{
    (void)context;
    struct bench bench;
    bench_open(&bench, &soc_map_f405);
    bench_write(&bench, F4_GPIOA + 0x14, 0x55);
    assert_int_equal(bench_read(&bench, F4_GPIOA), 0);
    bench_write(&bench, F4_RCC + 0x30, 1);
    assert_int_equal(bench_read(&bench, F4_GPIOA), 0xA8000000);
    assert_int_equal(bench_read(&bench, F4_GPIOA + 0x14), 0);
    bench_write(&bench, F4_GPIOA + 0x14, 0x55);
    bench_write(&bench, F4_RCC + 0x10, 1);
    bench_write(&bench, F4_RCC + 0x10, 0);
    assert_int_equal(bench_read(&bench, F4_GPIOA + 0x14), 0);
    assert_int_equal(bench.unknowns, 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(bench_read(&bench, 0x40003800), 0);
        assert_int_equal(bench_read(&bench, F4_RCC + 0x88), 0);
    }
    assert_int_equal(bench.unknowns, 2);
    bench_close(&bench);
}

/* 400 MHz from a crystal of 8 MHz, USB from PLL3. */
static void an_h743_runs_at_400_mhz(void **context)
{
    (void)context;
    struct bench bench;
    bench_open(&bench, &soc_map_h743);
    const struct soc_clocks *clocks = &bench.chip.nets.clocks;
    assert_int_equal(clocks->cpu, 64000000);
    assert_int_equal(bench_read(&bench, H7_RCC) & 4, 4);
    bench_write(&bench, H7_RCC, bench_read(&bench, H7_RCC) | 1 << 16);
    bench_write(&bench, H7_RCC + 0x28, 0x00400042);
    bench_write(&bench, H7_RCC + 0x30, 0x0107038F);
    bench_write(&bench, H7_RCC + 0x40, 0x01040277);
    bench_write(&bench, H7_RCC, bench_read(&bench, H7_RCC) | 1 << 24 | 1 << 28);
    assert_int_equal(bench_read(&bench, H7_RCC) & 0x22000000, 0x22000000);
    bench_write(&bench, H7_RCC + 0x30, 0); /* not while it runs */
    bench_write(&bench, H7_RCC + 0x18, 0x48);
    bench_write(&bench, H7_RCC + 0x1C, 0x440);
    bench_write(&bench, H7_RCC + 0x54, 2 << 20);
    bench_write(&bench, H7_RCC + 0x10, 3);
    assert_int_equal(bench_read(&bench, H7_RCC + 0x10), 0x1B);
    assert_int_equal(clocks->cpu, 400000000);
    assert_int_equal(clocks->hclk, 200000000);
    assert_int_equal(clocks->pclk1, 100000000);
    assert_int_equal(clocks->pclk2, 100000000);
    assert_int_equal(clocks->timers, 200000000);
    assert_int_equal(clocks->usb, 48000000);
    bench_close(&bench);
}

static void usb_takes_its_clock_from_hsi48(void **context)
{
    (void)context;
    struct bench bench;
    bench_open(&bench, &soc_map_h743);
    bench_write(&bench, H7_RCC + 0x54, 3 << 20);
    assert_int_equal(bench.chip.nets.clocks.usb, 0);
    bench_write(&bench, H7_RCC, bench_read(&bench, H7_RCC) | 1 << 12);
    assert_int_equal(bench_read(&bench, H7_RCC) & 1 << 13, 1 << 13);
    assert_int_equal(bench.chip.nets.clocks.usb, 48000000);
    bench_close(&bench);
}

static void the_cpu_sees_clock_enables_twice(void **context)
{
    (void)context;
    struct bench bench;
    bench_open(&bench, &soc_map_h743);
    bench_write(&bench, H7_RCC + 0x140, 1);
    assert_int_equal(bench_read(&bench, H7_RCC + 0xE0), 1);
    assert_int_equal(bench_read(&bench, H7_GPIOA), 0xABFFFFFF);
    assert_int_equal(bench_read(&bench, H7_RCC + 0x130), bench_read(&bench, H7_RCC + 0xD0));
    bench_close(&bench);
}

static void the_supply_is_chosen_once_until_power_is_lost(void **context)
{
    (void)context;
    struct bench bench;
    bench_open(&bench, &soc_map_h743);
    assert_int_equal(bench_read(&bench, H7_PWR + 0x0C), 6);
    assert_int_equal(bench_read(&bench, H7_PWR + 4), 0x4000);
    bench_write(&bench, H7_PWR + 0x18, 0xC000); /* no voltage change in Run* mode */
    assert_int_equal(bench_read(&bench, H7_PWR + 0x18), 0x4000);
    bench_write(&bench, H7_PWR + 0x0C, 2);
    assert_int_equal(bench_read(&bench, H7_PWR + 0x0C), 2);
    assert_int_equal(bench_read(&bench, H7_PWR + 4), 0x6000);
    bench_write(&bench, H7_PWR + 0x18, 0xC000);
    assert_int_equal(bench_read(&bench, H7_PWR + 0x18), 0xE000);
    assert_int_equal(bench_read(&bench, H7_PWR + 4), 0xE000);
    bench_write(&bench, H7_PWR + 0x0C, 0x01000001);
    assert_int_equal(bench_read(&bench, H7_PWR + 0x0C), 0x05000002);
    soc_chip_reset(&bench.chip, RESET_SOFTWARE);
    assert_int_equal(bench_read(&bench, H7_PWR + 0x0C), 2);
    bench_write(&bench, H7_PWR + 0x0C, 6);
    assert_int_equal(bench_read(&bench, H7_PWR + 0x0C), 2);
    soc_chip_reset(&bench.chip, RESET_POWER_ON);
    assert_int_equal(bench_read(&bench, H7_PWR + 0x0C), 6);
    bench_write(&bench, H7_PWR + 0x0C, 0); /* makes no sense: locked, and never ready */
    bench_write(&bench, H7_PWR + 0x0C, 2);
    assert_int_equal(bench_read(&bench, H7_PWR + 0x0C), 6);
    assert_int_equal(bench_read(&bench, H7_PWR + 4), 0x4000);
    bench_close(&bench);
}

/* The backup domain opens with DBP, and its clock is chosen once. */
static void the_backup_domain_is_closed(void **context)
{
    (void)context;
    struct bench bench;
    bench_open(&bench, &soc_map_f405);
    bench_write(&bench, F4_RCC + 0x70, 0x8101);
    assert_int_equal(bench_read(&bench, F4_RCC + 0x70), 0);
    bench_write(&bench, F4_RCC + 0x40, 1 << 28);
    assert_int_equal(bench_read(&bench, F4_PWR), 0x4000);
    bench_write(&bench, F4_PWR, 0x4100);
    bench_write(&bench, F4_RCC + 0x70, 0x8101);
    assert_int_equal(bench_read(&bench, F4_RCC + 0x70), 0x8103);
    assert_int_equal(bench.chip.nets.clocks.rtc, 32768);
    bench_write(&bench, F4_RCC + 0x70, 0x8201);
    assert_int_equal(bench_read(&bench, F4_RCC + 0x70), 0x8103);
    soc_chip_reset(&bench.chip, RESET_SOFTWARE);
    assert_int_equal(bench_read(&bench, F4_RCC + 0x70), 0x8103);
    bench_write(&bench, F4_RCC + 0x70, 0x10000);
    assert_int_equal(bench_read(&bench, F4_RCC + 0x70), 0x8103);
    bench_write(&bench, F4_RCC + 0x40, 1 << 28);
    bench_write(&bench, F4_PWR, 0x4100);
    bench_write(&bench, F4_RCC + 0x70, 0x10000);
    bench_write(&bench, F4_RCC + 0x70, 0x8200);
    assert_int_equal(bench_read(&bench, F4_RCC + 0x70), 0x8200);
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_f405_runs_at_168_mhz),
        cmocka_unit_test(what_the_clock_comes_from_stays_on),
        cmocka_unit_test(without_a_crystal_the_hse_never_gets_ready),
        cmocka_unit_test(reset_flags_stay_until_they_are_removed),
        cmocka_unit_test(a_part_without_clock_is_dead),
        cmocka_unit_test(an_h743_runs_at_400_mhz),
        cmocka_unit_test(usb_takes_its_clock_from_hsi48),
        cmocka_unit_test(the_cpu_sees_clock_enables_twice),
        cmocka_unit_test(the_supply_is_chosen_once_until_power_is_lost),
        cmocka_unit_test(the_backup_domain_is_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
