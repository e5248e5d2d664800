/* SPDX-License-Identifier: MIT
 * A device on the OTG core, driven by interrupts with FIFOs filled by the core's empty interrupt.
 */
#ifndef TESTS_ARM_HAL_USB_H
#define TESTS_ARM_HAL_USB_H

#include "tests/arm/hal/hal.h"

enum { USB_ENDPOINTS = 4, USB_PACKET = 64, USB_BULK = 2, USB_INTERRUPT = 3 };

/* Puts the core into device mode and the pull-up on. */
void usb_start(void);
void usb_disconnect(void);
void usb_connect(void);
void usb_stop_clock(bool on);
void usb_remote_wake_up(void);
bool usb_is_asleep(void);

void usb_open(uint32_t address, uint32_t type, uint32_t packet);
void usb_close(uint32_t address);
void usb_send(uint32_t endpoint, const uint8_t *data, uint32_t bytes);
void usb_receive(uint32_t endpoint, uint8_t *data, uint32_t bytes);
void usb_stall(uint32_t address);
void usb_unstall(uint32_t address);
bool usb_is_stalled(uint32_t address);
void usb_set_address(uint32_t address);
void usb_flush(uint32_t endpoint);
void usb_stop_out(uint32_t endpoint);

/* What the driver tells the device above it, from its interrupt. */
void device_reset(void);
void device_setup(const uint8_t *setup);
void device_sent(uint32_t endpoint);
void device_received(uint32_t endpoint, uint32_t bytes);
void device_suspended(bool asleep);

/* What the device tells the function above it. */
void function_configured(bool on);
bool function_request(const uint8_t *setup);
void function_written(const uint8_t *setup, const uint8_t *data);
void function_sent(uint32_t endpoint);
void function_received(uint32_t endpoint, uint32_t bytes);

/* What the function asks of the device in a request: a data stage, either way, or none. */
void device_send(const uint8_t *data, uint32_t bytes);
void device_receive(uint8_t *data, uint32_t bytes);
void device_acknowledge(void);

extern const uint8_t function_descriptor[18];
extern const uint8_t function_configuration[];
extern const uint32_t function_configuration_bytes;

#endif
