/* SPDX-License-Identifier: MIT
 * The virtual boards that are plugged into this process, and the one time that they live in. */
#ifndef TESTS_SHIM_WORLD_H
#define TESTS_SHIM_WORLD_H

#include "twin/app/options.h"
#include "twin/board/board.h"

#define SHIM_EXPORT __attribute__((visibility("default")))

/* What is plugged in, and what shall fail. Failures are libusb's numbers, 0 for none.
 *
 * active    the process lives in virtual time
 * limit_ns  virtual time at which pulse is told that it is over; 0: none
 * pulse     called after time went on, may end the process; NULL: nobody wants to know */
struct shim_world {
    struct board *boards[OPTIONS_BOARDS_MAX];
    uint64_t offset_ns[OPTIONS_BOARDS_MAX]; /* a board's time minus the world's, modulo 2^64 */
    size_t count;
    bool active, no_hotplug;
    int fail_init, fail_open, fail_claim;
    unsigned opened, claimed; /* now */
    uint64_t limit_ns;
    void (*pulse)(void);
};

/* Gives the one world of this process.
 * Owns      nothing: lives as long as the process */
struct shim_world *shim_world(void);

/* Plugs a board into the next port and lets it start up: it was on the bus before the process.
 *
 * Owns      the board is the world's: shim_unplug_all */
void shim_plug(struct board *board);

/* Unplugs and frees every board, saving its flash, and forgets every device.
 *
 * Returns   true when no handle was open and no interface claimed any more */
bool shim_unplug_all(void);

/* Virtual nanoseconds since the process began. */
uint64_t shim_now_ns(void);

/* Lets virtual time pass for every board. */
void shim_advance(uint64_t length_ns);

/* Lets virtual time pass until a board comes or goes, or the time is over. */
void shim_wait_change(uint64_t length_ns);

/* Makes a control transfer with a board; the others live on meanwhile.
 *
 * length     bytes of data; out: of the data stage
 * timeout_ms 0: none */
enum ep0_answer shim_transfer(size_t board, const struct usb_setup *setup, uint8_t *data,
                              uint16_t *length, unsigned timeout_ms);

/* Keeps other threads out of the world; may be nested. */
void shim_enter(void);
void shim_leave(void);

#endif
