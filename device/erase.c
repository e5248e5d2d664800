/* SPDX-License-Identifier: MIT
 * Erasing, with the remedies for what the silicon does wrong. */
#include <inttypes.h>

#include "core/bytes.h"
#include "core/dfu_text.h"
#include "device/inside.h"

enum {
    ADDRESS_BYTES = 5,
    BANK2 = 0x08100000,       /* second bank of the 2 MB parts: H743, F767 */
    H743_ERASE_TYP_MS = 1000, /* DS12110, "Flash memory programming", x64 */
    H743_ERASE_MAX_MS = 2000, /* the same; the ROM leaves x64, the reset value, in place */
    UNKNOWN_ERASE_MS = 15000,
    UNKNOWN_ERASE_ALL_MS = 60000,
    ERASE_ALL_FLOOR_MS = 5000,
};

static const struct device_work clearing = {
    .doing = "clearing the stuck erase", .limit_ms = DEVICE_REQUEST_MS, .source = "USB 2.0, 5 s"};

static int ask_for(struct device *device, uint8_t state, struct dfk_error *err)
{
    struct dfu_status status = {0};
    struct dfk_error from = {0};
    enum bus_result result = device_ask(device, &status, DEVICE_REQUEST_MS, &from);
    if (result != BUS_OK) {
        return device_fail_transfer(device, result, &clearing, &from, err);
    }
    return status.state == state
               ? 0
               : dfk_fail(err, DFK_E_TIMEOUT,
                          "the stuck erase could not be cleared: state %s, wanted %s",
                          dfu_state_name(status.state), dfu_state_name(state));
}

/* The ROM never leaves dfuDNBUSY. CLRSTATUS makes it admit an error, a second one clears that. The
 * erase itself goes on; the caller's read-back waits for it and judges it.
 * Source: traces of the chip maker's own tool on STM32H743 revision V */
static int clear_wedge(struct device *device, uint32_t addr, struct dfk_error *err)
{
    int result = device_send(device, DFU_CLRSTATUS, &clearing, err);
    result = result == 0 ? ask_for(device, DFU_ERROR, err) : result;
    result = result == 0 ? device_send(device, DFU_CLRSTATUS, &clearing, err) : result;
    result = result == 0 ? ask_for(device, DFU_IDLE, err) : result;
    if (result == 0) {
        device_overcame(device, "h743-bank2-erase-wedge",
                        "the ROM hung in dfuDNBUSY at the erase of 0x%08" PRIX32
                        "; cleared, the sector is read back",
                        addr);
    }
    return result;
}

/* The ROM says "done" while the bank still erases: nothing may be asked of it before the longest
 * erase is over. Source AN2606, limitation of bootloader V9.1 */
static void wait_out(struct device *device, const struct deadline *since, uint32_t addr)
{
    deadline_sleep_ms(since, deadline_left_ms(since));
    device_overcame(device, "h743-v9.1-bank2-early-return",
                    "the ROM reports the erase of 0x%08" PRIX32
                    " before it is over; waited the datasheet's maximum",
                    addr);
}

static uint32_t stuck_after_ms(const struct device *device, uint32_t addr)
{
    if (device->family != FAMILY_H743 || addr < BANK2) {
        return 0;
    }
    /* Where the ROM's version is known and good, "busy" is believed up to the maximum. */
    return (device->flags & FLAG_BANK2_WEDGE) != 0 ? H743_ERASE_TYP_MS
                                                   : H743_ERASE_MAX_MS * DEVICE_SAFETY;
}

int device_erase_sector(struct device *device, uint32_t addr, uint32_t length, bool *check,
                        struct dfk_error *err)
{
    const struct device_timing *timing = &device->traits.timing;
    uint8_t bytes[ADDRESS_BYTES] = {DFUSE_ERASE};
    bool known = timing->erase_max_ms != 0;
    bool stuck = false;
    (void)length;
    struct device_work work = {
        .doing = "erase of the sector",
        .addr = addr,
        .has_addr = true,
        .limit_ms = (known ? timing->erase_max_ms : UNKNOWN_ERASE_MS) * DEVICE_SAFETY,
        .source = known ? timing->source : "longest sector erase of any datasheet, doubled",
        .stuck_after_ms = stuck_after_ms(device, addr)};
    struct deadline since =
        deadline_start(device->clock, H743_ERASE_MAX_MS, work.doing, "DS12110, x64 maximum");
    put_le32(bytes + 1, addr);
    int result = device_command(device, bytes, &work, &stuck, err);
    bool second = addr >= BANK2;
    if (result == 0 && stuck) {
        result = clear_wedge(device, addr, err);
    } else if (result == 0 && second && (device->flags & FLAG_BANK2_EARLY) != 0) {
        wait_out(device, &since, addr);
    }
    if (result == 0) {
        *check = stuck || (second && (device->flags & (FLAG_BANK2_EARLY | FLAG_BANK2_CHECK)) != 0);
    }
    return result;
}

int device_erase_all(struct device *device, struct dfk_error *err)
{
    const struct device_timing *timing = &device->traits.timing;
    const uint8_t bytes[1] = {DFUSE_ERASE};
    bool known = timing->erase_all_max_ms != 0;
    uint32_t limit_ms = known ? timing->erase_all_max_ms : UNKNOWN_ERASE_ALL_MS;
    struct device_work work = {
        .doing = "mass erase",
        .limit_ms = (limit_ms > ERASE_ALL_FLOOR_MS ? limit_ms : ERASE_ALL_FLOOR_MS) * DEVICE_SAFETY,
        .source = known ? timing->source : "longest mass erase of any datasheet, doubled"};
    if (!device->traits.mass_erase_works) {
        return dfk_fail(err, DFK_E_UNSUPPORTED, "mass erase does not work on this ROM version");
    }
    return device_command(device, bytes, &work, NULL, err);
}
