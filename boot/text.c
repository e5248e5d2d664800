/* SPDX-License-Identifier: MIT
 * The texts that a host can ask for. */
#include "boot/inside.h"

const char *text_find(const struct boot *boot, uint8_t index)
{
    static const char *const errors[BOOT_STRING_END - BOOT_STRING_OWN] = {
        "The bootloader's own sector", "Address out of range",
        "Unknown or out of order",     "Erase failed",
        "Write failed: not erased?",   "Read-back differs",
        "No valid application",        "Longer than wTransferSize",
        "ECC error: erase the sector",
    };
    const struct boot_board *board = boot->board;
    if (index == BOOT_STRING_MANUFACTURER) {
        return board->manufacturer;
    }
    if (index == BOOT_STRING_PRODUCT) {
        return board->product;
    }
    if (index >= BOOT_STRING_LAYOUT && index - BOOT_STRING_LAYOUT < board->region_count) {
        return board->regions[index - BOOT_STRING_LAYOUT].layout;
    }
    return index >= BOOT_STRING_OWN && index < BOOT_STRING_END ? errors[index - BOOT_STRING_OWN]
                                                               : 0;
}
