/* SPDX-License-Identifier: MIT
 * The NUCLEO-H743ZI: STM32H743ZI, three LEDs, the blue user button. */
#ifndef BOOT_BOARD_NUCLEO_H743ZI_BOARD_H
#define BOOT_BOARD_NUCLEO_H743ZI_BOARD_H

#include "boot/board/h743.h"

#define BOARD_APP_ADDR     0x08020000
#define BOARD_APP_BYTES    0x160000
#define BOARD_DRIVE_ADDR   0x08180000
#define BOARD_DRIVE_BYTES  0x80000

#define BOARD_VENDOR       0x0483
#define BOARD_PRODUCT      0xDF11
#define BOARD_MANUFACTURER "dfukit"
#define BOARD_PRODUCT_TEXT "NUCLEO-H743ZI dfukit-boot"

/* B0, B7, B14: green, blue, red, lit by a high level; C13 is high while pressed.
 * Source    UM1974, "LEDs", "Push-buttons" */
#define BOARD_LED_COUNT 3
#define BOARD_LEDS      PIN('B', 0), PIN('B', 7), PIN('B', 14)
#define BOARD_LEDS_LOW  0
#define BOARD_BUTTON    PIN('C', 13)
#define BOARD_BUTTON_UP 0 /* the pull: 1 up, pressed is low; 0 down, pressed is high */

/* D8 and D9, which the ST-LINK passes on: where the sample application speaks. */
#define BOARD_SERIAL    3
#define BOARD_SERIAL_TX PIN('D', 8)
#define BOARD_SERIAL_RX PIN('D', 9)

#endif
