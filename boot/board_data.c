/* SPDX-License-Identifier: MIT
 * A board's header as the data that the bootloader works with. */
#include BOOT_BOARD_HEADER

#include "boot/board.h"
#include "boot/board_defaults.h"
#include "boot/board_name.h"
#include "boot/board_rules.h"

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

#define APP_AREA                                                                                   \
    {                                                                                              \
        BOARD_APP_ADDR, BOARD_APP_BYTES                                                            \
    }
#define DRIVE_AREA                                                                                 \
    {                                                                                              \
        BOARD_DRIVE_ADDR, BOARD_DRIVE_BYTES                                                        \
    }

/* An alternate setting of the one interface, for a region. */
#define ALTERNATE(number) 9, 4, 0, number, 0, DFU_CLASS, 1, 2, 4 + (number)

#if BOARD_DRIVE_BYTES > 0
#define ALTERNATES ALTERNATE(0), ALTERNATE(1)
enum { REGIONS = 2 };
static const char drive_layout[] = {DRIVE_LAYOUT};
#define DRIVE_REGION                                                                               \
    {                                                                                              \
        DRIVE_AREA, {0, 0}, drive_layout                                                           \
    }
#else
#define ALTERNATES ALTERNATE(0)
enum { REGIONS = 1 };
#define DRIVE_REGION                                                                               \
    {                                                                                              \
        {0, 0}, {0, 0}, 0                                                                          \
    }
#endif

/* Configuration, interface with its alternate settings, DFU; DfuSe is version 0x011A.
 * Source    USB 2.0, "Configuration", "Interface"; DFU 1.1, "DFU Functional Descriptor" */
static const uint8_t configuration[] = {9,
                                        2,
                                        TWO_BYTES(18 + 9 * REGIONS),
                                        1,
                                        1,
                                        0,
                                        SELF_POWERED,
                                        BY_2_MA,
                                        ALTERNATES,
                                        9,
                                        0x21,
                                        DFU_CAN,
                                        TWO_BYTES(DETACH_MS),
                                        TWO_BYTES(2048),
                                        TWO_BYTES(0x011A)};

static const char app_layout[] = {APP_LAYOUT};

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

#define BOARD_FIELDS                                                                               \
    .flash = &flash, .rams = rams, .app = APP_AREA,                                                \
    .regions = {{APP_AREA, {FLASH_ADDR, OWN_BYTES}, app_layout}, DRIVE_REGION},                    \
    .region_count = REGIONS, .led_count = BOARD_LED_COUNT, .device = device,                       \
    .configuration = configuration, .manufacturer = BOARD_MANUFACTURER,                            \
    .product = BOARD_PRODUCT_TEXT, .idle_exit_ms = BOARD_IDLE_EXIT_MS, .quiet_ms = BOARD_QUIET_MS,

#ifdef BOARD_SEAL_ID
const struct boot_sealed_board BOOT_BOARD_NAME = {
    .board = {BOARD_FIELDS.sealed = 1},
    .seal = {.flags = BOARD_SEAL_SIGNED | (BOARD_SEAL_ANY_VERSION ? BOOT_SEAL_ANY_VERSION : 0),
             .board = BOARD_SEAL_ID,
             .key = {BOARD_SEAL_KEY}},
};
#else
const struct boot_board BOOT_BOARD_NAME = {BOARD_FIELDS};
#endif
