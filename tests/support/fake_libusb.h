/* SPDX-License-Identifier: MIT
 * libusb's functions over virtual boards in this process, for tests of bus/usb.c without hardware.
 */
#ifndef TESTS_SUPPORT_FAKE_LIBUSB_H
#define TESTS_SUPPORT_FAKE_LIBUSB_H

#include "twin/board/board.h"

enum { FAKE_LIBUSB_BOARDS_MAX = 4 };

/* What libusb shall see. Failures are libusb's numbers, 0 for none. */
struct fake_libusb {
    struct board *boards[FAKE_LIBUSB_BOARDS_MAX];
    size_t count;
    int fail_init, fail_open, fail_claim;
    bool no_hotplug;
    unsigned opened, claimed; /* now */
};

/* Gives the one world that the fake functions work on.
 * Owns      nothing: lives as long as the program */
struct fake_libusb *fake_libusb(void);

#endif
