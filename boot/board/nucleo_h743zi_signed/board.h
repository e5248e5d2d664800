/* SPDX-License-Identifier: MIT
 * The NUCLEO-H743ZI with a bootloader that starts signed applications only. */
#ifndef BOOT_BOARD_NUCLEO_H743ZI_SIGNED_BOARD_H
#define BOOT_BOARD_NUCLEO_H743ZI_SIGNED_BOARD_H

#include "boot/board/nucleo_h743zi/board.h"

/* Within a second from reset: what is larger takes longer to check. */
#undef BOARD_APP_BYTES
#define BOARD_APP_BYTES 0xE0000

#undef BOARD_PRODUCT_TEXT
#define BOARD_PRODUCT_TEXT "NUCLEO-H743ZI dfukit-boot signed"

/* The key of RFC 8032, section 7.1, TEST 3: an example whose secret half everybody knows. A product
 * needs its own: dfukit image keygen. */
#define BOARD_SEAL_ID "nucleo_h743zi"
#define BOARD_SEAL_KEY                                                                             \
    0xFC, 0x51, 0xCD, 0x8E, 0x62, 0x18, 0xA1, 0xA3, 0x8D, 0xA4, 0x7E, 0xD0, 0x02, 0x30, 0xF0,      \
        0x58, 0x08, 0x16, 0xED, 0x13, 0xBA, 0x33, 0x03, 0xAC, 0x5D, 0xEB, 0x91, 0x15, 0x48, 0x90,  \
        0x80, 0x25

#endif
