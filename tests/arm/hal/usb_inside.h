/* SPDX-License-Identifier: MIT
 * Registers of the OTG core, and what the two files of its driver share. */
#ifndef TESTS_ARM_HAL_USB_INSIDE_H
#define TESTS_ARM_HAL_USB_INSIDE_H

#include "tests/arm/hal/usb.h"

#define USB(offset)       (hal_chip.usb + (offset))
#define IN_BLOCK(number)  USB(0x900 + 0x20 * (number))
#define OUT_BLOCK(number) USB(0xB00 + 0x20 * (number))
#define FIFO(number)      USB(0x1000 + 0x1000 * (number))

/* Source RM0090 and RM0433, "OTG_FS register map" */
enum { GOTGCTL = 0, GOTGINT = 4, GAHBCFG = 8, GUSBCFG = 0xC, GRSTCTL = 0x10, GINTSTS = 0x14 };
enum { GINTMSK = 0x18, GRXSTSP = 0x20, GRXFSIZ = 0x24, DIEPTXF0 = 0x28, GCCFG = 0x38 };
enum { GSNPSID = 0x40, DIEPTXF1 = 0x104, DCFG = 0x800, DCTL = 0x804, DSTS = 0x808 };
enum { DIEPMSK = 0x810, DOEPMSK = 0x814, DAINT = 0x818, DAINTMSK = 0x81C, DIEPEMPMSK = 0x834 };
enum { PCGCCTL = 0xE00, EP_CTL = 0, EP_FLAGS = 8, EP_SIZE = 0x10, EP_FREE = 0x18 };

#define EP_ENABLE      (1u << 31)
#define EP_DISABLE     (1u << 30)
#define EP_DATA0       (1u << 28)
#define EP_SET_NAK     (1u << 27)
#define EP_CLEAR_NAK   (1u << 26)
#define EP_STALL       (1u << 21)
#define EP_ACTIVE      (1u << 15)

#define FLAG_DONE      (1u << 0)
#define FLAG_DISABLED  (1u << 1)
#define FLAG_SETUP     (1u << 3)
#define FLAG_EMPTY     (1u << 7)

#define INT_MODE       (1u << 1)
#define INT_OTG        (1u << 2)
#define INT_FRAME      (1u << 3)
#define INT_RX         (1u << 4)
#define INT_IN_NAK     (1u << 6)
#define INT_OUT_NAK    (1u << 7)
#define INT_SUSPEND    (1u << 11)
#define INT_RESET      (1u << 12)
#define INT_ENUMERATED (1u << 13)
#define INT_IN         (1u << 18)
#define INT_OUT        (1u << 19)
#define INT_ISO_IN     (1u << 20)
#define INT_ISO_OUT    (1u << 21)
#define INT_SESSION    (1u << 30)
#define INT_WAKE_UP    (1u << 31)

struct usb_pipe {
    uint32_t packet;
    uint8_t *data;
    uint32_t bytes, done;
    bool stalled, stopping;
};

extern struct usb_pipe usb_in[USB_ENDPOINTS], usb_out[USB_ENDPOINTS];

void usb_flush_all(void);
void usb_wait_for_setup(void);

#endif
