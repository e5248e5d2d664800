/* SPDX-License-Identifier: MIT
 * Devices as libusb knows them: one per enumeration of a board. */
#ifndef TESTS_SHIM_DEVICE_H
#define TESTS_SHIM_DEVICE_H

#include <libusb.h>
#include <stdatomic.h>

#include "core/usb.h"
#include "tests/shim/world.h"

enum { SHIM_CONFIG_BYTES = 1024, SHIM_INTERFACES = 32 };

/* One stay of a board on the bus. Descriptors are what it sent when it came.
 *
 * claimed    by interface: the handle that has it, NULL for none
 * alternate  by interface: what was last selected */
struct libusb_device {
    atomic_int references;
    size_t board;
    uint32_t generation;
    uint8_t address;
    uint8_t device[USB_DEVICE_BYTES];
    uint8_t config[SHIM_CONFIG_BYTES];
    uint16_t config_bytes;
    struct libusb_device_handle *claimed[SHIM_INTERFACES];
    uint8_t alternate[SHIM_INTERFACES];
};

/* Looks which boards are on the bus and reads the descriptors of the new ones, as a kernel does.
 *
 * Returns   true when a device came or went */
bool shim_devices_refresh(void);

/* Gives the device that a board is now, NULL when it is not on the bus.
 * Owns      nothing */
struct libusb_device *shim_device_at(size_t board);

/* Tells whether a device is still the one that was enumerated. */
bool shim_device_is_there(const struct libusb_device *device);

/* Drops every device, for a world that begins anew. */
void shim_devices_forget(void);

/* Makes one control transfer.
 *
 * Returns   bytes of the data stage, or libusb's error */
int shim_device_control(const struct libusb_device *device, const struct usb_setup *setup,
                        uint8_t *data, unsigned timeout_ms);

#endif
