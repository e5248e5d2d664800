/* SPDX-License-Identifier: MIT
 * What the sample application needs of a board. */
#ifndef EXAMPLES_APP_BOARD_H
#define EXAMPLES_APP_BOARD_H

#include <stdint.h>

/* One header for each board gives the values; they are in boards.c. */
struct board {
    const char *name;
    uint32_t reset_flags,
        forget_flags; /* RCC: why the chip was reset, and the bit that clears it */
    uint32_t clock_control, clock_switch; /* RCC_CR, RCC_CFGR: what the bootloader left running */
    uint32_t led_port, led_pin;
};

extern const struct board board;

/* Turns on the clocks of the LED and of the serial port, at 115200 baud from the HSI. */
void board_start(void);

/* Sends one byte. */
void board_put(char byte);

/* Returns the byte that came in, or -1. */
int board_get(void);

#endif
