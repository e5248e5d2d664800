/* SPDX-License-Identifier: MIT
 * What the programs of tests/arm/hal share: the chip as data, registers, ticks, notes. */
#ifndef TESTS_ARM_HAL_HAL_H
#define TESTS_ARM_HAL_HAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/arm/hal/programs.h"

#define WORD(addr) (*(volatile uint32_t *)(addr))
#define HALF(addr) (*(volatile uint16_t *)(addr))
#define BYTE(addr) (*(volatile uint8_t *)(addr))

/* What differs between the chips. */
struct hal_chip {
    uint32_t hclk_hz, core_hz; /* after clocks_start */
    uint32_t usb, usb_irq, usb_endpoints;
    uint32_t gpio_a;
    uint32_t uart, uart_irq, uart_divisor; /* of 115200 baud */
    struct hal_uart {
        uint32_t control1, control2, control3, baud, status, clear, from, to, enable;
    } uart_at;
    uint32_t dma, dma_send, dma_receive; /* DMA1; its streams for the port */
    uint32_t dma_choose;                 /* CHSEL of both */
    uint32_t exti_rising, exti_falling, exti_mask, exti_pending, exti_choose;
    uint32_t button_pin, button_port, button_irq;
    uint32_t rtc, watchdog, random, crc, reset_flags, watchdog_flag, clear_flag;
};

extern const struct hal_chip hal_chip;

/* Puts the clock tree into the state of hal_chip; notes what went wrong. Returns 0 when nothing. */
int clocks_start(void);

/* Clock and pins of the USB core; of the serial port, DMA1 and DMA2; of all the rest. */
void usb_start_pins(void);
void uart_start_pins(void);
void rest_start_clocks(void);

/* Gives the calendar a clock, the crystal's or, where that does not start, the inner one. */
bool calendar_start_clock(void);

/* Erases the sector at 0x08020000 and programs words there: by waiting, or by interrupt. Return
 * false when something went wrong. */
bool flash_erase(uint32_t addr, bool by_interrupt);
bool flash_program(uint32_t addr, const uint32_t words[8], bool by_interrupt);

/* Sets up what a core has before main runs: the FPU, caches, the MPU. */
void system_start(void);

/* Ticks of 1 ms, counted by the SysTick interrupt. */
void tick_start(uint32_t core_hz);
uint32_t tick_now(void);
void tick_delay(uint32_t ms);
void tick_sleep(uint32_t ms); /* the same, asleep between ticks */

/* Notes how many ms pass by TIM2, whose clock has that many MHz, in 20 ticks. */
void note_20_ms(uint32_t timer_mhz);

/* Waits until (WORD(addr) & mask) == wanted. Returns false after limit_ms. */
bool wait_for(uint32_t addr, uint32_t mask, uint32_t wanted, uint32_t limit_ms);

void irq_enable(uint32_t irq, uint32_t priority);
void note(uint32_t value);
void seen(enum hal_seen kind);

static inline void set_bits(uint32_t addr, uint32_t bits)
{
    WORD(addr) |= bits;
}

static inline void clear_bits(uint32_t addr, uint32_t bits)
{
    WORD(addr) &= ~bits;
}

static inline void change_bits(uint32_t addr, uint32_t mask, uint32_t bits)
{
    WORD(addr) = (WORD(addr) & ~mask) | bits;
}

/* Interrupts with handlers of their own. */
void on_usb(void);
void on_uart(void);
void on_dma_send(void);
void on_dma_receive(void);
void on_dma_copy(void);
void on_pin(void);
void on_timer(void);
void on_flash(void);
void on_switch(void);
void on_begin(void);

/* A kernel's part of each tick; nothing where none runs. */
void tasks_tick(void);

#define HAL_DECLARE(name) void do_##name(void);
HAL_PROGRAMS(HAL_DECLARE)

#endif
