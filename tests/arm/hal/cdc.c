/* SPDX-License-Identifier: MIT
 * A serial line over USB that sends back what it receives; vendor requests for the tests. */
#include "tests/arm/hal/usb.h"

enum { DATA = 1, NOTICE = 2, NOTICE_PACKET = 8, ROOM = 2048, SET_LINE = 0x20, GET_LINE, SET_STATE };

const uint8_t function_descriptor[18] = {18,   1,    0x00, 0x02, 2, 2, 0, USB_PACKET, 0x83,
                                         0x04, 0x40, 0x57, 0x00, 2, 1, 2, 3,          1};

const uint8_t function_configuration[] = {
    9,
    2,
    67,
    0,
    2,
    1,
    0,
    0xE0,
    50, /* the configuration */
    9,
    4,
    0,
    0,
    1,
    2,
    2,
    1,
    0, /* its control interface */
    5,
    0x24,
    0,
    0x10,
    0x01, /* header */
    5,
    0x24,
    1,
    0,
    1, /* calls */
    4,
    0x24,
    2,
    2, /* abilities */
    5,
    0x24,
    6,
    0,
    1, /* union */
    7,
    5,
    0x80 | NOTICE,
    3,
    NOTICE_PACKET,
    0,
    16, /* notices */
    9,
    4,
    1,
    0,
    2,
    10,
    0,
    0,
    0, /* the data interface */
    7,
    5,
    DATA,
    2,
    USB_PACKET,
    0,
    0, /* from the host */
    7,
    5,
    0x80 | DATA,
    2,
    USB_PACKET,
    0,
    0, /* to the host */
};
const uint32_t function_configuration_bytes = sizeof function_configuration;

static uint8_t line_coding[8] = {0x00, 0xC2, 0x01, 0x00, 0, 0, 8};
static uint8_t data[USB_PACKET * 2], written[ROOM], made[ROOM];
static uint32_t written_bytes, sending;
static volatile uint32_t order;

void function_configured(bool on)
{
    if (!on) {
        usb_close(DATA);
        usb_close(0x80 | DATA);
        usb_close(0x80 | NOTICE);
        return;
    }
    usb_open(0x80 | DATA, USB_BULK, USB_PACKET);
    usb_open(DATA, USB_BULK, USB_PACKET);
    usb_open(0x80 | NOTICE, USB_INTERRUPT, NOTICE_PACKET);
    usb_receive(DATA, data, USB_PACKET);
}

static bool is_order(uint32_t request)
{
    return request == HAL_ASK_WAKE || request == HAL_ASK_RECONNECT;
}

static bool vendor_request(const uint8_t *setup)
{
    uint32_t value = (uint32_t)setup[2] | (uint32_t)setup[3] << 8;
    uint32_t length = (uint32_t)setup[6] | (uint32_t)setup[7] << 8;
    for (uint32_t i = 0; i < ROOM; i++) {
        made[i] = (uint8_t)(i * 7);
    }
    switch (setup[1]) {
    case HAL_ASK_READ: device_send(made, value); return true;
    case HAL_ASK_WRITTEN: device_send(written, written_bytes); return true;
    case HAL_ASK_WRITE:
        if (length == 0 || length > ROOM) {
            return false;
        }
        device_receive(written, length);
        return true;
    case HAL_ASK_OUT_NAK: usb_stop_out(DATA); break;
    case HAL_ASK_FLUSH: usb_flush(DATA); break;
    case HAL_ASK_FRAMES: set_bits(hal_chip.usb + 0x18, 1u << 3); break;
    case HAL_ASK_HOLD:
        sending = value;
        usb_send(DATA, made, value);
        break;
    default:
        if (!is_order(setup[1])) {
            return false;
        }
        order = setup[1];
        break;
    }
    device_acknowledge();
    return true;
}

bool function_request(const uint8_t *setup)
{
    if ((setup[0] & 0x60) == 0x40) {
        return vendor_request(setup);
    }
    switch (setup[1]) {
    case SET_LINE: device_receive(line_coding, 7); return true;
    case GET_LINE: device_send(line_coding, 7); return true;
    case SET_STATE: {
        static const uint8_t notice[10] = {0xA1, 0x20, 0, 0, 0, 0, 2, 0, 3, 0};
        device_acknowledge();
        usb_send(NOTICE, notice, sizeof notice);
        return true;
    }
    default: return false;
    }
}

void function_written(const uint8_t *setup, const uint8_t *bytes)
{
    (void)bytes;
    if (setup[1] == SET_LINE) {
        seen(HAL_SEEN_LINE);
    } else {
        written_bytes = (uint32_t)setup[6] | (uint32_t)setup[7] << 8;
    }
}

/* What fills its packets is ended by an empty one. */
void function_sent(uint32_t endpoint)
{
    if (endpoint == NOTICE) {
        return;
    }
    if (sending > 0 && sending % USB_PACKET == 0) {
        sending = 0;
        usb_send(DATA, NULL, 0);
        return;
    }
    usb_receive(DATA, data, USB_PACKET);
}

void function_received(uint32_t endpoint, uint32_t bytes)
{
    (void)endpoint;
    sending = bytes;
    usb_send(DATA, data, bytes);
}

static void obey(uint32_t what)
{
    if (what == HAL_ASK_RECONNECT) {
        tick_delay(5);
        usb_disconnect();
        tick_delay(20);
        usb_connect();
        return;
    }
    while (!usb_is_asleep()) {
    }
    usb_remote_wake_up();
    tick_delay(10);
    clear_bits(hal_chip.usb + 0x804, 1);
}

void do_cdc(void)
{
    note((uint32_t)clocks_start());
    usb_start();
    for (;;) {
        uint32_t what = order;
        order = 0;
        if (what != 0) {
            obey(what);
        }
        __asm__ volatile("wfi");
    }
}
