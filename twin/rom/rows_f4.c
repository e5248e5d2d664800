/* SPDX-License-Identifier: MIT
 * ROM versions of the STM32F405 family. */
#include "twin/rom/parts.h"

#define F405_LAYOUT "@Internal Flash  /0x08000000/04*016Kg,01*064Kg,07*128Kg"

#define F405_GEOMETRY                                                                              \
    {                                                                                              \
        .base = 0x08000000, .bytes = 1024 * KIB, .bank_bytes = 1024 * KIB, .layout = F405_LAYOUT   \
    }

/* The ROM assumes 1.8 V to 2.1 V: bytes. Source DS8626, "Flash memory
 * programming" */
#define F405_X8                                                                                    \
    {                                                                                              \
        .erase = {{16 * KIB, 400ull * TWIN_MS},                                                    \
                  {64 * KIB, 1200ull * TWIN_MS},                                                   \
                  {128 * KIB, 2000ull * TWIN_MS}},                                                 \
        .erase_all_ns = 16000ull * TWIN_MS, .unit_bytes = 1, .unit_ns = 16 * TWIN_US,              \
        .source = "DS8626, x8"                                                                     \
    }

#define F405_X32                                                                                   \
    {                                                                                              \
        .erase = {{16 * KIB, 250ull * TWIN_MS},                                                    \
                  {64 * KIB, 550ull * TWIN_MS},                                                    \
                  {128 * KIB, 1000ull * TWIN_MS}},                                                 \
        .erase_all_ns = 8000ull * TWIN_MS, .unit_bytes = 4, .unit_ns = 16 * TWIN_US,               \
        .source = "DS8626, x32"                                                                    \
    }

/* Poll timeouts are constants of the ROM, whatever the operation takes: 100 ms
 * for an erase, also a mass erase, 104 ms for the rest. */
#define F405_ROW(row_name, row_version, row_id, startup_ms)                                        \
    {                                                                                              \
        .name = (row_name), .version = (row_version), .device = ST_DEVICE(0x0100, 0x2200, 2),      \
        .manufacturer = "STMicroelectronics", .product = "STM32  BOOTLOADER", .max_power = 50,     \
        .alternates = {F405_LAYOUT, "@Option Bytes  /0x1FFFC000/01*016 e",                         \
                       "@OTP Memory /0x1FFF7800/01*512 e,01*016 e",                                \
                       "@Device Feature/0xFFFF0000/01*004 e"},                                     \
        .first_alternate_string = 4, .functional = ST_FUNCTIONAL(2048), .write_bytes_max = 2048,   \
        .write_align = 4, .id = (row_id), .id_addr = 0x1FFF77DE, .system = {0x1FFF0000, 0x7A30},   \
        .option = {0x1FFFC000, 16}, .otp = {0x1FFF7800, 528}, .flash_kb_addr = 0x1FFF7A22,         \
        .uid_addr = 0x1FFF7A10, .feature_addr = 0xFFFF0000, .flash = F405_GEOMETRY,                \
        .slow = F405_X8, .fast = F405_X32, .address_poll_ms = 104, .erase_poll_ms = 100,           \
        .erase_all_poll_ms = 100, .write_poll_ms = 104, .erase_hold = ROM_HOLDS_SECOND,            \
        .write_hold = ROM_HOLDS_SECOND, .ram = {{0x20000000, 128 * KIB}, {0x10000000, 64 * KIB}},  \
        .startup_ns = (startup_ms)*TWIN_MS, .source = "AN2606, AN3156, DS8626"                     \
    }

const struct rom_row rom_rows_f4[] = {
    F405_ROW("f405-v3.1", "V3.1", 0x31, 85),
    F405_ROW("f405-v9.1", "V9.1", 0x91, 74),
    {.name = NULL},
};
