/* SPDX-License-Identifier: MIT
 * A board's header as the data that the bootloader works with. */
#include BOOT_BOARD_HEADER

#include "boot/board_data.h"

static const struct boot_flash flash = CHIP_FLASH;

static const struct boot_area rams[BOOT_RAMS_MAX] = {CHIP_RAMS};

const struct boot_board BOOT_BOARD_NAME = {
    .flash = &flash,
    .rams = rams,
    .app = BOARD_APP,
    .regions = {BOARD_REGIONS},
    .region_count = BOARD_REGION_COUNT,
    .led_count = BOARD_LED_COUNT,
    .vendor = BOARD_VENDOR,
    .product = BOARD_PRODUCT,
    .manufacturer = BOARD_MANUFACTURER,
    .product_text = BOARD_PRODUCT_TEXT,
    .idle_exit_ms = BOARD_IDLE_EXIT_MS,
    .quiet_ms = BOARD_QUIET_MS,
};
