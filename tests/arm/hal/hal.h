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
};

extern const struct hal_chip hal_chip;

/* Puts the clock tree into the state of hal_chip; notes what went wrong. Returns 0 when nothing. */
int clocks_start(void);

/* Clock and pins of the USB core. */
void usb_start_pins(void);

/* Sets up what a core has before main runs: the FPU, caches, the MPU. */
void system_start(void);

/* Ticks of 1 ms, counted by the SysTick interrupt. */
void tick_start(uint32_t core_hz);
uint32_t tick_now(void);
void tick_delay(uint32_t ms);

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

/* Interrupts with handlers of their own; weak, so that programs without them need none. */
void on_usb(void);

#define HAL_DECLARE(name) void do_##name(void);
HAL_PROGRAMS(HAL_DECLARE)

#endif
