/* SPDX-License-Identifier: MIT
 * The memories of the STM32H743xI, for the boards that carry one. */
#ifndef BOOT_BOARD_H743_H
#define BOOT_BOARD_H743_H

#define CHIP_NAME "h743"      /* the folder of boot/mcu */
#define CHIP_CORE "cortex-m7" /* the file of cross */

/* Source    RM0433, "Embedded Flash memory"; DS12110, "Flash memory programming", x64 */
#define CHIP_SECTORS                                                                               \
    {0, 1000}, {128, 1000}, {256, 1000}, {384, 1000}, {512, 1000}, {640, 1000}, {768, 1000},       \
        {896, 1000}, {1024, 1000}, {1152, 1000}, {1280, 1000}, {1408, 1000}, {1536, 1000},         \
        {1664, 1000}, {1792, 1000}, {1920, 1000},                                                  \
    {                                                                                              \
        2048, 0                                                                                    \
    }

/* The same in runs of equal sectors, for the preprocessor: their size, and where they end. */
#define CHIP_RUN1_KIB 128
#define CHIP_RUN1_END 2048
#define CHIP_RUN2_KIB 128
#define CHIP_RUN2_END 2048
#define CHIP_RUN3_KIB 128
#define CHIP_RUN3_END 2048

/* The largest application whose seal is checked within a second, at the 64 MHz of reset. */
#define CHIP_SEALED_BYTES 0xF0000

#define CHIP_BANKS        2
#define CHIP_BANK_SECTORS 8
#define CHIP_COMMIT_BYTES 32
#define CHIP_UNIT_US      100

/* DTCM, AXI SRAM, SRAM1 to SRAM3, SRAM4.
 * Source    RM0433, "Memory organization" */
#define CHIP_RAMS                                                                                  \
    {0x20000000, 0x20000}, {0x24000000, 0x80000}, {0x30000000, 0x48000},                           \
    {                                                                                              \
        0x38000000, 0x10000                                                                        \
    }

#endif
