/* SPDX-License-Identifier: MIT
 * Devices that are known by what they show of themselves. */
#ifndef DEVICE_KNOWN_H
#define DEVICE_KNOWN_H

#include "device/inside.h"

enum { DEVICE_WIRE_NS_PER_BYTE = 840 };

/* Erase times are for the parallelism that the ROM uses; maxima as the datasheet has them. Both
 * sets of the F4 are needed outside the table. */
#define DEVICE_TIMING_F4_X8                                                                        \
    {                                                                                              \
        1563, 400, 4000, 32000, 16000, 205, DEVICE_WIRE_NS_PER_BYTE,                               \
            "DS8626, flash memory, x8, doubled"                                                    \
    }
#define DEVICE_TIMING_F4_X32                                                                       \
    {                                                                                              \
        782, 250, 2000, 16000, 4000, 52, DEVICE_WIRE_NS_PER_BYTE,                                  \
            "DS8626, flash memory, x32, doubled"                                                   \
    }

/* A kind of device. Zero and "" mean: not looked at. */
struct known_device {
    uint16_t vendor, product, bcd_device;
    const char *layout; /* start of alternate 0's string, as devices send it */
    enum device_family family;
    const char *chip, *firmware;
    uint32_t id_addr; /* of the bootloader ID byte; 0: not readable */
    uint16_t write_unit_bytes;
    bool holds_until_done;
    struct device_timing timing;
};

/* Finds the row of a device.
 * Owns      nothing: a constant. NULL when it is not known */
const struct known_device *known_find(const struct dfk_device_info *info);

/* Gives the chip's name where the bootloader ID tells more than the strings do.
 * Owns      nothing: a constant; row->chip when the ID tells nothing
 * Source    AN2606, "Bootloader identification" */
const char *known_chip(const struct known_device *row, uint8_t rom_id);

#endif
