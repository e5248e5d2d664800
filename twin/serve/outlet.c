/* SPDX-License-Identifier: MIT
 * One board's place on the server: its socket, its pace and what a list says of it. */
#include "twin/serve/outlet.h"

#include <stdio.h>
#include <string.h>

#include "twin/time.h"

enum {
    BUS_NUMBER = 1,
    FIRST_DEVICE_NUMBER = 2,        /* 1 would be the bus's root hub */
    IDENTIFY_LIMIT_NS = 50000000,   /* USB 2.0, "Standard Device Requests": 500 ms; a list should
                                       not hang on a board that erases */
    CONFIGURATION_MAX_BYTES = 1024, /* more than any list of alternates we serve */
    ENDPOINT_BYTES = 7,
    PACKET_MAX_BYTES = 64, /* USB 2.0, at full speed */
    KIND_BULK = 2,
    KIND_INTERRUPT = 3,
    FIRST_STRETCH_NS = TWIN_MS,
    PATIENCE_NS = 20 * TWIN_MS,
};

struct outlet outlet_make(struct usb_port *port, uint32_t number, double speed, uint64_t wall_ns)
{
    struct outlet outlet = {.port = port, .pace = pace_start(speed, wall_ns, port->now(port))};
    outlet.record.busnum = BUS_NUMBER;
    outlet.record.devnum = FIRST_DEVICE_NUMBER + number;
    (void)snprintf(outlet.record.busid, sizeof outlet.record.busid, "%d-%u", BUS_NUMBER,
                   number + 1);
    (void)snprintf(outlet.record.path, sizeof outlet.record.path, "/dfukit-twin/usb%d/%s",
                   BUS_NUMBER, outlet.record.busid);
    return outlet;
}

/* Stretches get longer: few for a board that leaps, and the last is about as long as all before. */
void outlet_advance(struct outlet *outlet, uint64_t wall_ns)
{
    struct usb_port *port = outlet->port;
    struct clock *clock = outlet->clock;
    pace_jump(&outlet->pace, wall_ns, port->now(port));
    uint64_t target_ns = pace_virtual_ns(&outlet->pace, wall_ns);
    uint64_t stretch_ns = clock == NULL ? UINT64_MAX : FIRST_STRETCH_NS;
    uint64_t end_ns = clock == NULL ? UINT64_MAX : clock->now_ns(clock) + PATIENCE_NS;
    uint64_t now_ns = port->now(port);
    while (now_ns < target_ns) {
        port->run(port, target_ns - now_ns < stretch_ns ? target_ns : now_ns + stretch_ns);
        now_ns = port->now(port);
        stretch_ns *= 2;
        if (clock != NULL && clock->now_ns(clock) > end_ns) {
            pace_lag(&outlet->pace, clock->now_ns(clock), now_ns);
            return;
        }
    }
}

/* Returns the bytes of a descriptor that were read, 0 when the device refuses. */
static uint16_t read_descriptor(struct usb_port *port, enum usb_descriptor type, uint8_t *data,
                                uint16_t capacity)
{
    struct usb_setup setup = {.request_type = USB_DIR_IN,
                              .request = USB_GET_DESCRIPTOR,
                              .value = (uint16_t)(type << 8),
                              .length = capacity};
    uint16_t length = capacity;
    enum ep0_answer answer = usb_port_transfer(port, &setup, data, &length, IDENTIFY_LIMIT_NS);
    return answer == EP0_ACK && length <= capacity ? length : 0;
}

/* A host that hands a device out has configured it before; a client may rely on it, and strict
 * devices refuse SET_INTERFACE without. */
static void configure(struct outlet *outlet)
{
    const struct usb_setup setup = {.request = USB_SET_CONFIGURATION,
                                    .value = outlet->record.configuration};
    uint8_t nothing = 0;
    uint16_t length = 0;
    if (usb_port_transfer(outlet->port, &setup, &nothing, &length, IDENTIFY_LIMIT_NS) != EP0_ACK) {
        outlet->record.configuration = 0;
    }
}

static void take_interface(struct outlet *outlet, const uint8_t *at)
{
    const uint8_t number = at[2];
    const uint8_t alternate = at[3];
    if (alternate == 0 && number < outlet->record.interfaces) {
        outlet->interfaces[number] = (struct usb_interface_class){at[5], at[6], at[7]};
    }
}

/* The first of several alternates counts. Source USB 2.0, "Endpoint" */
static void take_endpoint(struct outlet *outlet, uint8_t interface, const uint8_t *at)
{
    const uint8_t kind = at[3] & 3;
    const uint16_t bytes = (uint16_t)((at[4] | at[5] << 8) & 0x7FF);
    struct usb_pipe *pipe = &outlet->pipes[at[2] >> 7][at[2] & 0xF];
    const bool moves = (kind == KIND_BULK || kind == KIND_INTERRUPT) && (at[2] & 0xF) != 0;
    if (!moves || pipe->packet_bytes != 0 || bytes > PACKET_MAX_BYTES) {
        return;
    }
    const uint8_t interval_ms = at[6] == 0 ? 1 : at[6];
    *pipe = (struct usb_pipe){at[2], bytes, kind == KIND_INTERRUPT ? interval_ms : 0, interface};
}

static bool take_configuration(struct outlet *outlet, const uint8_t *data, uint16_t length)
{
    if (length < USB_CONFIGURATION_BYTES || data[1] != USB_CONFIGURATION ||
        data[4] > OUTLET_INTERFACES_MAX) {
        return false;
    }
    outlet->record.interfaces = data[4];
    outlet->record.configuration = data[5];
    memset(outlet->interfaces, 0, sizeof outlet->interfaces);
    memset(outlet->pipes, 0, sizeof outlet->pipes);
    uint8_t interface = 0;
    uint32_t at = 0;
    while (at + 2u <= length && data[at] >= 2 && at + data[at] <= length) {
        if (data[at + 1] == USB_INTERFACE && data[at] >= USB_INTERFACE_BYTES) {
            interface = data[at + 2];
            take_interface(outlet, data + at);
        }
        if (data[at + 1] == USB_ENDPOINT && data[at] >= ENDPOINT_BYTES) {
            take_endpoint(outlet, interface, data + at);
        }
        at += data[at];
    }
    return true;
}

static void take_device(struct usbip_device *record, const struct usb_device *device)
{
    record->speed = USBIP_SPEED_FULL;
    record->vendor = device->vendor;
    record->product = device->product;
    record->bcd_device = device->bcd_device;
    record->class_code = device->class_code;
    record->subclass = device->subclass;
    record->protocol = device->protocol;
    record->configurations = device->configurations;
}

bool outlet_identify(struct outlet *outlet)
{
    struct usb_port *port = outlet->port;
    if (!port->attached(port)) {
        return false;
    }
    uint32_t generation = port->generation(port);
    if (outlet->known && outlet->generation == generation) {
        return true;
    }
    uint8_t data[CONFIGURATION_MAX_BYTES];
    struct usb_device device;
    uint16_t length = read_descriptor(port, USB_DEVICE, data, USB_DEVICE_BYTES);
    outlet->known = usb_device_parse(data, length, &device) == USB_OK;
    if (!outlet->known) {
        return false;
    }
    take_device(&outlet->record, &device);
    length = read_descriptor(port, USB_CONFIGURATION, data, sizeof data);
    outlet->known = take_configuration(outlet, data, length);
    if (outlet->known) {
        configure(outlet);
    }
    outlet->generation = generation;
    return outlet->known;
}

const struct usb_pipe *outlet_pipe(const struct outlet *outlet, uint32_t number, bool in)
{
    const struct usb_pipe *pipe =
        number < OUTLET_ENDPOINTS ? &outlet->pipes[in ? 1 : 0][number] : NULL;
    return pipe != NULL && pipe->packet_bytes != 0 ? pipe : NULL;
}

void outlet_release(struct outlet *outlet)
{
    outlet->taken = false;
    if (outlet->moved) {
        outlet->moved = false;
        outlet->known = false;
        outlet->port->reset(outlet->port);
    }
}

void outlet_put(const struct outlet *outlet, bool with_interfaces, struct buffer *out)
{
    uint8_t record[USBIP_DEVICE_BYTES];
    usbip_device_put(&outlet->record, record);
    buffer_append(out, record, sizeof record);
    for (uint32_t i = 0; with_interfaces && i < outlet->record.interfaces; i++) {
        const struct usb_interface_class *one = &outlet->interfaces[i];
        const uint8_t bytes[USBIP_INTERFACE_BYTES] = {one->class_code, one->subclass,
                                                      one->protocol};
        buffer_append(out, bytes, sizeof bytes);
    }
}
