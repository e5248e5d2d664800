/* SPDX-License-Identifier: MIT
 * A configuration as libusb gives it, put back into the bytes that the device sent. */
#ifndef BUS_USB_DESCRIBE_H
#define BUS_USB_DESCRIBE_H

#include <libusb.h>

#include "bus/bus.h"

/* Fills out->configuration. What does not fit is left out from the end. */
void usb_put_configuration(const struct libusb_config_descriptor *config, struct bus_device *out);

#endif
