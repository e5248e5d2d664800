/* SPDX-License-Identifier: MIT
 * The independent watchdog. */
#include "boot/mcu/chip.h"
#include "boot/mcu/core.h"
#include "boot/port.h"

enum {
    KEY_START = 0xCCCC,
    KEY_OPEN = 0x5555,
    KEY_FEED = 0xAAAA,
    DIVIDE_BY_256 = 6,
    LONGEST = 0xFFF, /* 26 s on average */
};

/* An option byte may have started it at reset, with 512 ms: it gets the long time as well. Where
 * the new time is not taken over yet, feeding gives the old one, and a later turn the new one.
 *
 * Source    RM0090, "Independent watchdog"; RM0433, the same */
void port_watchdog(void)
{
    struct iwdg_regs *iwdg = (struct iwdg_regs *)chip.iwdg;
    if (iwdg->rlr + iwdg->pr != LONGEST + DIVIDE_BY_256 && iwdg->sr == 0) {
        iwdg->kr = KEY_START;
        iwdg->kr = KEY_OPEN;
        iwdg->pr = DIVIDE_BY_256;
        iwdg->rlr = LONGEST;
    }
    iwdg->kr = KEY_FEED;
}
