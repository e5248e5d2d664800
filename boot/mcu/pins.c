/* SPDX-License-Identifier: MIT
 * The button and the LEDs. */
#include "boot/mcu/pins.h"

#include "boot/mcu/chip.h"
#include "boot/mcu/core.h"
#include "boot/port.h"

enum { PORT_BYTES = 0x400, SETTLE_READS = 200, PULL_UP = 1, PULL_DOWN = 2 };

static struct gpio_regs *port_of(uint8_t pin)
{
    return (struct gpio_regs *)(chip.gpio + PORT_BYTES * (uint32_t)(pin >> 4));
}

static uint32_t in_field(uint32_t old, uint8_t pin, uint32_t value)
{
    uint32_t shift = 2u * (pin & 15u);
    return (old & ~(3u << shift)) | value << shift;
}

void pins_set_mode(uint8_t pin, enum pins_mode mode)
{
    struct gpio_regs *port = port_of(pin);
    volatile uint32_t *enable = core_register(chip.gpio_enable);
    *enable |= 1u << (pin >> 4);
    (void)*enable; /* the clock takes two cycles */
    port->moder = in_field(port->moder, pin, mode);
}

/* Puts everything back: the application is to find its pins as after a reset. */
bool port_button(void)
{
    if (!pins.has_button) {
        return false;
    }
    struct gpio_regs *port = port_of(pins.button);
    volatile uint32_t *enable = core_register(chip.gpio_enable);
    uint32_t enabled = *enable;
    *enable = enabled | 1u << (pins.button >> 4);
    (void)*enable;
    uint32_t mode = port->moder, pull = port->pupdr;
    port->moder = in_field(mode, pins.button, PINS_INPUT);
    port->pupdr = in_field(pull, pins.button, pins.button_up ? PULL_UP : PULL_DOWN);
    uint32_t levels = 0;
    for (uint32_t i = 0; i < SETTLE_READS; i++) {
        levels = port->idr;
    }
    port->pupdr = pull;
    port->moder = mode;
    *enable = enabled;
    return (levels >> (pins.button & 15) & 1) != pins.button_up;
}

void port_leds(uint32_t pattern)
{
    for (uint32_t i = 0; i < pins.led_count; i++) {
        uint8_t pin = pins.leds[i];
        bool high = (pattern >> i & 1) != pins.leds_low;
        pins_set_mode(pin, PINS_OUTPUT);
        port_of(pin)->bsrr = (high ? 1u : 1u << 16) << (pin & 15);
    }
}
