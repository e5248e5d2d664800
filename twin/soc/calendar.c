/* SPDX-License-Identifier: MIT
 * Time of day and date in BCD. */
#include "twin/soc/calendar.h"

#include <stdbool.h>

enum { DAY_S = 86400, HOUR_S = 3600, MINUTE_S = 60, YEAR_BASE = 2000 };

static uint32_t from_bcd(uint32_t value)
{
    return (value >> 4) * 10 + (value & 0xF);
}

static uint32_t to_bcd(uint32_t value)
{
    return value / 10 << 4 | value % 10;
}

static uint32_t month_days(uint32_t year, uint32_t month)
{
    static const uint8_t days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (YEAR_BASE + year) % 4 == 0; /* right from 1901 to 2099 */
    return month == 2 && leap ? 29 : days[(month + 11) % 12];
}

static void next_day(struct calendar *calendar)
{
    uint32_t date = calendar->date;
    uint32_t year = from_bcd(date >> 16 & 0xFF), weekday = date >> 13 & 7;
    uint32_t month = from_bcd(date >> 8 & 0x1F), day = from_bcd(date & 0x3F);
    weekday = weekday % 7 + 1;
    day++;
    if (day > month_days(year, month)) {
        day = 1;
        month++;
    }
    if (month > 12) {
        month = 1;
        year = (year + 1) % 100;
    }
    calendar->date = to_bcd(year) << 16 | weekday << 13 | to_bcd(month) << 8 | to_bcd(day);
}

void calendar_add(struct calendar *calendar, uint64_t length_s)
{
    uint32_t time = calendar->time;
    uint64_t seconds = from_bcd(time >> 16 & 0x3F) * HOUR_S +
                       from_bcd(time >> 8 & 0x7F) * MINUTE_S + from_bcd(time & 0x7F) + length_s;
    for (uint64_t days = seconds / DAY_S; days > 0; days--) {
        next_day(calendar);
    }
    uint32_t left = (uint32_t)(seconds % DAY_S);
    calendar->time =
        to_bcd(left / HOUR_S) << 16 | to_bcd(left / MINUTE_S % 60) << 8 | to_bcd(left % MINUTE_S);
}
