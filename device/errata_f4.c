/* SPDX-License-Identifier: MIT
 * The remedy for ROMs that write byte by byte: the Device Feature alternate setting. */
#include <string.h>

#include "device/known.h"

enum { SUPPLY_2V7 = 3 };

static const uint32_t feature_addr = 0xFFFF0000;
static const struct device_timing timing_x32 = DEVICE_TIMING_F4_X32;

static int find_feature(const struct device *device)
{
    for (size_t i = 0; i < device->info.alternate_count; i++) {
        if (strcmp(device->info.alternates[i].name, "Device Feature") == 0) {
            return device->info.alternates[i].number;
        }
    }
    return -1;
}

/* A ROM that declines has said so in a way that leaves it usable. */
static bool is_decline(int result)
{
    return result == -DFK_E_DEVICE || result == -DFK_E_PROTECTED;
}

/* A board that speaks USB has 3.0 V or more, and 2.7 V is enough for 32 bits at a time. The setting
 * is lost when the ROM is left. Source AN2606, STM32F40x, "Device Feature", first byte 3 */
int device_speed_up(struct device *device, struct dfk_error *err)
{
    static const uint8_t x32[4] = {SUPPLY_2V7, 0xFF, 0xFF, 0xFF};
    int feature = find_feature(device);
    if ((device->flags & FLAG_FEATURE_X32) == 0 || feature < 0 || device->sped_up) {
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
        device->sped_up = true;
        device->traits.timing = timing_x32;
        device_overcame(
            device, "f4-x8-default",
            "the ROM writes byte by byte; switched to 32 bits at a time until it leaves");
    } else if (!is_decline(result)) {
        return dfk_fail_copy(err, &refused);
    }
    result = device_finish(device, err);
    return result != 0 ? result : device_select_alternate(device, before, err);
}
