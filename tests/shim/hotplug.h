/* SPDX-License-Identifier: MIT
 * Hotplug messages, kept until the program handles events. */
#ifndef TESTS_SHIM_HOTPLUG_H
#define TESTS_SHIM_HOTPLUG_H

#include "tests/shim/device.h"

/* Notes that a device came or went. NULL does nothing. */
void shim_hotplug_note(struct libusb_device *device, libusb_hotplug_event event);

/* Drops every message and callback. */
void shim_hotplug_forget(void);

#endif
