/* SPDX-License-Identifier: MIT
 * The layout strings of a board, made of its header's numbers: what a host is told cannot differ
 * from what the bootloader does.
 * Source    UM0424, "DfuSe application programming interface", alternate setting names */
#ifndef BOOT_BOARD_LAYOUT_H
#define BOOT_BOARD_LAYOUT_H

#define FLASH_ADDR 0x08000000
#define OWN_BYTES  (CHIP_RUN1_KIB * 1024) /* the bootloader's: the first sector */

/* Kibibytes, from the start of the flash. */
#define APP_FROM   ((BOARD_APP_ADDR - FLASH_ADDR) / 1024)
#define APP_TO     (APP_FROM + BOARD_APP_BYTES / 1024)
#define DRIVE_FROM ((BOARD_DRIVE_ADDR - FLASH_ADDR) / 1024)
#define DRIVE_TO   (DRIVE_FROM + BOARD_DRIVE_BYTES / 1024)

/* How many sectors of each run of equal ones lie between two places. */
#define LATER(a, b)                        ((a) > (b) ? (a) : (b))
#define EARLIER(a, b)                      ((a) < (b) ? (a) : (b))
#define SECTORS(from, to, start, end, kib) (LATER(EARLIER(to, end) - LATER(from, start), 0) / (kib))
#define SECTORS1(from, to)                 SECTORS(from, to, 0, CHIP_RUN1_END, CHIP_RUN1_KIB)
#define SECTORS2(from, to)                 SECTORS(from, to, CHIP_RUN1_END, CHIP_RUN2_END, CHIP_RUN2_KIB)
#define SECTORS3(from, to)                 SECTORS(from, to, CHIP_RUN2_END, CHIP_RUN3_END, CHIP_RUN3_KIB)

/* Parts of the text, as characters. */
#define DIGIT(value)   (char)('0' + (value) % 10)
#define HEX_OF(nibble) (char)((nibble) < 10 ? '0' + (nibble) : 'A' - 10 + (nibble))
#define HEX(value, at) HEX_OF((value) >> (at)&15)
#define HEX_16(value)  HEX(value, 12), HEX(value, 8), HEX(value, 4), HEX(value, 0)
#define PLACE(addr)    '/', '0', 'x', HEX_16((addr) >> 16), HEX_16(addr)
#define RUN(count, kib, kind)                                                                      \
    DIGIT((count) / 10), DIGIT(count), '*', DIGIT((kib) / 100), DIGIT((kib) / 10), DIGIT(kib),     \
        'K', kind

/* a: readable only; g: readable, erasable and writable. */
#define OWN_TEXT PLACE(FLASH_ADDR), '/', RUN(1, CHIP_RUN1_KIB, 'a')

/* The application's runs go on behind the bootloader's, or have a place of their own. */
#define APP_FOLLOWS (BOARD_APP_ADDR == FLASH_ADDR + OWN_BYTES)
#if APP_FOLLOWS
#define APP_PLACE ','
#else
#define APP_PLACE PLACE(BOARD_APP_ADDR), '/'
#endif

#if SECTORS1(APP_FROM, APP_TO) > 0
#define APP_RUN1 APP_PLACE, RUN(SECTORS1(APP_FROM, APP_TO), CHIP_RUN1_KIB, 'g'),
#define APP_NEXT ','
#else
#define APP_RUN1
#define APP_NEXT APP_PLACE
#endif

#if SECTORS2(APP_FROM, APP_TO) > 0
#define APP_RUN2 APP_NEXT, RUN(SECTORS2(APP_FROM, APP_TO), CHIP_RUN2_KIB, 'g'),
#define APP_LAST ','
#else
#define APP_RUN2
#define APP_LAST APP_NEXT
#endif

#if SECTORS3(APP_FROM, APP_TO) > 0
#define APP_RUN3 APP_LAST, RUN(SECTORS3(APP_FROM, APP_TO), CHIP_RUN3_KIB, 'g'),
#else
#define APP_RUN3
#endif

/* At most 75 characters with three runs; a reply of the bootloader has room for 79. */
#define APP_NAME    '@', 'I', 'n', 't', 'e', 'r', 'n', 'a', 'l', ' ', 'F', 'l', 'a', 's', 'h', ' ', ' '
#define APP_LAYOUT  APP_NAME, OWN_TEXT, APP_RUN1 APP_RUN2 APP_RUN3 '\0'

#define DRIVE_PLACE PLACE(BOARD_DRIVE_ADDR), '/'
#if SECTORS1(DRIVE_FROM, DRIVE_TO) > 0
#define DRIVE_RUN1 DRIVE_PLACE, RUN(SECTORS1(DRIVE_FROM, DRIVE_TO), CHIP_RUN1_KIB, 'g'),
#define DRIVE_NEXT ','
#else
#define DRIVE_RUN1
#define DRIVE_NEXT DRIVE_PLACE
#endif

#if SECTORS2(DRIVE_FROM, DRIVE_TO) > 0
#define DRIVE_RUN2 DRIVE_NEXT, RUN(SECTORS2(DRIVE_FROM, DRIVE_TO), CHIP_RUN2_KIB, 'g'),
#define DRIVE_LAST ','
#else
#define DRIVE_RUN2
#define DRIVE_LAST DRIVE_NEXT
#endif

#if SECTORS3(DRIVE_FROM, DRIVE_TO) > 0
#define DRIVE_RUN3 DRIVE_LAST, RUN(SECTORS3(DRIVE_FROM, DRIVE_TO), CHIP_RUN3_KIB, 'g'),
#else
#define DRIVE_RUN3
#endif

#define DRIVE_NAME   '@', 'F', 'l', 'a', 's', 'h', ' ', 'D', 'r', 'i', 'v', 'e', ' ', ' '
#define DRIVE_LAYOUT DRIVE_NAME, DRIVE_RUN1 DRIVE_RUN2 DRIVE_RUN3 '\0'

#endif
