/* SPDX-License-Identifier: MIT
 * A faulty line in front of a bus in this process, as a host controller and its cable have it. */
#include <stdlib.h>

#include "core/dfu.h"
#include "tests/faults/line.h"

struct wire {
    struct bus bus; /* first */
    struct bus *inner;
    struct line *line;
    struct clock *clock;
};

struct wire_handle {
    struct bus_handle handle; /* first */
    struct bus_handle *inner;
};

static const uint64_t ns_per_ms = 1000000;

static struct wire *wire_of(struct bus *bus)
{
    return (struct wire *)bus;
}

static struct bus_handle *inner_of(struct bus_handle *handle)
{
    return ((struct wire_handle *)handle)->inner;
}

static int wire_list(struct bus *bus, struct bus_list *out, struct dfk_error *err)
{
    line_look(wire_of(bus)->line);
    return bus_list(wire_of(bus)->inner, out, err);
}

static void wire_wait(struct bus *bus, uint32_t limit_ms)
{
    bus_wait(wire_of(bus)->inner, limit_ms);
}

/* What the system does when a device comes; the bootloader in flash insists on it.
 * Source USB 2.0, "Set Configuration" */
static void configure(struct line *line)
{
    enum { LIMIT_NS = 1000000000 };
    const struct usb_setup setup = {0, USB_SET_CONFIGURATION, 1, 0, 0};
    uint16_t length = 0;
    (void)usb_port_transfer(board_port(line->board), &setup, NULL, &length, LIMIT_NS);
}

static int wire_open_device(struct bus *bus, const char *path, struct bus_handle **handle,
                            struct dfk_error *err)
{
    struct wire_handle *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return dfk_fail(err, DFK_E_NO_MEMORY, "no memory for a handle");
    }
    int result = bus_open(wire_of(bus)->inner, path, &made->inner, err);
    if (result != 0) {
        free(made);
        return result;
    }
    if (wire_of(bus)->line->from_flash) {
        configure(wire_of(bus)->line);
    }
    made->handle.bus = bus;
    *handle = &made->handle;
    return 0;
}

static int wire_claim(struct bus_handle *handle, uint8_t interface, struct dfk_error *err)
{
    return bus_claim(inner_of(handle), interface, err);
}

/* One transfer with all that belongs to it. */
struct passage {
    struct bus_handle *inner;
    const struct usb_setup *setup;
    uint8_t *data;
    uint16_t *actual;
    uint32_t timeout_ms;
    struct dfk_error *err;
};

static enum bus_result pass(const struct passage *passage)
{
    return bus_control(passage->inner, passage->setup, passage->data, passage->actual,
                       passage->timeout_ms, passage->err);
}

static enum bus_result lose(struct wire *wire, const struct passage *passage, bool arrives)
{
    enum bus_result result = arrives ? pass(passage) : BUS_OK;
    wire->line->struck = true;
    if (result == BUS_OK || result == BUS_STALL) {
        wire->clock->sleep_ns(wire->clock, passage->timeout_ms * ns_per_ms);
        result = BUS_TIMEOUT;
    }
    return result;
}

static enum bus_result cut(struct wire *wire, const struct passage *passage)
{
    bool in = (passage->setup->request_type & USB_DIR_IN) != 0;
    if (!in && passage->setup->length > 0) {
        wire->line->struck = true;
        *passage->actual = line_short(passage->setup->length);
        return BUS_OK;
    }
    enum bus_result result = pass(passage);
    if (in && result == BUS_OK && *passage->actual > 0) {
        wire->line->struck = true;
        *passage->actual = line_short(*passage->actual);
    }
    return result;
}

static enum bus_result flip(struct wire *wire, const struct passage *passage)
{
    enum bus_result result = pass(passage);
    if (result == BUS_OK && (passage->setup->request_type & USB_DIR_IN) != 0) {
        (void)line_flip(wire->line, passage->data, *passage->actual);
    }
    return result;
}

static enum bus_result wire_control(struct bus_handle *handle, const struct usb_setup *setup,
                                    uint8_t *data, uint16_t *actual, uint32_t timeout_ms,
                                    struct dfk_error *err)
{
    struct wire *wire = wire_of(handle->bus);
    struct passage passage = {inner_of(handle), setup, data, actual, timeout_ms, err};
    switch (line_next(wire->line)) {
    case MISHAP_STALL: wire->line->struck = true; return BUS_STALL;
    case MISHAP_NO_REQUEST: return lose(wire, &passage, false);
    case MISHAP_NO_ANSWER: return lose(wire, &passage, true);
    case MISHAP_SHORT: return cut(wire, &passage);
    case MISHAP_FLIP: return flip(wire, &passage);
    default: return pass(&passage);
    }
}

static enum bus_result wire_set_alternate(struct bus_handle *handle, uint8_t interface,
                                          uint8_t alternate, struct dfk_error *err)
{
    enum { LIMIT_MS = 5000 };
    struct usb_setup setup = {1, USB_SET_INTERFACE, alternate, interface, 0};
    uint16_t actual = 0;
    return wire_control(handle, &setup, NULL, &actual, LIMIT_MS, err);
}

static enum bus_result wire_reset(struct bus_handle *handle, struct dfk_error *err)
{
    return bus_reset(inner_of(handle), err);
}

static void wire_close(struct bus_handle *handle)
{
    bus_close(inner_of(handle));
    free(handle);
}

static void wire_free(struct bus *bus)
{
    free(bus);
}

static const struct bus_ops ops = {.list = wire_list,
                                   .wait = wire_wait,
                                   .open = wire_open_device,
                                   .claim = wire_claim,
                                   .control = wire_control,
                                   .set_alternate = wire_set_alternate,
                                   .reset = wire_reset,
                                   .close = wire_close,
                                   .free = wire_free};

struct bus *wire_open(struct bus *inner, struct line *line, struct clock *clock)
{
    struct wire *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return NULL;
    }
    made->bus = *inner;
    made->bus.ops = &ops;
    made->inner = inner;
    made->line = line;
    made->clock = clock;
    return &made->bus;
}
