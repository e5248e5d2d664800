/* SPDX-License-Identifier: MIT
 * The calendar, what outlives a reset, and the watchdog that makes one. */
#include "tests/arm/hal/hal.h"

enum { TR = 0x00, DR = 0x04, CR = 0x08, ISR = 0x0C, PRER = 0x10, WPR = 0x24, BKP0R = 0x50 };
enum { RSF = 1 << 5, INITF = 1 << 6, INIT = 1 << 7, MAGIC = 0x32F2 };

static void set_calendar(void)
{
    uint32_t rtc = hal_chip.rtc;
    WORD(rtc + WPR) = 0xCA;
    WORD(rtc + WPR) = 0x53;
    WORD(rtc + ISR) = 0xFFFFFFFF;
    (void)wait_for(rtc + ISR, INITF, INITF, 1000);
    clear_bits(rtc + CR, 1u << 6);
    WORD(rtc + PRER) = 255;
    set_bits(rtc + PRER, 127u << 16);
    WORD(rtc + TR) = 0x00235958;
    WORD(rtc + DR) = 0x0024D228;
    clear_bits(rtc + ISR, INIT);
    if ((WORD(rtc + CR) & 1u << 5) == 0) {
        clear_bits(rtc + ISR, RSF);
        (void)wait_for(rtc + ISR, RSF, RSF, 1000);
    }
    WORD(rtc + WPR) = 0xFF;
}

/* Reading the time holds the date until it is read too. */
static void note_calendar(void)
{
    note(WORD(hal_chip.rtc + TR));
    note(WORD(hal_chip.rtc + DR));
}

/* 4096 steps of about 1 ms; the values are taken over by a clock of its own. */
static void start_watchdog(void)
{
    uint32_t dog = hal_chip.watchdog;
    WORD(dog) = 0xCCCC;
    WORD(dog) = 0x5555;
    WORD(dog + 4) = 3;
    WORD(dog + 8) = 200;
    (void)wait_for(dog + 12, 3, 0, 49);
    WORD(dog) = 0xAAAA;
}

/* Fed for longer than it waits, then no more. */
static void be_bitten(void)
{
    start_watchdog();
    for (uint32_t i = 0; i < 10; i++) {
        tick_sleep(50);
        WORD(hal_chip.watchdog) = 0xAAAA;
    }
    WORD(hal_chip.rtc + BKP0R + 4) = MAGIC;
    for (;;) {
        __asm__ volatile("wfi");
    }
}

/* The second time round, the watchdog has bitten, and the calendar has gone on. */
void do_time(void)
{
    note((uint32_t)clocks_start());
    rest_start_clocks();
    note(calendar_start_clock());
    if (WORD(hal_chip.rtc + BKP0R) != MAGIC) {
        set_calendar();
        WORD(hal_chip.rtc + BKP0R) = MAGIC;
        WORD(hal_chip.rtc + BKP0R + 4) = 0;
    }
    if (WORD(hal_chip.rtc + BKP0R + 4) != MAGIC) {
        be_bitten();
    }
    note((WORD(hal_chip.reset_flags) & hal_chip.watchdog_flag) != 0);
    set_bits(hal_chip.reset_flags, hal_chip.clear_flag);
    note((WORD(hal_chip.reset_flags) & hal_chip.watchdog_flag) != 0);
    tick_sleep(3000);
    note_calendar();
}
