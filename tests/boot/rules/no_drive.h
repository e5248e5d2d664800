/* SPDX-License-Identifier: MIT
 * A pyboard without a flash drive: one alternate setting, which hosts do not choose. */
#ifndef TESTS_BOOT_RULES_NO_DRIVE_H
#define TESTS_BOOT_RULES_NO_DRIVE_H

#include "boot/board/f405.h"

#define BOARD_APP_ADDR     0x08020000
#define BOARD_APP_BYTES    0xE0000

#define BOARD_VENDOR       0x1209
#define BOARD_PRODUCT      0x0001
#define BOARD_MANUFACTURER "dfukit"
#define BOARD_PRODUCT_TEXT "no drive"

#endif
