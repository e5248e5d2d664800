/* SPDX-License-Identifier: MIT
 * The pins in a board's header as data. */
#include BOOT_BOARD_HEADER

#include "boot/board_defaults.h"
#include "boot/mcu/pins.h"

_Static_assert(BOARD_LED_COUNT == 0 || sizeof((uint8_t[]){BOARD_LEDS}) == BOARD_LED_COUNT,
               "board.h: BOARD_LEDS lists another number of pins than BOARD_LED_COUNT says");
_Static_assert(!BOARD_HAS_BUTTON || (BOARD_BUTTON != PIN('A', 11) && BOARD_BUTTON != PIN('A', 12)),
               "board.h: BOARD_BUTTON is a pin of USB: A11 and A12 are D- and D+");
_Static_assert(BOARD_CRYSTAL_HZ == 0 ||
                   (BOARD_CRYSTAL_HZ >= 4000000 && BOARD_CRYSTAL_HZ <= 26000000 &&
                    BOARD_CRYSTAL_HZ % 1000000 == 0),
               "board.h: BOARD_CRYSTAL_HZ is a whole number of MHz from 4 to 26, or 0 for none");

const struct pins pins = {
    .leds = {BOARD_LEDS},
    .led_count = BOARD_LED_COUNT,
    .leds_low = BOARD_LEDS_LOW,
    .has_button = BOARD_HAS_BUTTON,
    .button = BOARD_BUTTON,
    .button_up = BOARD_BUTTON_UP,
    .crystal_hz = BOARD_CRYSTAL_HZ,
};
