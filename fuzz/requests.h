/* SPDX-License-Identifier: MIT
 * The bytes of an input as requests of a host: of any bits, likely ones, and DfuSe commands. */
#ifndef FUZZ_REQUESTS_H
#define FUZZ_REQUESTS_H

#include <stdlib.h>

#include "core/bytes.h"
#include "core/dfu.h"
#include "twin/time.h"
#include "twin/usb_port.h"

enum { REQUEST_LIMIT_MS = 2000, REQUEST_DATA_MAX = 4096 };

/* What is left of the input. */
struct input {
    const uint8_t *data;
    size_t length;
};

/* Where commands aim, and which there are. */
struct command_places {
    const uint32_t *places;
    size_t place_count;
    const uint8_t *codes;
    size_t code_count;
};

/* Ends the run with a report when a promise is broken. */
static inline void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

/* Takes the next byte; 0 when there is none. */
static inline uint8_t take(struct input *input)
{
    if (input->length == 0) {
        return 0;
    }
    input->length--;
    return *input->data++;
}

static inline uint16_t take_16(struct input *input)
{
    uint16_t low = take(input);
    return (uint16_t)(low | take(input) << 8);
}

static inline void run_ms(struct usb_port *port, uint32_t ms)
{
    port->run(port, port->now(port) + (uint64_t)ms * TWIN_MS);
}

static inline void request(struct usb_port *port, const struct usb_setup *setup, uint8_t *data)
{
    uint16_t length = setup->length;
    (void)usb_port_transfer(port, setup, data, &length, (uint64_t)REQUEST_LIMIT_MS * TWIN_MS);
    must(length <= setup->length);
}

/* A request of any bits. */
static inline void any_request(struct usb_port *port, struct input *input, uint8_t *data)
{
    struct usb_setup setup = {take(input), take(input), take_16(input), take_16(input),
                              take_16(input)};
    setup.length %= REQUEST_DATA_MAX;
    request(port, &setup, data);
}

/* A request that a DFU host would make. */
static inline void likely_request(struct usb_port *port, struct input *input, uint8_t *data)
{
    uint8_t what = take(input);
    bool in = what % 7 == DFU_UPLOAD || what % 7 == DFU_GETSTATUS || what % 7 == DFU_GETSTATE;
    struct usb_setup setup = {in ? DFU_REQUEST_IN : DFU_REQUEST_OUT, what % 7, what >> 5, 0, 0};
    bool carries = what % 7 == DFU_UPLOAD || what % 7 == DFU_DNLOAD;
    setup.length = in && !carries ? DFU_STATUS_BYTES
                   : carries      ? take_16(input) % REQUEST_DATA_MAX
                                  : 0;
    request(port, &setup, data);
}

/* A DfuSe command with an address near an edge, and the two status requests after it. */
static inline void command_request(struct usb_port *port, struct input *input, uint8_t *data,
                                   const struct command_places *at)
{
    uint8_t what = take(input);
    uint32_t addr = at->places[what % at->place_count] + take_16(input);
    bool range = what >= 128;
    struct usb_setup setup = {DFU_REQUEST_OUT, DFU_DNLOAD, 0, 0, range ? 9 : 5};
    struct usb_setup ask = {DFU_REQUEST_IN, DFU_GETSTATUS, 0, 0, DFU_STATUS_BYTES};
    uint8_t bytes[DFU_STATUS_BYTES];
    data[0] = at->codes[take(input) % at->code_count];
    put_le32(data + 1, addr);
    put_le32(data + 5, (uint32_t)take_16(input) >> (what % 16));
    request(port, &setup, data);
    request(port, &ask, bytes);
    run_ms(port, take(input) % 16);
    request(port, &ask, bytes);
}

#endif
