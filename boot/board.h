/* SPDX-License-Identifier: MIT
 * What the bootloader knows of the board and chip it is built for: data only. */
#ifndef BOOT_BOARD_H
#define BOOT_BOARD_H

#include <stdint.h>

enum { BOOT_RUNS_MAX = 3, BOOT_RAMS_MAX = 5, BOOT_REGIONS_MAX = 2 };

/* count sectors of sector_bytes each from addr upwards. */
struct boot_run {
    uint32_t addr, sector_bytes, count;
    uint16_t erase_ms, erase_max_ms; /* typical, and after which an erase has failed */
};

/* The flash of a chip. Ends of runs: count 0. */
struct boot_flash {
    struct boot_run runs[BOOT_RUNS_MAX];
    uint32_t addr, bytes;
    uint32_t bank_bytes;  /* banks work independently; == bytes for one */
    uint8_t unit_bytes;   /* programmed at once */
    uint8_t hold_bytes;   /* held back at the start of the application, a multiple of unit_bytes */
    uint8_t commit_bytes; /* written at once when they are let go; torn, it is not valid */
    uint16_t unit_us;     /* typical time to program one unit */
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
    struct boot_area app;         /* slot of the application; its vectors are at the start */
    struct boot_region regions[BOOT_REGIONS_MAX];
    uint8_t region_count;
    uint8_t led_count;        /* 0..4 */
    uint16_t vendor, product; /* USB */
    const char *manufacturer, *product_text;
    uint32_t idle_exit_ms; /* with a valid application and a host that asks nothing; 0: never */
    uint32_t quiet_ms;     /* after which a download that ended without leave counts as complete */
};

#endif
