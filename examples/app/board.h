/* SPDX-License-Identifier: MIT
 * What the sample application does with a board: its first LED and a serial port, where it has
 * them. */
#ifndef EXAMPLES_APP_BOARD_H
#define EXAMPLES_APP_BOARD_H

#include <stdbool.h>
#include <stdint.h>

/* The name of the folder that describes the board. */
extern const char board_name[];

/* The register at addr. */
static inline volatile uint32_t *at(uint32_t addr)
{
    return (volatile uint32_t *)addr;
}

/* Turns on the clocks of the LED and of the serial port, at 115200 baud from the HSI. */
void board_start(void);

/* Drives the LED's pin. */
void board_set_led(bool lit);

/* Sends one byte. */
void board_put(char byte);

/* Returns the byte that came in, or -1. */
int board_get(void);

#endif
