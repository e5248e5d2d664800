/* SPDX-License-Identifier: MIT
 * What erase and program of both chips' flash have in common. */
#ifndef TESTS_ARM_HAL_FLASH_INSIDE_H
#define TESTS_ARM_HAL_FLASH_INSIDE_H

#include "tests/arm/hal/hal.h"

/* Registers, and masks in them. */
struct hal_flash {
    uint32_t key, control, status, clear;
    uint32_t lock, interrupts;  /* in control */
    uint32_t end, busy, errors; /* in status; written to clear, they go */
};

extern const struct hal_flash hal_flash;

bool flash_unlock(void);

/* Before an operation that is waited for by flash_wait with the same by_interrupt. */
void flash_expect(bool by_interrupt);

/* Returns false when the operation went wrong. */
bool flash_wait(bool by_interrupt);

#endif
