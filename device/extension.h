/* SPDX-License-Identifier: MIT
 * The commands of dfukit-boot beyond DfuSe, within the room. */
#ifndef DEVICE_EXTENSION_H
#define DEVICE_EXTENSION_H

#include "device/inside.h"

/* Asks for the list of commands and for the bootloader's word on itself; fills info.boot and the
 * traits that follow from both. Stays as it is where there is no answer. The device is in dfuIDLE.
 */
void device_learn_extension(struct device *device);

/* Makes the bootloader forget a download that was not completed. It is in dfuDNLOAD-IDLE, and in
 * dfuERROR afterwards. err as device_request. */
enum bus_result device_discard(struct device *device, struct dfk_error *err);

#endif
