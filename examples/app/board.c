/* SPDX-License-Identifier: MIT
 * The pins in a board's header, and the chip's serial port. */
#include "examples/app/board.h"

#include BOOT_BOARD_HEADER

#include "boot/board_defaults.h"
#include "boot/mcu/pins.h"
#include "examples/app/chip.h"

enum {
    PORT_BYTES = 0x400,
    MODER = 0x00,
    BSRR = 0x18,
    AFRL = 0x20,
    MODE_OUTPUT = 1,
    MODE_ALTERNATE = 2,
    RECEIVED = 1 << 5,
    EMPTY = 1 << 7,
    BAUD = 115200,
};

_Static_assert(BOARD_SERIAL >= 0 && BOARD_SERIAL <= 6,
               "board.h: BOARD_SERIAL is the number of a serial port, 1 to 6, or 0 for none");

const char board_name[] = APP_BOARD_NAME;

static const uint8_t leds[] = {BOARD_LEDS};

/* Serial ports 2 to 5 follow each other; 1 and 6 are on the other bus.
 * Source    RM0090, "Memory map"; RM0433, the same */
static uint32_t serial_addr(void)
{
    return BOARD_SERIAL == 1   ? 0x40011000
           : BOARD_SERIAL == 6 ? 0x40011400
                               : 0x40003C00 + 0x400u * BOARD_SERIAL;
}

static void start_serial(void)
{
    if (BOARD_SERIAL == 1 || BOARD_SERIAL == 6) {
        *at(chip.apb2_enable) |= BOARD_SERIAL == 1 ? 1 << 4 : 1 << 5;
        (void)*at(chip.apb2_enable);
    } else {
        *at(chip.apb1_enable) |= 1u << (15 + BOARD_SERIAL);
        (void)*at(chip.apb1_enable);
    }
    *at(serial_addr() + chip.divider) = chip.hz / BAUD;
    *at(serial_addr() + chip.control) = chip.control_on;
}

/* Clocks the pin's port, and returns where that is. */
static uint32_t port_of(uint8_t pin)
{
    *at(chip.gpio_enable) |= 1u << (pin >> 4);
    (void)*at(chip.gpio_enable);
    return chip.gpio + PORT_BYTES * (uint32_t)(pin >> 4);
}

static void set_mode(uint8_t pin, uint32_t mode)
{
    uint32_t moder = port_of(pin) + MODER, shift = 2u * (pin & 15);
    *at(moder) = (*at(moder) & ~(3u << shift)) | mode << shift;
}

/* Source    RM0090, "GPIO alternate function low register"; RM0433, the same */
static void set_serial(uint8_t pin)
{
    uint32_t afr = port_of(pin) + AFRL + 4u * (pin >> 3 & 1), shift = 4u * (pin & 7);
    *at(afr) = (*at(afr) & ~(15u << shift)) | (uint32_t)BOARD_SERIAL_FUNCTION << shift;
    set_mode(pin, MODE_ALTERNATE);
}

void board_start(void)
{
    if (BOARD_LED_COUNT > 0) {
        set_mode(leds[0], MODE_OUTPUT);
    }
    if (BOARD_SERIAL > 0) {
        set_serial(BOARD_SERIAL_TX);
        set_serial(BOARD_SERIAL_RX);
        start_serial();
    }
}

void board_set_led(bool lit)
{
    if (BOARD_LED_COUNT > 0) {
        bool high = lit != (BOARD_LEDS_LOW != 0);
        *at(port_of(leds[0]) + BSRR) = (high ? 1u : 1u << 16) << (leds[0] & 15);
    }
}

void board_put(char byte)
{
    if (BOARD_SERIAL > 0) {
        while ((*at(serial_addr() + chip.status) & EMPTY) == 0) {
        }
        *at(serial_addr() + chip.sent) = (uint8_t)byte;
    }
}

int board_get(void)
{
    if (BOARD_SERIAL == 0 || (*at(serial_addr() + chip.status) & RECEIVED) == 0) {
        return -1;
    }
    return (int)(*at(serial_addr() + chip.received) & 0xFF);
}
