/* SPDX-License-Identifier: MIT
 * The pyboard v1.1 with a bootloader that starts signed applications only. */
#ifndef BOOT_BOARD_PYBV11_SIGNED_BOARD_H
#define BOOT_BOARD_PYBV11_SIGNED_BOARD_H

#include "boot/board/pybv11/board.h"

#undef BOARD_PRODUCT_TEXT
#define BOARD_PRODUCT_TEXT "PYBv1.1 dfukit-boot signed"

/* The key of RFC 8032, section 7.1, TEST 3: an example whose secret half everybody knows. A product
 * needs its own: dfukit image keygen. */
#define BOARD_SEAL_ID "pybv11"
#define BOARD_SEAL_KEY                                                                             \
    0xFC, 0x51, 0xCD, 0x8E, 0x62, 0x18, 0xA1, 0xA3, 0x8D, 0xA4, 0x7E, 0xD0, 0x02, 0x30, 0xF0,      \
        0x58, 0x08, 0x16, 0xED, 0x13, 0xBA, 0x33, 0x03, 0xAC, 0x5D, 0xEB, 0x91, 0x15, 0x48, 0x90,  \
        0x80, 0x25

#endif
