/* SPDX-License-Identifier: MIT
 * The boards of the bootloader by name, and their native guests. */
#include "glue/boards.h"

#include <stddef.h>
#include <string.h>

#include "glue/boot_guest.h"

#define DEVICE                                                                                     \
    {                                                                                              \
        18, 1, 0x10, 0x02, 0, 0, 0, 64, 0x83, 0x04, 0x11, 0xDF, 0x00, 0x41, 1, 2, 3, 1             \
    }
static const uint8_t device[] = DEVICE;
static const uint8_t configuration[] = {9, 2, 36,   0, 1,    1,    0,   0xC0, 0x32, 9, 4,    0,
                                        0, 0, 0xFE, 1, 2,    4,    9,   4,    0,    1, 0,    0xFE,
                                        1, 2, 5,    9, 0x21, 0x0B, 255, 0,    0,    8, 0x1A, 1};
static const struct boot_sector f4s[] = {
    {0, 250},    {16, 250},   {32, 250},   {48, 250},   {64, 550},   {128, 1000}, {256, 1000},
    {384, 1000}, {512, 1000}, {640, 1000}, {768, 1000}, {896, 1000}, {1024, 0}};
#define S(n)                                                                                       \
    {                                                                                              \
        128 * (n), 1000                                                                            \
    }
static const struct boot_sector h7s[] = {S(0),  S(1),  S(2),  S(3),  S(4),     S(5),
                                         S(6),  S(7),  S(8),  S(9),  S(10),    S(11),
                                         S(12), S(13), S(14), S(15), {2048, 0}};
static const struct boot_flash f405 = {.sectors = f4s,
                                       .addr = 0x08000000,
                                       .banks = 1,
                                       .bank_sectors = 12,
                                       .commit_bytes = 1,
                                       .unit_us = 128};
static const struct boot_flash h743 = {.sectors = h7s,
                                       .addr = 0x08000000,
                                       .banks = 2,
                                       .bank_sectors = 8,
                                       .commit_bytes = 32,
                                       .unit_us = 100};
static const struct boot_area f4_rams[BOOT_RAMS_MAX] = {{0x20000000, 0x20000},
                                                        {0x10000000, 0x10000}};
static const struct boot_area h7_rams[BOOT_RAMS_MAX] = {
    {0x20000000, 0x20000}, {0x24000000, 0x80000}, {0x30000000, 0x48000}, {0x38000000, 0x10000}};
const struct boot_board boot_board_pybv11 = {
    .flash = &f405,
    .rams = f4_rams,
    .app = {0x08020000, 0xE0000},
    .regions = {{{0x08020000, 0xE0000},
                 {0x08000000, 0x4000},
                 "@Internal Flash  /0x08000000/01*016Ka/0x08020000/07*128Kg"},
                {{0x08004000, 0x1C000}, {0}, "@Flash Drive  /0x08004000/03*016Kg,01*064Kg"}},
    .region_count = 2,
    .led_count = 4,
    .device = device,
    .configuration = configuration,
    .manufacturer = "dfukit",
    .product = "PYBv1.1 dfukit-boot",
    .idle_exit_ms = 60000,
    .quiet_ms = 5000};
const struct boot_board boot_board_nucleo_h743zi = {
    .flash = &h743,
    .rams = h7_rams,
    .app = {0x08020000, 0x160000},
    .regions = {{{0x08020000, 0x160000},
                 {0x08000000, 0x20000},
                 "@Internal Flash  /0x08000000/01*128Ka,11*128Kg"},
                {{0x08180000, 0x80000}, {0}, "@Flash Drive  /0x08180000/04*128Kg"}},
    .region_count = 2,
    .led_count = 3,
    .device = device,
    .configuration = configuration,
    .manufacturer = "dfukit",
    .product = "NUCLEO-H743ZI dfukit-boot",
    .idle_exit_ms = 60000,
    .quiet_ms = 5000};

struct named {
    const char *name;
    const struct boot_board *board;
};

static const struct named boards[] = {
    {"pybv11", &boot_board_pybv11},
    {"nucleo-h743zi", &boot_board_nucleo_h743zi},
};

const struct boot_board *boot_board_find(const char *name)
{
    for (size_t i = 0; i < sizeof boards / sizeof boards[0]; i++) {
        if (strcmp(boards[i].name, name) == 0) {
            return boards[i].board;
        }
    }
    return NULL;
}

struct guest *boot_guest_make(const struct board_chip *chip)
{
    struct boot_parts parts = {.board = boot_board_find(chip->name),
                               .flash = chip->flash,
                               .speed = chip->speed,
                               .time = chip->time,
                               .uid = chip->uid};
    return parts.board == NULL ? NULL : boot_guest_new(&parts);
}
