/* SPDX-License-Identifier: MIT
 * The bootloader compiled for this computer, as a guest of a virtual board. */
#ifndef GLUE_BOOT_GUEST_H
#define GLUE_BOOT_GUEST_H

#include "boot/boot.h"
#include "twin/guest.h"
#include "twin/mem/flash.h"
#include "twin/time.h"

/* What the bootloader is given. Everything outlives the guest. */
struct boot_parts {
    const struct boot_board *board;
    struct mem_flash *flash;
    const struct mem_speed *speed;
    struct twin_time *time;
    const uint8_t *uid; /* BOOT_UID_BYTES */
};

/* Makes a guest that starts at its first reset.
 * Owns      the caller: guest->free. NULL when memory ran out */
struct guest *boot_guest_new(const struct boot_parts *parts);

/* Gives the bootloader inside a guest, to look at.
 * Owns      nothing: lives as long as the guest */
const struct boot *boot_guest_get(const struct guest *guest);

/* Lets the next start find an order in memory, as an application leaves it there. */
void boot_guest_order(struct guest *guest, uint32_t order);

/* Gives the mode that the application was last started with, enum boot_mode. */
uint32_t boot_guest_mode(const struct guest *guest);

#endif
