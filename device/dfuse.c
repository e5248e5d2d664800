/* SPDX-License-Identifier: MIT
 * DfuSe commands and blocks, with as few transfers as the device's arithmetic allows. */
#include <inttypes.h>
#include <string.h>

#include "core/bytes.h"
#include "device/inside.h"

enum {
    ADDRESS_BYTES = 5,
    BLOCK_NUMBER_MAX = 0xFFFF,
};

int device_ready(struct device *device, bool to_write, struct dfk_error *err)
{
    uint8_t right = to_write ? DFU_DNLOAD_IDLE : DFU_UPLOAD_IDLE;
    uint8_t wrong = to_write ? DFU_UPLOAD_IDLE : DFU_DNLOAD_IDLE;
    if (device->state == DFU_IDLE || device->state == right) {
        return 0;
    }
    if (device->state != wrong) {
        return device_recover(device, err);
    }
    static const struct device_work work = {
        .doing = "ending a transfer", .limit_ms = DEVICE_REQUEST_MS, .source = "USB 2.0, 5 s"};
    int result = device_send(device, DFU_ABORT, &work, err);
    if (result == 0) {
        device->state = DFU_IDLE;
    }
    return result;
}

/* What one DNLOAD carries. */
struct load {
    uint16_t block, length;
    const uint8_t *data;
};

/* One DNLOAD and the wait for what it asks for. */
static int download(struct device *device, const struct load *load, const struct device_work *work,
                    bool *stuck, struct dfk_error *err)
{
    uint8_t copy[DEVICE_BLOCK_MAX];
    struct dfk_error from = {0};
    struct device_transfer transfer = {
        .setup = device_setup(device, DFU_DNLOAD, load->block, load->length),
        .data = copy,
        .timeout_ms = work->limit_ms > DEVICE_REQUEST_MS ? work->limit_ms : DEVICE_REQUEST_MS};
    memcpy(copy, load->data, load->length);
    enum bus_result result = device_request(device, &transfer, &from);
    if (result == BUS_STALL) {
        return device_fail_refused(device, work, err);
    }
    if (result != BUS_OK) {
        return device_fail_transfer(device, result, work, &from, err);
    }
    device->state = DFU_DNLOAD_SYNC;
    int code = device_wait(device, work, stuck, err);
    if (code != 0) {
        device->run.valid = false;
    }
    return code;
}

int device_command(struct device *device, const uint8_t *bytes, const struct device_work *work,
                   bool *stuck, struct dfk_error *err)
{
    uint16_t length = bytes[0] == DFUSE_SET_ADDRESS || work->has_addr ? ADDRESS_BYTES : 1;
    struct load load = {DFUSE_COMMAND_BLOCK, length, bytes};
    device->run.valid = false;
    int result = device_ready(device, true, err);
    return result != 0 ? result : download(device, &load, work, stuck, err);
}

int device_command_long(struct device *device, const uint8_t *bytes, uint16_t length,
                        const struct device_work *work, struct dfk_error *err)
{
    struct load load = {DFUSE_COMMAND_BLOCK, length, bytes};
    device->run.valid = false;
    int result = device_ready(device, true, err);
    return result != 0 ? result : download(device, &load, work, NULL, err);
}

int device_set_address(struct device *device, uint32_t addr, struct dfk_error *err)
{
    uint8_t bytes[ADDRESS_BYTES] = {DFUSE_SET_ADDRESS};
    struct device_work work = {.doing = "setting the address",
                               .addr = addr,
                               .has_addr = true,
                               .limit_ms = DEVICE_REQUEST_MS,
                               .source = "USB 2.0, 5 s for a request"};
    put_le32(bytes + 1, addr);
    return device_command(device, bytes, &work, NULL, err);
}

/* The number of the block at addr in the present run, or 0 when a new Set Address is needed. A
 * block that is shorter than the others always gets its own: the chip multiplies by its length.
 * Whether an unknown device multiplies at all is not known: it gets an address for every block.
 * Source AN3156, "Write memory" and "Read memory" */
static bool needs_addresses(const struct device *device)
{
    /* dfukit-boot multiplies by its own wTransferSize, whatever the length. */
    return device->family == FAMILY_UNKNOWN ||
           (device->family == FAMILY_DFUKIT_BOOT &&
            device->traits.block_bytes != device->info.transfer_bytes);
}

static uint16_t block_in_run(const struct device *device, uint32_t addr, uint16_t length,
                             bool writing)
{
    const struct device_run *run = &device->run;
    uint16_t full = device->traits.block_bytes;
    if (!run->valid || run->writing != writing || addr != run->next ||
        (length != full && addr != run->pointer) ||
        (needs_addresses(device) && addr != run->pointer)) {
        return 0;
    }
    uint32_t offset = addr - run->pointer;
    uint32_t number = offset / full + DFUSE_FIRST_DATA_BLOCK;
    return offset % full == 0 && number <= BLOCK_NUMBER_MAX ? (uint16_t)number : 0;
}

/* Makes sure that a block at addr can be transferred.
 * Returns the block's number, or a negative code. */
static int aim(struct device *device, uint32_t addr, uint16_t length, bool writing,
               struct dfk_error *err)
{
    int block = block_in_run(device, addr, length, writing);
    if (block == 0) {
        int result = device_set_address(device, addr, err);
        if (result != 0) {
            return result;
        }
        device->run =
            (struct device_run){.valid = true, .writing = writing, .pointer = addr, .next = addr};
        block = DFUSE_FIRST_DATA_BLOCK;
    }
    device->run.next = addr + length;
    int result = device_ready(device, writing, err);
    return result != 0 ? result : block;
}

int device_write_block(struct device *device, uint32_t addr, const uint8_t *data, uint16_t length,
                       struct dfk_error *err)
{
    const struct device_timing *timing = &device->traits.timing;
    uint32_t block_ms = (timing->program_max_ms_per_block + device->prepared_ms) * DEVICE_SAFETY;
    struct device_work work = {
        .doing = "write",
        .addr = addr,
        .has_addr = true,
        .limit_ms = block_ms > DEVICE_REQUEST_MS ? block_ms : DEVICE_REQUEST_MS,
        .source = device->prepared_ms == 0 ? "USB 2.0, 5 s for a request"
                                           : "the erases that were ordered before, doubled"};
    int block = aim(device, addr, length, true, err);
    if (block < 0) {
        return block;
    }
    struct load load = {(uint16_t)block, length, data};
    return download(device, &load, &work, NULL, err);
}

int device_read_block(struct device *device, uint32_t addr, uint8_t *data, uint16_t length,
                      struct dfk_error *err)
{
    const struct device_timing *timing = &device->traits.timing;
    struct device_work work = {.doing = "read",
                               .addr = addr,
                               .has_addr = true,
                               .limit_ms = timing->erase_max_ms * DEVICE_SAFETY + DEVICE_REQUEST_MS,
                               .source = "a sector erase that is still running, doubled, and 5 s"};
    if (!device->traits.can_upload) {
        return dfk_fail(err, DFK_E_UNSUPPORTED, "the device cannot be read (bitCanUpload is 0)");
    }
    int block = aim(device, addr, length, false, err);
    if (block < 0) {
        return block;
    }
    struct dfk_error from = {0};
    struct device_transfer transfer = {
        .setup = device_setup(device, DFU_UPLOAD, (uint16_t)block, length),
        .data = data,
        .timeout_ms = work.limit_ms};
    enum bus_result result = device_request(device, &transfer, &from);
    if (result == BUS_STALL) {
        return device_fail_refused(device, &work, err);
    }
    if (result != BUS_OK) {
        return device_fail_transfer(device, result, &work, &from, err);
    }
    uint16_t actual = transfer.actual;
    device->state = actual < length ? DFU_IDLE : DFU_UPLOAD_IDLE;
    if (actual < length) {
        device->run.valid = false;
        return dfk_fail(err, DFK_E_PROTOCOL, "read at 0x%08" PRIX32 ": got %u bytes, wanted %u",
                        addr, actual, length);
    }
    return 0;
}

int device_finish(struct device *device, struct dfk_error *err)
{
    static const struct device_work work = {
        .doing = "ending a transfer", .limit_ms = DEVICE_REQUEST_MS, .source = "USB 2.0, 5 s"};
    if (device->state == DFU_IDLE) {
        return 0;
    }
    if (device->state != DFU_DNLOAD_IDLE && device->state != DFU_UPLOAD_IDLE) {
        return device_recover(device, err);
    }
    int result = device_send(device, DFU_ABORT, &work, err);
    device->state = result == 0 ? (uint8_t)DFU_IDLE : device->state;
    device->run.valid = false;
    return result;
}
