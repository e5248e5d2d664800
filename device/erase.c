/* SPDX-License-Identifier: MIT
 * Erasing, with the remedies for what the silicon does wrong. */
#include "core/bytes.h"
#include "device/inside.h"

enum {
    ADDRESS_BYTES = 5,
    BANK2 = 0x08100000, /* second bank of the 2 MB parts: H743, F767 */
    UNKNOWN_ERASE_MS = 15000,
    UNKNOWN_ERASE_ALL_MS = 60000,
    ERASE_ALL_FLOOR_MS = 5000,
};

static uint32_t stuck_after_ms(const struct device *device, uint32_t addr)
{
    return addr >= BANK2 && device_can_wedge(device) ? device_wedge_after_ms(device) : 0;
}

int device_erase_sector(struct device *device, uint32_t addr, uint32_t length, bool *check,
                        struct dfk_error *err)
{
    const struct device_timing *timing = &device->traits.timing;
    uint8_t bytes[ADDRESS_BYTES] = {DFUSE_ERASE};
    bool known = timing->erase_max_ms != 0;
    bool second = addr >= BANK2;
    bool stuck = false;
    (void)length; /* the maxima are those of the part's largest sector */
    struct device_work work = {
        .doing = "erase of the sector",
        .addr = addr,
        .has_addr = true,
        .limit_ms = (known ? timing->erase_max_ms : UNKNOWN_ERASE_MS) * DEVICE_SAFETY,
        .source = known ? timing->source : "longest sector erase of any datasheet, doubled",
        .stuck_after_ms = stuck_after_ms(device, addr)};
    struct deadline since = device_start_erase_time(device);
    put_le32(bytes + 1, addr);
    int result = device_command(device, bytes, &work, &stuck, err);
    if (result == 0 && stuck) {
        result = device_clear_wedge(device, &addr, err);
    } else if (result == 0 && second && (device->flags & FLAG_BANK2_EARLY) != 0) {
        device_wait_out(device, &since, addr);
    }
    if (result == 0) {
        *check = stuck || (second && (device->flags & (FLAG_BANK2_EARLY | FLAG_BANK2_CHECK)) != 0);
    }
    return result;
}

/* Something that takes as long as a mass erase. */
static struct device_work erase_all_work(const struct device *device, const char *doing)
{
    const struct device_timing *timing = &device->traits.timing;
    bool known = timing->erase_all_max_ms != 0;
    uint32_t limit_ms = known ? timing->erase_all_max_ms : UNKNOWN_ERASE_ALL_MS;
    return (struct device_work){
        .doing = doing,
        .limit_ms = (limit_ms > ERASE_ALL_FLOOR_MS ? limit_ms : ERASE_ALL_FLOOR_MS) * DEVICE_SAFETY,
        .source = known ? timing->source : "longest mass erase of any datasheet, doubled"};
}

int device_erase_all(struct device *device, struct dfk_error *err)
{
    const uint8_t bytes[1] = {DFUSE_ERASE};
    struct device_work work = erase_all_work(device, "mass erase");
    if (!device->traits.mass_erase_works) {
        return dfk_fail(err, DFK_E_UNSUPPORTED, "mass erase does not work on this ROM version");
    }
    return device_command(device, bytes, &work, NULL, err);
}

int device_unprotect(struct device *device, bool *gone, struct dfk_error *err)
{
    const uint8_t bytes[1] = {DFUSE_READ_UNPROTECT};
    struct device_work work = erase_all_work(device, "removing the read protection");
    struct dfk_error from = {0};
    if (!device->traits.is_dfuse) {
        return dfk_fail(err, DFK_E_UNSUPPORTED,
                        "a plain DFU device has no read protection command");
    }
    int result = device_command(device, bytes, &work, NULL, &from);
    *gone = result == -DFK_E_LOST;
    /* The chip resets itself when it is done: being gone is what was asked for. */
    return result == 0 || *gone ? 0 : dfk_fail_copy(err, &from);
}
