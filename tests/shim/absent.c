/* SPDX-License-Identifier: MIT
 * What a bus of boards without other endpoints than 0 and without kernel drivers has to say to the
 * rest of libusb's functions: programs bind them, and hear that it is not there. */
#include "tests/shim/device.h"

static int not_supported(const void *about)
{
    (void)about;
    return LIBUSB_ERROR_NOT_SUPPORTED;
}

SHIM_EXPORT int libusb_kernel_driver_active(libusb_device_handle *handle, int interface)
{
    (void)handle;
    (void)interface;
    return 0;
}

SHIM_EXPORT int libusb_detach_kernel_driver(libusb_device_handle *handle, int interface)
{
    (void)handle;
    (void)interface;
    return LIBUSB_ERROR_NOT_FOUND;
}

SHIM_EXPORT int libusb_attach_kernel_driver(libusb_device_handle *handle, int interface)
{
    (void)handle;
    (void)interface;
    return LIBUSB_ERROR_NOT_FOUND;
}

SHIM_EXPORT int libusb_set_auto_detach_kernel_driver(libusb_device_handle *handle, int enable)
{
    (void)handle;
    (void)enable;
    return 0;
}

SHIM_EXPORT int libusb_clear_halt(libusb_device_handle *handle, unsigned char endpoint)
{
    (void)endpoint;
    return not_supported(handle);
}

SHIM_EXPORT int libusb_bulk_transfer(libusb_device_handle *handle, unsigned char endpoint,
                                     unsigned char *data, int length, int *actual, unsigned timeout)
{
    (void)endpoint;
    (void)data;
    (void)length;
    (void)actual;
    (void)timeout;
    return not_supported(handle);
}

SHIM_EXPORT int libusb_interrupt_transfer(libusb_device_handle *handle, unsigned char endpoint,
                                          unsigned char *data, int length, int *actual,
                                          unsigned timeout)
{
    return libusb_bulk_transfer(handle, endpoint, data, length, actual, timeout);
}

SHIM_EXPORT int libusb_get_max_packet_size(libusb_device *device, unsigned char endpoint)
{
    (void)device;
    (void)endpoint;
    return LIBUSB_ERROR_NOT_FOUND;
}

SHIM_EXPORT int libusb_get_max_iso_packet_size(libusb_device *device, unsigned char endpoint)
{
    return libusb_get_max_packet_size(device, endpoint);
}

SHIM_EXPORT struct libusb_transfer *libusb_alloc_transfer(int packets)
{
    (void)packets;
    return NULL;
}

SHIM_EXPORT void libusb_free_transfer(struct libusb_transfer *transfer)
{
    (void)transfer; /* none was ever given out */
}

SHIM_EXPORT int libusb_submit_transfer(struct libusb_transfer *transfer)
{
    return not_supported(transfer);
}

SHIM_EXPORT int libusb_cancel_transfer(struct libusb_transfer *transfer)
{
    return not_supported(transfer);
}

SHIM_EXPORT int libusb_wrap_sys_device(libusb_context *context, intptr_t device,
                                       libusb_device_handle **handle)
{
    (void)device;
    (void)handle;
    return not_supported(context);
}

SHIM_EXPORT int libusb_get_bos_descriptor(libusb_device_handle *handle,
                                          struct libusb_bos_descriptor **bos)
{
    (void)bos;
    return not_supported(handle);
}

SHIM_EXPORT const struct libusb_pollfd **libusb_get_pollfds(libusb_context *context)
{
    (void)context;
    return NULL;
}

SHIM_EXPORT void libusb_free_pollfds(const struct libusb_pollfd **fds)
{
    (void)fds;
}

SHIM_EXPORT int libusb_get_next_timeout(libusb_context *context, struct timeval *limit)
{
    (void)context;
    (void)limit;
    return 0;
}
