/* SPDX-License-Identifier: MIT
 * The DWC2 cores of the chips we know. */
#include "twin/soc/dwc2.h"

/* Identification words as read from silicon; 4 of the 8 endpoints' worth of FIFO depth that
 * GHWCFG3 of the F405 tells do not exist: RM0090 gives 1.25 KB of packet RAM. */
const struct soc_dwc2_row soc_dwc2_f405 = {
    .name = "OTG_FS",
    .base = 0x50000000,
    .irq = 67,
    .endpoints = 4,
    .fifo_words = 320,
    .cid = 0x1200,
    .snpsid = 0x4F54281A,
    .hwcfg = {0, 0x229DCD20, 0x020001E8, 0x0FF08030},
    .gotgctl_mask = 0x00000F02,
    .gahbcfg_mask = 0x00000181,
    .gusbcfg_mask = 0xE0003F47,
    .gccfg_mask = 0x003D0000,
    .dctl_reset = 0,
    .dieptxf_step = 0,
    .wrapper_2 = false,
};

const struct soc_dwc2_row soc_dwc2_h743 = {
    .name = "USB2_OTG_FS",
    .base = 0x40080000,
    .irq = 101,
    .endpoints = 9,
    .fifo_words = 1024,
    .cid = 0x2300,
    .snpsid = 0x4F54330A,
    .hwcfg = {0, 0x229FE190, 0x03B8D2E8, 0xE3F00030},
    .gotgctl_mask = 0x00101FFE,
    .gahbcfg_mask = 0x000001BF,
    .gusbcfg_mask = 0xE7FEBF47,
    .gccfg_mask = 0x003F0000,
    .dctl_reset = 2, /* SDIS: not connected before a driver says so */
    .dieptxf_step = 0x200,
    .wrapper_2 = true,
};
