/* SPDX-License-Identifier: MIT
 * Pins, external interrupts, system configuration. */
#include "tests/support/soc_bench.h"
#include "twin/soc/gpio.h"

enum {
    F4_RCC = 0x40023800,
    F4_A = 0x40020000,
    F4_B = 0x40020400,
    F4_C = 0x40020800,
    F4_SYSCFG = 0x40013800,
    F4_EXTI = 0x40013C00,
    H7_RCC = 0x58024400,
    H7_A = 0x58020000,
    H7_C = 0x58020800,
    H7_SYSCFG = 0x58000400,
    H7_EXTI = 0x58000000,
};
enum { MODER = 0, OTYPER = 4, PUPDR = 0xC, IDR = 0x10, ODR = 0x14, BSRR = 0x18, LCKR = 0x1C };

static void open_f4(struct bench *bench)
{
    bench_open(bench, &soc_map_f405);
    bench_write(bench, F4_RCC + 0x30, 0x1FF);
    bench_write(bench, F4_RCC + 0x44, 1 << 14);
}

static void open_h7(struct bench *bench)
{
    bench_open(bench, &soc_map_h743);
    bench_write(bench, H7_RCC + 0xE0, 0x7FF);
    bench_write(bench, H7_RCC + 0xF4, 2);
}

static void ports_come_out_of_reset_as_the_manual_says(void **context)
{
    (void)context;
    struct bench bench;
    open_f4(&bench);
    assert_int_equal(bench_read(&bench, F4_A + MODER), 0xA8000000);
    assert_int_equal(bench_read(&bench, F4_A + PUPDR), 0x64000000);
    assert_int_equal(bench_read(&bench, F4_B + MODER), 0x280);
    assert_int_equal(bench_read(&bench, F4_B + PUPDR), 0x100);
    assert_int_equal(bench_read(&bench, F4_C + MODER), 0);
    assert_int_equal(bench_read(&bench, F4_A + IDR), 0xA000); /* JTAG pulls PA15, PA13 up */
    bench_close(&bench);
    open_h7(&bench);
    assert_int_equal(bench_read(&bench, H7_A + MODER), 0xABFFFFFF);
    assert_int_equal(bench_read(&bench, H7_A + 0x400 + MODER), 0xFFFFFEBF);
    assert_int_equal(bench_read(&bench, H7_C + MODER), 0xFFFFFFFF);
    bench_close(&bench);
}

static void a_button_pulls_its_pin_down(void **context)
{
    (void)context;
    struct bench bench;
    open_f4(&bench);
    assert_int_equal(bench_read(&bench, F4_C + IDR), 0);
    bench_write(&bench, F4_C + PUPDR, 1 << 6);
    assert_int_equal(bench_read(&bench, F4_C + IDR), 8);
    soc_gpio_drive(&bench.chip, 2, 3, SOC_PIN_LOW);
    assert_int_equal(bench_read(&bench, F4_C + IDR), 0);
    soc_gpio_drive(&bench.chip, 2, 3, SOC_PIN_FLOATING);
    assert_int_equal(bench_read(&bench, F4_C + IDR), 8);
    soc_gpio_drive(&bench.chip, 2, 13, SOC_PIN_HIGH);
    assert_int_equal(bench_read(&bench, F4_C + IDR), 0x2008);
    bench_write(&bench, F4_C + MODER, 3u << 26); /* analog */
    assert_int_equal(bench_read(&bench, F4_C + IDR), 8);
    soc_chip_reset(&bench.chip, RESET_PIN);
    bench_write(&bench, F4_RCC + 0x30, 0x1FF);
    assert_int_equal(bench_read(&bench, F4_C + IDR), 0x2000); /* what drives it still does */
    bench_close(&bench);
}

static void outputs_are_seen_outside(void **context)
{
    (void)context;
    struct bench bench;
    open_f4(&bench);
    assert_int_equal(soc_gpio_get(&bench.chip, 1, 4), SOC_PIN_FLOATING);
    bench_write(&bench, F4_B + MODER, 1 << 8 | 1 << 10);
    assert_int_equal(soc_gpio_get(&bench.chip, 1, 4), SOC_PIN_LOW);
    bench_write(&bench, F4_B + BSRR, 1 << 4 | 1 << 20); /* set wins */
    assert_int_equal(soc_gpio_get(&bench.chip, 1, 4), SOC_PIN_HIGH);
    soc_chip_write(&bench.chip, F4_B + BSRR + 2, 2, 1 << 4);
    assert_int_equal(soc_gpio_get(&bench.chip, 1, 4), SOC_PIN_LOW);
    bench_write(&bench, F4_B + OTYPER, 1 << 5);
    soc_chip_write(&bench.chip, F4_B + ODR, 2, 1 << 5);
    assert_int_equal(soc_gpio_get(&bench.chip, 1, 5), SOC_PIN_FLOATING);
    soc_gpio_drive(&bench.chip, 1, 5, SOC_PIN_HIGH);
    assert_int_equal(bench_read(&bench, F4_B + IDR) & 0x30, 0x20);
    assert_int_equal(soc_gpio_get(&bench.chip, 10, 0), SOC_PIN_FLOATING); /* no port K */
    bench_close(&bench);
}

/* The order of RM0090 "GPIO port configuration lock register". */
static void a_locked_pin_keeps_its_configuration(void **context)
{
    (void)context;
    struct bench bench;
    open_f4(&bench);
    bench_write(&bench, F4_C + LCKR, 0x10002);
    bench_write(&bench, F4_C + LCKR, 0x00003); /* other pins: from the start */
    bench_write(&bench, F4_C + LCKR, 0x10002);
    assert_int_equal(bench_read(&bench, F4_C + LCKR) & 0x10000, 0);
    bench_write(&bench, F4_C + LCKR, 0x00002);
    bench_write(&bench, F4_C + LCKR, 0x10002);
    assert_int_equal(bench_read(&bench, F4_C + LCKR), 0x10002);
    bench_write(&bench, F4_C + MODER, 0xFFFFFFFF);
    assert_int_equal(bench_read(&bench, F4_C + MODER), 0xFFFFFFF3);
    bench_write(&bench, F4_C + 0x20, 0xFFFFFFFF);
    assert_int_equal(bench_read(&bench, F4_C + 0x20), 0xFFFFFF0F);
    bench_write(&bench, F4_C + ODR, 2);
    assert_int_equal(bench_read(&bench, F4_C + ODR), 2);
    bench_close(&bench);
}

static void an_edge_interrupts(void **context)
{
    (void)context;
    struct bench bench;
    open_f4(&bench);
    bench_write(&bench, F4_SYSCFG + 0x14, 2 << 4); /* line 13: port C */
    bench_write(&bench, F4_EXTI + 0x00, 1 << 13);
    bench_write(&bench, F4_EXTI + 0x08, 1 << 13);
    soc_gpio_drive(&bench.chip, 0, 13, SOC_PIN_LOW);
    soc_gpio_drive(&bench.chip, 0, 13, SOC_PIN_HIGH);
    assert_false(bench.irqs[40]);
    soc_gpio_drive(&bench.chip, 2, 13, SOC_PIN_HIGH);
    assert_true(bench.irqs[40]);
    assert_int_equal(bench_read(&bench, F4_EXTI + 0x14), 1 << 13);
    bench_write(&bench, F4_EXTI + 0x14, 1 << 13);
    assert_false(bench.irqs[40]);
    soc_gpio_drive(&bench.chip, 2, 13, SOC_PIN_LOW);
    assert_false(bench.irqs[40]);
    bench_write(&bench, F4_EXTI + 0x00, 1);
    bench_write(&bench, F4_EXTI + 0x10, 1);
    assert_true(bench.irqs[6]);
    bench_write(&bench, F4_EXTI + 0x14, 1);
    assert_false(bench.irqs[6]);
    bench_close(&bench);
}

static void an_edge_interrupts_an_h743(void **context)
{
    (void)context;
    struct bench bench;
    open_h7(&bench);
    bench_write(&bench, H7_C + MODER, 0xF3FFFFFF);
    bench_write(&bench, H7_SYSCFG + 0x14, 2 << 4);
    bench_write(&bench, H7_EXTI + 0x80, 1 << 13);
    bench_write(&bench, H7_EXTI + 0x04, 1 << 13);
    soc_gpio_drive(&bench.chip, 2, 13, SOC_PIN_HIGH);
    assert_false(bench.irqs[40]);
    soc_gpio_drive(&bench.chip, 2, 13, SOC_PIN_LOW);
    assert_true(bench.irqs[40]);
    bench_write(&bench, H7_EXTI + 0x88, 1 << 13);
    assert_false(bench.irqs[40]);
    bench_close(&bench);
}

static void system_configuration_is_told_to_the_chip(void **context)
{
    (void)context;
    struct bench bench;
    open_f4(&bench);
    bench_write(&bench, F4_SYSCFG, 1);
    assert_int_equal(bench.chip.nets.memory_mode, 1);
    soc_chip_reset(&bench.chip, RESET_SOFTWARE);
    assert_int_equal(bench.chip.nets.memory_mode, 0);
    bench_close(&bench);
    open_h7(&bench);
    bench_write(&bench, H7_SYSCFG + 0x2C, 1);
    assert_true(bench.chip.nets.overdrive);
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ports_come_out_of_reset_as_the_manual_says),
        cmocka_unit_test(a_button_pulls_its_pin_down),
        cmocka_unit_test(outputs_are_seen_outside),
        cmocka_unit_test(a_locked_pin_keeps_its_configuration),
        cmocka_unit_test(an_edge_interrupts),
        cmocka_unit_test(an_edge_interrupts_an_h743),
        cmocka_unit_test(system_configuration_is_told_to_the_chip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
