/* SPDX-License-Identifier: MIT
 * The device behind the public handle: a bus, a clock and a conversation. */
#ifndef FLASH_SESSION_H
#define FLASH_SESSION_H

#include "device/device.h"
#include "include/dfukit.h"

/* An open device. bus and clock are its own when dfk_open made them. */
struct dfk_device {
    struct device *device;
    struct bus *own_bus; /* NULL: handed in */
    struct clock own_clock;
    struct clock *clock;
    struct dfk_callbacks callbacks;
    char *alternate; /* as selected; NULL: found by address */
};

/* Opens a device on a bus and a clock that are handed in, as dfk_open does on its own.
 *
 * bus, clock stay the caller's and must outlive the device
 * Owns      *device is the caller's: dfk_close
 * Returns   as dfk_open */
int session_open(struct bus *bus, struct clock *clock, const struct dfk_select *select,
                 const struct dfk_callbacks *callbacks, struct dfk_device **device,
                 struct dfk_error *err);

#endif
