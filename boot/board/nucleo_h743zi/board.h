/* SPDX-License-Identifier: MIT
 * The NUCLEO-H743ZI: STM32H743ZI, three LEDs, the blue user button. */
#ifndef BOOT_BOARD_NUCLEO_H743ZI_BOARD_H
#define BOOT_BOARD_NUCLEO_H743ZI_BOARD_H

#include "boot/board/h743.h"

#define BOARD_APP                                                                                  \
    {                                                                                              \
        0x08020000, 0x160000                                                                       \
    }
#define BOARD_DRIVE                                                                                \
    {                                                                                              \
        0x08180000, 0x80000                                                                        \
    }
#define BOARD_REGIONS                                                                              \
    {{0x08020000, 0x160000},                                                                       \
     {0x08000000, 0x20000},                                                                        \
     "@Internal Flash  /0x08000000/01*128Ka,11*128Kg"},                                            \
    {                                                                                              \
        BOARD_DRIVE, {0, 0}, "@Flash Drive  /0x08180000/04*128Kg"                                  \
    }

#define BOARD_VENDOR       0x0483
#define BOARD_PRODUCT      0xDF11
#define BOARD_RELEASE      0x4100
#define BOARD_MANUFACTURER "dfukit"
#define BOARD_PRODUCT_TEXT "NUCLEO-H743ZI dfukit-boot"
#define BOARD_IDLE_EXIT_MS 60000
#define BOARD_QUIET_MS     5000

/* B0, B7, B14: green, blue, red, lit by a high level; C13 is high while pressed.
 * Source    UM1974, "LEDs", "Push-buttons" */
#define BOARD_LED_COUNT  3
#define BOARD_LEDS       PIN('B', 0), PIN('B', 7), PIN('B', 14)
#define BOARD_LEDS_LOW   0
#define BOARD_HAS_BUTTON 1
#define BOARD_BUTTON     PIN('C', 13)
#define BOARD_BUTTON_UP  0 /* the pull: 1 up, pressed is low; 0 down, pressed is high */
#define BOARD_CRYSTAL_HZ 0 /* not needed: USB runs from the HSI48 */

#endif
