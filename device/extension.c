/* SPDX-License-Identifier: MIT
 * What dfukit-boot can do beyond DfuSe: a checksum of memory, erasing ahead, a word on itself. */
#include "device/extension.h"

#include <inttypes.h>
#include <string.h>

#include "bus/read.h"
#include "core/bytes.h"
#include "device/inside.h"

/* Source of all numbers: docs/boot.md, "Beyond DfuSe" */
enum {
    COMMAND_CRC = 0xC0,
    COMMAND_PREPARE = 0xC1,
    RANGED_BYTES = 9, /* code, address, length */
    COMMANDS_MAX = 32,
    INFO_BLOCK = 1,
    INFO_BYTES = 24,
    INFO_ROOM = 64,
    INFO_SEALED_BYTES = 64, /* of a board that checks seals */
    VERSION_AT = 4,
    REASON_AT = 6,
    VALID_AT = 7,
    APPLICATION_AT = 8,
    BANK_AT = 12,
    APPLICATION_BYTES_AT = 16,
    CRC_AT = 20,
    RULES_AT = 24,
    REFUSED_AT = 26,
    OLDEST_AT = 28,
    BOARD_AT = 32,
    KEY_ID_AT = 56,
    MUST_BE_SIGNED = 1,
    ANY_VERSION = 2,
    CRC_BYTES_PER_MS = 256, /* a tenth of what the slowest chip reaches */
    NOT_A_COMMAND_BLOCK = 1,
};

static const struct device_work asking = {.doing = "asking the bootloader about itself",
                                          .limit_ms = DEVICE_REQUEST_MS,
                                          .source = "USB 2.0, 5 s for a request"};

/* One UPLOAD that is answered with less than it has room for. Returns its length, else a negative
 * code. */
static int upload_short(struct device *device, uint16_t block, uint8_t *data, uint16_t room,
                        struct dfk_error *err)
{
    struct dfk_error from = {0};
    int result = device_ready(device, false, err);
    if (result != 0) {
        return result;
    }
    struct device_transfer transfer = {.setup = device_setup(device, DFU_UPLOAD, block, room),
                                       .data = data,
                                       .timeout_ms = DEVICE_REQUEST_MS};
    enum bus_result answer = device_request(device, &transfer, &from);
    device->run.valid = false;
    if (answer == BUS_STALL) {
        return device_fail_refused(device, &asking, err);
    }
    if (answer != BUS_OK) {
        return device_fail_transfer(device, answer, &asking, &from, err);
    }
    device->state = transfer.actual < room ? DFU_IDLE : DFU_UPLOAD_IDLE;
    return transfer.actual;
}

/* Returns its length, else a negative code. */
static int read_info(struct device *device, uint8_t *data, struct dfk_error *err)
{
    int length = upload_short(device, INFO_BLOCK, data, INFO_ROOM, err);
    if (length < 0) {
        return length;
    }
    return length >= INFO_BYTES && memcmp(data, "dfuk", 4) == 0
               ? length
               : dfk_fail(err, DFK_E_PROTOCOL, "the bootloader's word on itself is not one");
}

/* A name that is not ended is cut; the key's beginning follows it. */
static void take_rules(struct device *device, const uint8_t *data)
{
    struct dfk_boot *boot = &device->info.boot;
    boot->sealed = true;
    boot->must_be_signed = (data[RULES_AT] & MUST_BE_SIGNED) != 0;
    boot->any_version = (data[RULES_AT] & ANY_VERSION) != 0;
    boot->oldest_version = get_le32(data + OLDEST_AT);
    for (size_t i = 0; i < sizeof boot->board - 1 && data[BOARD_AT + i] != 0; i++) {
        uint8_t byte = data[BOARD_AT + i];
        boot->board[i] = byte > ' ' && byte <= '~' ? (char)byte : '?';
    }
    memcpy(boot->key_id, data + KEY_ID_AT, sizeof boot->key_id);
    if (data[REFUSED_AT] != 0) {
        bus_read_string(device->handle, data[REFUSED_AT], boot->refused, sizeof boot->refused);
    }
}

static void take_info(struct device *device, const uint8_t *data)
{
    struct dfk_boot *boot = &device->info.boot;
    boot->known = true;
    boot->version = get_le16(data + VERSION_AT);
    boot->reason = data[REASON_AT];
    boot->application_valid = data[VALID_AT] != 0;
    boot->application_addr = get_le32(data + APPLICATION_AT);
    boot->application_bytes = get_le32(data + APPLICATION_BYTES_AT);
    boot->bank_bytes = get_le32(data + BANK_AT);
}

/* The second bank begins one bank behind the start of the flash. 0: there is none. */
static uint32_t find_second_bank(const struct device *device)
{
    const struct device_alternates *memory = &device->memory;
    uint32_t bytes = device->info.boot.bank_bytes;
    struct layout_sector sector;
    if (bytes == 0 || memory->layouts[0].run_count == 0) {
        return 0;
    }
    uint32_t addr = memory->layouts[0].runs[0].addr + bytes;
    for (size_t i = 0; i < device->info.alternate_count; i++) {
        if (layout_find_sector(&memory->layouts[i], addr, &sector)) {
            return addr;
        }
    }
    return 0;
}

/* A command that is not listed is never used: the name alone promises nothing. */
void device_learn_extension(struct device *device)
{
    struct device_traits *traits = &device->traits;
    uint8_t commands[COMMANDS_MAX];
    uint8_t info[INFO_ROOM];
    int count = upload_short(device, DFUSE_COMMAND_BLOCK, commands, sizeof commands, NULL);
    for (int i = 0; i < count; i++) {
        traits->can_checksum = traits->can_checksum || commands[i] == COMMAND_CRC;
        traits->can_prepare = traits->can_prepare || commands[i] == COMMAND_PREPARE;
    }
    int length = count > 0 ? read_info(device, info, NULL) : 0;
    if (length > 0) {
        take_info(device, info);
        traits->second_bank = find_second_bank(device);
    }
    if (length >= INFO_SEALED_BYTES) {
        take_rules(device, info);
    }
    /* The checksum is fetched with the record; erasing ahead gains nothing within one bank. */
    traits->can_checksum = traits->can_checksum && device->info.boot.known;
    traits->can_prepare = traits->can_prepare && traits->second_bank != 0;
}

static int send_range(struct device *device, uint8_t code, const struct device_work *work,
                      uint32_t length, struct dfk_error *err)
{
    uint8_t bytes[RANGED_BYTES] = {code};
    put_le32(bytes + 1, work->addr);
    put_le32(bytes + 5, length);
    return device_command_long(device, bytes, sizeof bytes, work, err);
}

int device_checksum(struct device *device, uint32_t addr, uint32_t length, uint32_t *crc,
                    struct dfk_error *err)
{
    struct device_work work = {.doing = "checksum of the memory",
                               .addr = addr,
                               .has_addr = true,
                               .limit_ms = DEVICE_REQUEST_MS + length / CRC_BYTES_PER_MS +
                                           device->prepared_ms * DEVICE_SAFETY,
                               .source = "5 s, a tenth of the speed of the slowest chip, and the "
                                         "erases that were ordered before, doubled"};
    uint8_t info[INFO_ROOM];
    if (!device->traits.can_checksum) {
        return dfk_fail(err, DFK_E_UNSUPPORTED, "the device has no command for a checksum");
    }
    int result = send_range(device, COMMAND_CRC, &work, length, err);
    result = result == 0 ? read_info(device, info, err) : result;
    if (result >= 0) {
        result = 0;
        device->prepared_ms = 0; /* it came after everything that was ordered before */
        *crc = get_le32(info + CRC_AT);
    }
    return result;
}

int device_prepare(struct device *device, uint32_t addr, uint32_t length, struct dfk_error *err)
{
    struct device_work work = {.doing = "erasing ahead",
                               .addr = addr,
                               .has_addr = true,
                               .limit_ms = DEVICE_REQUEST_MS,
                               .source = "USB 2.0, 5 s for a request"};
    if (!device->traits.can_prepare) {
        return dfk_fail(err, DFK_E_UNSUPPORTED, "the device has no command to erase ahead");
    }
    int result = send_range(device, COMMAND_PREPARE, &work, length, err);
    if (result == 0) {
        /* However many sectors a device claims: all together take no longer than a mass erase. */
        const struct device_timing *timing = &device->traits.timing;
        uint32_t sum_ms = device->prepared_ms + timing->erase_max_ms;
        device->prepared_ms = sum_ms < timing->erase_all_max_ms ? sum_ms : timing->erase_all_max_ms;
    }
    return result;
}

/* A download that another session left unfinished must not become the application: ABORT would say
 * that it is complete. What the bootloader refuses makes it forget what it holds back. */
enum bus_result device_discard(struct device *device, struct dfk_error *err)
{
    uint8_t nothing = 0;
    struct device_transfer transfer = {
        .setup = device_setup(device, DFU_DNLOAD, NOT_A_COMMAND_BLOCK, sizeof nothing),
        .data = &nothing,
        .timeout_ms = DEVICE_REQUEST_MS};
    device->run.valid = false;
    enum bus_result result = device_request(device, &transfer, err);
    return result == BUS_STALL ? BUS_OK : result;
}
