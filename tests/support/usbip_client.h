/* SPDX-License-Identifier: MIT
 * USB/IP messages as a client writes them, byte by byte and without core/usbip. */
#ifndef TESTS_SUPPORT_USBIP_CLIENT_H
#define TESTS_SUPPORT_USBIP_CLIENT_H

#include <stdint.h>
#include <string.h>

#include "core/bytes.h"

enum { CLIENT_IMPORT_BYTES = 40, CLIENT_HEADER_BYTES = 48, CLIENT_RECORD_BYTES = 312 };

static const uint8_t client_devlist[8] = {0x01, 0x11, 0x80, 0x05};

/* What a test varies in CMD_SUBMIT. */
struct client_submit {
    uint32_t seqnum, direction, endpoint, length, packets, flags;
    uint8_t setup[8];
};

static inline void client_import(uint8_t *bytes, const char *busid)
{
    memset(bytes, 0, CLIENT_IMPORT_BYTES);
    memcpy(bytes, (const uint8_t[]){0x01, 0x11, 0x80, 0x03}, 4);
    memcpy(bytes + 8, busid, strlen(busid));
}

static inline void client_put_submit(uint8_t *bytes, const struct client_submit *submit)
{
    memset(bytes, 0, CLIENT_HEADER_BYTES);
    put_be32(bytes, 1);
    put_be32(bytes + 4, submit->seqnum);
    put_be32(bytes + 8, 0x00010002);
    put_be32(bytes + 0x0C, submit->direction);
    put_be32(bytes + 0x10, submit->endpoint);
    put_be32(bytes + 0x14, submit->flags);
    put_be32(bytes + 0x18, submit->length);
    put_be32(bytes + 0x20, submit->packets);
    memcpy(bytes + 0x28, submit->setup, 8);
}

static inline void client_put_unlink(uint8_t *bytes, uint32_t seqnum, uint32_t unlink_seqnum)
{
    memset(bytes, 0, CLIENT_HEADER_BYTES);
    put_be32(bytes, 2);
    put_be32(bytes + 4, seqnum);
    put_be32(bytes + 8, 0x00010002);
    put_be32(bytes + 0x14, unlink_seqnum);
}

#endif
