/* SPDX-License-Identifier: MIT
 * A board's header as the data that the bootloader works with. */
#include BOOT_BOARD_HEADER

#include "boot/board_data.h"

#define TWO_BYTES(value) (value) & 0xFF, (value) >> 8

enum { SELF_POWERED = 0xC0, BY_2_MA = 50, DFU_CLASS = 0xFE, DFU_CAN = 0x0B, DETACH_MS = 255 };

/* Source    USB 2.0, "Device" */
static const uint8_t device[] = {18,
                                 1,
                                 TWO_BYTES(0x0210),
                                 0,
                                 0,
                                 0,
                                 64,
                                 TWO_BYTES(BOARD_VENDOR),
                                 TWO_BYTES(BOARD_PRODUCT),
                                 TWO_BYTES(BOARD_RELEASE),
                                 1,
                                 2,
                                 3,
                                 1};

/* One interface with an alternate setting for each region.
 * Source    USB 2.0, "Configuration", "Interface"; DFU 1.1, "DFU Functional Descriptor" */
static const uint8_t configuration[] = {
    9,
    2,
    TWO_BYTES(36),
    1,
    1,
    0,
    SELF_POWERED,
    BY_2_MA, /* configuration */
    9,
    4,
    0,
    0,
    0,
    DFU_CLASS,
    1,
    2,
    4, /* alternate 0 */
    9,
    4,
    0,
    1,
    0,
    DFU_CLASS,
    1,
    2,
    5, /* alternate 1 */
    9,
    0x21,
    DFU_CAN,
    TWO_BYTES(DETACH_MS),
    TWO_BYTES(2048),
    TWO_BYTES(0x011A) /* DfuSe */
};

static const struct boot_sector sectors[] = {CHIP_SECTORS};

static const struct boot_flash flash = {
    .sectors = sectors,
    .addr = 0x08000000,
    .banks = CHIP_BANKS,
    .bank_sectors = CHIP_BANK_SECTORS,
    .commit_bytes = CHIP_COMMIT_BYTES,
    .unit_us = CHIP_UNIT_US,
};

static const struct boot_area rams[BOOT_RAMS_MAX] = {CHIP_RAMS};

const struct boot_board BOOT_BOARD_NAME = {
    .flash = &flash,
    .rams = rams,
    .app = BOARD_APP,
    .regions = {BOARD_REGIONS},
    .region_count = BOOT_REGIONS_MAX,
    .led_count = BOARD_LED_COUNT,
    .device = device,
    .configuration = configuration,
    .manufacturer = BOARD_MANUFACTURER,
    .product = BOARD_PRODUCT_TEXT,
    .idle_exit_ms = BOARD_IDLE_EXIT_MS,
    .quiet_ms = BOARD_QUIET_MS,
};
