/* SPDX-License-Identifier: MIT
 * A pcapng file of Linux USB packets. */
#ifndef BUS_PCAPNG_H
#define BUS_PCAPNG_H

#include "base/fail.h"
#include "core/usb.h"

struct pcapng;

/* One packet: the request ('S') or its answer ('C') of a control transfer. */
struct pcapng_packet {
    uint64_t time_ns; /* since 1970 */
    uint64_t id;      /* the same for request and answer */
    bool answer;
    uint16_t bus;
    uint8_t device;
    struct usb_setup setup;
    int32_t status;      /* 0 or a negative Linux error number */
    const uint8_t *data; /* length bytes; NULL: none */
    uint16_t length;
};

/* Starts a file, replacing an old one.
 *
 * Owns      *file is the caller's: pcapng_close
 * Returns   0, -DFK_E_FILE_IO, -DFK_E_NO_MEMORY */
int pcapng_open(const char *path, struct pcapng **file, struct dfk_error *err);

/* Appends a packet. It is on its way to the disk when this returns, so that a crash loses nothing.
 * Source    pcapng, "Enhanced Packet Block"; usbmon's binary interface (link type 220) */
void pcapng_write(struct pcapng *file, const struct pcapng_packet *packet);

/* Closes the file. NULL does nothing. */
void pcapng_close(struct pcapng *file);

#endif
