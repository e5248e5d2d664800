/* SPDX-License-Identifier: MIT
 * The bus behind a USB/IP server, without root or kernel module. */
#include "bus/usbip.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "bus/read.h"
#include "bus/socket.h"

enum {
    CONNECT_LIMIT_MS = 10000,
    WAIT_STEP_MS = 100,
    SETTLE_MS = 1000,
    LOOK_LIMIT_MS = 20000 /* at all devices of a list */
};

struct usbip_bus {
    struct bus bus;                    /* first */
    char host[64], port[8], busid[33]; /* busid "": any */
    struct clock clock;
};

struct usbip_handle {
    struct bus_handle handle; /* first */
    struct usbip_link link;
    char busid[33];
    uint16_t vendor, product;
};

static struct usbip_bus *bus_of(struct bus *bus)
{
    return (struct usbip_bus *)bus;
}

static int link_up(struct usbip_bus *bus, int *fd, struct dfk_error *err)
{
    return socket_connect(bus->host, bus->port, CONNECT_LIMIT_MS, fd, err);
}

static int usbip_open(struct bus *bus, const char *path, struct bus_handle **handle,
                      struct dfk_error *err)
{
    struct usbip_device device;
    int fd = -1;
    int result = link_up(bus_of(bus), &fd, err);
    if (result != 0) {
        return result;
    }
    result = usbip_import(fd, path, &device, err);
    struct usbip_handle *made = result == 0 ? calloc(1, sizeof *made) : NULL;
    if (made == NULL) {
        (void)close(fd);
        return result != 0 ? result : dfk_fail(err, DFK_E_NO_MEMORY, "no memory for a device");
    }
    made->handle.bus = bus;
    made->link = (struct usbip_link){.fd = fd, .devid = device.busnum << 16 | device.devnum};
    made->vendor = device.vendor;
    made->product = device.product;
    (void)snprintf(made->busid, sizeof made->busid, "%s", path);
    *handle = &made->handle;
    if (device.configuration == 0) {
        struct usb_setup setup = {0, USB_SET_CONFIGURATION, 1, 0, 0};
        (void)bus_control(*handle, &setup, NULL, NULL, SETTLE_MS, NULL);
    }
    return 0;
}

static void usbip_close(struct bus_handle *handle)
{
    struct usbip_handle *usbip = (struct usbip_handle *)handle;
    (void)close(usbip->link.fd);
    free(usbip);
}

static int usbip_claim(struct bus_handle *handle, uint8_t interface, struct dfk_error *err)
{
    (void)handle; /* an imported device is nobody else's */
    (void)interface;
    (void)err;
    return 0;
}

static enum bus_result usbip_transfer(struct bus_handle *handle, const struct usb_setup *setup,
                                      uint8_t *data, uint16_t *actual, uint32_t timeout_ms,
                                      struct dfk_error *err)
{
    struct usbip_handle *usbip = (struct usbip_handle *)handle;
    return usbip_control(&usbip->link, setup, data, actual, timeout_ms, err);
}

static enum bus_result usbip_set_alternate(struct bus_handle *handle, uint8_t interface,
                                           uint8_t alternate, struct dfk_error *err)
{
    struct usb_setup setup = {1, USB_SET_INTERFACE, alternate, interface, 0};
    uint16_t actual = 0;
    return usbip_transfer(handle, &setup, NULL, &actual, SETTLE_MS * 5, err);
}

/* The protocol has no reset. Letting go of the device and taking it again is what comes nearest. */
static enum bus_result usbip_reset(struct bus_handle *handle, struct dfk_error *err)
{
    struct usbip_handle *usbip = (struct usbip_handle *)handle;
    struct usbip_device device;
    int fd = -1;
    (void)close(usbip->link.fd);
    usbip->link.fd = -1;
    usbip->link.broken = true;
    struct dfk_error ignored = {0};
    if (link_up(bus_of(handle->bus), &fd, &ignored) == 0 &&
        usbip_import(fd, usbip->busid, &device, &ignored) == 0 && device.vendor == usbip->vendor &&
        device.product == usbip->product) {
        usbip->link = (struct usbip_link){.fd = fd, .devid = device.busnum << 16 | device.devnum};
        return BUS_OK;
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    (void)dfk_fail(err, DFK_E_LOST, "the device at %s is another one after the reset",
                   usbip->busid);
    return BUS_GONE;
}

/* A device that another client has is listed with what the server says of it, and so is one that a
 * server which does not answer has left no time for. */
static void add_device(struct bus *bus, const struct usbip_entry *entry,
                       const struct deadline *deadline, struct bus_list *out)
{
    struct bus_device *device = &out->devices[out->count];
    struct bus_handle *handle = NULL;
    memset(device, 0, sizeof *device);
    (void)snprintf(device->path, sizeof device->path, "%s", entry->device.busid);
    device->number = (uint16_t)entry->device.devnum;
    device->descriptor.vendor = entry->device.vendor;
    device->descriptor.product = entry->device.product;
    device->descriptor.bcd_device = entry->device.bcd_device;
    if (deadline_passed(deadline)) {
        device->problem = DFK_E_CONNECTION;
    } else if (usbip_open(bus, entry->device.busid, &handle, NULL) != 0) {
        device->problem = DFK_E_BUSY_BUS;
    }
    if (device->problem != 0) {
        out->count++;
        return;
    }
    (void)bus_read_device(handle, device);
    /* A device that left while it was read is not on the bus. */
    out->count += ((struct usbip_handle *)handle)->link.broken ? 0 : 1;
    usbip_close(handle);
}

static int usbip_list(struct bus *bus, struct bus_list *out, struct dfk_error *err)
{
    struct usbip_entry entries[USBIP_DEVICES_MAX];
    struct usbip_bus *usbip = bus_of(bus);
    size_t count = 0;
    int fd = -1;
    int result = link_up(usbip, &fd, err);
    if (result == 0) {
        result = usbip_ask_list(fd, entries, &count, err);
        (void)close(fd);
    }
    if (result != 0) {
        return result;
    }
    out->count = 0;
    out->devices = calloc(count + 1, sizeof *out->devices);
    if (out->devices == NULL) {
        return dfk_fail(err, DFK_E_NO_MEMORY, "no memory for a list of %zu devices", count);
    }
    struct deadline deadline = deadline_start(&usbip->clock, LOOK_LIMIT_MS,
                                              "looking at every device", "our own limit, 20 s");
    for (size_t i = 0; i < count; i++) {
        bool meant = usbip->busid[0] == '\0' || strcmp(usbip->busid, entries[i].device.busid) == 0;
        if (meant && entries[i].has_dfu) {
            add_device(bus, &entries[i], &deadline, out);
        }
    }
    return 0;
}

static void usbip_wait(struct bus *bus, uint32_t limit_ms)
{
    struct clock *clock = &bus_of(bus)->clock;
    uint32_t step_ms = limit_ms < WAIT_STEP_MS ? limit_ms : WAIT_STEP_MS;
    clock->sleep_ns(clock, (uint64_t)step_ms * 1000000);
}

static void usbip_free(struct bus *bus)
{
    free(bus_of(bus));
}

static const struct bus_ops ops = {.list = usbip_list,
                                   .wait = usbip_wait,
                                   .open = usbip_open,
                                   .claim = usbip_claim,
                                   .control = usbip_transfer,
                                   .set_alternate = usbip_set_alternate,
                                   .reset = usbip_reset,
                                   .close = usbip_close,
                                   .free = usbip_free};

/* Copies length bytes as a string. Returns false when there is no room or nothing to copy. */
static bool copy_part(char *to, size_t capacity, const char *from, size_t length)
{
    if (length == 0 || length >= capacity) {
        return false;
    }
    memcpy(to, from, length);
    to[length] = '\0';
    return true;
}

/* usbip://HOST[:PORT][/BUSID]; an IPv6 address stands in brackets. */
static bool parse_uri(const char *uri, struct usbip_bus *bus)
{
    const char *at = uri + strlen("usbip:");
    if (strncmp(at, "//", 2) != 0) {
        return false;
    }
    at += 2;
    bool bracket = *at == '[';
    at += bracket ? 1 : 0;
    size_t length = strcspn(at, bracket ? "]" : ":/");
    bool good = copy_part(bus->host, sizeof bus->host, at, length);
    at += length;
    good = good && (!bracket || *at == ']');
    at += bracket && *at == ']' ? 1 : 0;
    (void)snprintf(bus->port, sizeof bus->port, "%d", USBIP_PORT);
    if (*at == ':') {
        length = strcspn(at + 1, "/");
        good = good && copy_part(bus->port, sizeof bus->port, at + 1, length) &&
               strspn(bus->port, "0123456789") == length && atol(bus->port) >= 1 &&
               atol(bus->port) <= 65535;
        at += 1 + length;
    }
    if (*at == '/' && at[1] != '\0') {
        good = good && copy_part(bus->busid, sizeof bus->busid, at + 1, strlen(at + 1));
    } else if (*at != '\0' && *at != '/') {
        good = false;
    }
    return good;
}

int bus_usbip_open(const char *uri, struct bus **bus, struct dfk_error *err)
{
    struct usbip_bus *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return dfk_fail(err, DFK_E_NO_MEMORY, "no memory for a bus");
    }
    made->bus.ops = &ops;
    made->clock = clock_real();
    if (!parse_uri(uri, made)) {
        free(made);
        int code = dfk_fail(err, DFK_E_USAGE, "\"%s\" does not name a USB/IP server", uri);
        dfk_fail_next(err,
                      "write it as usbip://HOST[:PORT][/BUSID], for instance usbip://127.0.0.1");
        return code;
    }
    *bus = &made->bus;
    return 0;
}
