/* SPDX-License-Identifier: MIT
 * The texts that a host can ask for. */
#include "boot/inside.h"

/* From BOOT_STRING_OWN on, one after the other. */
static const char errors[] = "Bootloader sector\0"
                             "Out of range\0"
                             "Unknown request\0"
                             "Erase failed\0"
                             "Not erased\0"
                             "Verify failed\0"
                             "No application\0"
                             "Too long\0"
                             "ECC error";

const char *text_find(const struct boot *boot, uint8_t index)
{
    const struct boot_board *board = board_of(boot);
    uint32_t region = (uint32_t)index - BOOT_STRING_LAYOUT;
    const char *text = errors;
    if (index == BOOT_STRING_MANUFACTURER) {
        return board->manufacturer;
    }
    if (index == BOOT_STRING_PRODUCT) {
        return board->product;
    }
    if (region < board->region_count) {
        return board->regions[region].layout;
    }
    if (index < BOOT_STRING_OWN || index >= BOOT_STRING_END) {
        return seal_text(boot, index);
    }
    for (uint32_t left = (uint32_t)index - BOOT_STRING_OWN; left > 0; text++) {
        left -= *text == '\0' ? 1 : 0;
    }
    return text;
}
