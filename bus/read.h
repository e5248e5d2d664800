/* SPDX-License-Identifier: MIT
 * Reading the descriptors and strings of a device through any bus's control transfers. */
#ifndef BUS_READ_H
#define BUS_READ_H

#include "bus/bus.h"

/* Fills descriptor, configuration and texts of a device through an open handle. What cannot be read
 * stays empty.
 *
 * Returns   true when the device descriptor was read */
bool bus_read_device(struct bus_handle *handle, struct bus_device *out);

/* Reads one string descriptor as UTF-8, in the device's first language. text is "" on failure. */
void bus_read_string(struct bus_handle *handle, uint8_t index, char *text, uint32_t capacity);

#endif
