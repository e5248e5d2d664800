/* SPDX-License-Identifier: MIT
 * The table of boards with a chip that runs ARM code: which chip, and what is soldered to it. */
#ifndef TWIN_BOARD_ARM_WIRING_H
#define TWIN_BOARD_ARM_WIRING_H

#include "twin/board/arm.h"
#include "twin/soc/chip.h"
#include "twin/soc/dwc2.h"
#include "twin/soc/gpio.h"

enum { ARM_LEDS_MAX = 4 };

/* A pin; port 0 is A. */
struct arm_pin {
    uint8_t port, number;
};

/* A button and what it does to its pin. */
struct arm_button {
    struct arm_pin pin;
    enum soc_pin pressed, idle;
};

struct arm_wiring {
    const char *name; /* of the board */
    const struct arm_chip *chip;
    const struct soc_map *map;
    const struct soc_dwc2_row *usb;
    const char *usb_row;     /* of the map: the core with the USB socket */
    uint32_t hse_hz, lse_hz; /* 0: not fitted */
    struct arm_pin leds[ARM_LEDS_MAX];
    uint32_t led_count;
    enum soc_pin led_on;
    struct arm_button button;
    bool vbus;      /* PA9 hangs on the socket's VBUS */
    uint32_t usart; /* the one that a person's terminal is at */
};

/* Finds a row by the board's name.
 * Owns      nothing: a constant. NULL when there is none */
const struct arm_wiring *arm_wiring_find(const char *name);

#endif
