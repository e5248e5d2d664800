/* SPDX-License-Identifier: MIT
 * The registers of the USB OTG core that a device with endpoint 0 alone uses.
 *
 * Source    RM0090, "USB on-the-go full-speed (OTG_FS)"; RM0433, "USB on-the-go high-speed" */
#ifndef BOOT_MCU_DWC2_H
#define BOOT_MCU_DWC2_H

#include <stdint.h>

struct dwc2_regs {
    volatile uint32_t gotgctl, gotgint, gahbcfg, gusbcfg, grstctl, gintsts, gintmsk, grxstsr,
        grxstsp, grxfsiz, dieptxf0, hnptxsts, gap0[2], gccfg;
};

struct dwc2_device_regs {
    volatile uint32_t dcfg, dctl, dsts, gap0, diepmsk, doepmsk, daint, daintmsk;
};

/* Of one direction of endpoint 0. */
struct dwc2_endpoint_regs {
    volatile uint32_t ctl, gap0, intr, gap1, tsiz, dma, txfsts;
};

enum {
    DWC2_DEVICE = 0x800,
    DWC2_IN = 0x900,
    DWC2_OUT = 0xB00,
    DWC2_PCGCCTL = 0xE00,
    DWC2_FIFO = 0x1000,
};

enum {
    DWC2_GAHBCFG_GINT = 1 << 0,
    DWC2_GUSBCFG_DEVICE = 1 << 30 | 6 << 10 | 1 << 6 | 7, /* FDMOD, TRDT 6, PHYSEL, TOCAL 7 */
    DWC2_GRSTCTL_CSRST = 1 << 0,
    DWC2_GRSTCTL_RXFFLSH = 1 << 4,
    DWC2_GRSTCTL_TXFFLSH = 1 << 5, /* with TXFNUM 0: that of endpoint 0 */
    DWC2_GINTSTS_CMOD = 1 << 0,
    DWC2_GINTSTS_RXFLVL = 1 << 4,
    DWC2_GINTSTS_USBSUSP = 1 << 11,
    DWC2_GINTSTS_USBRST = 1 << 12,
    DWC2_GINTSTS_ENUMDNE = 1 << 13,
    DWC2_GINTSTS_IEPINT = 1 << 18,
    DWC2_GRXSTS_COUNT_SHIFT = 4,
    DWC2_GRXSTS_COUNT_MASK = 0x7FF,
    DWC2_GRXSTS_STATUS_SHIFT = 17,
    DWC2_GRXSTS_STATUS_MASK = 15,
    DWC2_STATUS_DATA = 2,
    DWC2_STATUS_OUT_DONE = 3,
    DWC2_STATUS_SETUP_DONE = 4,
    DWC2_STATUS_SETUP = 6,
    DWC2_DCFG_FULL_SPEED = 3,
    DWC2_DCFG_DAD_SHIFT = 4,
    DWC2_DCTL_SDIS = 1 << 1,
    DWC2_CTL_STALL = 1 << 21,
    DWC2_CTL_CNAK = 1 << 26,
    DWC2_CTL_SNAK = 1 << 27,
    DWC2_CTL_EPDIS = 1 << 30,
    DWC2_INT_XFRC = 1 << 0,
    DWC2_TSIZ_PACKET = 1 << 19,
    DWC2_TSIZ_SETUPS = 3 << 29,
};
#define DWC2_GRSTCTL_AHBIDL 0x80000000u
#define DWC2_CTL_EPENA      0x80000000u

#endif
