/* SPDX-License-Identifier: MIT
 * The memories of the STM32F405xG, for the boards that carry one. */
#ifndef BOOT_BOARD_F405_H
#define BOOT_BOARD_F405_H

/* Source    RM0090, "Embedded Flash memory"; DS8626, "Flash memory programming", x32 */
#define CHIP_FLASH                                                                                 \
    {                                                                                              \
        .runs = {{0x08000000, 0x4000, 4, 250, 500},                                                \
                 {0x08010000, 0x10000, 1, 550, 1100},                                              \
                 {0x08020000, 0x20000, 7, 1000, 2000}},                                            \
        .addr = 0x08000000, .bytes = 0x100000, .bank_bytes = 0x100000, .unit_bytes = 4,            \
        .hold_bytes = 4, .commit_bytes = 1, .unit_us = 16                                          \
    }

/* Source    RM0090, "Memory map" */
#define CHIP_RAMS                                                                                  \
    {0x20000000, 0x20000},                                                                         \
    {                                                                                              \
        0x10000000, 0x10000                                                                        \
    }

#endif
