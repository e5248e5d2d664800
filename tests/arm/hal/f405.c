/* SPDX-License-Identifier: MIT
 * An STM32F405 with a crystal of 12 MHz, brought to 168 MHz in the order of ST's library. */
#include "tests/arm/hal/hal.h"

enum { RCC = 0x40023800, PWR = 0x40007000, FLASH_ACR = 0x40023C00, CPACR = 0xE000ED88 };
enum {
    RCC_CR = RCC,
    PLLCFGR = RCC + 4,
    CFGR = RCC + 8,
    AHB1ENR = RCC + 0x30,
    AHB2ENR = RCC + 0x34
};
enum { APB1ENR = RCC + 0x40, APB2ENR = RCC + 0x44, RCC_BDCR = RCC + 0x70 };
enum { HSI_HZ = 16000000, HSERDY = 1 << 17, PLLRDY = 1 << 25 };

/* Bits reached through their aliases. */
#define BIT_ALIAS(addr, bit) (0x42000000u + ((addr)-0x40000000u) * 32 + (bit)*4)

const struct hal_chip hal_chip = {
    .hclk_hz = 168000000,
    .core_hz = 168000000,
    .usb = 0x50000000,
    .usb_irq = 67,
    .usb_endpoints = 4,
    .gpio_a = 0x40020000,
    .uart = 0x40004400,
    .uart_irq = 38,
    .uart_divisor = (42000000 + 57600) / 115200,
    .uart_at = {0x0C, 0x10, 0x14, 0x08, 0x00, 0, 0x04, 0x04, 1u << 13},
    .dma = 0x40026000,
    .dma_send = 6,
    .dma_receive = 5,
    .dma_choose = 4u << 25,
    .exti_rising = 0x40013C08,
    .exti_falling = 0x40013C0C,
    .exti_mask = 0x40013C00,
    .exti_pending = 0x40013C14,
    .exti_choose = 0x40013808,
    .button_pin = 3,
    .button_port = 1,
    .button_irq = 9,
    .rtc = 0x40002800,
    .watchdog = 0x40003000,
    .random = 0x50060800,
    .crc = 0x40023000,
    .reset_flags = RCC + 0x74,
    .watchdog_flag = 1u << 29,
    .clear_flag = 1u << 24,
};

void system_start(void)
{
    WORD(CPACR) |= 0xFu << 20;
}

/* A clock enable is read back before the peripheral is used. */
static void enable(uint32_t reg, uint32_t bits)
{
    set_bits(reg, bits);
    (void)(WORD(reg) & bits);
}

static bool start_oscillators(void)
{
    enable(APB1ENR, 1u << 28);
    change_bits(PWR, 1u << 14, 1u << 14);
    (void)(WORD(PWR) & 1u << 14);
    set_bits(RCC_CR, 1u << 16);
    bool good = wait_for(RCC_CR, HSERDY, HSERDY, 100);
    WORD(BIT_ALIAS(RCC_CR, 24)) = 0;
    good = wait_for(RCC_CR, PLLRDY, 0, 2) && good;
    WORD(PLLCFGR) = 1u << 22 | 12 | 336u << 6 | 0u << 16 | 7u << 24;
    WORD(BIT_ALIAS(RCC_CR, 24)) = 1;
    return wait_for(RCC_CR, PLLRDY, PLLRDY, 2) && good;
}

/* Latency up before the clock goes up; slow buses first, so that none is ever too fast. */
static bool switch_clock(void)
{
    BYTE(FLASH_ACR) = 5;
    bool good = (WORD(FLASH_ACR) & 0xF) == 5;
    change_bits(CFGR, 7u << 10, 7u << 10);
    change_bits(CFGR, 7u << 13, 7u << 13);
    change_bits(CFGR, 0xFu << 4, 0);
    good = (WORD(RCC_CR) & PLLRDY) != 0 && good;
    change_bits(CFGR, 3, 2);
    good = wait_for(CFGR, 0xC, 8, 5000) && good;
    change_bits(CFGR, 7u << 10, 5u << 10);
    change_bits(CFGR, 7u << 13, 4u << 13);
    return good;
}

int clocks_start(void)
{
    set_bits(FLASH_ACR, 1u << 9);
    set_bits(FLASH_ACR, 1u << 10);
    set_bits(FLASH_ACR, 1u << 8);
    tick_start(HSI_HZ);
    enable(APB2ENR, 1u << 14);
    bool good = start_oscillators() && switch_clock();
    tick_start(hal_chip.core_hz);
    return good ? 0 : -1;
}

/* PA11 and PA12 as alternate function 10, very fast; then the core's clock, its interrupt. */
void usb_start_pins(void)
{
    enable(AHB1ENR, 1);
    for (uint32_t pin = 11; pin <= 12; pin++) {
        change_bits(hal_chip.gpio_a + 0x08, 3u << 2 * pin, 3u << 2 * pin);
        change_bits(hal_chip.gpio_a + 0x04, 1u << pin, 0);
        change_bits(hal_chip.gpio_a + 0x0C, 3u << 2 * pin, 0);
        change_bits(hal_chip.gpio_a + 0x24, 0xFu << 4 * (pin - 8), 10u << 4 * (pin - 8));
        change_bits(hal_chip.gpio_a, 3u << 2 * pin, 2u << 2 * pin);
    }
    enable(AHB2ENR, 1u << 7);
    enable(APB2ENR, 1u << 14);
    irq_enable(hal_chip.usb_irq, 5);
}

/* PA2 and PA3 as alternate function 7. */
void uart_start_pins(void)
{
    enable(AHB1ENR, 1 | 3u << 21);
    enable(APB1ENR, 1u << 17);
    for (uint32_t pin = 2; pin <= 3; pin++) {
        change_bits(hal_chip.gpio_a + 0x20, 0xFu << 4 * pin, 7u << 4 * pin);
        change_bits(hal_chip.gpio_a, 3u << 2 * pin, 2u << 2 * pin);
    }
}

/* Ports A to D, CRC; RNG; TIM3; SYSCFG, PWR. */
void rest_start_clocks(void)
{
    enable(AHB1ENR, 0xF | 1u << 12);
    enable(AHB2ENR, 1u << 6);
    enable(APB1ENR, 1u << 1 | 1u << 28);
    enable(APB2ENR, 1u << 14);
}

bool calendar_start_clock(void)
{
    set_bits(PWR, 1u << 8);
    bool good = wait_for(PWR, 1u << 8, 1u << 8, 2);
    set_bits(RCC_BDCR, 1);
    good = wait_for(RCC_BDCR, 2, 2, 5000) && good;
    change_bits(RCC_BDCR, 3u << 8, 1u << 8);
    set_bits(RCC_BDCR, 1u << 15);
    return good;
}

/* Notes 0, the clock, and what 20 ms took of 1 us of a timer. */
void do_clocks(void)
{
    note((uint32_t)clocks_start());
    note(WORD(CFGR));
    enable(APB1ENR, 1);
    note_20_ms(84);
}
