/* SPDX-License-Identifier: MIT
 * The OTG core in the order in which ST's library drives it: set-up, endpoints. */
#include "tests/arm/hal/usb_inside.h"

struct usb_pipe usb_in[USB_ENDPOINTS], usb_out[USB_ENDPOINTS];

enum { AHB_IDLE = 1u << 31, RX_FLUSH = 1 << 4, TX_FLUSH = 1 << 5, ALL_FIFOS = 16 };
enum { COUNT_MAX = 200000, VBUS_NONE = 1 << 21, VBUS_B = 1 << 19, VBUS_A = 1 << 18 };
enum { VBUS_DETECT = 1 << 21, VALID_ENABLE = 1 << 6, VALID_VALUE = 1 << 7 };

/* The library counts turns, not time. */
static void wait_count(uint32_t addr, uint32_t mask, uint32_t wanted)
{
    uint32_t count = 0;
    while ((WORD(addr) & mask) != wanted) {
        if (++count > COUNT_MAX) {
            note(0xBAD20000u | (addr & 0xFFFF));
            return;
        }
    }
}

static void flush(uint32_t bits)
{
    wait_count(USB(GRSTCTL), AHB_IDLE, AHB_IDLE);
    WORD(USB(GRSTCTL)) = bits;
    wait_count(USB(GRSTCTL), bits & (RX_FLUSH | TX_FLUSH), 0);
}

void usb_flush_all(void)
{
    flush(TX_FLUSH | ALL_FIFOS << 6);
}

void usb_flush(uint32_t endpoint)
{
    flush(TX_FLUSH | endpoint << 6);
}

static void start_core(void)
{
    clear_bits(USB(GAHBCFG), 1);
    set_bits(USB(GUSBCFG), 1 << 6);
    wait_count(USB(GRSTCTL), AHB_IDLE, AHB_IDLE);
    set_bits(USB(GRSTCTL), 1);
    wait_count(USB(GRSTCTL), 1, 0);
    set_bits(USB(GCCFG), 1 << 16);
    clear_bits(USB(GUSBCFG), 3u << 29);
    set_bits(USB(GUSBCFG), 1u << 30);
    uint32_t ms = 0;
    do {
        tick_delay(1);
        ms++;
    } while ((WORD(USB(GINTSTS)) & 1) != 0 && ms < 50);
    if (ms == 50) {
        note(0xBAD30000);
    }
}

/* Neither chip's board is asked for VBUS. */
static void ignore_vbus(void)
{
    set_bits(USB(DCTL), 1 << 1);
    if (hal_chip.usb_endpoints == 4) {
        set_bits(USB(GCCFG), VBUS_NONE);
        clear_bits(USB(GCCFG), VBUS_B);
        clear_bits(USB(GCCFG), VBUS_A);
    } else {
        clear_bits(USB(GCCFG), VBUS_DETECT);
        set_bits(USB(GOTGCTL), VALID_ENABLE);
        set_bits(USB(GOTGCTL), VALID_VALUE);
    }
}

static void clear_endpoint(uint32_t block, uint32_t number)
{
    bool enabled = (WORD(block + EP_CTL) & EP_ENABLE) != 0;
    WORD(block + EP_CTL) = enabled ? (number == 0 ? EP_SET_NAK : EP_DISABLE | EP_SET_NAK) : 0;
    WORD(block + EP_SIZE) = 0;
    WORD(block + EP_FLAGS) = 0xFB7F;
}

static void start_device(void)
{
    for (uint32_t i = 0; i < 15; i++) {
        WORD(USB(DIEPTXF1) + 4 * i) = 0;
    }
    ignore_vbus();
    WORD(USB(PCGCCTL)) = 0;
    set_bits(USB(DCFG), 3);
    usb_flush_all();
    flush(RX_FLUSH);
    WORD(USB(DIEPMSK)) = 0;
    WORD(USB(DOEPMSK)) = 0;
    WORD(USB(DAINTMSK)) = 0;
    for (uint32_t i = 0; i < hal_chip.usb_endpoints; i++) {
        clear_endpoint(IN_BLOCK(i), i);
    }
    for (uint32_t i = 0; i < hal_chip.usb_endpoints; i++) {
        clear_endpoint(OUT_BLOCK(i), i);
    }
    clear_bits(USB(DIEPMSK), 1 << 8);
    WORD(USB(GINTMSK)) = 0;
    WORD(USB(GINTSTS)) = 0xBFFFFFFF;
    set_bits(USB(GINTMSK), INT_RX);
    set_bits(USB(GINTMSK), INT_SUSPEND | INT_RESET | INT_ENUMERATED | INT_IN | INT_OUT |
                               INT_ISO_IN | INT_ISO_OUT | INT_WAKE_UP | INT_SESSION | INT_OTG);
}

/* Words: what arrives, then a FIFO for each endpoint that sends. */
static void share_fifos(void)
{
    static const uint16_t words[] = {0x40, 0x60, 0x20};
    uint32_t at = 0x80;
    WORD(USB(GRXFSIZ)) = at;
    for (uint32_t i = 0; i < 3; i++) {
        uint32_t reg = i == 0 ? USB(DIEPTXF0) : USB(DIEPTXF1) + 4 * (i - 1);
        WORD(reg) = (uint32_t)words[i] << 16 | at;
        at += words[i];
    }
}

void usb_connect(void)
{
    clear_bits(USB(PCGCCTL), 3);
    clear_bits(USB(DCTL), 1 << 1);
}

void usb_disconnect(void)
{
    clear_bits(USB(PCGCCTL), 3);
    set_bits(USB(DCTL), 1 << 1);
}

void usb_start(void)
{
    usb_start_pins();
    start_core();
    start_device();
    usb_disconnect();
    share_fifos();
    set_bits(USB(GAHBCFG), 1);
    usb_connect();
}

void usb_open(uint32_t address, uint32_t type, uint32_t packet)
{
    uint32_t number = address & 0xF;
    bool in = (address & 0x80) != 0;
    uint32_t block = in ? IN_BLOCK(number) : OUT_BLOCK(number);
    (in ? usb_in : usb_out)[number].packet = packet;
    set_bits(USB(DAINTMSK), 1u << (number + (in ? 0 : 16)));
    if ((WORD(block + EP_CTL) & EP_ACTIVE) == 0) {
        set_bits(block + EP_CTL,
                 packet | type << 18 | (in ? number << 22 : 0) | EP_DATA0 | EP_ACTIVE);
    }
}

void usb_close(uint32_t address)
{
    uint32_t number = address & 0xF;
    bool in = (address & 0x80) != 0;
    uint32_t block = in ? IN_BLOCK(number) : OUT_BLOCK(number);
    if ((WORD(block + EP_CTL) & EP_ENABLE) != 0) {
        set_bits(block + EP_CTL, EP_SET_NAK);
        set_bits(block + EP_CTL, EP_DISABLE);
    }
    clear_bits(USB(DAINTMSK), 1u << (number + (in ? 0 : 16)));
    clear_bits(block + EP_CTL, EP_ACTIVE | 0x7FFu | 3u << 18 | (in ? 0xFu << 22 : 0) | EP_DATA0);
}

/* Sizes are cleared field by field and set again, and only then the endpoint is enabled. */
static void start_transfer(uint32_t block, uint32_t packets, uint32_t bytes)
{
    clear_bits(block + EP_SIZE, 0x3FFu << 19);
    clear_bits(block + EP_SIZE, 0x7FFFF);
    set_bits(block + EP_SIZE, packets << 19);
    set_bits(block + EP_SIZE, bytes);
    set_bits(block + EP_CTL, EP_CLEAR_NAK | EP_ENABLE);
}

/* On endpoint 0 a transfer is a packet. */
void usb_send(uint32_t endpoint, const uint8_t *data, uint32_t bytes)
{
    struct usb_pipe *pipe = &usb_in[endpoint];
    uint32_t most = pipe->packet;
    pipe->data = (uint8_t *)(uintptr_t)data;
    pipe->bytes = endpoint == 0 && bytes > most ? most : bytes;
    pipe->done = 0;
    uint32_t packets = pipe->bytes == 0 ? 1 : (pipe->bytes + most - 1) / most;
    start_transfer(IN_BLOCK(endpoint), packets, pipe->bytes);
    if (pipe->bytes > 0) {
        set_bits(USB(DIEPEMPMSK), 1u << endpoint);
    }
}

void usb_receive(uint32_t endpoint, uint8_t *data, uint32_t bytes)
{
    struct usb_pipe *pipe = &usb_out[endpoint];
    uint32_t most = pipe->packet;
    uint32_t packets = bytes == 0 || endpoint == 0 ? 1 : (bytes + most - 1) / most;
    pipe->data = data;
    pipe->bytes = bytes;
    pipe->done = 0;
    start_transfer(OUT_BLOCK(endpoint), packets, packets * most);
}

void usb_stall(uint32_t address)
{
    uint32_t number = address & 0xF;
    bool in = (address & 0x80) != 0;
    uint32_t block = in ? IN_BLOCK(number) : OUT_BLOCK(number);
    if ((WORD(block + EP_CTL) & EP_ENABLE) == 0 && number != 0) {
        clear_bits(block + EP_CTL, EP_DISABLE);
    }
    set_bits(block + EP_CTL, EP_STALL);
    (in ? usb_in : usb_out)[number].stalled = true;
    if (number == 0) {
        usb_wait_for_setup();
    }
}

void usb_unstall(uint32_t address)
{
    uint32_t number = address & 0xF;
    bool in = (address & 0x80) != 0;
    uint32_t block = in ? IN_BLOCK(number) : OUT_BLOCK(number);
    clear_bits(block + EP_CTL, EP_STALL);
    set_bits(block + EP_CTL, EP_DATA0);
    (in ? usb_in : usb_out)[number].stalled = false;
}

bool usb_is_stalled(uint32_t address)
{
    return ((address & 0x80) != 0 ? usb_in : usb_out)[address & 0xF].stalled;
}

void usb_set_address(uint32_t address)
{
    clear_bits(USB(DCFG), 0x7Fu << 4);
    set_bits(USB(DCFG), address << 4);
}

/* An OUT endpoint is disabled while all OUT endpoints refuse.
 * Source RM0090, "Disabling an OUT endpoint" */
void usb_stop_out(uint32_t endpoint)
{
    set_bits(USB(GINTMSK), INT_OUT_NAK);
    set_bits(USB(DCTL), 1u << 9);
    usb_out[endpoint].stopping = true;
}

void usb_stop_clock(bool on)
{
    if (on) {
        set_bits(USB(PCGCCTL), 1);
    } else {
        clear_bits(USB(PCGCCTL), 1);
    }
}

void usb_remote_wake_up(void)
{
    usb_stop_clock(false);
    if ((WORD(USB(DSTS)) & 1) != 0) {
        set_bits(USB(DCTL), 1);
    }
}

bool usb_is_asleep(void)
{
    return (WORD(USB(DSTS)) & 1) != 0;
}
