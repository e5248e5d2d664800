/* SPDX-License-Identifier: MIT
 * The OpenMV Cam H7 Plus: STM32H743II, one three-coloured LED, no button. */
#ifndef BOOT_BOARD_OPENMV4P_BOARD_H
#define BOOT_BOARD_OPENMV4P_BOARD_H

#include "boot/board/h743.h"

#define BOARD_APP                                                                                  \
    {                                                                                              \
        0x08040000, 0x1C0000                                                                       \
    }
#define BOARD_DRIVE                                                                                \
    {                                                                                              \
        0x08020000, 0x20000                                                                        \
    }
#define BOARD_REGIONS                                                                              \
    {{0x08040000, 0x1C0000},                                                                       \
     {0x08000000, 0x20000},                                                                        \
     "@Internal Flash  /0x08000000/01*128Ka/0x08040000/14*128Kg"},                                 \
    {                                                                                              \
        BOARD_DRIVE, {0, 0}, "@Flash Drive  /0x08020000/01*128Kg"                                  \
    }

#define BOARD_VENDOR       0x0483
#define BOARD_PRODUCT      0xDF11
#define BOARD_RELEASE      0x4100
#define BOARD_MANUFACTURER "dfukit"
#define BOARD_PRODUCT_TEXT "OpenMV4P dfukit-boot"
#define BOARD_IDLE_EXIT_MS 60000
#define BOARD_QUIET_MS     5000

/* C0, C1, C2: red, green, blue, lit by a low level. */
#define BOARD_LED_COUNT  3
#define BOARD_LEDS       PIN('C', 0), PIN('C', 1), PIN('C', 2)
#define BOARD_LEDS_LOW   1
#define BOARD_HAS_BUTTON 0
#define BOARD_BUTTON     0
#define BOARD_BUTTON_UP  0
#define BOARD_CRYSTAL_HZ 0 /* not needed: USB runs from the HSI48 */

#endif
