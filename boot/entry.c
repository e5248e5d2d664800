/* SPDX-License-Identifier: MIT
 * What to do at start: the application, the button menu or DFU mode. */
#include "boot/boot.h"
#include "boot/inside.h"

int entry_choose(const struct boot_start *start, bool button, bool app_valid, uint8_t *reason)
{
    bool ordered = (start->order & ~0xFFu) == BOOT_ORDER_START;
    uint8_t why = start->order == BOOT_ORDER_DFU               ? BOOT_REASON_ORDER
                  : ordered && app_valid                       ? BOOT_REASON_NONE
                  : button                                     ? BOOT_REASON_BUTTON
                  : start->double_reset                        ? BOOT_REASON_DOUBLE_RESET
                  : !app_valid                                 ? BOOT_REASON_NO_APPLICATION
                  : start->watchdog_resets >= BOOT_LOOP_RESETS ? BOOT_REASON_LOOP
                                                               : BOOT_REASON_NONE;
    *reason = why;
    return why == BOOT_REASON_NONE ? -1 : why == BOOT_REASON_BUTTON ? BOOT_MENU : BOOT_DFU;
}
