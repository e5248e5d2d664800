/* SPDX-License-Identifier: MIT
 * The interrupt of the OTG core, in the order in which ST's library looks at its reasons. */
#include "tests/arm/hal/usb_inside.h"

enum { RX_DATA = 2, RX_SETUP = 6, ID_300A = 0x4F54300A };

static uint32_t setup[2];

static void read_packet(uint8_t *data, uint32_t bytes)
{
    for (uint32_t at = 0; at < bytes; at += 4) {
        uint32_t word = WORD(FIFO(0));
        for (uint32_t i = 0; i < 4 && at + i < bytes; i++) {
            data[at + i] = (uint8_t)(word >> 8 * i);
        }
    }
}

/* The level is masked as long as its cause is being read. */
static void take_received(void)
{
    clear_bits(USB(GINTMSK), INT_RX);
    uint32_t status = WORD(USB(GRXSTSP));
    uint32_t bytes = status >> 4 & 0x7FF;
    struct usb_pipe *pipe = &usb_out[status & 0xF];
    if ((status >> 17 & 0xF) == RX_DATA && bytes != 0) {
        read_packet(pipe->data, bytes);
        pipe->data += bytes;
        pipe->done += bytes;
    } else if ((status >> 17 & 0xF) == RX_SETUP) {
        read_packet((uint8_t *)setup, 8);
    }
    set_bits(USB(GINTMSK), INT_RX);
}

/* Newer cores are left alone while the endpoint still waits. */
void usb_wait_for_setup(void)
{
    bool newer = WORD(USB(GSNPSID)) > ID_300A;
    if (newer && (WORD(OUT_BLOCK(0) + EP_CTL) & EP_ENABLE) != 0) {
        return;
    }
    WORD(OUT_BLOCK(0) + EP_SIZE) = 0;
    set_bits(OUT_BLOCK(0) + EP_SIZE, 1u << 19);
    set_bits(OUT_BLOCK(0) + EP_SIZE, 3 * 8);
    set_bits(OUT_BLOCK(0) + EP_SIZE, 3u << 29);
}

/* A stopped endpoint has ended; the others may go on. */
static void out_disabled(uint32_t number)
{
    seen(HAL_SEEN_DISABLED);
    if ((WORD(USB(GINTSTS)) & INT_OUT_NAK) != 0) {
        set_bits(USB(DCTL), 1u << 10);
    }
    usb_out[number].stopping = false;
    WORD(OUT_BLOCK(number) + EP_FLAGS) = FLAG_DISABLED;
    usb_receive(number, usb_out[number].data, usb_out[number].bytes);
}

static void out_endpoint(uint32_t number)
{
    uint32_t block = OUT_BLOCK(number);
    uint32_t flags = WORD(block + EP_FLAGS) & WORD(USB(DOEPMSK));
    if ((flags & FLAG_DONE) != 0) {
        WORD(block + EP_FLAGS) = FLAG_DONE;
        device_received(number, usb_out[number].done);
    }
    if ((flags & FLAG_DISABLED) != 0) {
        out_disabled(number);
    }
    if ((flags & FLAG_SETUP) != 0) {
        device_setup((const uint8_t *)setup);
        WORD(block + EP_FLAGS) = FLAG_SETUP;
    }
    WORD(block + EP_FLAGS) = flags & (1u << 4 | 1u << 5 | 1u << 13);
}

/* As many whole packets as there is room for. */
static void fill(uint32_t number)
{
    struct usb_pipe *pipe = &usb_in[number];
    uint32_t left = pipe->bytes - pipe->done;
    uint32_t bytes = left < pipe->packet ? left : pipe->packet;
    while ((WORD(IN_BLOCK(number) + EP_FREE) & 0xFFFF) >= (bytes + 3) / 4 && left > 0) {
        for (uint32_t at = 0; at < bytes; at += 4) {
            const uint8_t *from = pipe->data + at;
            WORD(FIFO(number)) = (uint32_t)from[0] | (uint32_t)from[1] << 8 |
                                 (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24;
        }
        pipe->data += bytes;
        pipe->done += bytes;
        left = pipe->bytes - pipe->done;
        bytes = left < pipe->packet ? left : pipe->packet;
    }
    if (pipe->done >= pipe->bytes) {
        clear_bits(USB(DIEPEMPMSK), 1u << number);
    }
}

static void in_endpoint(uint32_t number)
{
    uint32_t block = IN_BLOCK(number);
    uint32_t mask = WORD(USB(DIEPMSK)) | (WORD(USB(DIEPEMPMSK)) >> number & 1) << 7;
    uint32_t flags = WORD(block + EP_FLAGS) & mask;
    if ((flags & FLAG_DONE) != 0) {
        clear_bits(USB(DIEPEMPMSK), 1u << number);
        WORD(block + EP_FLAGS) = FLAG_DONE;
        device_sent(number);
    }
    WORD(block + EP_FLAGS) = flags & (1u << 3 | 1u << 4 | 1u << 6);
    if ((flags & FLAG_DISABLED) != 0) {
        seen(HAL_SEEN_DISABLED);
        usb_flush(number);
        WORD(block + EP_FLAGS) = FLAG_DISABLED;
    }
    if ((flags & FLAG_EMPTY) != 0) {
        fill(number);
    }
}

static void for_endpoints(uint32_t ones, void (*handle)(uint32_t number))
{
    for (uint32_t i = 0; ones != 0; i++, ones >>= 1) {
        if ((ones & 1) != 0) {
            handle(i);
        }
    }
}

static void bus_reset(void)
{
    seen(HAL_SEEN_RESET);
    clear_bits(USB(DCTL), 1);
    usb_flush_all();
    for (uint32_t i = 0; i < hal_chip.usb_endpoints; i++) {
        WORD(IN_BLOCK(i) + EP_FLAGS) = 0xFB7F;
        clear_bits(IN_BLOCK(i) + EP_CTL, EP_STALL);
        WORD(OUT_BLOCK(i) + EP_FLAGS) = 0xFB7F;
        clear_bits(OUT_BLOCK(i) + EP_CTL, EP_STALL);
        set_bits(OUT_BLOCK(i) + EP_CTL, EP_SET_NAK);
    }
    set_bits(USB(DAINTMSK), 0x10001);
    set_bits(USB(DOEPMSK), 1u << 3 | 1 | 1u << 1 | 1u << 5 | 1u << 13);
    set_bits(USB(DIEPMSK), 1u << 3 | 1 | 1u << 1);
    clear_bits(USB(DCFG), 0x7Fu << 4);
    usb_wait_for_setup();
    WORD(USB(GINTSTS)) = INT_RESET;
}

/* The time to answer within, which follows from the bus clock. */
static void enumerated(void)
{
    seen(HAL_SEEN_ENUMERATED);
    clear_bits(IN_BLOCK(0) + EP_CTL, 0x7FF);
    set_bits(USB(DCTL), 1u << 8);
    if ((WORD(USB(DSTS)) >> 1 & 3) != 3) {
        note(0xBAD40000);
    }
    clear_bits(USB(GUSBCFG), 0xFu << 10);
    set_bits(USB(GUSBCFG), 6u << 10);
    usb_in[0].packet = usb_out[0].packet = USB_PACKET;
    device_reset();
    WORD(USB(GINTSTS)) = INT_ENUMERATED;
}

static void bus_events(uint32_t pending)
{
    if ((pending & INT_WAKE_UP) != 0) {
        clear_bits(USB(DCTL), 1);
        seen(HAL_SEEN_WAKE_UP);
        device_suspended(false);
        WORD(USB(GINTSTS)) = INT_WAKE_UP;
    }
    if ((pending & INT_SUSPEND) != 0) {
        if ((WORD(USB(DSTS)) & 1) != 0) {
            seen(HAL_SEEN_SUSPEND);
            device_suspended(true);
        }
        WORD(USB(GINTSTS)) = INT_SUSPEND;
    }
    if ((pending & INT_RESET) != 0) {
        bus_reset();
    }
    if ((pending & INT_ENUMERATED) != 0) {
        enumerated();
    }
    if ((pending & INT_FRAME) != 0) {
        seen(HAL_SEEN_FRAME);
        WORD(USB(GINTSTS)) = INT_FRAME;
    }
}

/* In effect now: endpoints that should stop can be disabled. */
static void out_nak(void)
{
    seen(HAL_SEEN_OUT_NAK);
    clear_bits(USB(GINTMSK), INT_OUT_NAK);
    for (uint32_t i = 1; i < USB_ENDPOINTS; i++) {
        if (usb_out[i].stopping && (WORD(OUT_BLOCK(i) + EP_CTL) & EP_ENABLE) != 0) {
            set_bits(OUT_BLOCK(i) + EP_CTL, EP_SET_NAK | EP_DISABLE);
        }
    }
}

static void rare_events(uint32_t pending)
{
    if ((pending & INT_OUT_NAK) != 0) {
        out_nak();
    }
    if ((pending & INT_IN_NAK) != 0) {
        seen(HAL_SEEN_IN_NAK);
        clear_bits(USB(GINTMSK), INT_IN_NAK);
    }
    if ((pending & INT_SESSION) != 0) {
        seen(HAL_SEEN_SESSION);
        WORD(USB(GINTSTS)) = INT_SESSION;
    }
    if ((pending & INT_OTG) != 0) {
        seen(HAL_SEEN_OTG);
        uint32_t reasons = WORD(USB(GOTGINT));
        WORD(USB(GOTGINT)) |= reasons;
    }
}

static uint32_t pending_now(void)
{
    return WORD(USB(GINTSTS)) & WORD(USB(GINTMSK));
}

void on_usb(void)
{
    if ((WORD(USB(GINTSTS)) & 1) != 0 || pending_now() == 0) {
        return;
    }
    if ((pending_now() & INT_MODE) != 0) {
        WORD(USB(GINTSTS)) &= INT_MODE;
    }
    if ((pending_now() & INT_RX) != 0) {
        take_received();
    }
    uint32_t endpoints = WORD(USB(DAINT)) & WORD(USB(DAINTMSK));
    if ((pending_now() & INT_OUT) != 0) {
        for_endpoints(endpoints >> 16, out_endpoint);
    }
    endpoints = WORD(USB(DAINT)) & WORD(USB(DAINTMSK));
    if ((pending_now() & INT_IN) != 0) {
        for_endpoints(endpoints & 0xFFFF, in_endpoint);
    }
    bus_events(pending_now());
    rare_events(pending_now());
}
