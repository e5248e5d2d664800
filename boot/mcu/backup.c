/* SPDX-License-Identifier: MIT
 * Two presses of the reset button, and a watchdog that bites again and again. */
#include "boot/mcu/backup.h"

#include "boot/mcu/chip.h"
#include "boot/mcu/clock.h"
#include "boot/mcu/core.h"

enum {
    POWER_DBP = 1 << 8,
    BDCR_SELECT_MASK = 3 << 8,
    BDCR_SELECT_LSI = 2 << 8,
    BDCR_RTC = 1 << 15,
    CSR_LSI = 1 << 0,
    CSR_LSI_READY = 1 << 1,
    ISR_SYNCHRONOUS = 1 << 5,
    MARK = 0xB0,
    COUNT_SHIFT = 20,
    COUNT_MAX = 15,
    PERIOD_MS = 600000, /* ten minutes: what the 20 bits hold */
    DOUBLE_MS = 500,
    WAIT_MS = 1,
};

/* The clock of the RTC, running; false where it has none that a reset leaves on. */
static bool start_clock(void)
{
    volatile uint32_t *bdcr = core_register(chip.bdcr);
    if ((*bdcr & (BDCR_SELECT_MASK | BDCR_RTC)) == 0) {
        *bdcr |= BDCR_SELECT_LSI | BDCR_RTC;
    }
    if ((*bdcr & BDCR_SELECT_MASK) == BDCR_SELECT_LSI) {
        volatile uint32_t *csr = core_register(chip.csr);
        *csr |= CSR_LSI;
        (void)clock_wait(csr, CSR_LSI_READY, CSR_LSI_READY, WAIT_MS);
    }
    struct rtc_regs *rtc = (struct rtc_regs *)chip.rtc;
    return clock_wait(&rtc->isr, ISR_SYNCHRONOUS, ISR_SYNCHRONOUS, WAIT_MS);
}

static uint32_t of_bcd(uint32_t two_digits)
{
    return (two_digits >> 4) * 10 + (two_digits & 15);
}

/* Within PERIOD_MS. The order matters: SSR holds TR and DR until DR is read. */
static uint32_t read_ms(void)
{
    struct rtc_regs *rtc = (struct rtc_regs *)chip.rtc;
    uint32_t left = rtc->ssr, time = rtc->tr, whole = (rtc->prer & 0x7FFF) + 1;
    (void)rtc->dr;
    uint32_t s = (time >> 8 & 15) * 60 + of_bcd(time & 0x7F);
    return s * 1000 + (whole - 1 - left) * 1000 / whole;
}

/* An application that does not clear the flags of earlier resets makes a press of reset look like
 * those: only our own mark tells a power-on, which erases it, from the rest. */
static void note(struct boot_start *start)
{
    volatile uint32_t *backup = core_register(chip.backup);
    uint32_t old = *backup, count = 0, stamp_ms = PERIOD_MS; /* no time */
    bool known = old >> 24 == MARK;
    if (start->cause == BOOT_CAUSE_WATCHDOG) {
        count = known ? old >> COUNT_SHIFT & COUNT_MAX : 0;
        count += count < COUNT_MAX;
    } else if (start->order == BOOT_ORDER_NONE && (known || start->cause != BOOT_CAUSE_POWER) &&
               start_clock()) {
        uint32_t then_ms = old & ((1u << COUNT_SHIFT) - 1);
        stamp_ms = read_ms();
        uint32_t passed_ms = (stamp_ms + PERIOD_MS - then_ms) % PERIOD_MS;
        start->double_reset = known && then_ms < PERIOD_MS && passed_ms < DOUBLE_MS;
    }
    start->watchdog_resets = (uint8_t)count;
    *backup = (uint32_t)MARK << 24 | count << COUNT_SHIFT | stamp_ms;
}

void backup_note_reset(struct boot_start *start)
{
    volatile uint32_t *enable = core_register(chip.backup_enable);
    volatile uint32_t *power = core_register(chip.power);
    uint32_t enabled = *enable;
    *enable = enabled | chip.backup_enable_mask;
    (void)*enable;
    uint32_t protected = *power;
    *power = protected | POWER_DBP;
    note(start);
    *power = protected;
    *enable = enabled;
}
