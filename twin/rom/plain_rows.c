/* SPDX-License-Identifier: MIT
 * The table of plain DFU devices. */
#include <string.h>

#include "twin/rom/plain.h"

enum { KIB = 1024 };

#define DEVICE(vendor_id, product_id)                                                              \
    {                                                                                              \
        .bcd_usb = 0x0200, .vendor = (vendor_id), .product = (product_id), .bcd_device = 0x0100,   \
        .packet_bytes = 64, .manufacturer = 1, .product_text = 2, .serial = 3, .configurations = 1 \
    }

#define FUNCTIONAL(bits, bytes, bcd)                                                               \
    {                                                                                              \
        .attributes = DFU_CAN_DNLOAD | DFU_CAN_UPLOAD | (bits), .detach_timeout_ms = 1000,         \
        .transfer_bytes = (bytes), .version = (bcd)                                                \
    }

static const struct plain_row rows[] = {
    {
        .name = "plain-dfu11",
        .device = DEVICE(0x1209, 0x0D11),
        .manufacturer = "dfukit twin",
        .product = "plain DFU 1.1",
        .serial = "P11",
        .partitions = {{"Firmware", 0, 64 * KIB, false}},
        .functional = FUNCTIONAL(DFU_MANIFESTATION_TOLERANT, 1024, DFU_VERSION_1_1),
        .poll_ms = 5,
        .block_ns = 4 * TWIN_MS,
        .manifest_ns = 20 * TWIN_MS,
        .startup_ns = TWIN_MS,
    },
    {
        .name = "plain-dfu10",
        .device = DEVICE(0x1209, 0x0D10),
        .manufacturer = "dfukit twin",
        .product = "plain DFU 1.0",
        .serial = "P10",
        .partitions = {{"Firmware", 0, 64 * KIB, false}},
        .functional = FUNCTIONAL(0, 256, DFU_VERSION_1_0),
        .version_1_0 = true,
        .poll_ms = 2,
        .block_ns = 1 * TWIN_MS,
        .manifest_ns = 20 * TWIN_MS,
        .startup_ns = TWIN_MS,
    },
    {
        .name = "openmv-boot",
        .device = DEVICE(0x37C5, 0x924A),
        .manufacturer = "OpenMV",
        .product = "OpenMV Camera (DFU Mode)",
        .serial = "OMV4P",
        .partitions = {{"BOOTLOADER", 0, 128 * KIB, true},
                       {"FILESYSTEM", 128 * KIB, 128 * KIB, false},
                       {"FIRMWARE", 256 * KIB, 1792 * KIB, false},
                       {"SPI_FLASH", 2048 * KIB, 256 * KIB, false},
                       {"ROMFS0", 2304 * KIB, 256 * KIB, false}},
        .functional = FUNCTIONAL(DFU_MANIFESTATION_TOLERANT | DFU_WILL_DETACH, 4096, 0x0101),
        .short_end = true,
        .poll_ms = 10,
        .block_ns = 10 * TWIN_MS,
        .manifest_ns = 5 * TWIN_MS,
        .startup_ns = TWIN_MS,
    },
    {
        .name = "runtime-detaches",
        .runtime = DEVICE(0x1209, 0x0A01),
        .device = DEVICE(0x1209, 0x0A02),
        .manufacturer = "dfukit twin",
        .product = "bootloader",
        .runtime_product = "application",
        .serial = "RT1",
        .partitions = {{"Firmware", 0, 64 * KIB, false}},
        .functional = FUNCTIONAL(DFU_WILL_DETACH, 1024, DFU_VERSION_1_1),
        .poll_ms = 1,
        .block_ns = TWIN_MS,
        .manifest_ns = 10 * TWIN_MS,
        .startup_ns = 300ull * TWIN_MS,
    },
    {
        .name = "runtime-needs-reset",
        .runtime = DEVICE(0x1209, 0x0B01),
        .device = DEVICE(0x1209, 0x0B02),
        .manufacturer = "dfukit twin",
        .product = "bootloader",
        .runtime_product = "application",
        .serial = "RT2",
        .partitions = {{"Firmware", 0, 64 * KIB, false}},
        .functional = FUNCTIONAL(0, 1024, DFU_VERSION_1_1),
        .poll_ms = 1,
        .block_ns = TWIN_MS,
        .manifest_ns = 10 * TWIN_MS,
        .startup_ns = 300ull * TWIN_MS,
    },
};

const struct plain_row *plain_at(uint32_t index)
{
    return index < sizeof rows / sizeof rows[0] ? &rows[index] : NULL;
}

const struct plain_row *plain_find(const char *name)
{
    uint32_t index = 0;
    const struct plain_row *row = plain_at(index);
    while (row != NULL && strcmp(row->name, name) != 0) {
        row = plain_at(++index);
    }
    return row;
}

uint32_t plain_memory_bytes(const struct plain_row *row)
{
    uint32_t bytes = 0;
    for (size_t i = 0; i < PLAIN_PARTITIONS_MAX && row->partitions[i].name != NULL; i++) {
        uint32_t end = row->partitions[i].offset + row->partitions[i].length;
        bytes = end > bytes ? end : bytes;
    }
    return bytes;
}
