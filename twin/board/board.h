/* SPDX-License-Identifier: MIT
 * A virtual board: MCU, flash, ROM and socket, wired from one row of the table
 * of boards. */
#ifndef TWIN_BOARD_BOARD_H
#define TWIN_BOARD_BOARD_H

#include "base/clock.h"
#include "include/dfukit.h"
#include "twin/chip.h"
#include "twin/usb_port.h"

struct board;
struct guest;
struct mem_flash;

/* What to build. Strings are only read during board_open. */
struct board_config {
    const char *name;                /* "pybv11", "nucleo-h743zi", "openmv4p", or another row of
                                        the table */
    const char *rom;                 /* "V3.1", ...; NULL: the board's usual one */
    const char *flash_path;          /* file that keeps the flash; NULL: memory only */
    const char *faults;              /* a fault schedule (docs/twin.md); NULL: none */
    uint64_t seed;                   /* of everything random */
    bool boot0_low;                  /* starts from flash instead of from the ROM */
    chip_make_program *make_program; /* NULL: a started application does nothing */
    bool has_hse;                    /* hse_hz: of struct chip */
    uint32_t hse_hz;
    void *log_self;
    void (*log)(void *log_self, const char *line); /* of struct chip; may be NULL */
};

/* Counters of what the board did, for figures. */
struct board_counters {
    uint64_t erase_ns, program_ns, usb_ns; /* time spent in each */
    uint32_t erases, programs, transfers;  /* sectors, flash words or units, control transfers */
    uint64_t bytes_out, bytes_in;
};

/* Builds a board and powers it on.
 *
 * Owns      *board is the caller's: board_close
 * Returns   0, -DFK_E_USAGE (no such board, ROM or fault; what lists what there
 * is), -DFK_E_FILE_IO, -DFK_E_NO_MEMORY */
int board_open(const struct board_config *config, struct board **board, struct dfk_error *err);

/* Gives the version of the board's ROM ("V9.0"), or the kind of a board without one.
 * Owns      nothing: a constant */
const char *board_rom_version(const struct board *board);

/* Gives the board's socket.
 * Owns      nothing: lives as long as the board */
struct usb_port *board_port(struct board *board);

/* Gives a clock in the board's virtual time; sleeping lets the board work.
 * Owns      nothing: lives as long as the board */
struct clock *board_clock(struct board *board);

/* Gives the counters since power-on.
 * Owns      nothing: lives as long as the board */
const struct board_counters *board_get_counters(const struct board *board);

/* Presses the reset button or cycles the power; BOOT0 as given, from then on. */
void board_reset(struct board *board, bool power_cycle, bool boot0);

/* Sets the BOOT0 jumper. The chip looks at it when it is reset. */
void board_set_boot0(struct board *board, bool high);

/* Tells how BOOT0 is set. */
bool board_boot0(const struct board *board);

/* Resets the chip from within, as its watchdog or its program does.
 *
 * cause     enum reset_cause */
void board_reset_by(struct board *board, int cause);

/* Presses or lets go the user button. */
void board_press(struct board *board, bool down);

/* Presses the user button and lets it go after length_ns of the board's time. */
void board_press_for(struct board *board, uint64_t length_ns);

/* Tells whether the user button is down. */
bool board_pressed(const struct board *board);

/* Pulls the cable, and the power with it; board_reset with power_cycle plugs it in again. */
void board_unplug(struct board *board);

/* Tells whether the board is without power: pulled, or cut by a fault. */
bool board_unplugged(const struct board *board);

/* Lets the bus fall silent, as a host that sleeps or a cable that is pulled does. */
void board_suspend(struct board *board);

/* Gives the LEDs: bit n, LED n + 1 of the board is lit. */
uint32_t board_leds(struct board *board);

/* Gives how many LEDs the board has. */
uint32_t board_led_count(const struct board *board);

/* Copies what the program in flash has put out on its serial line since it was opened, from byte
 * from on, ended by no NUL.
 *
 * Returns   the bytes copied, up to capacity; 0 when there is no more, or no serial line */
size_t board_log(struct board *board, size_t from, char *text, size_t capacity);

/* Gives the flash array, to damage it or to cut its power.
 * Owns      nothing: lives as long as the board. NULL when the board has none */
struct mem_flash *board_flash(struct board *board);

/* Gives the guest that runs now, to look at.
 * Owns      nothing: lives as long as the board */
struct guest *board_guest(struct board *board);

/* Tells whether an application was started, and at which address. */
bool board_application(const struct board *board, uint32_t *addr);

/* Looks into memory without taking time. Returns false when the range is not
 * flash of the board. */
bool board_peek(struct board *board, uint32_t addr, uint8_t *data, uint32_t length);

/* Puts bytes into flash without taking time. Returns false when the range is
 * not flash. */
bool board_poke(struct board *board, uint32_t addr, const uint8_t *data, uint32_t length);

/* Gives the n-th row's name of the table of boards, NULL after the last.
 * Owns      nothing: a constant */
const char *board_name_at(uint32_t index);

/* Saves the flash to its file, if it has one; the board goes on.
 *
 * Returns   0, -DFK_E_FILE_IO */
int board_save(struct board *board, struct dfk_error *err);

/* Saves the flash to its file and frees the board. NULL does nothing.
 *
 * Returns   0, -DFK_E_FILE_IO */
int board_close(struct board *board, struct dfk_error *err);

/* Frees the board and leaves the file of its flash as it was. NULL does nothing. */
void board_discard(struct board *board);

#endif
