/* SPDX-License-Identifier: MIT
 * Time, and waiting with an end. */
#ifndef BOOT_MCU_CLOCK_H
#define BOOT_MCU_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* Makes SysTick tick every millisecond at that clock of the CPU.
 *
 * Source    ARMv7-M ARM, "System timer, SysTick" */
void clock_start(uint32_t mhz);

/* Leaves SysTick as a reset does. */
void clock_stop(void);

/* Waits until (*at & mask) == value. Returns false when that takes longer than limit_ms, 1.. */
bool clock_wait(const volatile uint32_t *at, uint32_t mask, uint32_t value, uint32_t limit_ms);

#endif
