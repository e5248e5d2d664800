/* SPDX-License-Identifier: MIT
 * The memories of the STM32H743xI, for the boards that carry one. */
#ifndef BOOT_BOARD_H743_H
#define BOOT_BOARD_H743_H

/* Source    RM0433, "Embedded Flash memory"; DS12110, "Flash memory programming", x64 */
#define CHIP_FLASH                                                                                 \
    {                                                                                              \
        .runs = {{0x08000000, 0x20000, 16, 1000, 2000}}, .addr = 0x08000000, .bytes = 0x200000,    \
        .bank_bytes = 0x100000, .unit_bytes = 32, .hold_bytes = 32, .commit_bytes = 32,            \
        .unit_us = 100                                                                             \
    }

/* DTCM, AXI SRAM, SRAM1 to SRAM3, SRAM4.
 * Source    RM0433, "Memory organization" */
#define CHIP_RAMS                                                                                  \
    {0x20000000, 0x20000}, {0x24000000, 0x80000}, {0x30000000, 0x48000},                           \
    {                                                                                              \
        0x38000000, 0x10000                                                                        \
    }

#endif
