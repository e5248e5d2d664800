/* SPDX-License-Identifier: MIT
 * Which devices there are, and which of them is meant. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device/inside.h"

enum {
    WAIT_STEP_MS = 100,
    SETTLE_MS = 1000, /* until the system has given a new device its permissions */
};

struct listed_device {
    struct dfk_device_info info;
    struct device_alternates memory; /* what info points into */
};

struct dfk_device_list {
    size_t count;
    struct listed_device *devices;
};

/* The boot ROM of NXP's LPC43xx says protocol 1 and is in DFU mode all the same. */
static bool is_lpc(const struct usb_device *device)
{
    return device->vendor == 0x1FC9 && device->product == 0x000C;
}

/* Protocol 0 is DFU 1.0, for both modes, or a careless descriptor. In DFU mode there is nothing but
 * the DFU interface. What is still wrong then shows in the state of the open device.
 * Source DFU 1.1, "DFU Mode Device Descriptor"; DFU 1.0 */
static bool is_runtime(const struct bus_device *from, const struct dfu_interface *interface)
{
    enum { INTERFACE_COUNT_AT = 4 };
    switch (interface->protocol) {
    case USB_PROTOCOL_DFU: return false;
    case USB_PROTOCOL_RUNTIME: return !is_lpc(&from->descriptor);
    default:
        return from->descriptor.class_code != USB_CLASS_APPLICATION &&
               from->configuration[INTERFACE_COUNT_AT] > 1;
    }
}

static enum dfk_mode mode_of(const struct bus_device *from, const struct dfu_interface *interface)
{
    bool dfuse = interface->has_functional && interface->functional.version == DFU_VERSION_DFUSE;
    if (is_runtime(from, interface)) {
        return DFK_MODE_RUNTIME;
    }
    return dfuse ? DFK_MODE_DFUSE : DFK_MODE_DFU;
}

static void note_problem(struct dfk_device_info *info, enum dfk_code code, const char *text)
{
    info->usable = code == DFK_OK;
    info->problem = code;
    (void)snprintf(info->problem_text, sizeof info->problem_text, "%s", text);
}

static bool is_printable(unsigned letter)
{
    return letter >= 0x20 && letter < 0x7F;
}

/* The bootloader of GD32 sends its serial number as bytes where the standard wants UTF-16, so two
 * characters became one, of three bytes in UTF-8: it is taken apart again. What would not be text
 * then stays as it is: it goes to terminals.
 * Source descriptors of GD32VF103 boards; USB 2.0, "String" */
static void unpack_serial(struct dfk_device_info *info)
{
    enum { GD32_VENDOR = 0x28E9, GD32_PRODUCT = 0x0189 };
    char bytes[sizeof info->serial];
    const unsigned char *at = (const unsigned char *)info->serial;
    size_t length = 0;
    bool printable = true;
    if (info->vendor != GD32_VENDOR || info->product != GD32_PRODUCT) {
        return;
    }
    while ((at[0] & 0xF0) == 0xE0 && at[1] != 0 && at[2] != 0 && length + 2 < sizeof bytes) {
        unsigned unit = (at[0] & 15u) << 12 | (at[1] & 63u) << 6 | (at[2] & 63u);
        bytes[length++] = (char)(unit & 0xFF);
        bytes[length++] = (char)(unit >> 8);
        printable = printable && is_printable(unit & 0xFF) && is_printable(unit >> 8);
        at += 3;
    }
    if (*at == 0 && length > 0 && printable) {
        memcpy(info->serial, bytes, length);
        info->serial[length] = '\0';
    }
}

void device_describe(const struct bus *bus, const struct bus_device *from,
                     struct dfk_device_info *info, struct dfu_interface *interface)
{
    memset(info, 0, sizeof *info);
    memset(interface, 0, sizeof *interface);
    (void)snprintf(info->bus, sizeof info->bus, "%s", bus->uri);
    (void)snprintf(info->path, sizeof info->path, "%s", from->path);
    (void)snprintf(info->manufacturer, sizeof info->manufacturer, "%s", from->manufacturer);
    (void)snprintf(info->product_text, sizeof info->product_text, "%s", from->product);
    (void)snprintf(info->serial, sizeof info->serial, "%s", from->serial);
    info->number = from->number;
    info->vendor = from->descriptor.vendor;
    info->product = from->descriptor.product;
    info->bcd_device = from->descriptor.bcd_device;
    unpack_serial(info);
    note_problem(info, from->problem,
                 from->problem == DFK_OK ? "" : dfk_error_sentence(from->problem));
    if (!dfu_interface_find(from->configuration, from->configuration_bytes, interface)) {
        if (from->problem == DFK_OK) {
            note_problem(info, DFK_E_PROTOCOL, "its descriptors could not be read");
        }
        return;
    }
    info->configuration = interface->configuration;
    info->interface = interface->interface;
    info->attributes = interface->functional.attributes;
    info->detach_timeout_ms = interface->functional.detach_timeout_ms;
    info->transfer_bytes = interface->functional.transfer_bytes;
    info->dfu_version = interface->functional.version;
    info->mode = mode_of(from, interface);
    if (!interface->has_functional && from->problem == DFK_OK) {
        note_problem(info, DFK_E_PROTOCOL, "its DFU functional descriptor is missing");
    }
}

bool device_matches(const struct dfk_device_info *info, const struct dfk_select *select)
{
    return (!select->match_vendor || info->vendor == select->vendor) &&
           (!select->match_product || info->product == select->product) &&
           (select->serial == NULL || strcmp(info->serial, select->serial) == 0) &&
           (select->path == NULL || strcmp(info->path, select->path) == 0);
}

static const struct dfk_select everything;

/* Interface strings are only to be had from an opened device; a list goes without where it cannot.
 */
static void add_alternates(struct bus *bus, const struct dfu_interface *interface,
                           struct listed_device *device)
{
    struct bus_handle *handle = NULL;
    if (!device->info.usable || bus_open(bus, device->info.path, &handle, NULL) != 0) {
        return;
    }
    device_read_alternates(handle, interface, &device->memory, &device->info);
    bus_close(handle);
}

int device_list(struct bus *bus, const struct dfk_select *select, struct dfk_device_list **list,
                struct dfk_error *err)
{
    struct bus_list found = {0};
    int result = bus_list(bus, &found, err);
    if (result != 0) {
        return result;
    }
    struct dfk_device_list *made = calloc(1, sizeof *made);
    struct listed_device *devices = calloc(found.count + 1, sizeof *devices);
    if (made == NULL || devices == NULL) {
        free(made);
        free(devices);
        bus_list_free(&found);
        return dfk_fail(err, DFK_E_NO_MEMORY, "no memory for a list of %zu devices", found.count);
    }
    made->devices = devices;
    for (size_t i = 0; i < found.count; i++) {
        struct dfu_interface interface;
        struct listed_device *device = &devices[made->count];
        device_describe(bus, &found.devices[i], &device->info, &interface);
        if (device_matches(&device->info, select == NULL ? &everything : select)) {
            add_alternates(bus, &interface, device);
            made->count++;
        }
    }
    bus_list_free(&found);
    *list = made;
    return 0;
}

size_t dfk_device_list_count(const struct dfk_device_list *list)
{
    return list->count;
}

const struct dfk_device_info *dfk_device_list_at(const struct dfk_device_list *list, size_t index)
{
    return &list->devices[index].info;
}

void dfk_device_list_free(struct dfk_device_list *list)
{
    if (list != NULL) {
        free(list->devices);
        free(list);
    }
}

/* How many devices match, and which is the first; names holds them all for a message. */
struct matches {
    size_t count, first;
    char names[200];
};

static void find_matches(struct bus *bus, const struct bus_list *found,
                         const struct dfk_select *select, struct matches *matches)
{
    memset(matches, 0, sizeof *matches);
    for (size_t i = 0; i < found->count; i++) {
        struct dfk_device_info info;
        struct dfu_interface interface;
        device_describe(bus, &found->devices[i], &info, &interface);
        if (!device_matches(&info, select)) {
            continue;
        }
        matches->first = matches->count == 0 ? i : matches->first;
        size_t used = strlen(matches->names);
        (void)snprintf(matches->names + used, sizeof matches->names - used,
                       "%s%s (%04x:%04x, serial %s)", matches->count == 0 ? "" : ", ", info.path,
                       info.vendor, info.product, info.serial[0] == '\0' ? "none" : info.serial);
        matches->count++;
    }
}

static int fail_several(const struct matches *matches, const struct dfk_select *select,
                        struct dfk_error *err)
{
    int code =
        dfk_fail(err, DFK_E_SEVERAL, "%zu devices match: %s", matches->count, matches->names);
    if (select->serial != NULL) {
        dfk_fail_why(err, "some chips have the same serial number on every board");
    }
    return code;
}

/* One look at the bus. Returns 1 when there is no match. */
static int look(struct bus *bus, const struct dfk_select *select, struct bus_device *found,
                struct dfk_error *err)
{
    struct bus_list list = {0};
    struct matches matches;
    int result = bus_list(bus, &list, err);
    if (result != 0) {
        return result;
    }
    find_matches(bus, &list, select, &matches);
    if (matches.count == 1) {
        *found = list.devices[matches.first];
    }
    bus_list_free(&list);
    return matches.count == 0 ? 1 : matches.count == 1 ? 0 : fail_several(&matches, select, err);
}

static int fail_none(struct bus *bus, struct dfk_error *err)
{
    struct bus_list list = {0};
    struct matches all = {0};
    if (bus_list(bus, &list, NULL) == 0) {
        find_matches(bus, &list, &everything, &all);
        bus_list_free(&list);
    }
    int code = all.count == 0
                   ? dfk_fail(err, DFK_E_NO_DEVICE, "no DFU device on %s", bus->uri)
                   : dfk_fail(err, DFK_E_NO_DEVICE, "no device on %s matches; there are: %s",
                              bus->uri, all.names);
    return code;
}

static void say_waiting(const struct dfk_callbacks *callbacks, uint32_t wait_ms)
{
    char text[64];
    struct dfk_event event = {.kind = DFK_EVENT_WAITING, .id = "device", .text = text};
    (void)snprintf(text, sizeof text, "up to %" PRIu32 ".%" PRIu32 " s for the device",
                   wait_ms / 1000, wait_ms % 1000 / 100);
    if (wait_ms > 0 && callbacks != NULL && callbacks->event != NULL) {
        callbacks->event(callbacks->user, &event);
    }
}

static bool is_stopped(const struct dfk_callbacks *callbacks)
{
    return callbacks != NULL && callbacks->cancelled != NULL &&
           callbacks->cancelled(callbacks->user);
}

int device_find(struct bus *bus, const struct device_wish *wish, struct bus_device *found,
                struct dfk_error *err)
{
    const struct dfk_select *select = wish->select;
    struct deadline deadline = deadline_start(wish->clock, select->wait_ms, "the device to appear",
                                              "asked for with --wait");
    uint32_t settle_ms = SETTLE_MS;
    int result = look(bus, select, found, err);
    if (result == 1) {
        say_waiting(wish->callbacks, select->wait_ms);
    }
    while ((result == 1 || (result == 0 && found->problem != DFK_OK && settle_ms > 0)) &&
           !deadline_passed(&deadline)) {
        if (is_stopped(wish->callbacks)) {
            return dfk_fail(err, DFK_E_INTERRUPTED, "stopped while waiting for the device");
        }
        uint32_t left_ms = deadline_left_ms(&deadline);
        uint32_t step_ms = left_ms < WAIT_STEP_MS ? left_ms : WAIT_STEP_MS;
        settle_ms -= result == 0 ? WAIT_STEP_MS : 0;
        bus_wait(bus, step_ms);
        result = look(bus, select, found, err);
    }
    return result == 1 ? fail_none(bus, err) : result;
}
