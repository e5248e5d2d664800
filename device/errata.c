/* SPDX-License-Identifier: MIT
 * The table of known faults of chips and bootloaders. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "device/inside.h"

/* A row: how to recognise the device, what it does, what we do, where that is documented. */
struct errata_row {
    struct dfk_known_fault text;
    enum device_family family;                 /* FAMILY_UNKNOWN: any */
    uint8_t rom_id;                            /* 0: any */
    bool unknown_too;                          /* also where the ROM's version could not be read */
    bool (*also)(const struct device *device); /* NULL: nothing more to look at */
    uint32_t flags;
};

static bool has_no_transfer_size(const struct device *device)
{
    return device->info.transfer_bytes == 0;
}

static bool has_started_in_error(const struct device *device)
{
    return device->started_in_error;
}

static bool has_common_serial(const struct device *device)
{
    static const char *const serials[] = {"200364500000", "100364500000", "200000500000",
                                          "FFFFFFFEFFFF"};
    bool common = false;
    for (size_t i = 0; i < sizeof serials / sizeof serials[0]; i++) {
        common = common || strcmp(device->info.serial, serials[i]) == 0;
    }
    return common;
}

static const struct errata_row table[] = {
    {{"h743-bank2-erase-wedge",
      "reports dfuDNBUSY for ever after a sector erase at 0x08100000 or above",
      "CLRSTATUS twice once the erase time is over, then the sector is read back",
      "AN2606, STM32H74x bootloader V9.0; traces of the chip maker's tool", DFK_FAULT_ERASE,
      0x08100000},
     FAMILY_H743,
     0x90,
     true,
     NULL,
     FLAG_BANK2_WEDGE},
    {{"h743-v9.1-bank2-early-return",
      "reports a sector erase at 0x08100000 or above as done while it still runs",
      "the datasheet's maximum is waited out, then the sector is read back",
      "AN2606, STM32H74x bootloader V9.1", DFK_FAULT_ERASE, 0x08100000},
     FAMILY_H743,
     0x91,
     true,
     NULL,
     FLAG_BANK2_EARLY},
    {{"h743-v13.3-mass-erase", "mass erase does not work", "the sectors are erased one by one",
      "AN2606, STM32H74x bootloader V13.3", DFK_FAULT_ERASE_ALL, 0},
     FAMILY_H743,
     0xD3,
     true,
     NULL,
     FLAG_MASS_ERASE_BROKEN},
    {{"h743-v9.0-leave", "leaves the bus and does not start the application",
      "says so: press reset after the flash", "reports of users, ROM V9.0", DFK_FAULT_LEAVE, 0},
     FAMILY_H743,
     0x90,
     true,
     NULL,
     FLAG_LEAVE_HANGS},
    {{"h743-v9.1-leave", "may leave the bus without starting the application",
      "says so: press reset if the application does not run", "reports of users, ROM V9.1",
      DFK_FAULT_LEAVE, 0},
     FAMILY_H743,
     0x91,
     false,
     NULL,
     FLAG_LEAVE_HANGS},
    {{"f4-x8-default", "writes and erases as for a supply of 1.8 V: a quarter of the speed",
      "switched to 32 bits through the Device Feature; a board that speaks USB has 3.0 V or more",
      "AN2606, STM32F40x bootloader, voltage range", DFK_FAULT_ERASE | DFK_FAULT_WRITE, 0},
     FAMILY_F4,
     0,
     false,
     NULL,
     FLAG_FEATURE_X32},
    {{"f7-v9.3-bank2-off-by-four", "erases sector i + 4 in the second bank instead of sector i",
      "every sector erased there is read back before it is written",
      "AN2606, STM32F76x bootloader V9.3", DFK_FAULT_ERASE, 0x08100000},
     FAMILY_F76,
     0x93,
     true,
     NULL,
     FLAG_BANK2_CHECK},
    {{"mass-erase-100ms", "announces 100 ms for a mass erase that takes up to 32 s",
      "the datasheet's maximum is the limit", "DS8626, flash memory; traces of real boards",
      DFK_FAULT_ERASE_ALL, 0},
     FAMILY_F4,
     0,
     false,
     NULL,
     FLAG_MASS_ERASE_LIES},
    {{"h7-1024-byte-limit", "refuses transfers of more than 1024 bytes",
      "no transfer is longer than 1024 bytes", "traces of real boards", DFK_FAULT_TALK, 0},
     FAMILY_H743,
     0,
     false,
     NULL,
     FLAG_BLOCK_1024},
    {{"h7-1024-byte-limit", "refuses transfers of more than 1024 bytes",
      "no transfer is longer than 1024 bytes", "traces of real boards", DFK_FAULT_TALK, 0},
     FAMILY_H7,
     0,
     false,
     NULL,
     FLAG_BLOCK_1024},
    {{"g4-1024-byte-limit", "refuses transfers of more than 1024 bytes with errSTALLEDPKT",
      "no transfer is longer than 1024 bytes", "traces of real boards", DFK_FAULT_TALK, 0},
     FAMILY_G4,
     0,
     false,
     NULL,
     FLAG_BLOCK_1024},
    {{"l4-getstatus-stall", "refuses to be asked for its status while it erases",
      "asked again until the datasheet's maximum is over", "traces of real boards", DFK_FAULT_ERASE,
      0},
     FAMILY_L4,
     0,
     false,
     NULL,
     FLAG_STATUS_STALLS},
    {{"strict-rom", "stalls CLRSTATUS and ABORT in states where the standard has none",
      "they are sent in no other state, on any device", "DFU 1.1, appendix A.2", DFK_FAULT_TALK, 0},
     FAMILY_STRICT,
     0,
     false,
     NULL,
     0},
    {{"absurd-poll-timeout", "announces poll timeouts of hours",
      "what exceeds the datasheet's maximum is not waited for", "traces of GD32 boards",
      DFK_FAULT_TALK, 0},
     FAMILY_GD32,
     0,
     false,
     NULL,
     0},
    {{"gd32-leave", "leaves the bus without an answer",
      "a device that is gone after the request has left", "traces of GD32 boards", DFK_FAULT_LEAVE,
      0},
     FAMILY_GD32,
     0,
     false,
     NULL,
     0},
    {{"non-unique-serial", "has a serial number that every such chip has",
      "boards are told apart by their place on the bus (-p)", "lists of real boards",
      DFK_FAULT_TALK, 0},
     FAMILY_UNKNOWN,
     0,
     false,
     has_common_serial,
     0},
    {{"transfer-size-0", "names a transfer size of 0", "a safe size is used",
      "descriptors of real devices", DFK_FAULT_TALK, 0},
     FAMILY_UNKNOWN,
     0,
     false,
     has_no_transfer_size,
     0},
    {{"starts-in-dfuerror", "was in dfuERROR when it was found", "cleared before anything else",
      "DFU 1.1, appendix A.2; lists of real boards", DFK_FAULT_TALK, 0},
     FAMILY_UNKNOWN,
     0,
     false,
     has_started_in_error,
     0},
};

static bool is_row(const struct device *device, const struct errata_row *row)
{
    bool family = row->family == FAMILY_UNKNOWN || row->family == device->family;
    bool version = row->rom_id == 0 || row->rom_id == device->rom_id ||
                   (row->unknown_too && device->rom_id == 0);
    return family && version && (row->also == NULL || row->also(device));
}

void device_find_faults(struct device *device)
{
    size_t count = 0;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (is_row(device, &table[i]) && count < DEVICE_FAULTS_MAX) {
            device->faults[count++] = table[i].text;
            device->flags |= table[i].flags;
        }
    }
    device->info.faults = device->faults;
    device->info.fault_count = count;
}

const struct dfk_known_fault *device_errata_at(size_t index)
{
    return index < sizeof table / sizeof table[0] ? &table[index].text : NULL;
}

void device_overcame(struct device *device, const char *id, const char *format, ...)
{
    char text[200];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    device->faults_overcome++;
    device_say(device, DFK_EVENT_RECOVERED, id, "%s", text);
}
