/* SPDX-License-Identifier: MIT
 * Which chip and which bootloader this is, and how it behaves. */
#include <stdio.h>
#include <string.h>

#include "device/extension.h"
#include "device/known.h"

enum {
    BLOCK_DEFAULT = 1024,
    BLOCK_PLAIN_DEFAULT = 64, /* and enough for the question which ROM it is */
    UNKNOWN_WRITE_UNIT = 8,
    BOOT_HELD_BYTES = 32,
    RUN_OF_NOTHING = 0xFF,
};

/* The bootloader ID byte is at a fixed place of system memory. Assumption: the ROM lets the host
 * read it as other memory; where it refuses, the version stays unknown. Source AN2606, "Bootloader
 * identification" */
static void read_rom_id(struct device *device, const struct known_device *row)
{
    uint8_t bytes[4] = {0}, again[4] = {0};
    uint32_t addr = row->id_addr & ~3u;
    int result = device_read_block(device, addr, bytes, sizeof bytes, NULL);
    if (result == 0) {
        /* Faults are overcome by version: it is read twice, from the same place. */
        device->run.next = addr;
        result = device_read_block(device, addr, again, sizeof again, NULL);
    }
    if (result == 0) {
        uint8_t id = bytes[row->id_addr & 3u];
        bool agreed = memcmp(bytes, again, sizeof bytes) == 0;
        device->rom_id = id == RUN_OF_NOTHING || !agreed ? 0 : id;
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

static void name_boot(struct device *device)
{
    const struct dfk_boot *boot = &device->info.boot;
    if (boot->known) {
        (void)snprintf(device->info.firmware, sizeof device->info.firmware, "dfukit-boot V%u.%u",
                       boot->version >> 8, boot->version & 255u);
    }
}

static void set_block_bytes(struct device *device)
{
    uint16_t bytes = device->asked_bytes != 0 ? device->asked_bytes : device->info.transfer_bytes;
    if (bytes == 0) {
        bytes = device->traits.is_dfuse ? BLOCK_DEFAULT : BLOCK_PLAIN_DEFAULT;
        device_say(device, DFK_EVENT_WARNING, "transfer-size-0",
                   "the device names a transfer size of 0; %u bytes are used", bytes);
    }
    /* What dfukit-boot holds back of an application has to go in one block: after half of it, a
     * short block would count as the end of the download. */
    if (device->family == FAMILY_DFUKIT_BOOT && bytes < BOOT_HELD_BYTES) {
        bytes = BOOT_HELD_BYTES;
    }
    device->traits.block_bytes = bytes > DEVICE_BLOCK_MAX ? DEVICE_BLOCK_MAX : bytes;
    if ((device->flags & FLAG_BLOCK_1024) != 0 && bytes > BLOCK_DEFAULT) {
        device->traits.block_bytes = BLOCK_DEFAULT;
    }
}

static void apply_row(struct device *device, const struct known_device *row)
{
    struct device_traits *traits = &device->traits;
    device->family = row->family;
    traits->write_unit_bytes = row->write_unit_bytes;
    traits->holds_until_done = row->holds_until_done;
    traits->timing = row->timing;
    (void)snprintf(device->info.chip, sizeof device->info.chip, "%s", row->chip);
    name_firmware(device, row);
}

void device_recognise(struct device *device)
{
    const struct known_device *row = known_find(&device->info);
    const uint8_t attributes = device->info.attributes;
    bool dfuse = device->info.mode == DFK_MODE_DFUSE;
    device->traits =
        (struct device_traits){.block_bytes = BLOCK_PLAIN_DEFAULT,
                               .write_unit_bytes = dfuse ? UNKNOWN_WRITE_UNIT : 1,
                               .can_download = (attributes & DFU_CAN_DNLOAD) != 0,
                               .can_upload = (attributes & DFU_CAN_UPLOAD) != 0,
                               .is_dfuse = dfuse,
                               .leave_starts_application = true,
                               .mass_erase_works = true,
                               .timing = {.read_ns_per_byte = DEVICE_WIRE_NS_PER_BYTE}};
    device->family = FAMILY_UNKNOWN;
    device->flags = 0;
    device->rom_id = 0;
    device->sped_up = false;
    device->prepared_ms = 0;
    device->info.boot = (struct dfk_boot){0};
    if (row != NULL) {
        apply_row(device, row);
    }
}

void device_identify(struct device *device)
{
    const struct known_device *row = known_find(&device->info);
    if (row != NULL && row->id_addr != 0 && device->traits.is_dfuse) {
        read_rom_id(device, row);
        name_firmware(device, row);
        (void)snprintf(device->info.chip, sizeof device->info.chip, "%s",
                       known_chip(row, device->rom_id));
    }
    if (device->family == FAMILY_DFUKIT_BOOT && device->traits.is_dfuse) {
        device_learn_extension(device);
        name_boot(device);
    }
    device_find_faults(device);
    device->traits.mass_erase_works = (device->flags & FLAG_MASS_ERASE_BROKEN) == 0;
    device->traits.leave_starts_application = (device->flags & FLAG_LEAVE_HANGS) == 0;
    set_block_bytes(device);
}
