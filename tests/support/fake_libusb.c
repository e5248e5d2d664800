/* SPDX-License-Identifier: MIT
 * libusb's functions over virtual boards in this process. */
#include "tests/support/fake_libusb.h"

#include <libusb.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/usb.h"

struct libusb_device {
    struct board *board;
    uint8_t number;
};

struct libusb_device_handle {
    struct libusb_device *device;
    uint32_t generation;
};

static struct fake_libusb world;
static struct libusb_device devices[FAKE_LIBUSB_BOARDS_MAX];

struct fake_libusb *fake_libusb(void)
{
    return &world;
}

static struct usb_port *port_of(const struct libusb_device *device)
{
    return board_port(device->board);
}

/* One control transfer with a board; libusb's number for what came of it. */
static int transfer(struct libusb_device *device, struct usb_setup setup, uint8_t *data,
                    unsigned timeout_ms)
{
    uint16_t length = setup.length;
    switch (
        usb_port_transfer(port_of(device), &setup, data, &length, (uint64_t)timeout_ms * 1000000)) {
    case EP0_ACK: return (setup.request_type & USB_DIR_IN) != 0 ? length : setup.length;
    case EP0_STALL: return LIBUSB_ERROR_PIPE;
    case EP0_NAK: return LIBUSB_ERROR_TIMEOUT;
    default: return LIBUSB_ERROR_NO_DEVICE;
    }
}

int libusb_init(libusb_context **context)
{
    static int token;
    void *at = &token;
    *context = at;
    return world.fail_init;
}

void libusb_exit(libusb_context *context)
{
    (void)context;
}

ssize_t libusb_get_device_list(libusb_context *context, libusb_device ***list)
{
    (void)context;
    ssize_t count = 0;
    *list = calloc(FAKE_LIBUSB_BOARDS_MAX + 1, sizeof **list);
    for (size_t i = 0; i < world.count; i++) {
        devices[i] = (struct libusb_device){world.boards[i], (uint8_t)(i + 1)};
        port_of(&devices[i])
            ->run(port_of(&devices[i]), port_of(&devices[i])->now(port_of(&devices[i])) + 1000000);
        if (port_of(&devices[i])->attached(port_of(&devices[i]))) {
            (*list)[count++] = &devices[i];
        }
    }
    return count;
}

void libusb_free_device_list(libusb_device **list, int unref)
{
    (void)unref;
    free(list);
}

uint8_t libusb_get_bus_number(libusb_device *device)
{
    (void)device;
    return 3;
}

int libusb_get_port_numbers(libusb_device *device, uint8_t *ports, int length)
{
    (void)length;
    ports[0] = 1;
    ports[1] = device->number;
    return 2;
}

int libusb_get_device_descriptor(libusb_device *device, struct libusb_device_descriptor *out)
{
    uint8_t bytes[18];
    if (transfer(device, (struct usb_setup){0x80, 6, 0x0100, 0, 18}, bytes, 1000) != 18) {
        return LIBUSB_ERROR_IO;
    }
    memset(out, 0, sizeof *out);
    out->bcdUSB = get_le16(bytes + 2);
    out->bMaxPacketSize0 = bytes[7];
    out->idVendor = get_le16(bytes + 8);
    out->idProduct = get_le16(bytes + 10);
    out->bcdDevice = get_le16(bytes + 12);
    out->iManufacturer = bytes[14];
    out->iProduct = bytes[15];
    out->iSerialNumber = bytes[16];
    out->bNumConfigurations = bytes[17];
    return 0;
}

/* The parts of a configuration as libusb keeps them: an altsetting has what follows it as extra. */
struct parsed {
    struct libusb_config_descriptor config;
    struct libusb_interface interface;
    struct libusb_interface_descriptor alternates[16];
    uint8_t bytes[512];
};

static void parse(struct parsed *parsed, int length)
{
    int count = 0;
    for (int at = 9; at < length && parsed->bytes[at] != 0; at += parsed->bytes[at]) {
        const uint8_t *from = parsed->bytes + at;
        struct libusb_interface_descriptor *last = &parsed->alternates[count > 0 ? count - 1 : 0];
        if (from[1] != USB_INTERFACE) {
            last->extra = from;
            last->extra_length = from[0];
            continue;
        }
        last = &parsed->alternates[count++];
        last->bInterfaceNumber = from[2];
        last->bAlternateSetting = from[3];
        last->bInterfaceClass = from[5];
        last->bInterfaceSubClass = from[6];
        last->bInterfaceProtocol = from[7];
        last->iInterface = from[8];
    }
    parsed->interface.altsetting = parsed->alternates;
    parsed->interface.num_altsetting = count;
    parsed->config.interface = &parsed->interface;
}

int libusb_get_active_config_descriptor(libusb_device *device,
                                        struct libusb_config_descriptor **config)
{
    struct parsed *parsed = calloc(1, sizeof *parsed);
    int length = transfer(device, (struct usb_setup){0x80, 6, 0x0200, 0, sizeof parsed->bytes},
                          parsed->bytes, 1000);
    if (length < 9) {
        free(parsed);
        return LIBUSB_ERROR_IO;
    }
    parsed->config.wTotalLength = get_le16(parsed->bytes + 2);
    parsed->config.bNumInterfaces = parsed->bytes[4];
    parsed->config.bConfigurationValue = parsed->bytes[5];
    parsed->config.bmAttributes = parsed->bytes[7];
    parse(parsed, length);
    *config = &parsed->config;
    return 0;
}

void libusb_free_config_descriptor(struct libusb_config_descriptor *config)
{
    free(config);
}

int libusb_open(libusb_device *device, libusb_device_handle **handle)
{
    if (world.fail_open != 0) {
        return world.fail_open;
    }
    *handle = calloc(1, sizeof **handle);
    (*handle)->device = device;
    (*handle)->generation = port_of(device)->generation(port_of(device));
    world.opened++;
    return 0;
}

void libusb_close(libusb_device_handle *handle)
{
    world.opened--;
    free(handle);
}

int libusb_set_auto_detach_kernel_driver(libusb_device_handle *handle, int enable)
{
    (void)handle;
    (void)enable;
    return 0;
}

int libusb_claim_interface(libusb_device_handle *handle, int interface)
{
    (void)handle;
    (void)interface;
    world.claimed += world.fail_claim == 0 ? 1 : 0;
    return world.fail_claim;
}

int libusb_release_interface(libusb_device_handle *handle, int interface)
{
    (void)handle;
    (void)interface;
    world.claimed--;
    return 0;
}

int libusb_control_transfer(libusb_device_handle *handle, uint8_t type, uint8_t request,
                            uint16_t value, uint16_t index, unsigned char *data, uint16_t length,
                            unsigned timeout)
{
    struct usb_port *port = port_of(handle->device);
    if (port->generation(port) != handle->generation) {
        return LIBUSB_ERROR_NO_DEVICE;
    }
    return transfer(handle->device, (struct usb_setup){type, request, value, index, length}, data,
                    timeout);
}

int libusb_set_interface_alt_setting(libusb_device_handle *handle, int interface, int alternate)
{
    struct usb_setup setup = {1, USB_SET_INTERFACE, (uint16_t)alternate, (uint16_t)interface, 0};
    return transfer(handle->device, setup, NULL, 1000);
}

int libusb_reset_device(libusb_device_handle *handle)
{
    struct usb_port *port = port_of(handle->device);
    port->reset(port);
    return port->generation(port) == handle->generation && port->attached(port)
               ? 0
               : LIBUSB_ERROR_NOT_FOUND;
}

int libusb_has_capability(uint32_t capability)
{
    (void)capability;
    return world.no_hotplug ? 0 : 1;
}

int libusb_hotplug_register_callback(libusb_context *context, int events, int flags, int vendor,
                                     int product, int class_code,
                                     libusb_hotplug_callback_fn function, void *user,
                                     libusb_hotplug_callback_handle *handle)
{
    (void)context;
    (void)events;
    (void)flags;
    (void)vendor;
    (void)product;
    (void)class_code;
    *handle = 1;
    return function == NULL || user == NULL ? LIBUSB_ERROR_INVALID_PARAM : 0;
}

void libusb_hotplug_deregister_callback(libusb_context *context,
                                        libusb_hotplug_callback_handle handle)
{
    (void)context;
    (void)handle;
}

int libusb_handle_events_timeout(libusb_context *context, struct timeval *limit)
{
    (void)context;
    for (size_t i = 0; i < world.count; i++) {
        struct usb_port *port = board_port(world.boards[i]);
        port->run(port, port->now(port) + (uint64_t)limit->tv_usec * 1000);
    }
    return 0;
}

const char *libusb_strerror(int number)
{
    return number == 0 ? "success" : "a failure of the fake";
}
