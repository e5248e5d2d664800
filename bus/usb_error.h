/* SPDX-License-Identifier: MIT
 * What libusb's error numbers mean in our words. */
#ifndef BUS_USB_ERROR_H
#define BUS_USB_ERROR_H

#include "bus/bus.h"

/* Gives the code for a failed open or claim. */
enum dfk_code usb_error_code(int number);

/* Gives the answer for a failed transfer. LIBUSB_ERROR_IO is what a vanished device leaves behind.
 */
enum bus_result usb_error_result(int number);

#endif
