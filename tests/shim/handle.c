/* SPDX-License-Identifier: MIT
 * Open devices: claiming, alternate settings, control transfers, resets. */
#include <stdlib.h>
#include <string.h>

#include "tests/shim/device.h"

enum {
    CONTROL_BYTES_MAX = 4096, /* what libusb accepts under Linux */
    STANDARD_MS = 1000,       /* libusb's and Linux' limit of standard requests */
    RESET_MS = 50,            /* USB 2.0, "Reset Signaling": a root port resets this long */
    STRING_BYTES = 255,
};

struct libusb_device_handle {
    struct libusb_device *device; /* referenced */
};

static bool is_claimed(const libusb_device_handle *handle, int interface)
{
    return interface >= 0 && interface < SHIM_INTERFACES &&
           handle->device->claimed[interface] == handle;
}

/* How many alternate settings an interface has; *named tells whether this one is among them. */
static int count_alternates(struct libusb_device *device, int interface, int alternate, bool *named)
{
    struct libusb_config_descriptor *config = NULL;
    int count = 0;
    *named = false;
    if (libusb_get_config_descriptor(device, 0, &config) != 0) {
        return 0;
    }
    for (int i = 0; i < config->bNumInterfaces; i++) {
        const struct libusb_interface *at = &config->interface[i];
        for (int k = 0; k < at->num_altsetting; k++) {
            bool here = at->altsetting[k].bInterfaceNumber == interface;
            count += here ? 1 : 0;
            *named = *named || (here && at->altsetting[k].bAlternateSetting == alternate);
        }
    }
    libusb_free_config_descriptor(config);
    return count;
}

/* Linux refuses a setting that no descriptor names, forgives a device with a single one that it
 * does not take the request, and libusb has one number for everything else that goes wrong. */
static int set_alternate(struct libusb_device *device, int interface, int alternate)
{
    const struct usb_setup setup = {1, USB_SET_INTERFACE, (uint16_t)alternate, (uint16_t)interface,
                                    0};
    bool named = false;
    int count = count_alternates(device, interface, alternate, &named);
    if (!named) {
        return LIBUSB_ERROR_NOT_FOUND;
    }
    int result = shim_device_control(device, &setup, NULL, STANDARD_MS);
    if (result == LIBUSB_ERROR_PIPE && count == 1) {
        result = 0;
    }
    if (result == 0) {
        device->alternate[interface] = (uint8_t)alternate;
    }
    return result == 0 || result == LIBUSB_ERROR_NO_DEVICE ? result : LIBUSB_ERROR_OTHER;
}

/* Linux puts an interface back to setting 0 when its driver, here usbfs, lets go of it. */
static void release(libusb_device_handle *handle, int interface)
{
    struct libusb_device *device = handle->device;
    device->claimed[interface] = NULL;
    shim_world()->claimed--;
    if (device->alternate[interface] != 0) {
        (void)set_alternate(device, interface, 0);
    }
}

SHIM_EXPORT int libusb_open(libusb_device *device, libusb_device_handle **handle)
{
    if (shim_world()->fail_open != 0) {
        return shim_world()->fail_open;
    }
    if (!shim_device_is_there(device)) {
        return LIBUSB_ERROR_NO_DEVICE;
    }
    libusb_device_handle *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return LIBUSB_ERROR_NO_MEM;
    }
    made->device = libusb_ref_device(device);
    shim_world()->opened++;
    *handle = made;
    return 0;
}

SHIM_EXPORT libusb_device_handle *libusb_open_device_with_vid_pid(libusb_context *context,
                                                                  uint16_t vendor, uint16_t product)
{
    libusb_device **list = NULL;
    libusb_device_handle *handle = NULL;
    ssize_t count = libusb_get_device_list(context, &list);
    for (ssize_t i = 0; i < count && handle == NULL; i++) {
        struct libusb_device_descriptor ids;
        (void)libusb_get_device_descriptor(list[i], &ids);
        if (ids.idVendor == vendor && ids.idProduct == product &&
            libusb_open(list[i], &handle) != 0) {
            break;
        }
    }
    if (count >= 0) {
        libusb_free_device_list(list, 1);
    }
    return handle;
}

SHIM_EXPORT void libusb_close(libusb_device_handle *handle)
{
    if (handle == NULL) {
        return;
    }
    for (int i = 0; i < SHIM_INTERFACES; i++) {
        if (is_claimed(handle, i)) {
            release(handle, i);
        }
    }
    libusb_unref_device(handle->device);
    shim_world()->opened--;
    free(handle);
}

SHIM_EXPORT libusb_device *libusb_get_device(libusb_device_handle *handle)
{
    return handle->device;
}

SHIM_EXPORT int libusb_claim_interface(libusb_device_handle *handle, int interface)
{
    if (interface < 0 || interface >= SHIM_INTERFACES) {
        return LIBUSB_ERROR_INVALID_PARAM;
    }
    if (!shim_device_is_there(handle->device)) {
        return LIBUSB_ERROR_NO_DEVICE;
    }
    bool named = false;
    if (count_alternates(handle->device, interface, 0, &named) == 0) {
        return LIBUSB_ERROR_NOT_FOUND;
    }
    libusb_device_handle **owner = &handle->device->claimed[interface];
    if (*owner == handle) {
        return 0;
    }
    if (*owner != NULL) {
        return LIBUSB_ERROR_BUSY;
    }
    if (shim_world()->fail_claim == 0) {
        *owner = handle;
        shim_world()->claimed++;
    }
    return shim_world()->fail_claim;
}

SHIM_EXPORT int libusb_release_interface(libusb_device_handle *handle, int interface)
{
    if (!is_claimed(handle, interface)) {
        return LIBUSB_ERROR_NOT_FOUND;
    }
    release(handle, interface);
    return 0;
}

SHIM_EXPORT int libusb_set_interface_alt_setting(libusb_device_handle *handle, int interface,
                                                 int alternate)
{
    if (alternate < 0 || alternate > UINT8_MAX) {
        return LIBUSB_ERROR_INVALID_PARAM;
    }
    if (!shim_device_is_there(handle->device)) {
        return LIBUSB_ERROR_NO_DEVICE;
    }
    return is_claimed(handle, interface) ? set_alternate(handle->device, interface, alternate)
                                         : LIBUSB_ERROR_NOT_FOUND;
}

SHIM_EXPORT int libusb_control_transfer(libusb_device_handle *handle, uint8_t type, uint8_t request,
                                        uint16_t value, uint16_t index, unsigned char *data,
                                        uint16_t length, unsigned timeout)
{
    const struct usb_setup setup = {type, request, value, index, length};
    return length > CONTROL_BYTES_MAX ? LIBUSB_ERROR_INVALID_PARAM
                                      : shim_device_control(handle->device, &setup, data, timeout);
}

SHIM_EXPORT int libusb_get_configuration(libusb_device_handle *handle, int *configuration)
{
    *configuration = handle->device->config[5];
    return shim_device_is_there(handle->device) ? 0 : LIBUSB_ERROR_NO_DEVICE;
}

SHIM_EXPORT int libusb_set_configuration(libusb_device_handle *handle, int configuration)
{
    const struct usb_setup setup = {0, USB_SET_CONFIGURATION, (uint16_t)configuration, 0, 0};
    for (int i = 0; i < SHIM_INTERFACES; i++) {
        if (handle->device->claimed[i] != NULL) {
            return LIBUSB_ERROR_BUSY;
        }
    }
    if (configuration != handle->device->config[5]) {
        return LIBUSB_ERROR_NOT_FOUND;
    }
    return shim_device_control(handle->device, &setup, NULL, STANDARD_MS);
}

/* Linux reads the descriptors again after a reset: a device that has become another one, or has
 * gone, has to be looked for again. */
SHIM_EXPORT int libusb_reset_device(libusb_device_handle *handle)
{
    struct libusb_device *device = handle->device;
    if (!shim_device_is_there(device)) {
        return LIBUSB_ERROR_NO_DEVICE;
    }
    shim_enter();
    struct usb_port *port = board_port(shim_world()->boards[device->board]);
    port->reset(port);
    shim_advance((uint64_t)RESET_MS * 1000000);
    (void)shim_devices_refresh();
    bool same = shim_device_is_there(device);
    for (int i = 0; i < SHIM_INTERFACES && same; i++) {
        if (device->claimed[i] != NULL && device->alternate[i] != 0) {
            same = set_alternate(device, i, device->alternate[i]) == 0;
        }
    }
    shim_leave();
    return same ? 0 : LIBUSB_ERROR_NOT_FOUND;
}

SHIM_EXPORT int libusb_get_string_descriptor_ascii(libusb_device_handle *handle, uint8_t index,
                                                   unsigned char *data, int length)
{
    uint8_t bytes[STRING_BYTES];
    int used = 0;
    if (index == 0) {
        return LIBUSB_ERROR_INVALID_PARAM;
    }
    int got = libusb_get_string_descriptor(handle, 0, 0, bytes, 4);
    if (got < 4) {
        return got < 0 ? got : LIBUSB_ERROR_IO;
    }
    uint16_t language = (uint16_t)(bytes[2] | bytes[3] << 8);
    got = libusb_get_string_descriptor(handle, index, language, bytes, sizeof bytes);
    if (got < 2 || bytes[1] != USB_STRING || bytes[0] > got) {
        return got < 0 ? got : LIBUSB_ERROR_IO;
    }
    for (int at = 2; at + 1 < bytes[0] && used < length - 1; at += 2) {
        bool ascii = bytes[at + 1] == 0 && bytes[at] < 0x80;
        data[used++] = ascii ? bytes[at] : '?';
    }
    data[used] = 0;
    return used;
}
