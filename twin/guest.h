/* SPDX-License-Identifier: MIT
 * What a virtual board can be running: a ROM model, a native program, ARM code. */
#ifndef TWIN_GUEST_H
#define TWIN_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/usb.h"
#include "twin/usb_port.h"

enum reset_cause { RESET_POWER_ON, RESET_PIN, RESET_WATCHDOG, RESET_SOFTWARE };

enum guest_stop {
    GUEST_UNTIL,  /* the moment was reached */
    GUEST_IDLE,   /* nothing to do before the next transfer */
    GUEST_RESET,  /* wants a reset of the chip */
    GUEST_JUMP,   /* starts the application at jump_addr */
    GUEST_SYSTEM, /* has jumped into system memory: the ROM goes on */
    GUEST_LOCKUP, /* the core is stuck: only a reset by hand helps */
};

/* A guest; the first member of every kind. Times are virtual nanoseconds. */
struct guest {
    const char *kind; /* "rom", "plain", "native", "arm": shown in traces */
    uint32_t jump_addr;
    void (*reset)(struct guest *guest, enum reset_cause cause);
    void (*enter)(struct guest *guest, uint32_t addr); /* a ROM starts it there; may be NULL */
    enum guest_stop (*run)(struct guest *guest, uint64_t until_ns);
    uint64_t (*wake)(struct guest *guest);  /* its next event, UINT64_MAX when none */
    bool (*connected)(struct guest *guest); /* pull-up on the bus is on */
    enum ep0_answer (*control)(struct guest *guest, const struct usb_setup *setup, uint8_t *data,
                               uint16_t *length);
    void (*cancel)(struct guest *guest); /* the host gives a transfer up; may be NULL */
    /* Endpoints but 0, as in struct usb_port; NULL: it has none. */
    enum ep0_answer (*data)(struct guest *guest, const struct usb_pipe *pipe, uint8_t *data,
                            uint32_t *length);
    bool (*cancel_data)(struct guest *guest, uint8_t endpoint); /* NULL when data is */
    void (*bus_reset)(struct guest *guest);         /* the host resets the port; may be NULL */
    void (*bus_suspend)(struct guest *guest);       /* the bus falls silent; may be NULL */
    void (*button)(struct guest *guest, bool down); /* the user button; may be NULL */
    uint32_t (*leds)(struct guest *guest);          /* bit n: LED n is lit; may be NULL */
    /* Its serial output since it was made, as far as from and beyond: copies up to capacity bytes,
     * gives how many; may be NULL. */
    size_t (*log)(struct guest *guest, size_t from, char *text, size_t capacity);
    uint32_t (*pc)(struct guest *guest); /* where it executes; NULL: nowhere */
    bool timed;                          /* takes the wire's time itself */
    void (*free)(struct guest *guest);
};

#endif
