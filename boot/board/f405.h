/* SPDX-License-Identifier: MIT
 * The memories of the STM32F405xG, for the boards that carry one. */
#ifndef BOOT_BOARD_F405_H
#define BOOT_BOARD_F405_H

#define CHIP_NAME "f405"      /* the folder of boot/mcu */
#define CHIP_CORE "cortex-m4" /* the file of cross */

/* Source    RM0090, "Embedded Flash memory"; DS8626, "Flash memory programming", x32 */
#define CHIP_SECTORS                                                                               \
    {0, 250}, {16, 250}, {32, 250}, {48, 250}, {64, 550}, {128, 1000}, {256, 1000}, {384, 1000},   \
        {512, 1000}, {640, 1000}, {768, 1000}, {896, 1000},                                        \
    {                                                                                              \
        1024, 0                                                                                    \
    }

/* The same in runs of equal sectors, for the preprocessor: their size, and where they end. */
#define CHIP_RUN1_KIB 16
#define CHIP_RUN1_END 64
#define CHIP_RUN2_KIB 64
#define CHIP_RUN2_END 128
#define CHIP_RUN3_KIB 128
#define CHIP_RUN3_END 1024

/* The largest application whose seal is checked within a second: all of the flash. */
#define CHIP_SEALED_BYTES 0x100000

#define CHIP_BANKS        1
#define CHIP_BANK_SECTORS 12
#define CHIP_COMMIT_BYTES 1
#define CHIP_UNIT_US      128 /* eight words of 16 us */

/* Source    RM0090, "Memory map" */
#define CHIP_RAMS                                                                                  \
    {0x20000000, 0x20000},                                                                         \
    {                                                                                              \
        0x10000000, 0x10000                                                                        \
    }

#endif
