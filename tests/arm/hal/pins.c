/* SPDX-License-Identifier: MIT
 * A button that interrupts, a timer that interrupts and dims, random numbers, a CRC, sleep. */
#include "tests/arm/hal/hal.h"

enum { TIM3 = 0x40000400, TIM3_IRQ = 29, CRC_WORDS = 3 };

void on_pin(void)
{
    uint32_t bit = 1u << hal_chip.button_pin;
    if ((WORD(hal_chip.exti_pending) & bit) != 0) {
        WORD(hal_chip.exti_pending) = bit;
        seen(HAL_SEEN_PIN);
    }
}

void on_timer(void)
{
    if ((WORD(TIM3 + 0x10) & 1) != 0 && (WORD(TIM3 + 0x0C) & 1) != 0) {
        WORD(TIM3 + 0x10) = ~1u;
        seen(HAL_SEEN_TIMER);
    }
}

/* Both edges of the button's pin, which is chosen for its line; pulled as the library does first.
 */
static void start_button(void)
{
    uint32_t pin = hal_chip.button_pin, bit = 1u << pin;
    uint32_t port = hal_chip.gpio_a + 0x400 * hal_chip.button_port;
    change_bits(port, 3u << 2 * pin, 0);
    change_bits(port + 0x0C, 3u << 2 * pin, (hal_chip.button_port == 1 ? 1u : 0u) << 2 * pin);
    change_bits(hal_chip.exti_choose + 4 * (pin / 4), 0xFu << 4 * (pin % 4),
                hal_chip.button_port << 4 * (pin % 4));
    set_bits(hal_chip.exti_rising, bit);
    set_bits(hal_chip.exti_falling, bit);
    set_bits(hal_chip.exti_mask, bit);
    irq_enable(hal_chip.button_irq, 15);
}

/* Updates each millisecond; channel 1 as PWM at a quarter. */
static void start_timer(void)
{
    WORD(TIM3) = 0x80;
    WORD(TIM3 + 0x2C) = 1000 - 1;
    WORD(TIM3 + 0x28) = hal_chip.core_hz > 200000000 ? 200 - 1 : 84 - 1;
    WORD(TIM3 + 0x14) = 1;
    WORD(TIM3 + 0x10) = ~1u;
    change_bits(TIM3 + 0x18, 0x73, 6u << 4 | 1u << 3);
    WORD(TIM3 + 0x34) = 250;
    set_bits(TIM3 + 0x20, 1);
    irq_enable(TIM3_IRQ, 7);
    set_bits(TIM3 + 0x0C, 1);
    set_bits(TIM3, 1);
}

/* Notes how many of four numbers are new, and 0 errors. */
static void draw_numbers(void)
{
    uint32_t fresh = 0, last = 0;
    set_bits(hal_chip.random, 1u << 2);
    for (uint32_t i = 0; i < 4; i++) {
        (void)wait_for(hal_chip.random + 4, 1, 1, 2);
        uint32_t number = WORD(hal_chip.random + 8);
        fresh += number != last && number != 0;
        last = number;
    }
    note(fresh);
    note(WORD(hal_chip.random + 4) & 0x66);
}

static uint32_t crc_of(const uint32_t *words)
{
    uint32_t crc = 0xFFFFFFFF;
    for (uint32_t i = 0; i < CRC_WORDS; i++) {
        crc ^= words[i];
        for (uint32_t bit = 0; bit < 32; bit++) {
            crc = crc << 1 ^ ((crc & 1u << 31) != 0 ? 0x04C11DB7u : 0);
        }
    }
    return crc;
}

static void check_crc(void)
{
    static const uint32_t words[CRC_WORDS] = {0x12345678, 0xCAFEBABE, 7};
    set_bits(hal_chip.crc + 8, 1);
    for (uint32_t i = 0; i < CRC_WORDS; i++) {
        WORD(hal_chip.crc) = words[i];
    }
    note(WORD(hal_chip.crc) == crc_of(words));
}

/* Asleep until something interrupts, the ticks kept away: the button, or the timer. */
static void sleep_without_ticks(void)
{
    clear_bits(0xE000E010, 2);
    uint32_t before = WORD(HAL_SEEN + 4 * HAL_SEEN_TIMER);
    clear_bits(0xE000ED10, 4);
    __asm__ volatile("wfi");
    note(WORD(HAL_SEEN + 4 * HAL_SEEN_TIMER) - before);
    set_bits(0xE000E010, 2);
}

void do_pins(void)
{
    note((uint32_t)clocks_start());
    rest_start_clocks();
    draw_numbers();
    check_crc();
    start_timer();
    uint32_t ticks = tick_now(), updates = WORD(HAL_SEEN + 4 * HAL_SEEN_TIMER);
    tick_delay(20);
    uint32_t passed = tick_now() - ticks;
    updates = WORD(HAL_SEEN + 4 * HAL_SEEN_TIMER) - updates;
    note(updates + 1 - passed < 3);
    sleep_without_ticks();
    clear_bits(TIM3 + 0x0C, 1);
    start_button();
    note(0x1110);
    while (WORD(HAL_SEEN + 4 * HAL_SEEN_PIN) < 2) {
        __asm__ volatile("wfi");
    }
}
