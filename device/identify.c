/* SPDX-License-Identifier: MIT
 * Which chip and which bootloader: a table of what they show of themselves. */
#include <stdio.h>
#include <string.h>

#include "device/inside.h"

enum { ST_VENDOR = 0x0483, DFU_PRODUCT = 0xDF11, ANY = 0, WIRE_NS_PER_BYTE = 840 };

/* Erase times are for the parallelism that the ROM uses; maxima as the datasheet has them. */
#define TIMING_F4_X8                                                                               \
    {                                                                                              \
        1563, 400, 4000, 32000, 16000, 205, WIRE_NS_PER_BYTE, "DS8626, flash memory, x8, doubled"  \
    }
#define TIMING_F4_X32                                                                              \
    {                                                                                              \
        782, 250, 2000, 16000, 4000, 52, WIRE_NS_PER_BYTE, "DS8626, flash memory, x32, doubled"    \
    }
#define TIMING_F7                                                                                  \
    {                                                                                              \
        1563, 400, 8000, 64000, 16000, 205, WIRE_NS_PER_BYTE, "DS11532, flash memory, x8, doubled" \
    }
/* The slowest parallelism for the deadline, x64 for the estimate. */
#define TIMING_H7                                                                                  \
    {                                                                                              \
        782, 0, 4000, 64000, 3125, 19, WIRE_NS_PER_BYTE, "DS12110, flash memory, x8, doubled"      \
    }
#define TIMING_PAGES                                                                               \
    {                                                                                              \
        1100, 0, 500, 32000, 10300, 60, WIRE_NS_PER_BYTE, "DS12288, flash memory, with margin"     \
    }

struct known_device {
    uint16_t vendor, product, bcd_device; /* ANY: not looked at */
    const char *layout;                   /* start of alternate 0's string; "": not looked at */
    enum device_family family;
    const char *chip, *firmware;
    uint32_t id_addr; /* of the bootloader ID byte; 0: not readable */
    uint16_t write_unit_bytes;
    bool holds_until_done;
    struct device_timing timing;
};

/* More particular rows first. Layout strings are those of real devices, blanks included.
 * ID addresses: AN2606, "Bootloader identification". */
static const struct known_device table[] = {
    {ST_VENDOR, DFU_PRODUCT, 0x0300, "", FAMILY_MBOOT, "", "mboot", 0, 8, true, TIMING_F4_X32},
    {ST_VENDOR, DFU_PRODUCT, ANY, "@Internal Flash  /0x08000000/04*016Kg,01*064Kg,07*128Kg",
     FAMILY_F4, "STM32F4", "ROM bootloader", 0x1FFF77DE, 4, true, TIMING_F4_X8},
    {ST_VENDOR, DFU_PRODUCT, ANY, "@Internal Flash  /0x08000000/04*016Kg", FAMILY_F4, "STM32F4",
     "ROM bootloader", 0, 4, true, TIMING_F4_X8},
    {ST_VENDOR, DFU_PRODUCT, ANY, "@Internal Flash  /0x08000000/04*032Kg,01*128Kg,07*256Kg",
     FAMILY_F76, "STM32F76x/77x", "ROM bootloader", 0x1FF0EDBE, 8, true, TIMING_F7},
    {ST_VENDOR, DFU_PRODUCT, ANY, "@Internal Flash  /0x08000000/04*032Kg", FAMILY_F7,
     "STM32F74x/75x", "ROM bootloader", 0x1FF0EDBE, 8, true, TIMING_F7},
    {ST_VENDOR, DFU_PRODUCT, ANY, "@Internal Flash   /0x08000000/16*128Kg", FAMILY_H743,
     "STM32H742/743/750/753", "ROM bootloader", 0x1FF1E7FE, 32, true, TIMING_H7},
    {ST_VENDOR, DFU_PRODUCT, ANY, "@Internal Flash   /0x08000000/8*128Kg", FAMILY_H7,
     "STM32H723/733", "ROM bootloader", 0x1FF1E7FE, 32, true, TIMING_H7},
    {ST_VENDOR, DFU_PRODUCT, ANY, "@Internal Flash   /0x08000000/256*08Kg", FAMILY_H7,
     "STM32H7A3/7B3", "ROM bootloader", 0x1FF13FFE, 16, true, TIMING_H7},
    {ST_VENDOR, DFU_PRODUCT, ANY, "@Internal Flash   /0x08000000/256*02Kg", FAMILY_G4, "STM32G47x",
     "ROM bootloader", 0x1FFF6FFE, 8, true, TIMING_PAGES},
    {ST_VENDOR, DFU_PRODUCT, ANY, "@Internal Flash   /0x08000000/64*02Kg", FAMILY_G4, "STM32G43x",
     "ROM bootloader", 0x1FFF6FFE, 8, true, TIMING_PAGES},
    {ST_VENDOR, DFU_PRODUCT, ANY, "@Internal Flash  /0x08000000/0256*0002Kg", FAMILY_L4,
     "STM32L47x/49x", "ROM bootloader", 0x1FFF6FFE, 8, true, TIMING_PAGES},
    {ST_VENDOR, DFU_PRODUCT, ANY, "@Internal Flash /0x08000000/64*08Kg", FAMILY_STRICT, "STM32C5",
     "ROM bootloader", 0, 16, false, TIMING_PAGES},
    {0x28E9,
     0x0189,
     ANY,
     "",
     FAMILY_GD32,
     "GD32VF103",
     "GD32 bootloader",
     0,
     4,
     false,
     {0, 100, 1000, 20000, 25000, 150, WIRE_NS_PER_BYTE, "GD32VF103 datasheet, with margin"}},
    {0x37C5, ANY, ANY, "", FAMILY_OPENMV, "", "OpenMV bootloader", 0, 1, false, {0}},
    {ST_VENDOR,
     DFU_PRODUCT,
     ANY,
     "@Internal Flash",
     FAMILY_OTHER_ROM,
     "",
     "ROM bootloader",
     0,
     16,
     false,
     {.read_ns_per_byte = WIRE_NS_PER_BYTE}},
};

static bool is_row(const struct dfk_device_info *info, const struct known_device *row)
{
    const char *text = info->alternate_count > 0 ? info->alternates[0].text : "";
    return (row->vendor == ANY || row->vendor == info->vendor) &&
           (row->product == ANY || row->product == info->product) &&
           (row->bcd_device == ANY || row->bcd_device == info->bcd_device) &&
           strncmp(text, row->layout, strlen(row->layout)) == 0;
}

static const struct known_device *find_row(const struct dfk_device_info *info)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (is_row(info, &table[i])) {
            return &table[i];
        }
    }
    return NULL;
}

/* The bootloader ID byte is at a fixed place of system memory. Assumption: the ROM lets the host
 * read it as other memory; where it refuses, the version stays unknown. Source AN2606, "Bootloader
 * identification" */
static void read_rom_id(struct device *device, const struct known_device *row)
{
    uint8_t bytes[4] = {0};
    uint32_t addr = row->id_addr & ~3u;
    if (device_read_block(device, addr, bytes, sizeof bytes, NULL) == 0) {
        device->rom_id = bytes[row->id_addr & 3u];
        device->rom_id = device->rom_id == 0xFF ? 0 : device->rom_id;
        (void)device_finish(device, NULL);
    } else {
        (void)device_recover(device, NULL);
    }
}

static void name_firmware(struct device *device, const struct known_device *row)
{
    char *text = device->info.firmware;
    size_t room = sizeof device->info.firmware;
    if (device->rom_id != 0) {
        (void)snprintf(text, room, "%s V%u.%u", row->firmware, device->rom_id >> 4,
                       device->rom_id & 15u);
    } else if (row->id_addr != 0) {
        (void)snprintf(text, room, "%s, version unknown", row->firmware);
    } else {
        (void)snprintf(text, room, "%s", row->firmware);
    }
}

static void set_block_bytes(struct device *device)
{
    enum { BLOCK_DEFAULT = 1024, BLOCK_PLAIN_DEFAULT = 64 };
    uint16_t bytes = device->info.transfer_bytes;
    if (bytes == 0) {
        bytes = device->traits.is_dfuse ? BLOCK_DEFAULT : BLOCK_PLAIN_DEFAULT;
        device_say(device, DFK_EVENT_WARNING, "transfer-size-0",
                   "the device names a transfer size of 0; %u bytes are used", bytes);
    }
    device->traits.block_bytes = bytes > DEVICE_BLOCK_MAX ? DEVICE_BLOCK_MAX : bytes;
    if ((device->flags & FLAG_BLOCK_1024) != 0 && bytes > BLOCK_DEFAULT) {
        device->traits.block_bytes = BLOCK_DEFAULT;
    }
}

void device_identify(struct device *device)
{
    const struct known_device *row = find_row(&device->info);
    struct device_traits *traits = &device->traits;
    *traits =
        (struct device_traits){.write_unit_bytes = 1,
                               .can_download = (device->info.attributes & DFU_CAN_DNLOAD) != 0,
                               .can_upload = (device->info.attributes & DFU_CAN_UPLOAD) != 0,
                               .is_dfuse = device->info.mode == DFK_MODE_DFUSE,
                               .leave_starts_application = true,
                               .mass_erase_works = true,
                               .timing = {.read_ns_per_byte = WIRE_NS_PER_BYTE}};
    /* Enough for the question which ROM it is; the faults may lower it. */
    traits->block_bytes = 64;
    if (row != NULL) {
        device->family = row->family;
        traits->write_unit_bytes = row->write_unit_bytes;
        traits->holds_until_done = row->holds_until_done;
        traits->timing = row->timing;
        (void)snprintf(device->info.chip, sizeof device->info.chip, "%s", row->chip);
        if (row->id_addr != 0 && device->info.mode == DFK_MODE_DFUSE) {
            read_rom_id(device, row);
        }
        name_firmware(device, row);
    } else if (traits->is_dfuse) {
        traits->write_unit_bytes = 8;
    }
    device_find_faults(device);
    traits->mass_erase_works = (device->flags & FLAG_MASS_ERASE_BROKEN) == 0;
    traits->leave_starts_application = (device->flags & FLAG_LEAVE_HANGS) == 0;
    set_block_bytes(device);
}

static int find_feature(const struct device *device)
{
    for (size_t i = 0; i < device->info.alternate_count; i++) {
        if (strncmp(device->info.alternates[i].text, "@Device Feature/", 16) == 0) {
            return device->info.alternates[i].number;
        }
    }
    return -1;
}

int device_speed_up(struct device *device, struct dfk_error *err)
{
    static const uint8_t x32[4] = {3, 0xFF, 0xFF, 0xFF};
    static const struct device_timing fast = TIMING_F4_X32;
    const uint32_t feature_addr = 0xFFFF0000u;
    int feature = find_feature(device);
    if ((device->flags & FLAG_FEATURE_X32) == 0 || feature < 0 ||
        device->traits.timing.source == fast.source) {
        return 0;
    }
    uint8_t before = device->alternate;
    struct dfk_error refused = {0};
    int result = device_select_alternate(device, (uint8_t)feature, err);
    if (result != 0) {
        return result;
    }
    result = device_write_block(device, feature_addr, x32, sizeof x32, &refused);
    if (result == 0) {
        device->traits.timing = fast;
        device_overcame(
            device, "f4-x8-default",
            "the ROM writes byte by byte; switched to 32 bits at a time until it leaves");
    } else if (result != -DFK_E_DEVICE) {
        return dfk_fail_copy(err, &refused);
    }
    result = device_finish(device, err);
    return result != 0 ? result : device_select_alternate(device, before, err);
}
