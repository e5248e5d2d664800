/* SPDX-License-Identifier: MIT
 * The standard requests of a device with one configuration, one DFU interface
 * and no endpoints. */
#ifndef TWIN_CHAPTER9_H
#define TWIN_CHAPTER9_H

#include <stdbool.h>
#include <stdint.h>

#include "core/dfu.h"
#include "core/usb.h"
#include "twin/usb_port.h"

enum { CHAPTER9_STRINGS_MAX = 16, CHAPTER9_CONFIGURATION_MAX = 256 };

/* Strings are Latin-1; index 0 of the table is string index 1. NULL: that index
 * is refused. */
struct chapter9 {
    struct usb_device device;
    const char *strings[CHAPTER9_STRINGS_MAX];
    uint8_t configuration[CHAPTER9_CONFIGURATION_MAX];
    uint16_t configuration_bytes;
    bool answers_functional; /* GET_DESCRIPTOR(0x2100); else it is never answered
                              */
    bool eight_bit_serial;   /* the serial string is sent as bytes, not as UTF-16 */
    uint8_t configured, alternate, alternate_count;
};

/* What goes into the configuration descriptor. */
struct chapter9_dfu {
    uint8_t attributes, max_power, string_index; /* of the configuration; power in 2 mA */
    uint8_t protocol;
    uint8_t alternate_count, first_alternate_string;
    struct dfu_functional functional;
    bool short_functional; /* DFU 1.0: 7 bytes */
};

/* Builds the configuration descriptor: interface per alternate, functional
 * descriptor last. */
void chapter9_build(struct chapter9 *device, const struct chapter9_dfu *dfu);

/* Puts the device back to what it is after a bus reset. */
void chapter9_reset(struct chapter9 *device);

/* Answers a standard request. *length is wLength on entry. */
enum ep0_answer chapter9_control(struct chapter9 *device, const struct usb_setup *setup,
                                 uint8_t *data, uint16_t *length);

#endif
