/* SPDX-License-Identifier: MIT
 * The USB devices of this computer, through libusb. */
#include <libusb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "bus/bus.h"
#include "bus/read.h"
#include "bus/usb_describe.h"
#include "bus/usb_error.h"
#include "core/dfu.h"

enum { PORTS_MAX = 8, WAIT_STEP_MS = 100 };

struct usb_bus {
    struct bus bus;          /* first */
    libusb_context *context; /* NULL: this computer has no USB at all */
    struct clock clock;
    libusb_hotplug_callback_handle hotplug;
    bool has_hotplug, changed;
};

struct usb_handle {
    struct bus_handle handle; /* first */
    libusb_device_handle *usb;
    int claimed; /* interface number, -1: none */
};

static struct usb_bus *bus_of(struct bus *bus)
{
    return (struct usb_bus *)bus;
}

static libusb_device_handle *usb_of(struct bus_handle *handle)
{
    return ((struct usb_handle *)handle)->usb;
}

/* The place of a device as Linux names it: BUS-PORT.PORT. */
static void make_path(libusb_device *device, char *text, size_t capacity)
{
    uint8_t ports[PORTS_MAX];
    int count = libusb_get_port_numbers(device, ports, PORTS_MAX);
    int used = snprintf(text, capacity, "%u-", libusb_get_bus_number(device));
    for (int i = 0; i < count && used > 0 && (size_t)used < capacity; i++) {
        used += snprintf(text + used, capacity - (size_t)used, "%s%u", i == 0 ? "" : ".", ports[i]);
    }
    if (count <= 0 && used > 0 && (size_t)used < capacity) {
        (void)snprintf(text + used, capacity - (size_t)used, "0");
    }
}

static struct usb_handle *wrap(struct bus *bus, libusb_device_handle *usb)
{
    struct usb_handle *made = calloc(1, sizeof *made);
    if (made == NULL) {
        libusb_close(usb);
        return NULL;
    }
    made->handle.bus = bus;
    made->usb = usb;
    made->claimed = -1;
    (void)libusb_set_auto_detach_kernel_driver(usb, 1);
    return made;
}

static void usb_close(struct bus_handle *handle)
{
    struct usb_handle *usb = (struct usb_handle *)handle;
    if (usb->claimed >= 0) {
        (void)libusb_release_interface(usb->usb, usb->claimed);
    }
    libusb_close(usb->usb);
    free(usb);
}

/* Strings need an open device; where that is not allowed the list says so. */
static void read_strings(struct bus *bus, libusb_device *device, struct bus_device *out)
{
    libusb_device_handle *usb = NULL;
    int failed = libusb_open(device, &usb);
    if (failed != 0) {
        out->problem = usb_error_code(failed);
        return;
    }
    struct usb_handle *handle = wrap(bus, usb);
    if (handle == NULL) {
        out->problem = DFK_E_NO_MEMORY;
        return;
    }
    const struct usb_device *ids = &out->descriptor;
    bus_read_string(&handle->handle, ids->manufacturer, out->manufacturer,
                    sizeof out->manufacturer);
    bus_read_string(&handle->handle, ids->product_text, out->product, sizeof out->product);
    bus_read_string(&handle->handle, ids->serial, out->serial, sizeof out->serial);
    usb_close(&handle->handle);
}

static bool describe(struct bus *bus, libusb_device *device, struct bus_device *out)
{
    struct libusb_device_descriptor ids;
    struct libusb_config_descriptor *config = NULL;
    struct dfu_interface interface;
    memset(out, 0, sizeof *out);
    if (libusb_get_device_descriptor(device, &ids) != 0) {
        return false;
    }
    make_path(device, out->path, sizeof out->path);
    out->number = libusb_get_device_address(device);
    out->descriptor = (struct usb_device){.bcd_usb = ids.bcdUSB,
                                          .vendor = ids.idVendor,
                                          .product = ids.idProduct,
                                          .bcd_device = ids.bcdDevice,
                                          .class_code = ids.bDeviceClass,
                                          .subclass = ids.bDeviceSubClass,
                                          .protocol = ids.bDeviceProtocol,
                                          .packet_bytes = ids.bMaxPacketSize0,
                                          .manufacturer = ids.iManufacturer,
                                          .product_text = ids.iProduct,
                                          .serial = ids.iSerialNumber,
                                          .configurations = ids.bNumConfigurations};
    if (libusb_get_active_config_descriptor(device, &config) != 0) {
        return false;
    }
    usb_put_configuration(config, out);
    libusb_free_config_descriptor(config);
    if (!dfu_interface_find(out->configuration, out->configuration_bytes, &interface)) {
        return false;
    }
    read_strings(bus, device, out);
    return true;
}

static int usb_list(struct bus *bus, struct bus_list *out, struct dfk_error *err)
{
    struct usb_bus *usb = bus_of(bus);
    libusb_device **found = NULL;
    ssize_t count = usb->context == NULL ? 0 : libusb_get_device_list(usb->context, &found);
    size_t room = count > 0 ? (size_t)count : 0;
    struct bus_device *devices = calloc(room + 1, sizeof *devices);
    if (devices == NULL) {
        if (found != NULL) {
            libusb_free_device_list(found, 1);
        }
        return dfk_fail(err, DFK_E_NO_MEMORY, "no memory for a list of %zu devices", room);
    }
    out->devices = devices;
    out->count = 0;
    for (size_t i = 0; i < room; i++) {
        out->count += describe(bus, found[i], &devices[out->count]) ? 1 : 0;
    }
    if (found != NULL) {
        libusb_free_device_list(found, 1);
    }
    return 0;
}

static int fail_open(const char *path, int number, struct dfk_error *err)
{
    return dfk_fail(err, usb_error_code(number), "the device at %s cannot be opened: %s", path,
                    libusb_strerror(number));
}

static int usb_open(struct bus *bus, const char *path, struct bus_handle **handle,
                    struct dfk_error *err)
{
    libusb_device **found = NULL;
    struct usb_bus *usb = bus_of(bus);
    ssize_t count = usb->context == NULL ? 0 : libusb_get_device_list(usb->context, &found);
    libusb_device_handle *opened = NULL;
    int failed = LIBUSB_ERROR_NO_DEVICE;
    for (ssize_t i = 0; i < count && opened == NULL; i++) {
        char here[64];
        make_path(found[i], here, sizeof here);
        if (strcmp(here, path) == 0) {
            failed = libusb_open(found[i], &opened);
        }
    }
    if (found != NULL) {
        libusb_free_device_list(found, 1);
    }
    if (opened == NULL) {
        return fail_open(path, failed, err);
    }
    struct usb_handle *made = wrap(bus, opened);
    if (made == NULL) {
        return dfk_fail(err, DFK_E_NO_MEMORY, "no memory for a device");
    }
    *handle = &made->handle;
    return 0;
}

static int usb_claim(struct bus_handle *handle, uint8_t interface, struct dfk_error *err)
{
    int failed = libusb_claim_interface(usb_of(handle), interface);
    if (failed != 0) {
        return dfk_fail(err, usb_error_code(failed), "interface %u cannot be claimed: %s",
                        interface, libusb_strerror(failed));
    }
    ((struct usb_handle *)handle)->claimed = interface;
    return 0;
}

static enum bus_result judge(int number, struct dfk_error *err)
{
    enum bus_result result = usb_error_result(number);
    if (result == BUS_GONE) {
        (void)dfk_fail(err, DFK_E_LOST, "the device is not on the bus any more");
    } else if (result == BUS_ERROR) {
        (void)dfk_fail(err, usb_error_code(number), "USB transfer failed: %s",
                       libusb_strerror(number));
    }
    return result;
}

static enum bus_result usb_control(struct bus_handle *handle, const struct usb_setup *setup,
                                   uint8_t *data, uint16_t *actual, uint32_t timeout_ms,
                                   struct dfk_error *err)
{
    int got = libusb_control_transfer(usb_of(handle), setup->request_type, setup->request,
                                      setup->value, setup->index, data, setup->length, timeout_ms);
    if (got >= 0) {
        *actual = (uint16_t)got;
    }
    return judge(got, err);
}

static enum bus_result usb_set_alternate(struct bus_handle *handle, uint8_t interface,
                                         uint8_t alternate, struct dfk_error *err)
{
    return judge(libusb_set_interface_alt_setting(usb_of(handle), interface, alternate), err);
}

static enum bus_result usb_reset(struct bus_handle *handle, struct dfk_error *err)
{
    return judge(libusb_reset_device(usb_of(handle)), err);
}

static int LIBUSB_CALL note_change(libusb_context *context, libusb_device *device,
                                   libusb_hotplug_event event, void *user)
{
    (void)context;
    (void)device;
    (void)event;
    ((struct usb_bus *)user)->changed = true;
    return 0;
}

static void usb_wait(struct bus *bus, uint32_t limit_ms)
{
    struct usb_bus *usb = bus_of(bus);
    uint32_t step_ms = limit_ms < WAIT_STEP_MS ? limit_ms : WAIT_STEP_MS;
    struct timeval limit = {.tv_sec = 0, .tv_usec = (suseconds_t)(step_ms * 1000)};
    if (!usb->has_hotplug) {
        usb->clock.sleep_ns(&usb->clock, (uint64_t)step_ms * 1000000);
        return;
    }
    (void)libusb_handle_events_timeout(usb->context, &limit);
    usb->changed = false;
}

static void usb_free(struct bus *bus)
{
    struct usb_bus *usb = bus_of(bus);
    if (usb->has_hotplug) {
        libusb_hotplug_deregister_callback(usb->context, usb->hotplug);
    }
    if (usb->context != NULL) {
        libusb_exit(usb->context);
    }
    free(usb);
}

static const struct bus_ops ops = {.list = usb_list,
                                   .wait = usb_wait,
                                   .open = usb_open,
                                   .claim = usb_claim,
                                   .control = usb_control,
                                   .set_alternate = usb_set_alternate,
                                   .reset = usb_reset,
                                   .close = usb_close,
                                   .free = usb_free};

int bus_usb_open(struct bus **bus, struct dfk_error *err)
{
    struct usb_bus *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return dfk_fail(err, DFK_E_NO_MEMORY, "no memory for a bus");
    }
    made->bus.ops = &ops;
    made->clock = clock_real();
    if (libusb_init(&made->context) != 0) {
        /* No USB subsystem, as in a container: a bus without devices. */
        made->context = NULL;
    }
    if (made->context != NULL && libusb_has_capability(LIBUSB_CAP_HAS_HOTPLUG)) {
        int events = LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED | LIBUSB_HOTPLUG_EVENT_DEVICE_LEFT;
        made->has_hotplug =
            libusb_hotplug_register_callback(made->context, events, 0, LIBUSB_HOTPLUG_MATCH_ANY,
                                             LIBUSB_HOTPLUG_MATCH_ANY, LIBUSB_HOTPLUG_MATCH_ANY,
                                             note_change, made, &made->hotplug) == 0;
    }
    *bus = &made->bus;
    return 0;
}
