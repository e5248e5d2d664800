/* SPDX-License-Identifier: MIT
 * Devices as libusb knows them: one per enumeration of a board. */
#include "tests/shim/device.h"

#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "tests/shim/hotplug.h"

enum { ENUMERATE_MS = 5000, ROOT_HUB_ADDRESS = 1, ADDRESS_MAX = 127, BUS_NUMBER = 1 };

static struct libusb_device *present[OPTIONS_BOARDS_MAX];
static uint8_t last_address = ROOT_HUB_ADDRESS;

static struct usb_port *port_of(size_t board)
{
    return board_port(shim_world()->boards[board]);
}

struct libusb_device *shim_device_at(size_t board)
{
    return present[board];
}

bool shim_device_is_there(const struct libusb_device *device)
{
    struct usb_port *port = port_of(device->board);
    return port->attached(port) && port->generation(port) == device->generation;
}

int shim_device_control(const struct libusb_device *device, const struct usb_setup *setup,
                        uint8_t *data, unsigned timeout_ms)
{
    uint16_t length = setup->length;
    if (!shim_device_is_there(device)) {
        return LIBUSB_ERROR_NO_DEVICE;
    }
    switch (shim_transfer(device->board, setup, data, &length, timeout_ms)) {
    case EP0_ACK: return length; /* also of a download: what the board took */
    case EP0_STALL: return LIBUSB_ERROR_PIPE;
    case EP0_NAK: return LIBUSB_ERROR_TIMEOUT;
    case EP0_LOST:
    case EP0_BABBLE:
    case EP0_GONE: break;
    }
    return LIBUSB_ERROR_NO_DEVICE;
}

static bool read_descriptors(struct libusb_device *device)
{
    const struct usb_setup ask_device = {USB_DIR_IN, USB_GET_DESCRIPTOR, USB_DEVICE << 8, 0,
                                         sizeof device->device};
    const struct usb_setup ask_config = {USB_DIR_IN, USB_GET_DESCRIPTOR, USB_CONFIGURATION << 8, 0,
                                         sizeof device->config};
    int got = shim_device_control(device, &ask_device, device->device, ENUMERATE_MS);
    if (got != USB_DEVICE_BYTES) {
        return false;
    }
    got = shim_device_control(device, &ask_config, device->config, ENUMERATE_MS);
    device->config_bytes = got > 0 ? (uint16_t)got : 0;
    return got >= USB_CONFIGURATION_BYTES;
}

static struct libusb_device *enumerate(size_t board)
{
    struct libusb_device *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return NULL;
    }
    atomic_store(&made->references, 1);
    made->board = board;
    made->generation = port_of(board)->generation(port_of(board));
    if (!read_descriptors(made)) {
        free(made);
        return NULL;
    }
    /* Linux hands addresses out in turn, so that a new stay has a new one. */
    last_address = last_address == ADDRESS_MAX ? ROOT_HUB_ADDRESS + 1 : last_address + 1;
    made->address = last_address;
    return made;
}

bool shim_devices_refresh(void)
{
    bool changed = false;
    for (size_t i = 0; i < shim_world()->count; i++) {
        struct libusb_device *device = present[i];
        if (device != NULL && !shim_device_is_there(device)) {
            present[i] = NULL;
            shim_hotplug_note(device, LIBUSB_HOTPLUG_EVENT_DEVICE_LEFT);
            libusb_unref_device(device);
            changed = true;
        }
        if (present[i] == NULL && port_of(i)->attached(port_of(i))) {
            present[i] = enumerate(i);
            changed = changed || present[i] != NULL;
            shim_hotplug_note(present[i], LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED);
        }
    }
    return changed;
}

void shim_devices_forget(void)
{
    shim_hotplug_forget();
    for (size_t i = 0; i < OPTIONS_BOARDS_MAX; i++) {
        libusb_unref_device(present[i]);
        present[i] = NULL;
    }
}

SHIM_EXPORT libusb_device *libusb_ref_device(libusb_device *device)
{
    atomic_fetch_add(&device->references, 1);
    return device;
}

SHIM_EXPORT void libusb_unref_device(libusb_device *device)
{
    if (device != NULL && atomic_fetch_sub(&device->references, 1) == 1) {
        free(device);
    }
}

SHIM_EXPORT ssize_t libusb_get_device_list(libusb_context *context, libusb_device ***list)
{
    (void)context;
    libusb_device **made = calloc(OPTIONS_BOARDS_MAX + 1, sizeof(libusb_device *));
    ssize_t count = 0;
    if (made == NULL) {
        return LIBUSB_ERROR_NO_MEM;
    }
    shim_enter();
    (void)shim_devices_refresh();
    for (size_t i = 0; i < shim_world()->count; i++) {
        if (present[i] != NULL) {
            made[count++] = libusb_ref_device(present[i]);
        }
    }
    shim_leave();
    *list = made;
    return count;
}

SHIM_EXPORT void libusb_free_device_list(libusb_device **list, int unref)
{
    for (size_t i = 0; list != NULL && unref != 0 && list[i] != NULL; i++) {
        libusb_unref_device(list[i]);
    }
    free(list);
}

SHIM_EXPORT uint8_t libusb_get_bus_number(libusb_device *device)
{
    (void)device;
    return BUS_NUMBER;
}

SHIM_EXPORT uint8_t libusb_get_device_address(libusb_device *device)
{
    return device->address;
}

SHIM_EXPORT uint8_t libusb_get_port_number(libusb_device *device)
{
    return (uint8_t)(device->board + 1);
}

SHIM_EXPORT int libusb_get_port_numbers(libusb_device *device, uint8_t *ports, int length)
{
    if (length < 1) {
        return LIBUSB_ERROR_OVERFLOW;
    }
    ports[0] = libusb_get_port_number(device);
    return 1;
}

SHIM_EXPORT int libusb_get_device_speed(libusb_device *device)
{
    (void)device;
    return LIBUSB_SPEED_FULL;
}

/* The boards sit at the root hub, which libusb lists on a real bus and this bus does not have. */
SHIM_EXPORT libusb_device *libusb_get_parent(libusb_device *device)
{
    (void)device;
    return NULL;
}

SHIM_EXPORT int libusb_get_device_descriptor(libusb_device *device,
                                             struct libusb_device_descriptor *out)
{
    const uint8_t *bytes = device->device;
    *out = (struct libusb_device_descriptor){.bLength = bytes[0],
                                             .bDescriptorType = bytes[1],
                                             .bcdUSB = get_le16(bytes + 2),
                                             .bDeviceClass = bytes[4],
                                             .bDeviceSubClass = bytes[5],
                                             .bDeviceProtocol = bytes[6],
                                             .bMaxPacketSize0 = bytes[7],
                                             .idVendor = get_le16(bytes + 8),
                                             .idProduct = get_le16(bytes + 10),
                                             .bcdDevice = get_le16(bytes + 12),
                                             .iManufacturer = bytes[14],
                                             .iProduct = bytes[15],
                                             .iSerialNumber = bytes[16],
                                             .bNumConfigurations = bytes[17]};
    return 0;
}
