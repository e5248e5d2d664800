/* SPDX-License-Identifier: MIT
 * ROM versions of the STM32H743 family. */
#include "twin/rom/parts.h"

#define H743_LAYOUT "@Internal Flash   /0x08000000/16*128Kg"

#define H743_GEOMETRY                                                                              \
    {                                                                                              \
        .base = 0x08000000, .bytes = 2048 * KIB, .bank_bytes = 1024 * KIB, .ecc_word_bytes = 32,   \
        .layout = H743_LAYOUT                                                                      \
    }

/* Source DS12110, "Flash memory programming", x64 */
#define H743_X64                                                                                   \
    {                                                                                              \
        .erase = {{128 * KIB, 1000ull * TWIN_MS}}, .erase_all_ns = 8000ull * TWIN_MS,              \
        .unit_bytes = 32, .unit_ns = 100 * TWIN_US, .source = "DS12110, x64"                       \
    }

/* The serial number is the chip's IDCODE, the same on every board: 2003 is
 * revision V, 1003 is Y. Which GETSTATUS is held, and for how long, comes from
 * traces of real boards. */
#define H743_ROW(row_name, row_version, row_id, row_serial)                                        \
    .name = (row_name), .version = (row_version), .device = ST_DEVICE(0x0200, 0x0200, 4),          \
    .manufacturer = "STMicroelectronics", .product = "DFU in FS Mode", .serial = (row_serial),     \
    .configuration_text = "DFU Config", .max_power = 0x32,                                         \
    .alternates = {H743_LAYOUT, "@Option Bytes   /0x5200201C/01*128 e"},                           \
    .first_alternate_string = 6, .functional = ST_FUNCTIONAL(1024), .write_bytes_max = 1024,       \
    .write_align = 8, .id = (row_id), .id_addr = 0x1FF1E7FE, .system = {0x1FF00000, 0x20000},      \
    .option = {0x5200201C, 128}, .flash_kb_addr = 0x1FF1E880, .uid_addr = 0x1FF1E800,              \
    .flash = H743_GEOMETRY, .slow = H743_X64, .address_poll_ms = 0, .erase_poll_ms = 1000,         \
    .erase_all_poll_ms = 16000, .write_poll_ms = 0, .erase_hold = ROM_HOLDS_FIRST,                 \
    .write_hold = ROM_HOLDS_SECOND, .ram = {{0x20000000, 128 * KIB}, {0x24000000, 512 * KIB}},     \
    .startup_ns = 54 * TWIN_MS, .source = "AN2606, AN3156, DS12110, traces of real boards"

const struct rom_row rom_rows_h7[] = {
    {
        H743_ROW("h743-v13.3", "V13.3", 0xD3, "100364500000"),
        .erase_all_broken = true,
    },
    {
        H743_ROW("h743-v9.0", "V9.0", 0x90, "200364500000"),
        .bank2 = ROM_BANK2_WEDGES,
        .leave = ROM_LEAVE_HANGS,
        .stack_margin_bytes = 16,
    },
    {
        H743_ROW("h743-v9.1", "V9.1", 0x91, "200364500000"),
        .bank2 = ROM_BANK2_RETURNS_EARLY,
        .stack_margin_bytes = 16,
    },
    {
        H743_ROW("h743-v9.2", "V9.2", 0x92, "200364500000"),
        .stack_margin_bytes = 16,
    },
    {.name = NULL},
};
