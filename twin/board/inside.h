/* SPDX-License-Identifier: MIT
 * The inside of a board, shared by its files. */
#ifndef TWIN_BOARD_INSIDE_H
#define TWIN_BOARD_INSIDE_H

#include "twin/board/board.h"
#include "twin/board/rows.h"
#include "twin/fault.h"
#include "twin/guest.h"
#include "twin/mem/flash.h"
#include "twin/rom/plain.h"
#include "twin/rom/rom.h"
#include "twin/time.h"

enum { UID_BYTES = 12 };

struct board {
    struct usb_port port; /* first: the port is the board */
    struct clock clock;
    const struct board_row *row;
    const struct rom_row *rom;     /* NULL: a plain device */
    const struct plain_row *plain; /* NULL: a ROM */
    struct twin_time time;
    struct mem_flash flash;
    uint8_t *memory;        /* of a plain device */
    struct guest *guest;    /* the one that runs: resident or program */
    struct guest *resident; /* ROM or plain device */
    struct guest *program;  /* from flash; NULL: none */
    bool boot0;
    bool pressed;        /* the user button is down */
    uint64_t release_ns; /* at which it is let go by itself; UINT64_MAX: never */
    struct fault_schedule faults;
    uint8_t uid[UID_BYTES];
    char *flash_path;
    struct board_counters counters;
    uint32_t generation;
    uint32_t transfer, erase_commands, write_commands; /* counted for the fault schedule */
    bool attached_before, in_transfer, drop_this;
    bool unplugged, stuck; /* stuck: the core hangs, off the bus, until a reset */
    bool application;
    uint64_t started_ns; /* when what runs now was started */
    uint32_t application_addr;
    uint64_t replug_ns; /* UINT64_MAX: never */
};

/* Gives the whole memory of a board and its length in bytes.
 * Owns      nothing: lives as long as the board */
uint8_t *board_memory(struct board *board, uint32_t *length);

/* Resets the chip, and lets run what BOOT0 chooses. */
void board_start(struct board *board, enum reset_cause cause);

/* Lets run the ROM, as if its code had been jumped to. */
void board_enter_rom(struct board *board);

/* Lets run what the ROM starts. */
void board_enter(struct board *board, uint32_t addr);

/* What the fault schedule does to a control transfer. */
enum board_strike { STRIKE_NONE, STRIKE_STALL, STRIKE_DROP, STRIKE_GONE };

/* Looks whether a fault strikes a transfer that begins now, and carries
 * unplugging out. */
enum board_strike board_strike(struct board *board, const struct usb_setup *setup,
                               const uint8_t *data);

/* Turns one bit of data over if the schedule says so for this transfer. */
void board_corrupt(struct board *board, uint8_t *data, uint16_t length);

/* Applies the faults that are places of the flash array. */
void board_damage_flash(struct board *board);

#endif
