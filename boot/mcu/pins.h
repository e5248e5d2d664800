/* SPDX-License-Identifier: MIT
 * The pins of the board. */
#ifndef BOOT_MCU_PINS_H
#define BOOT_MCU_PINS_H

#include <stdbool.h>
#include <stdint.h>

enum { PINS_LEDS_MAX = 4 };

/* A pin as one byte: port in the high half, number in the low one. */
#define PIN(port, number) (((port) - 'A') << 4 | (number))

struct pins {
    uint8_t leds[PINS_LEDS_MAX];
    uint8_t led_count;
    bool leds_low; /* lit by a low level */
    bool has_button;
    bool button_up; /* pulled up, low while pressed; otherwise the other way round */
    uint8_t button;
    uint32_t crystal_hz; /* 0: none */
};

/* The pins of the board this bootloader is built for. */
extern const struct pins pins;

enum pins_mode { PINS_INPUT, PINS_OUTPUT, PINS_ALTERNATE, PINS_ANALOG };

/* Clocks the port of pin, and puts the pin into that mode.
 *
 * Source    RM0090, "GPIO port mode register"; RM0433, the same */
void pins_set_mode(uint8_t pin, enum pins_mode mode);

#endif
