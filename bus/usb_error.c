/* SPDX-License-Identifier: MIT
 * What libusb's error numbers mean in our words. */
#include "bus/usb_error.h"

#include <libusb.h>

enum dfk_code usb_error_code(int number)
{
    switch (number) {
    case LIBUSB_ERROR_ACCESS: return DFK_E_PERMISSION;
    case LIBUSB_ERROR_BUSY: return DFK_E_BUSY_BUS;
    case LIBUSB_ERROR_NO_DEVICE:
    case LIBUSB_ERROR_NOT_FOUND: return DFK_E_NO_DEVICE;
    case LIBUSB_ERROR_NO_MEM: return DFK_E_NO_MEMORY;
    default: return DFK_E_PROTOCOL;
    }
}

enum bus_result usb_error_result(int number)
{
    switch (number) {
    case LIBUSB_ERROR_PIPE: return BUS_STALL;
    case LIBUSB_ERROR_TIMEOUT: return BUS_TIMEOUT;
    case LIBUSB_ERROR_NO_DEVICE:
    case LIBUSB_ERROR_NOT_FOUND:
    case LIBUSB_ERROR_IO: return BUS_GONE;
    default: return number >= 0 ? BUS_OK : BUS_ERROR;
    }
}
