/* SPDX-License-Identifier: MIT
 * A DWC2 core, a host and a small firmware between them, stepped in virtual time. */
#ifndef TESTS_SUPPORT_DWC2_WORLD_H
#define TESTS_SUPPORT_DWC2_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "twin/soc/dwc2.h"
#include "twin/soc/usb_wire.h"

enum {
    WORLD_OUT_BYTES = 4096,
    WORLD_BULK_BYTES = 64,
    WORLD_BULK_INTERFACE = 1,
    /* vendor requests that the firmware knows; wValue is their argument */
    ASK_READ = 1,  /* IN: bytes at, at + 1, ..., of which there are wValue */
    ASK_WRITE = 2, /* OUT: kept in world.out */
    ASK_WAIT = 3,  /* IN or no data: answers after wValue ms */
    ASK_LATER = 4, /* OUT: stalls after its first packet */
};

/* How the firmware works. */
struct world_style {
    bool by_interrupt;  /* only runs while the interrupt line is up; fills FIFOs at TXFE */
    bool late_address;  /* sets DAD after the status stage (wrong, yet it can be seen working) */
    bool deaf;          /* never looks at its core */
    bool keeps_address; /* does not clear DAD at a bus reset */
    bool streams;       /* its bulk IN always has another packet, its bulk OUT takes each */
    uint32_t ep0_bytes; /* packet size of endpoint 0; 0: 64 */
};

struct world {
    const struct soc_dwc2_row *row;
    struct world_style style;
    struct twin_time time;
    struct soc_lines lines;
    struct soc_clocks clocks;
    struct soc_dwc2 *core;
    struct soc_wire *wire;
    struct soc_part parts[2];
    bool line;            /* level of the interrupt */
    uint32_t line_number; /* that was last driven */
    uint32_t steps;       /* moments that something was due */
    /* firmware */
    uint8_t setup[8];
    uint8_t in[4096];
    uint32_t in_bytes, in_at; /* still to be sent */
    bool in_zero;             /* a packet without bytes ends it */
    uint8_t out[WORLD_OUT_BYTES];
    uint32_t out_bytes, out_wanted;
    uint32_t out_fill; /* EP0 bytes received in this packet */
    bool status_in, status_out;
    uint64_t answer_ns; /* of ASK_WAIT; 0: none */
    uint8_t bulk[WORLD_BULK_BYTES];
    uint32_t bulk_bytes;
    uint32_t address; /* for late_address */
    /* what happened */
    uint32_t resets, enumerated, suspends, wakes, setups, data1_setups, sofs, b2b, completed_in,
        out_done;
};

/* Makes a world and starts the firmware: the core is set up and connected. */
void world_start(struct world *world, const struct soc_dwc2_row *row, struct world_style style);

/* Frees what a world holds. */
void world_end(struct world *world);

/* Lets time pass. */
void world_run(struct world *world, uint64_t ns);

/* Runs until the host has given the device its address; false after 3 s. */
bool world_enumerate(struct world *world);

/* Makes a control transfer, at most limit_ms long. */
enum ep0_answer world_control(struct world *world, const struct usb_setup *setup, uint8_t *data,
                              uint16_t *length, uint32_t limit_ms);

/* Makes a bulk transfer, at most limit_ms long. */
enum ep0_answer world_bulk(struct world *world, uint8_t endpoint, uint8_t *data, uint16_t *length,
                           uint32_t limit_ms);

/* Registers, as the CPU reaches them. */
uint32_t world_read(struct world *world, uint32_t offset);
void world_write(struct world *world, uint32_t offset, uint32_t value);

/* The firmware. */
void firmware_start(struct world *world);
void firmware_run(struct world *world);
void firmware_tick(struct world *world); /* work that is not an interrupt's */
void firmware_connect(struct world *world, bool on);

#endif
