/* SPDX-License-Identifier: MIT
 * The table of ROM versions, over the files of its families. */
#include <string.h>

#include "twin/rom/parts.h"

const struct rom_row *rom_at(uint32_t index)
{
    static const struct rom_row *const families[] = {rom_rows_f4, rom_rows_h7, rom_rows_other};
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        for (const struct rom_row *row = families[i]; row->name != NULL; row++) {
            if (index-- == 0) {
                return row;
            }
        }
    }
    return NULL;
}

const struct rom_row *rom_find(const char *name)
{
    uint32_t index = 0;
    const struct rom_row *row = rom_at(index);
    while (row != NULL && strcmp(row->name, name) != 0) {
        row = rom_at(++index);
    }
    return row;
}
