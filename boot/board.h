/* SPDX-License-Identifier: MIT
 * What the bootloader knows of the board and chip it is built for: data only. */
#ifndef BOOT_BOARD_H
#define BOOT_BOARD_H

#include <stdint.h>

enum { BOOT_RAMS_MAX = 5, BOOT_REGIONS_MAX = 2 };

/* A sector; it ends where the next one begins. */
struct boot_sector {
    uint16_t start_kib; /* from the start of the flash */
    uint16_t erase_ms;  /* typical; after four times as long it has failed */
};

/* The flash of a chip. */
struct boot_flash {
    const struct boot_sector *sectors; /* ascending, and one more for the end of the flash */
    uint32_t addr;
    uint8_t banks;        /* that work independently: 1 or 2 */
    uint8_t bank_sectors; /* in each; at most 32 in all */
    uint8_t commit_bytes; /* programmed at once: 1..BOOT_UNIT_BYTES, a power of two */
    uint16_t unit_us;     /* typical time to program BOOT_UNIT_BYTES */
};

/* A stretch of memory. */
struct boot_area {
    uint32_t addr, bytes; /* bytes 0: none */
};

/* An alternate setting: what may be erased and written under it, and what only be read. */
struct boot_region {
    struct boot_area write; /* whole sectors */
    struct boot_area read;  /* besides write: the bootloader's own sectors */
    const char *layout;
};

struct boot_board {
    const struct boot_flash *flash;
    const struct boot_area *rams; /* BOOT_RAMS_MAX of them: where a stack may be */
    struct boot_area app;         /* whole sectors; its vectors are at the start */
    struct boot_region regions[BOOT_REGIONS_MAX];
    uint8_t region_count;
    uint8_t led_count;            /* 0..4 */
    uint8_t sealed;               /* not 0: the board is part of a struct boot_sealed_board */
    const uint8_t *device;        /* descriptors; the configuration with all that follows it */
    const uint8_t *configuration; /* fewer than 256 bytes */
    const char *manufacturer, *product;
    uint32_t idle_exit_ms; /* with a valid application and a host that asks nothing; 0: never */
    uint32_t quiet_ms;     /* after which a download that ended without leave counts as complete */
};

enum { BOOT_SEAL_KEY_BYTES = 32, BOOT_SEAL_BOARD_BYTES = 24 };

/* What an application has to be besides sealed. */
enum boot_seal_flag { BOOT_SEAL_MUST_BE_SIGNED = 1, BOOT_SEAL_ANY_VERSION = 2 };

struct boot_seal_rules {
    uint8_t flags; /* enum boot_seal_flag */
    char board[BOOT_SEAL_BOARD_BYTES];
    uint8_t key[BOOT_SEAL_KEY_BYTES]; /* public; zeros: none */
};

/* A board that starts nothing but sealed applications. */
struct boot_sealed_board {
    struct boot_board board; /* first: found through it */
    struct boot_seal_rules seal;
};

#endif
