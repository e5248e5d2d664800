/* SPDX-License-Identifier: MIT
 * What cannot work on any board is refused when it is compiled, with what to do about it. */
#ifndef BOOT_BOARD_RULES_H
#define BOOT_BOARD_RULES_H

#ifndef CHIP_NAME
#error "board.h: include boot/board/f405.h or boot/board/h743.h, whichever chip the board carries"
#endif
#ifndef BOARD_APP_ADDR
#error "board.h: define BOARD_APP_ADDR and BOARD_APP_BYTES: where the application is linked"
#endif
#ifndef BOARD_VENDOR
#error "board.h: define BOARD_VENDOR and BOARD_PRODUCT: the USB identity of your product"
#endif
#ifndef BOARD_PRODUCT_TEXT
#error "board.h: define BOARD_PRODUCT_TEXT: the name that hosts show"
#endif

#include "boot/board_layout.h"
#include "boot/boot.h"

#define FLASH_END (FLASH_ADDR + CHIP_RUN3_END * 1024)
#define APP_END   (BOARD_APP_ADDR + BOARD_APP_BYTES)
#define DRIVE_END (BOARD_DRIVE_ADDR + BOARD_DRIVE_BYTES)
#define HAS_DRIVE (BOARD_DRIVE_BYTES != 0)

/* Whether a sector begins there, or the flash ends. */
#define AT_SECTOR(addr)                                                                            \
    (((addr)-FLASH_ADDR) % (1024 * CHIP_RUN1_KIB) == 0 && (addr) >= FLASH_ADDR &&                  \
     ((addr)-FLASH_ADDR < 1024 * CHIP_RUN1_END ||                                                  \
      ((addr)-FLASH_ADDR < 1024 * CHIP_RUN2_END                                                    \
           ? ((addr)-FLASH_ADDR - 1024 * CHIP_RUN1_END) % (1024 * CHIP_RUN2_KIB) == 0              \
           : ((addr)-FLASH_ADDR - 1024 * CHIP_RUN2_END) % (1024 * CHIP_RUN3_KIB) == 0)))

_Static_assert(BOARD_APP_BYTES > 0,
               "board.h: the application has no sectors: make BOARD_APP_BYTES larger than 0");
_Static_assert(BOARD_APP_ADDR >= FLASH_ADDR + OWN_BYTES,
               "board.h: the application begins inside the bootloader: move BOARD_APP_ADDR behind "
               "the first sector");
_Static_assert(AT_SECTOR(BOARD_APP_ADDR),
               "board.h: no sector begins at BOARD_APP_ADDR: take the start of one");
_Static_assert(AT_SECTOR(APP_END),
               "board.h: the application ends within a sector: make BOARD_APP_BYTES whole sectors");
_Static_assert(BOARD_APP_ADDR - FLASH_ADDR < CHIP_RUN3_END * 1024 / CHIP_BANKS,
               "board.h: the application begins in the second bank: move BOARD_APP_ADDR into the "
               "first one");
_Static_assert(APP_END <= FLASH_END,
               "board.h: the application ends behind the flash: make BOARD_APP_BYTES smaller");

_Static_assert(!HAS_DRIVE || BOARD_DRIVE_ADDR >= FLASH_ADDR + OWN_BYTES,
               "board.h: the drive begins inside the bootloader: move BOARD_DRIVE_ADDR behind the "
               "first sector");
_Static_assert(!HAS_DRIVE || AT_SECTOR(BOARD_DRIVE_ADDR),
               "board.h: no sector begins at BOARD_DRIVE_ADDR: take the start of one");
_Static_assert(!HAS_DRIVE || AT_SECTOR(DRIVE_END),
               "board.h: the drive ends within a sector: make BOARD_DRIVE_BYTES whole sectors");
_Static_assert(!HAS_DRIVE || DRIVE_END <= FLASH_END,
               "board.h: the drive ends behind the flash: make BOARD_DRIVE_BYTES smaller");
_Static_assert(
    !HAS_DRIVE || DRIVE_END <= BOARD_APP_ADDR || BOARD_DRIVE_ADDR >= APP_END,
    "board.h: drive and application overlap: move BOARD_DRIVE_ADDR, or make one smaller");

enum { BOARD_TEXT_MAX = (BOOT_REPLY_BYTES - 2) / 2 };

_Static_assert(sizeof(BOARD_PRODUCT_TEXT) <= BOARD_TEXT_MAX + 1,
               "board.h: BOARD_PRODUCT_TEXT is longer than 79 characters: shorten it");
_Static_assert(sizeof(BOARD_MANUFACTURER) <= BOARD_TEXT_MAX + 1,
               "board.h: BOARD_MANUFACTURER is longer than 79 characters: shorten it");
_Static_assert(BOARD_VENDOR > 0 && BOARD_VENDOR <= 0xFFFF && BOARD_PRODUCT >= 0 &&
                   BOARD_PRODUCT <= 0xFFFF,
               "board.h: BOARD_VENDOR (1..0xFFFF) or BOARD_PRODUCT (0..0xFFFF) is out of range");
_Static_assert(BOARD_LED_COUNT >= 0 && BOARD_LED_COUNT <= 4,
               "board.h: BOARD_LED_COUNT is at most 4: choose the LEDs to use");

#ifdef BOARD_SEAL_ID
_Static_assert(sizeof(BOARD_SEAL_ID) > 1 && sizeof(BOARD_SEAL_ID) <= BOOT_SEAL_BOARD_BYTES,
               "board.h: BOARD_SEAL_ID has 1 to 23 characters");
_Static_assert(
    BOARD_APP_BYTES <= CHIP_SEALED_BYTES,
    "board.h: to check so large an application takes this chip longer than a second: make "
    "BOARD_APP_BYTES smaller");
_Static_assert(BOARD_SEAL_SIGNED == 0 ||
                   sizeof((const unsigned char[]){BOARD_SEAL_KEY}) == BOOT_SEAL_KEY_BYTES,
               "board.h: BOARD_SEAL_KEY is 32 bytes: what dfukit image keygen prints");
#endif

#endif
