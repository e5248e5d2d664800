/* SPDX-License-Identifier: MIT
 * What several rows of the ROM tables share. */
#ifndef TWIN_ROM_PARTS_H
#define TWIN_ROM_PARTS_H

#include "twin/rom/rom.h"

enum { KIB = 1024, ST_VENDOR = 0x0483, ST_DFU_PRODUCT = 0xDF11 };

#define ST_DEVICE(usb, bcd, product_string)                                                        \
    {                                                                                              \
        .bcd_usb = (usb), .vendor = ST_VENDOR, .product = ST_DFU_PRODUCT, .bcd_device = (bcd),     \
        .packet_bytes = 64, .manufacturer = 1, .product_text = (product_string), .serial = 3,      \
        .configurations = 1                                                                        \
    }

/* CanDnload, CanUpload, WillDetach; 255 ms; DfuSe. Source: descriptors of real
 * devices */
#define ST_FUNCTIONAL(bytes)                                                                       \
    {                                                                                              \
        .attributes = DFU_CAN_DNLOAD | DFU_CAN_UPLOAD | DFU_WILL_DETACH, .detach_timeout_ms = 255, \
        .transfer_bytes = (bytes), .version = DFU_VERSION_DFUSE                                    \
    }

/* The rows of the table live in one file per family; each ends with a row
 * without a name. */
extern const struct rom_row rom_rows_f4[];
extern const struct rom_row rom_rows_h7[];
extern const struct rom_row rom_rows_other[];

#endif
