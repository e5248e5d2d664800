/* SPDX-License-Identifier: MIT
 * What to do at start: the application, the button menu or DFU mode. */
#include "boot/boot.h"
#include "boot/inside.h"

uint8_t entry_choose(const struct boot_start *start, bool button, bool app_valid)
{
    return start->order == BOOT_ORDER_DFU ? BOOT_REASON_ORDER
           : button                       ? BOOT_REASON_BUTTON
           : start->double_reset          ? BOOT_REASON_DOUBLE_RESET
           : !app_valid                   ? BOOT_REASON_NO_APPLICATION
           : start->order == BOOT_ORDER_NONE && start->watchdog_resets >= BOOT_LOOP_RESETS
               ? BOOT_REASON_LOOP
               : BOOT_REASON_NONE;
}
