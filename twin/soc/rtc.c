/* SPDX-License-Identifier: MIT
 * The real-time clock with its backup registers. */
#include <stdlib.h>

#include "twin/soc/calendar.h"
#include "twin/soc/makers.h"
#include "twin/soc/registers.h"
#include "twin/soc/ticker.h"

enum row {
    TR,
    DR,
    CR,
    ISR,
    PRER,
    WUTR,
    CALIBR,
    ALRMAR,
    ALRMBR,
    WPR,
    SSR,
    SHIFTR,
    TSTR,
    TSDR,
    TSSSR,
    CALR,
    TAFCR,
    ALRMASSR,
    ALRMBSSR,
    OPTION,
    ROWS
};

/* Source RM0090 and RM0433 "RTC registers". Time stamps, tampering, calibration and the
 * fractions of a second in an alarm keep what is stored, but do nothing. */
static const struct soc_register rows[ROWS] = {
    [TR] = {"TR", 0x00, 0, 0},
    [DR] = {"DR", 0x04, 0x00002101, 0},
    [CR] = {"CR", 0x08, 0, 0x00FCFFFF},
    [ISR] = {"ISR", 0x0C, 0x00000007, 0},
    [PRER] = {"PRER", 0x10, 0x007F00FF, 0},
    [WUTR] = {"WUTR", 0x14, 0x0000FFFF, 0x0000FFFF},
    [CALIBR] = {"CALIBR", 0x18, 0, 0x0000009F},
    [ALRMAR] = {"ALRMAR", 0x1C, 0, 0xFFFFFFFF},
    [ALRMBR] = {"ALRMBR", 0x20, 0, 0xFFFFFFFF},
    [WPR] = {"WPR", 0x24, 0, 0},
    [SSR] = {"SSR", 0x28, 0, 0},
    [SHIFTR] = {"SHIFTR", 0x2C, 0, 0},
    [TSTR] = {"TSTR", 0x30, 0, 0},
    [TSDR] = {"TSDR", 0x34, 0, 0},
    [TSSSR] = {"TSSSR", 0x38, 0, 0},
    [CALR] = {"CALR", 0x3C, 0, 0x0000E1FF},
    [TAFCR] = {"TAFCR", 0x40, 0, 0x00FFFFFF},
    [ALRMASSR] = {"ALRMASSR", 0x44, 0, 0x0F007FFF},
    [ALRMBSSR] = {"ALRMBSSR", 0x48, 0, 0x0F007FFF},
    [OPTION] = {"OR", 0x4C, 0, 0x00000003},
};

enum { BACKUP = 0x50, BACKUP_MAX = 32, F4_BACKUPS = 20, H7_BACKUPS = 32 };
enum { ALRAWF = 1, ALRBWF = 2, WUTWF = 4, INITS = 0x10, RSF = 0x20, INITF = 0x40, INIT = 0x80 };
enum { ALARM_FLAGS = 0x3F00, ALRAE = 0x100, ALRBE = 0x200, WUTE = 0x400, BYPSHAD = 0x20 };
enum { WPR_FIRST = 0xCA, WPR_SECOND = 0x53, TR_BITS = 0x007F7F7F, DR_BITS = 0x00FFFF3F };
enum { PRER_BITS = 0x007F7FFF };
enum { ALRAF = 0x100, WUTF = 0x400, ALRAIE = 0x1000, WUTIE = 0x4000, ALARMS = 2 };
enum { WUCKSEL_SECONDS = 4, WUCKSEL_LONG = 2, WUT_TURN = 0x10000 };

/* Which shadow registers wait for DR to be read. */
enum held { HELD_NOTHING, HELD_DATE, HELD_TIME };

struct rtc {
    struct soc_chip *chip;
    struct soc_block block;
    uint32_t values[ROWS];
    uint32_t backups[BACKUP_MAX];
    uint32_t backup_count;
    struct calendar calendar;
    uint64_t ticks; /* of the clock, within the second */
    struct soc_ticker ticker;
    uint64_t wake_up_ticks; /* until the wake-up timer is at 0 */
    uint8_t held;           /* enum held */
    uint8_t unlock;         /* keys seen of the two that open the registers */
};

static uint32_t sync_divisor(const struct rtc *rtc)
{
    return (rtc->values[PRER] & 0x7FFF) + 1;
}

static uint32_t async_divisor(const struct rtc *rtc)
{
    return (rtc->values[PRER] >> 16 & 0x7F) + 1;
}

static uint64_t second_ticks(const struct rtc *rtc)
{
    return (uint64_t)sync_divisor(rtc) * async_divisor(rtc);
}

/* Source RM0090 "RTC wakeup timer register", "RTC control register: WUCKSEL" */
static uint64_t wake_up_period(const struct rtc *rtc)
{
    uint32_t select = rtc->values[CR] & 7;
    uint64_t count = (rtc->values[WUTR] & 0xFFFF) + 1;
    if ((select & WUCKSEL_SECONDS) == 0) {
        return count * (16u >> select);
    }
    return (count + ((select & WUCKSEL_LONG) != 0 ? WUT_TURN : 0)) * second_ticks(rtc);
}

/* A flag goes up; with its interrupt enabled the line to the EXTI does too. */
static void raise_flag(struct rtc *rtc, uint32_t flag)
{
    bool was = (rtc->values[ISR] & flag) != 0;
    rtc->values[ISR] |= flag;
    if (!was && flag == WUTF && (rtc->values[CR] & WUTIE) != 0) {
        soc_exti_wake_up(rtc->chip->nets.exti);
    } else if (!was && flag != WUTF && (rtc->values[CR] & flag * (ALRAIE / ALRAF)) != 0) {
        soc_exti_alarm(rtc->chip->nets.exti);
    }
}

/* Whether the calendar shows what an alarm waits for. A mask bit takes a field out. */
static bool is_alarm(const struct rtc *rtc, uint32_t alarm)
{
    uint32_t date = rtc->calendar.date, time = rtc->calendar.time;
    bool weekday = (alarm & 1u << 30) != 0;
    uint32_t day = weekday ? date >> 13 & 7 : date & 0x3F;
    uint32_t wanted = alarm >> 24 & (weekday ? 0xF : 0x3F);
    return ((alarm & 1u << 7) != 0 || ((alarm ^ time) & 0x7F) == 0) &&
           ((alarm & 1u << 15) != 0 || ((alarm ^ time) & 0x7F00) == 0) &&
           ((alarm & 1u << 23) != 0 || ((alarm ^ time) & 0x7F0000) == 0) &&
           ((alarm & 1u << 31) != 0 || day == wanted);
}

static void count_second(struct rtc *rtc)
{
    calendar_add(&rtc->calendar, 1);
    for (uint32_t i = 0; i < ALARMS; i++) {
        bool on = (rtc->values[CR] & (uint32_t)ALRAE << i) != 0;
        if (on && is_alarm(rtc, rtc->values[ALRMAR + i])) {
            raise_flag(rtc, (uint32_t)ALRAF << i);
        }
    }
}

static void count_wake_up(struct rtc *rtc, uint64_t ticks)
{
    if ((rtc->values[CR] & WUTE) == 0) {
        return;
    }
    if (ticks >= rtc->wake_up_ticks) {
        uint64_t period = wake_up_period(rtc);
        rtc->wake_up_ticks += period * ((ticks - rtc->wake_up_ticks) / period + 1);
        raise_flag(rtc, WUTF);
    }
    rtc->wake_up_ticks -= ticks;
}

static void count_seconds(struct rtc *rtc, uint64_t seconds)
{
    if ((rtc->values[CR] & (ALRAE | ALRBE)) == 0) {
        calendar_add(&rtc->calendar, seconds);
        return;
    }
    for (uint64_t i = 0; i < seconds; i++) {
        count_second(rtc);
    }
}

void soc_rtc_settle(void *self)
{
    struct rtc *rtc = self;
    if (rtc == NULL) {
        return;
    }
    uint64_t ticks =
        soc_ticker_take(&rtc->ticker, rtc->chip->lines.time->now_ns, rtc->chip->nets.clocks.rtc);
    if ((rtc->values[ISR] & INITF) != 0) {
        return;
    }
    uint64_t second = second_ticks(rtc);
    rtc->ticks += ticks;
    uint64_t seconds = rtc->ticks / second;
    rtc->ticks %= second;
    count_seconds(rtc, seconds);
    count_wake_up(rtc, ticks);
}

static uint64_t rtc_due(void *self)
{
    const struct rtc *rtc = self;
    uint32_t cr = rtc->values[CR];
    uint64_t due = UINT64_MAX;
    if ((rtc->values[ISR] & INITF) != 0) {
        return due;
    }
    if ((cr & (ALRAE | ALRBE)) != 0) {
        due = soc_ticker_due(&rtc->ticker, second_ticks(rtc) - rtc->ticks);
    }
    uint64_t wake = soc_ticker_due(&rtc->ticker, rtc->wake_up_ticks);
    return (cr & WUTE) != 0 && (cr & WUTIE) != 0 && wake < due ? wake : due;
}

/* What software sees of the calendar: shadow registers, which stop following when the first of
 * them is read, until DR is read. */
static void show(struct rtc *rtc, uint32_t row)
{
    soc_rtc_settle(rtc);
    uint32_t *isr = &rtc->values[ISR];
    bool runs = rtc->chip->nets.clocks.rtc != 0 && (*isr & INITF) == 0;
    bool direct = (rtc->values[CR] & BYPSHAD) != 0;
    rtc->held = direct ? HELD_NOTHING : rtc->held;
    rtc->values[TR] = rtc->held >= HELD_TIME ? rtc->values[TR] : rtc->calendar.time;
    rtc->values[DR] = rtc->held >= HELD_DATE ? rtc->values[DR] : rtc->calendar.date;
    if (row == SSR || row == TR) {
        uint8_t holds = row == SSR ? HELD_TIME : HELD_DATE;
        rtc->held = holds > rtc->held ? holds : rtc->held;
    } else if (row == DR) {
        rtc->held = HELD_NOTHING;
    }
    rtc->values[SSR] = sync_divisor(rtc) - 1 - (uint32_t)(rtc->ticks / async_divisor(rtc));
    *isr &= ~(uint32_t)(ALRAWF | ALRBWF | WUTWF | INITS);
    *isr |= (rtc->values[CR] & ALRAE) == 0 ? ALRAWF : 0u;
    *isr |= (rtc->values[CR] & ALRBE) == 0 ? ALRBWF : 0u;
    *isr |= (rtc->values[CR] & WUTE) == 0 ? WUTWF : 0u;
    *isr |= (rtc->calendar.date >> 16 & 0xFF) != 0 ? INITS : 0u;
    *isr |= runs ? RSF : 0u;
}

static uint32_t rtc_read(void *self, uint32_t offset, uint32_t width)
{
    struct rtc *rtc = self;
    uint32_t backup = (offset - BACKUP) / 4;
    if (offset >= BACKUP && backup < rtc->backup_count) {
        return soc_lanes(rtc->backups[backup], offset, width);
    }
    show(rtc, soc_block_find(&rtc->block, offset));
    return soc_block_read(&rtc->block, offset, width);
}

/* Two keys in order; anything else shuts it again. */
static void store_wpr(struct rtc *rtc, uint32_t key)
{
    if (rtc->unlock == 0 && key == WPR_FIRST) {
        rtc->unlock = 1;
    } else if (rtc->unlock == 1 && key == WPR_SECOND) {
        rtc->unlock = 2;
    } else {
        rtc->unlock = key == WPR_FIRST ? 1 : 0;
    }
}

static void store_isr(struct rtc *rtc, const struct soc_store *store)
{
    uint32_t *isr = &rtc->values[ISR];
    *isr &= ~(~store->value & store->mask & (ALARM_FLAGS | RSF));
    if (rtc->unlock != 2 || (store->mask & INIT) == 0) {
        return;
    }
    bool initializes = (store->value & INIT) != 0;
    *isr = initializes ? *isr | INIT | INITF : *isr & ~(uint32_t)(INIT | INITF);
}

/* The calendar can be set only while it stands still. */
static void store_calendar(struct rtc *rtc, uint32_t row, const struct soc_store *store)
{
    if ((rtc->values[ISR] & INITF) == 0) {
        return;
    }
    switch (row) {
    case TR: rtc->calendar.time = soc_merge(rtc->calendar.time, store, TR_BITS); break;
    case DR: rtc->calendar.date = soc_merge(rtc->calendar.date, store, DR_BITS); break;
    default: rtc->values[PRER] = soc_merge(rtc->values[PRER], store, PRER_BITS); break;
    }
    rtc->ticks = 0;
}

static void rtc_write(void *self, uint32_t offset, uint32_t width, uint32_t value)
{
    struct rtc *rtc = self;
    struct soc_store store = soc_store(offset, width, value);
    uint32_t backup = (store.offset - BACKUP) / 4;
    if (!rtc->chip->nets.backup_writable || rtc->chip->nets.rtc_reset) {
        return;
    }
    if (store.offset >= BACKUP && backup < rtc->backup_count) {
        rtc->backups[backup] = soc_merge(rtc->backups[backup], &store, UINT32_MAX);
        return;
    }
    uint32_t row = soc_block_find(&rtc->block, store.offset);
    soc_rtc_settle(rtc);
    if (row == WPR) {
        store_wpr(rtc, store.value & 0xFF);
    } else if (row == ISR) {
        store_isr(rtc, &store);
    } else if (row == TAFCR || (row != SOC_NO_ROW && rtc->unlock == 2)) {
        bool woke = (rtc->values[CR] & WUTE) != 0;
        (void)soc_block_write(&rtc->block, &store);
        if (!woke && (rtc->values[CR] & WUTE) != 0) {
            rtc->wake_up_ticks = wake_up_period(rtc);
        }
        if (row == TR || row == DR || row == PRER) {
            store_calendar(rtc, row, &store);
        }
    }
}

void soc_rtc_reset_domain(void *self)
{
    struct rtc *rtc = self;
    if (rtc == NULL) {
        return;
    }
    soc_block_reset(&rtc->block);
    for (uint32_t i = 0; i < BACKUP_MAX; i++) {
        rtc->backups[i] = 0;
    }
    rtc->calendar = (struct calendar){0, rows[DR].reset};
    rtc->ticks = 0;
    rtc->held = HELD_NOTHING;
    soc_ticker_start(&rtc->ticker, rtc->chip->lines.time->now_ns, rtc->chip->nets.clocks.rtc);
    rtc->unlock = 0;
}

/* A system reset leaves the backup domain alone: the calendar goes on. */
static void rtc_reset(void *self, enum reset_cause cause)
{
    struct rtc *rtc = self;
    if (cause == RESET_POWER_ON) {
        soc_rtc_reset_domain(rtc);
        return;
    }
    soc_rtc_settle(rtc);
    rtc->values[ISR] &= ~(uint32_t)(INIT | INITF | RSF);
    rtc->held = HELD_NOTHING;
    rtc->unlock = 0;
}

bool soc_rtc_make(struct soc_chip *chip, const struct soc_row *row, struct soc_part *part)
{
    struct rtc *rtc = calloc(1, sizeof *rtc);
    if (rtc == NULL) {
        return false;
    }
    rtc->chip = chip;
    rtc->block = (struct soc_block){rows, ROWS, rtc->values, row->name, &chip->lines};
    rtc->backup_count = chip->map == &soc_map_h743 ? H7_BACKUPS : F4_BACKUPS;
    chip->nets.rtc = rtc;
    part->self = rtc;
    part->read = rtc_read;
    part->write = rtc_write;
    part->reset = rtc_reset;
    part->due = rtc_due;
    part->advance = soc_rtc_settle;
    part->flows = true;
    return true;
}
