/* SPDX-License-Identifier: MIT
 * Blocks of plain DFU devices: the device counts them, or takes the number as the place. */
#include <string.h>

#include "device/inside.h"

static struct device_work block_work(const struct device *device, const char *doing)
{
    uint32_t announced_ms = device->traits.timing.program_max_ms_per_block * DEVICE_SAFETY;
    uint32_t floor_ms = 3 * DEVICE_REQUEST_MS;
    struct device_work work = {.doing = doing,
                               .limit_ms = announced_ms > floor_ms ? announced_ms : floor_ms,
                               .source = "three USB requests of 5 s"};
    return work;
}

int device_write_plain(struct device *device, uint32_t block, const uint8_t *data, uint16_t length,
                       struct dfk_error *err)
{
    uint8_t copy[DEVICE_BLOCK_MAX];
    struct dfk_error from = {0};
    struct device_work work = block_work(device, "write of a block");
    int result = device_ready(device, true, err);
    if (result != 0) {
        return result;
    }
    work.has_addr = true;
    work.addr = block * device->traits.block_bytes;
    memcpy(copy, data, length);
    struct device_transfer transfer = {
        .setup = device_setup(device, DFU_DNLOAD, (uint16_t)block, length),
        .data = copy,
        .timeout_ms = DEVICE_REQUEST_MS};
    enum bus_result sent = device_request(device, &transfer, &from);
    if (sent == BUS_STALL) {
        return device_fail_refused(device, &work, err);
    }
    if (sent != BUS_OK) {
        return device_fail_transfer(device, sent, &work, &from, err);
    }
    device->state = DFU_DNLOAD_SYNC;
    return device_wait(device, &work, NULL, err);
}

int device_read_plain(struct device *device, uint32_t block, uint8_t *data, uint16_t *actual,
                      struct dfk_error *err)
{
    struct dfk_error from = {0};
    struct device_work work = block_work(device, "read of a block");
    uint16_t wanted = device->traits.block_bytes;
    if (!device->traits.can_upload) {
        return dfk_fail(err, DFK_E_UNSUPPORTED, "the device cannot be read (bitCanUpload is 0)");
    }
    int result = device_ready(device, false, err);
    if (result != 0) {
        return result;
    }
    struct device_transfer transfer = {
        .setup = device_setup(device, DFU_UPLOAD, (uint16_t)block, wanted),
        .data = data,
        .timeout_ms = work.limit_ms};
    enum bus_result got = device_request(device, &transfer, &from);
    if (got == BUS_STALL) {
        return device_fail_refused(device, &work, err);
    }
    if (got != BUS_OK) {
        return device_fail_transfer(device, got, &work, &from, err);
    }
    *actual = transfer.actual;
    device->state = *actual < wanted ? DFU_IDLE : DFU_UPLOAD_IDLE;
    return 0;
}
