/* SPDX-License-Identifier: MIT
 * Chapter 9 above the driver: standard requests, and the stages of endpoint 0. */
#include "tests/arm/hal/usb.h"

enum { STAGE_IDLE, STAGE_IN, STAGE_OUT, STAGE_STATUS };
enum { GET_STATUS, CLEAR_FEATURE, SET_FEATURE = 3, SET_ADDRESS = 5, GET_DESCRIPTOR };
enum { GET_CONFIGURATION = 8, SET_CONFIGURATION, GET_INTERFACE, SET_INTERFACE };

static struct {
    uint8_t setup[8];
    uint32_t stage, total, left, wanted;
    const uint8_t *out_data;
    const uint8_t *data;
    uint8_t configuration;
    bool wakes;
} device;

static uint8_t answer[2];

static uint32_t half(uint32_t at)
{
    return (uint32_t)device.setup[at] | (uint32_t)device.setup[at + 1] << 8;
}

static void refuse(void)
{
    usb_stall(0x80);
    usb_stall(0x00);
}

void device_acknowledge(void)
{
    device.stage = STAGE_STATUS;
    usb_send(0, NULL, 0);
}

void device_send(const uint8_t *data, uint32_t bytes)
{
    uint32_t wanted = half(6);
    device.stage = STAGE_IN;
    device.wanted = wanted;
    device.total = device.left = bytes < wanted ? bytes : wanted;
    device.data = data;
    usb_send(0, data, device.left);
}

void device_receive(uint8_t *data, uint32_t bytes)
{
    device.stage = STAGE_OUT;
    device.out_data = data;
    device.total = device.left = bytes;
    usb_receive(0, data, bytes);
}

void device_reset(void)
{
    usb_open(0x00, 0, USB_PACKET);
    usb_open(0x80, 0, USB_PACKET);
    device.stage = STAGE_IDLE;
    device.wakes = false;
    if (device.configuration != 0) {
        device.configuration = 0;
        function_configured(false);
    }
}

static void send_string(uint32_t index)
{
    static const uint8_t languages[] = {4, 3, 9, 4};
    static uint8_t text[2 + 2 * 16];
    static const char *const texts[] = {"", "own words", "serial line", "0001"};
    if (index == 0) {
        device_send(languages, sizeof languages);
        return;
    }
    if (index > 3) {
        refuse();
        return;
    }
    uint8_t length = 2;
    for (const char *at = texts[index]; *at != '\0'; at++) {
        text[length++] = (uint8_t)*at;
        text[length++] = 0;
    }
    text[0] = length;
    text[1] = 3;
    device_send(text, length);
}

static void send_descriptor(void)
{
    switch (device.setup[3]) {
    case 1: device_send(function_descriptor, sizeof function_descriptor); break;
    case 2: device_send(function_configuration, function_configuration_bytes); break;
    case 3: send_string(device.setup[2]); break;
    default: refuse(); break;
    }
}

/* The same again closes nothing and opens nothing, as in ST's library. */
static void configure(void)
{
    if (half(2) > 1) {
        refuse();
        return;
    }
    seen(HAL_SEEN_CONFIGURED);
    if (device.configuration != half(2)) {
        device.configuration = (uint8_t)half(2);
        function_configured(device.configuration != 0);
    }
    device_acknowledge();
}

static void device_request(void)
{
    switch (device.setup[1]) {
    case GET_DESCRIPTOR: send_descriptor(); break;
    case SET_ADDRESS:
        usb_set_address(half(2));
        device_acknowledge();
        break;
    case SET_CONFIGURATION: configure(); break;
    case GET_CONFIGURATION:
        answer[0] = device.configuration;
        device_send(answer, 1);
        break;
    case GET_STATUS:
        answer[0] = (uint8_t)(1 | (device.wakes ? 2 : 0));
        answer[1] = 0;
        device_send(answer, 2);
        break;
    case SET_FEATURE:
    case CLEAR_FEATURE:
        device.wakes = device.setup[1] == SET_FEATURE;
        device_acknowledge();
        break;
    default: refuse(); break;
    }
}

static void endpoint_request(void)
{
    uint32_t address = half(4);
    switch (device.setup[1]) {
    case SET_FEATURE:
        usb_stall(address);
        device_acknowledge();
        break;
    case CLEAR_FEATURE:
        usb_unstall(address);
        device_acknowledge();
        break;
    case GET_STATUS:
        answer[0] = usb_is_stalled(address);
        answer[1] = 0;
        device_send(answer, 2);
        break;
    default: refuse(); break;
    }
}

static void interface_request(void)
{
    switch (device.setup[1]) {
    case GET_INTERFACE:
        answer[0] = 0;
        device_send(answer, 1);
        break;
    case SET_INTERFACE: device_acknowledge(); break;
    default: refuse(); break;
    }
}

void device_setup(const uint8_t *setup)
{
    for (uint32_t i = 0; i < 8; i++) {
        device.setup[i] = setup[i];
    }
    if ((setup[0] & 0x60) != 0) {
        if (!function_request(device.setup)) {
            refuse();
        }
        return;
    }
    switch (setup[0] & 0x1F) {
    case 0: device_request(); break;
    case 1: interface_request(); break;
    case 2: endpoint_request(); break;
    default: refuse(); break;
    }
}

/* A packet has gone: the next, an empty one to end with, or the status stage. The library stalls
 * its side of endpoint 0 until the next request. */
static void sent_on_0(void)
{
    if (device.stage != STAGE_IN) {
        if (device.stage == STAGE_STATUS) {
            device.stage = STAGE_IDLE;
        }
        usb_stall(0x80);
        return;
    }
    if (device.left > USB_PACKET) {
        device.left -= USB_PACKET;
        device.data += USB_PACKET;
        usb_send(0, device.data, device.left);
        usb_receive(0, NULL, 0);
    } else if (device.total % USB_PACKET == 0 && device.total >= USB_PACKET &&
               device.total < device.wanted) {
        device.wanted = 0;
        usb_send(0, NULL, 0);
        usb_receive(0, NULL, 0);
    } else {
        usb_stall(0x80);
        device.stage = STAGE_STATUS;
        usb_receive(0, NULL, 0);
    }
}

static void received_on_0(void)
{
    if (device.stage != STAGE_OUT) {
        return;
    }
    if (device.left > USB_PACKET) {
        device.left -= USB_PACKET;
        usb_receive(0, (uint8_t *)(uintptr_t)device.out_data + (device.total - device.left),
                    device.left);
        return;
    }
    function_written(device.setup, device.out_data);
    device_acknowledge();
}

void device_sent(uint32_t endpoint)
{
    if (endpoint == 0) {
        sent_on_0();
    } else {
        function_sent(endpoint);
    }
}

void device_received(uint32_t endpoint, uint32_t bytes)
{
    if (endpoint == 0) {
        received_on_0();
    } else {
        function_received(endpoint, bytes);
    }
}

/* The clock of the PHY is stopped when nothing comes, as in the code that ST generates; that code
 * leaves it so, and the reset before the device is configured has to set it going. */
void device_suspended(bool asleep)
{
    if (asleep || device.configuration != 0) {
        usb_stop_clock(asleep);
    }
}
