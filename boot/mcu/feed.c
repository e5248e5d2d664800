/* SPDX-License-Identifier: MIT
 * The watchdog, fed without starting it. */
#include "boot/mcu/chip.h"
#include "boot/mcu/core.h"
#include "boot/port.h"

enum { KEY_FEED = 0xAAAA };

/* Source    RM0090, "IWDG_KR"; RM0433, the same */
void port_feed(void)
{
    ((struct iwdg_regs *)chip.iwdg)->kr = KEY_FEED;
}
