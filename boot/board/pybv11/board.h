/* SPDX-License-Identifier: MIT
 * The pyboard v1.1: STM32F405RG, four LEDs, the USR button. */
#ifndef BOOT_BOARD_PYBV11_BOARD_H
#define BOOT_BOARD_PYBV11_BOARD_H

#include "boot/board/f405.h"

#define BOARD_APP_ADDR     0x08020000
#define BOARD_APP_BYTES    0xE0000
#define BOARD_DRIVE_ADDR   0x08004000
#define BOARD_DRIVE_BYTES  0x1C000

#define BOARD_VENDOR       0x0483
#define BOARD_PRODUCT      0xDF11
#define BOARD_MANUFACTURER "dfukit"
#define BOARD_PRODUCT_TEXT "PYBv1.1 dfukit-boot"

/* A13, A14, A15, B4: red, green, yellow, blue, lit by a high level; B3 to ground while pressed. */
#define BOARD_LED_COUNT  4
#define BOARD_LEDS       PIN('A', 13), PIN('A', 14), PIN('A', 15), PIN('B', 4)
#define BOARD_LEDS_LOW   0
#define BOARD_BUTTON     PIN('B', 3)
#define BOARD_BUTTON_UP  1 /* the pull: 1 up, pressed is low; 0 down, pressed is high */
#define BOARD_CRYSTAL_HZ 12000000

/* X3 and X4: where the sample application speaks. */
#define BOARD_SERIAL    2
#define BOARD_SERIAL_TX PIN('A', 2)
#define BOARD_SERIAL_RX PIN('A', 3)

#endif
