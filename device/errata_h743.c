/* SPDX-License-Identifier: MIT
 * The remedies for what the ROM of the STM32H743 does wrong with its second bank. */
#include <inttypes.h>

#include "core/dfu_text.h"
#include "device/inside.h"

enum {
    ROM_V9_0 = 0x90,
    /* DS12110, "Flash memory programming", x64: the ROM leaves the reset value in place */
    ERASE_TYP_MS = 1000,
    ERASE_MAX_MS = 2000,
};

static const struct device_work clearing = {
    .doing = "clearing the stuck erase", .limit_ms = DEVICE_REQUEST_MS, .source = "USB 2.0, 5 s"};

bool device_can_wedge(const struct device *device)
{
    return device->family == FAMILY_H743;
}

uint32_t device_wedge_after_ms(const struct device *device)
{
    if ((device->flags & FLAG_BANK2_WEDGE) == 0) {
        return ERASE_MAX_MS * DEVICE_SAFETY; /* a version that is not known to hang is believed */
    }
    /* The ROM that is known to hang does so from the start: nothing is gained by waiting longer
     * than the erase itself takes, and the read-back waits for a slower one. */
    return device->rom_id == ROM_V9_0 ? ERASE_TYP_MS : ERASE_MAX_MS;
}

static int clear_once(struct device *device, struct dfu_status *status, struct dfk_error *err)
{
    struct dfk_error from = {0};
    int result = device_send(device, DFU_CLRSTATUS, &clearing, err);
    if (result != 0) {
        return result;
    }
    enum bus_result asked = device_ask(device, status, DEVICE_REQUEST_MS, &from);
    return asked == BUS_OK ? 0 : device_fail_transfer(device, asked, &clearing, &from, err);
}

static int fail_uncleared(struct device *device, struct dfk_error *err)
{
    int code = dfk_fail(err, DFK_E_TIMEOUT,
                        "the erase that hangs could not be cleared: state %s, wanted dfuIDLE",
                        dfu_state_name(device->last.state));
    if (err != NULL) {
        err->device = device->last;
    }
    return code;
}

int device_clear_wedge(struct device *device, const uint32_t *addr, struct dfk_error *err)
{
    struct dfu_status status = {0};
    int result = clear_once(device, &status, err);
    if (result == 0 && status.state == DFU_ERROR) {
        result = clear_once(device, &status, err);
    }
    if (result != 0 || status.state != DFU_IDLE) {
        return result != 0 ? result : fail_uncleared(device, err);
    }
    if (addr != NULL) {
        device_overcame(device, "h743-bank2-erase-wedge",
                        "the ROM hung in dfuDNBUSY at the erase of 0x%08" PRIX32
                        "; cleared, the sector is read back",
                        *addr);
    } else {
        device_overcame(device, "h743-bank2-erase-wedge",
                        "the ROM hung in dfuDNBUSY since an earlier session; cleared");
    }
    return 0;
}

struct deadline device_start_erase_time(const struct device *device)
{
    return deadline_start(device->clock, ERASE_MAX_MS, "an erase that the ROM calls done",
                          "DS12110, flash memory, x64 maximum");
}

void device_wait_out(struct device *device, const struct deadline *since, uint32_t addr)
{
    deadline_sleep_ms(since, deadline_left_ms(since));
    device_overcame(device, "h743-v9.1-bank2-early-return",
                    "the ROM reports the erase of 0x%08" PRIX32
                    " before it is over; waited the datasheet's maximum",
                    addr);
}
