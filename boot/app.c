/* SPDX-License-Identifier: MIT
 * Whether the application can be started. */
#include "boot/inside.h"
#include "boot/port.h"
#include "core/bytes.h"

enum { VECTOR_BYTES = 8, VECTORS_BYTES = 64 };

/* A stack grows down from its pointer: the end of a memory is the usual place. */
static bool is_stack(const struct boot_board *board, uint32_t stack)
{
    bool good = false;
    for (uint32_t i = 0; i < BOOT_RAMS_MAX; i++) {
        const struct boot_area *ram = &board->rams[i];
        good = good || (stack > ram->addr && stack - ram->addr <= ram->bytes);
    }
    return good && (stack & 7) == 0;
}

bool app_is_valid(const struct boot_board *board)
{
    uint8_t vectors[VECTOR_BYTES];
    if (!port_flash_read(board->app.addr, vectors, sizeof vectors)) {
        return false;
    }
    uint32_t entry = get_le32(vectors + 4);
    return is_stack(board, get_le32(vectors)) && (entry & 1) != 0 &&
           entry - board->app.addr >= VECTORS_BYTES && area_holds(&board->app, entry, 1);
}
