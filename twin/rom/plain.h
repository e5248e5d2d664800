/* SPDX-License-Identifier: MIT
 * Plain DFU 1.0 and 1.1 devices as guests: bootloaders with partitions,
 * applications with a DFU interface. */
#ifndef TWIN_ROM_PLAIN_H
#define TWIN_ROM_PLAIN_H

#include "twin/chapter9.h"
#include "twin/fault.h"
#include "twin/guest.h"
#include "twin/time.h"

enum { PLAIN_PARTITIONS_MAX = 6 };

/* One alternate setting: a partition of its own. */
struct plain_partition {
    const char *name;        /* NULL ends the list */
    uint32_t offset, length; /* in the board's memory, bytes */
    bool read_only;
};

/* One device. */
struct plain_row {
    const char *name;
    struct usb_device runtime; /* vendor 0: it has no run-time mode */
    struct usb_device device;
    const char *manufacturer, *product, *runtime_product, *serial;
    struct plain_partition partitions[PLAIN_PARTITIONS_MAX];
    struct dfu_functional functional;
    bool version_1_0;  /* 7-byte functional descriptor */
    bool short_end;    /* a partition read to its end closes with a 4-byte frame */
    uint32_t poll_ms;  /* announced for a block */
    uint64_t block_ns; /* to write one */
    uint64_t manifest_ns;
    uint64_t startup_ns;
};

/* What a plain device is given by its board. Everything outlives the guest. */
struct plain_parts {
    const struct plain_row *row;
    uint8_t *memory; /* all partitions */
    struct twin_time *time;
    const struct fault_schedule *faults;
};

/* Finds a row by name.
 * Owns      nothing: a constant. NULL when there is none */
const struct plain_row *plain_find(const char *name);

/* Gives the n-th row.
 * Owns      nothing: a constant. NULL after the last */
const struct plain_row *plain_at(uint32_t index);

/* Gives the bytes that the partitions of a row need. */
uint32_t plain_memory_bytes(const struct plain_row *row);

/* Makes a guest.
 * Owns      the caller: guest->free. NULL when memory ran out */
struct guest *plain_new(const struct plain_parts *parts);

#endif
