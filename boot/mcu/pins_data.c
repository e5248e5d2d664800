/* SPDX-License-Identifier: MIT
 * The pins in a board's header as data. */
#include BOOT_BOARD_HEADER

#include "boot/mcu/pins.h"

const struct pins pins = {
    .leds = {BOARD_LEDS},
    .led_count = BOARD_LED_COUNT,
    .leds_low = BOARD_LEDS_LOW,
    .has_button = BOARD_HAS_BUTTON,
    .button = BOARD_BUTTON,
    .button_up = BOARD_BUTTON_UP,
    .crystal_hz = BOARD_CRYSTAL_HZ,
};
