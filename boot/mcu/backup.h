/* SPDX-License-Identifier: MIT
 * What is remembered over resets in the last RTC backup register. */
#ifndef BOOT_MCU_BACKUP_H
#define BOOT_MCU_BACKUP_H

#include "boot/boot.h"

/* Fills in double_reset and watchdog_resets from start->cause, and notes this reset for the next.
 *
 * The register holds 0xB0 in bits 31:24, the watchdog resets in a row in 23:20 and the time of the
 * last pin reset within ten minutes, in ms, in 19:0. Time is that of the RTC; where nobody uses the
 * RTC it is started from the LSI, and left running, so that a later pin reset can tell. Other
 * registers are put back.
 *
 * Source    RM0090, "Real-time clock (RTC)"; RM0433, the same */
void backup_note_reset(struct boot_start *start);

#endif
