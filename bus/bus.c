/* SPDX-License-Identifier: MIT
 * Buses by their URI, and the calls that every bus answers. */
#include "bus/bus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int open_inner(const char *uri, struct bus **bus, struct dfk_error *err)
{
    if (strncmp(uri, "usbip:", 6) == 0) {
        return bus_usbip_open(uri, bus, err);
    }
    if (strcmp(uri, "usb:") == 0) {
        return bus_usb_open(bus, err);
    }
    int code = dfk_fail(err, DFK_E_USAGE, "\"%s\" is not a bus", uri);
    dfk_fail_next(err, "use usb: or usbip://HOST[:PORT][/BUSID]");
    return code;
}

int bus_open_uri(const char *uri, const char *trace, struct bus **bus, struct dfk_error *err)
{
    const char *name = uri == NULL ? "usb:" : uri;
    struct bus *made = NULL;
    int result = open_inner(name, &made, err);
    if (result == 0) {
        (void)snprintf(made->uri, sizeof made->uri, "%s", name);
    }
    if (result == 0 && trace != NULL) {
        result = bus_record_open(made, trace, &made, err);
    }
    if (result == 0) {
        *bus = made;
    }
    return result;
}

int bus_list(struct bus *bus, struct bus_list *out, struct dfk_error *err)
{
    return bus->ops->list(bus, out, err);
}

void bus_list_free(struct bus_list *list)
{
    free(list->devices);
    list->devices = NULL;
    list->count = 0;
}

void bus_wait(struct bus *bus, uint32_t limit_ms)
{
    bus->ops->wait(bus, limit_ms);
}

int bus_open(struct bus *bus, const char *path, struct bus_handle **handle, struct dfk_error *err)
{
    return bus->ops->open(bus, path, handle, err);
}

int bus_claim(struct bus_handle *handle, uint8_t interface, struct dfk_error *err)
{
    return handle->bus->ops->claim(handle, interface, err);
}

enum bus_result bus_control(struct bus_handle *handle, const struct usb_setup *setup, uint8_t *data,
                            uint16_t *actual, uint32_t timeout_ms, struct dfk_error *err)
{
    uint16_t length = 0;
    enum bus_result result =
        handle->bus->ops->control(handle, setup, data, &length, timeout_ms, err);
    if (actual != NULL && result == BUS_OK) {
        *actual = length;
    }
    return result;
}

enum bus_result bus_set_alternate(struct bus_handle *handle, uint8_t interface, uint8_t alternate,
                                  struct dfk_error *err)
{
    return handle->bus->ops->set_alternate(handle, interface, alternate, err);
}

enum bus_result bus_reset(struct bus_handle *handle, struct dfk_error *err)
{
    return handle->bus->ops->reset(handle, err);
}

void bus_close(struct bus_handle *handle)
{
    if (handle != NULL) {
        handle->bus->ops->close(handle);
    }
}

void bus_free(struct bus *bus)
{
    if (bus != NULL) {
        bus->ops->free(bus);
    }
}
