/* SPDX-License-Identifier: MIT
 * A board's socket with nothing behind it, that answers as a test wants. */
#ifndef TESTS_SUPPORT_FAKE_PORT_H
#define TESTS_SUPPORT_FAKE_PORT_H

#include <string.h>

#include "twin/usb_port.h"

enum { FAKE_WIRE_NS = 50000, FAKE_VENDOR_REQUEST = 0x42 };

/* Answers GET_DESCRIPTOR with an ST DFU device's, and every other request with answer; the data of
 * an IN transfer counts up from 0. All zero but for what fake_port_make fills. */
struct fake_port {
    struct usb_port port;
    uint32_t cancels;
    bool on;
    uint32_t generation;
    uint64_t now_ns;
    uint64_t ready_ns; /* NAKs until this moment */
    uint64_t leave_ns; /* off the bus from this moment on; UINT64_MAX: never */
    enum ep0_answer answer;
    uint32_t transfers; /* answered */
    uint32_t attempts;
    struct usb_setup last;
    uint8_t out[64]; /* first bytes of the last OUT transfer */
    bool piped;      /* it has endpoints 1 and 2, see fake_pipe_data */
    uint8_t kept[256];
    uint32_t kept_bytes;
    uint32_t empties; /* transfers without bytes that endpoint 1 took */
    uint32_t pipe_attempts, pipe_cancels, resets;
    uint8_t pipe_cancelled; /* the last */
    uint32_t half_bytes;    /* of a transfer that goes wrong, moved before */
    bool half_moved;        /* packets of what is given up had moved */
};

static const uint8_t fake_device[] = {18,   1,    0,    1,    0,    0, 0, 64, 0x83,
                                      0x04, 0x11, 0xDF, 0x00, 0x22, 1, 2, 3,  1};

static const uint8_t fake_configuration[] = {
    9, 2,    36,   0,   1, 1,    0, 0xC0, 50,    /* configuration, one interface */
    9, 4,    0,    0,   0, 0xFE, 1, 2,    4,     /* alternate 0 */
    9, 4,    0,    1,   0, 0xFE, 1, 9,    5,     /* alternate 1: not what a list shows */
    9, 0x21, 0x0B, 255, 0, 0,    8, 0x1A, 0x01}; /* DFU functional descriptor */

static const uint8_t fake_piped_configuration[] = {
    9, 2, 48,   0, 2,  1,  0,  0xC0, 50, /* configuration, two interfaces */
    9, 4, 0,    0, 1,  2,  2,  1,    0,  /* a serial line */
    7, 5, 0x82, 3, 8,  0,  16,           /* notices, which never come */
    9, 4, 1,    0, 2,  10, 0,  0,    0,  /* its data */
    7, 5, 0x01, 2, 64, 0,  0,            /* from the host */
    7, 5, 0x81, 2, 64, 0,  0};           /* to the host */

static inline struct fake_port *fake_of(struct usb_port *port)
{
    return (struct fake_port *)port; /* port is the first member */
}

static inline bool fake_attached(struct usb_port *port)
{
    return fake_of(port)->on;
}

static inline uint32_t fake_generation(struct usb_port *port)
{
    return fake_of(port)->generation;
}

static inline uint64_t fake_now(struct usb_port *port)
{
    return fake_of(port)->now_ns;
}

static inline uint64_t fake_wake(struct usb_port *port)
{
    struct fake_port *fake = fake_of(port);
    uint64_t wake_ns = fake->on ? fake->leave_ns : UINT64_MAX;
    return fake->ready_ns > fake->now_ns && fake->ready_ns < wake_ns ? fake->ready_ns : wake_ns;
}

static inline void fake_run(struct usb_port *port, uint64_t until_ns)
{
    struct fake_port *fake = fake_of(port);
    if (until_ns > fake->now_ns) {
        fake->now_ns = until_ns;
    }
    if (fake->on && fake->now_ns >= fake->leave_ns) {
        fake->on = false;
        fake->generation++;
    }
}

static inline uint16_t fake_copy(uint8_t *data, uint16_t wanted, const uint8_t *from, size_t length)
{
    uint16_t part = length < wanted ? (uint16_t)length : wanted;
    memcpy(data, from, part);
    return part;
}

static inline void fake_data(struct fake_port *fake, const struct usb_setup *setup, uint8_t *data,
                             uint16_t *length)
{
    if (setup->request == USB_GET_DESCRIPTOR && setup->value == USB_DEVICE << 8) {
        *length = fake_copy(data, *length, fake_device, sizeof fake_device);
    } else if (setup->request == USB_GET_DESCRIPTOR && setup->value == USB_CONFIGURATION << 8) {
        *length = fake->piped
                      ? fake_copy(data, *length, fake_piped_configuration,
                                  sizeof fake_piped_configuration)
                      : fake_copy(data, *length, fake_configuration, sizeof fake_configuration);
    } else if ((setup->request_type & USB_DIR_IN) != 0) {
        for (uint16_t i = 0; i < *length; i++) {
            data[i] = (uint8_t)i;
        }
    } else {
        memset(fake->out, 0, sizeof fake->out);
        memcpy(fake->out, data, *length < sizeof fake->out ? *length : sizeof fake->out);
    }
}

static inline enum ep0_answer fake_control(struct usb_port *port, const struct usb_setup *setup,
                                           uint8_t *data, uint16_t *length)
{
    struct fake_port *fake = fake_of(port);
    fake->attempts++;
    if (!fake->on) {
        return EP0_GONE;
    }
    const bool describes = setup->request == USB_GET_DESCRIPTOR;
    if (!describes && (fake->answer == EP0_NAK || fake->now_ns < fake->ready_ns)) {
        return EP0_NAK;
    }
    fake->now_ns += FAKE_WIRE_NS;
    fake->transfers++;
    fake->last = *setup;
    if (!describes && fake->answer != EP0_ACK) {
        return fake->answer;
    }
    fake_data(fake, setup, data, length);
    return EP0_ACK;
}

static inline void fake_cancel(struct usb_port *port)
{
    fake_of(port)->cancels++;
}

static inline void fake_reset(struct usb_port *port)
{
    fake_of(port)->generation += fake_of(port)->piped ? 0 : 1;
    fake_of(port)->resets++;
}

/* Endpoint 1 gives back what it took, a transfer at a time; endpoint 2 never has anything. */
static inline enum ep0_answer fake_pipe_data(struct usb_port *port, const struct usb_pipe *pipe,
                                             uint8_t *data, uint32_t *length)
{
    struct fake_port *fake = fake_of(port);
    fake->pipe_attempts++;
    if (!fake->on) {
        return EP0_GONE;
    }
    if (fake->answer != EP0_ACK && fake->answer != EP0_NAK) {
        *length = fake->half_bytes;
        return fake->answer;
    }
    if (pipe->endpoint == 0x01 && fake->kept_bytes == 0) {
        *length = *length < sizeof fake->kept ? *length : (uint32_t)sizeof fake->kept;
        fake->kept_bytes = *length;
        fake->empties += *length == 0;
        memcpy(fake->kept, data, *length);
        return EP0_ACK;
    }
    if (pipe->endpoint == 0x81 && fake->kept_bytes > 0) {
        *length = fake->kept_bytes < *length ? fake->kept_bytes : *length;
        memcpy(data, fake->kept, *length);
        fake->kept_bytes = 0;
        return EP0_ACK;
    }
    return EP0_NAK;
}

static inline bool fake_cancel_data(struct usb_port *port, uint8_t endpoint)
{
    fake_of(port)->pipe_cancels++;
    fake_of(port)->pipe_cancelled = endpoint;
    return fake_of(port)->half_moved;
}

static inline struct fake_port fake_port_make(void)
{
    return (struct fake_port){.port = {fake_attached, fake_generation, fake_control, fake_now,
                                       fake_wake, fake_run, fake_cancel, fake_reset, fake_pipe_data,
                                       fake_cancel_data},
                              .on = true,
                              .generation = 1,
                              .leave_ns = UINT64_MAX,
                              .answer = EP0_ACK};
}

#endif
