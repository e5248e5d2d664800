/* SPDX-License-Identifier: MIT
 * The boards of the bootloader by name, and their native guests. */
#include "glue/boards.h"

#include <stddef.h>
#include <string.h>

#include "glue/boot_guest.h"

extern const struct boot_board boot_board_pybv11;
extern const struct boot_board boot_board_nucleo_h743zi;
extern const struct boot_board boot_board_openmv4p;
extern const struct boot_sealed_board boot_board_pybv11_signed;
extern const struct boot_sealed_board boot_board_nucleo_h743zi_signed;

struct named {
    const char *name;
    const struct boot_board *board;
};

static const struct named boards[] = {
    {"pybv11", &boot_board_pybv11},
    {"nucleo-h743zi", &boot_board_nucleo_h743zi},
    {"openmv4p", &boot_board_openmv4p},
    {"pybv11-signed", &boot_board_pybv11_signed.board},
    {"nucleo-h743zi-signed", &boot_board_nucleo_h743zi_signed.board},
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

struct guest *boot_guest_make(const struct chip *chip)
{
    struct boot_parts parts = {.board = boot_board_find(chip->name),
                               .flash = chip->flash,
                               .speed = chip->speed,
                               .time = chip->time,
                               .uid = chip->uid};
    return parts.board == NULL ? NULL : boot_guest_new(&parts);
}
