/* SPDX-License-Identifier: MIT
 * Registers that the boards of the sample application share. */
#ifndef EXAMPLES_APP_REGISTERS_H
#define EXAMPLES_APP_REGISTERS_H

#include <stdint.h>

enum { GPIO_MODER = 0, GPIO_BSRR = 0x18, GPIO_AFRL = 0x20, MODE_OUTPUT = 1, MODE_ALTERNATE = 2 };

static inline volatile uint32_t *at(uint32_t addr)
{
    return (volatile uint32_t *)addr;
}

static inline void pin_set_mode(uint32_t port, uint32_t pin, uint32_t mode)
{
    *at(port + GPIO_MODER) = (*at(port + GPIO_MODER) & ~(3u << 2 * pin)) | mode << 2 * pin;
}

/* Source    RM0090, "GPIO alternate function low register"; RM0433, the same */
static inline void pin_set_alternate(uint32_t port, uint32_t pin, uint32_t function)
{
    uint32_t addr = port + GPIO_AFRL + 4 * (pin / 8), shift = 4 * (pin % 8);
    *at(addr) = (*at(addr) & ~(15u << shift)) | function << shift;
    pin_set_mode(port, pin, MODE_ALTERNATE);
}

#endif
