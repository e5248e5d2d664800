/* SPDX-License-Identifier: MIT
 * A bus of virtual boards in this process, in their virtual time. */
#include "tests/support/twin_bus.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/read.h"

enum { START_UP_MS = 500, WAIT_STEP_MS = 10 };

struct twin_handle {
    struct bus_handle handle; /* first */
    size_t board;
    uint32_t generation;
};

static const uint64_t ns_per_ms = 1000000;

static struct twin_bus *bus_of(struct bus *bus)
{
    return (struct twin_bus *)bus;
}

static struct usb_port *port_of(const struct twin_bus *bus, size_t board)
{
    return board_port(bus->boards[board]);
}

static uint64_t now_ns(struct clock *clock)
{
    struct twin_bus *bus = (struct twin_bus *)((char *)clock - offsetof(struct twin_bus, clock));
    return port_of(bus, 0)->now(port_of(bus, 0));
}

/* Every board is brought to the first one's time. */
static void follow(struct twin_bus *bus, uint64_t until_ns)
{
    for (size_t i = 0; i < bus->count; i++) {
        struct usb_port *port = port_of(bus, i);
        if (port->now(port) <= until_ns) {
            port->run(port, until_ns);
        }
    }
}

static void sleep_ns(struct clock *clock, uint64_t length_ns)
{
    struct twin_bus *bus = (struct twin_bus *)((char *)clock - offsetof(struct twin_bus, clock));
    follow(bus, now_ns(clock) + length_ns);
}

static void twin_wait(struct bus *bus, uint32_t limit_ms)
{
    uint32_t step_ms = limit_ms < WAIT_STEP_MS ? limit_ms : WAIT_STEP_MS;
    sleep_ns(&bus_of(bus)->clock, step_ms * ns_per_ms);
}

static int twin_open(struct bus *bus, const char *path, struct bus_handle **handle,
                     struct dfk_error *err)
{
    struct twin_bus *twins = bus_of(bus);
    size_t board = strncmp(path, "1-", 2) == 0 ? strtoul(path + 2, NULL, 10) - 1 : twins->count;
    if (board >= twins->count || !port_of(twins, board)->attached(port_of(twins, board))) {
        return dfk_fail(err, DFK_E_NO_DEVICE, "no device at %s", path);
    }
    struct twin_handle *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return dfk_fail(err, DFK_E_NO_MEMORY, "no memory for a handle");
    }
    made->handle.bus = bus;
    made->board = board;
    made->generation = port_of(twins, board)->generation(port_of(twins, board));
    *handle = &made->handle;
    return 0;
}

static void twin_close(struct bus_handle *handle)
{
    free(handle);
}

static int twin_claim(struct bus_handle *handle, uint8_t interface, struct dfk_error *err)
{
    (void)handle;
    return interface == 0 ? 0 : dfk_fail(err, DFK_E_PROTOCOL, "no interface %u", interface);
}

static enum bus_result gone(struct dfk_error *err)
{
    (void)dfk_fail(err, DFK_E_LOST, "the device is not on the bus any more");
    return BUS_GONE;
}

static enum bus_result twin_control(struct bus_handle *handle, const struct usb_setup *setup,
                                    uint8_t *data, uint16_t *actual, uint32_t timeout_ms,
                                    struct dfk_error *err)
{
    struct twin_handle *twin = (struct twin_handle *)handle;
    struct twin_bus *bus = bus_of(handle->bus);
    struct usb_port *port = port_of(bus, twin->board);
    if (port->generation(port) != twin->generation) {
        return gone(err);
    }
    uint16_t length = setup->length;
    enum ep0_answer answer = usb_port_transfer(port, setup, data, &length, timeout_ms * ns_per_ms);
    follow(bus, port->now(port));
    switch (answer) {
    case EP0_ACK: *actual = length; return BUS_OK;
    case EP0_STALL: return BUS_STALL;
    case EP0_NAK: return BUS_TIMEOUT;
    case EP0_LOST:
    case EP0_BABBLE:
    case EP0_GONE: break;
    }
    return gone(err);
}

static enum bus_result twin_set_alternate(struct bus_handle *handle, uint8_t interface,
                                          uint8_t alternate, struct dfk_error *err)
{
    struct usb_setup setup = {1, USB_SET_INTERFACE, alternate, interface, 0};
    uint16_t actual = 0;
    return twin_control(handle, &setup, NULL, &actual, 1000, err);
}

static enum bus_result twin_reset(struct bus_handle *handle, struct dfk_error *err)
{
    struct twin_handle *twin = (struct twin_handle *)handle;
    struct usb_port *port = port_of(bus_of(handle->bus), twin->board);
    port->reset(port);
    bool same = port->attached(port) && port->generation(port) == twin->generation;
    return same ? BUS_OK : gone(err);
}

static void add_device(struct twin_bus *bus, size_t board, struct bus_list *out)
{
    struct bus_device *device = &out->devices[out->count];
    struct bus_handle *handle = NULL;
    memset(device, 0, sizeof *device);
    (void)snprintf(device->path, sizeof device->path, "1-%zu", board + 1);
    if (twin_open(&bus->bus, device->path, &handle, NULL) == 0) {
        struct usb_port *port = port_of(bus, board);
        bool read = bus_read_device(handle, device);
        /* A device that left while it was read is not on the bus. */
        bool there = port->attached(port) &&
                     port->generation(port) == ((struct twin_handle *)handle)->generation;
        out->count += read && there ? 1 : 0;
        twin_close(handle);
    }
}

static int twin_list(struct bus *bus, struct bus_list *out, struct dfk_error *err)
{
    struct twin_bus *twins = bus_of(bus);
    out->count = 0;
    out->devices = calloc(TWIN_BUS_BOARDS_MAX, sizeof *out->devices);
    if (out->devices == NULL) {
        return dfk_fail(err, DFK_E_NO_MEMORY, "no memory for a list");
    }
    for (size_t i = 0; i < twins->count; i++) {
        add_device(twins, i, out);
    }
    return 0;
}

static void twin_free(struct bus *bus)
{
    (void)bus;
}

static const struct bus_ops ops = {.list = twin_list,
                                   .wait = twin_wait,
                                   .open = twin_open,
                                   .claim = twin_claim,
                                   .control = twin_control,
                                   .set_alternate = twin_set_alternate,
                                   .reset = twin_reset,
                                   .close = twin_close,
                                   .free = twin_free};

void twin_bus_init(struct twin_bus *bus, struct board *const *boards, size_t count)
{
    memset(bus, 0, sizeof *bus);
    bus->bus.ops = &ops;
    (void)snprintf(bus->bus.uri, sizeof bus->bus.uri, "twin:");
    bus->clock = (struct clock){.now_ns = now_ns, .sleep_ns = sleep_ns};
    bus->count = count;
    memcpy(bus->boards, boards, count * sizeof *boards);
    follow(bus, now_ns(&bus->clock) + START_UP_MS * ns_per_ms);
}
