/* SPDX-License-Identifier: MIT
 * The OpenMV Cam H7 Plus: STM32H743II, one three-coloured LED, no button. */
#ifndef BOOT_BOARD_OPENMV4P_BOARD_H
#define BOOT_BOARD_OPENMV4P_BOARD_H

#include "boot/board/h743.h"

#define BOARD_APP_ADDR     0x08040000
#define BOARD_APP_BYTES    0x1C0000
#define BOARD_DRIVE_ADDR   0x08020000
#define BOARD_DRIVE_BYTES  0x20000

#define BOARD_VENDOR       0x0483
#define BOARD_PRODUCT      0xDF11
#define BOARD_MANUFACTURER "dfukit"
#define BOARD_PRODUCT_TEXT "OpenMV4P dfukit-boot"

/* C0, C1, C2: red, green, blue, lit by a low level. */
#define BOARD_LED_COUNT 3
#define BOARD_LEDS      PIN('C', 0), PIN('C', 1), PIN('C', 2)
#define BOARD_LEDS_LOW  1

/* P4 and P5: where the sample application speaks. */
#define BOARD_SERIAL    3
#define BOARD_SERIAL_TX PIN('B', 10)
#define BOARD_SERIAL_RX PIN('B', 11)

#endif
