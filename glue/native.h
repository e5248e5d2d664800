/* SPDX-License-Identifier: MIT
 * The inside of a native guest, shared by its files. */
#ifndef GLUE_NATIVE_H
#define GLUE_NATIVE_H

#include "boot/port.h"
#include "glue/boot_guest.h"

/* What endpoint 0 was told to do with the transfer under way. */
enum ep0_order { EP0_NOTHING, EP0_SEND, EP0_RECEIVE, EP0_REFUSE };

/* An operation of the flash that takes its time. */
struct pending {
    uint64_t end_ns;
    bool active;
};

struct native {
    struct guest guest; /* first: the guest is the native */
    struct boot_parts parts;
    struct boot boot;
    struct pending banks[BOOT_BANKS];
    uint64_t connected_ns; /* UINT64_MAX: not on the bus */
    uint64_t start_ns, stalled_ns;
    uint32_t crc;   /* of port_crc so far */
    uint32_t order; /* for the next start */
    uint8_t watchdog_resets;
    uint64_t pressed_ns; /* when reset was last pressed; UINT64_MAX: not since power-on */
    uint32_t mode;       /* what the application was started with */
    bool down, was_reset;
    uint32_t leds;
    enum guest_stop stop;

    enum port_ep0 event;
    uint8_t setup[USB_SETUP_BYTES];
    bool open; /* a control transfer is under way */
    enum ep0_order ep0;
    const uint8_t *out;
    uint8_t *in;
    uint32_t length;
};

/* Makes this guest the one that the functions of port.h are about. */
void native_make_current(struct native *native);

#endif
