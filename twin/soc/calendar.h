/* SPDX-License-Identifier: MIT
 * Time of day and date as the RTC keeps them, in BCD. */
#ifndef TWIN_SOC_CALENDAR_H
#define TWIN_SOC_CALENDAR_H

#include <stdint.h>

/* TR and DR as the RTC shows them (24 hours).
 * Source RM0090 "RTC time register", "RTC date register" */
struct calendar {
    uint32_t time, date;
};

/* Lets time pass, over any number of days; years are 2000..2099. */
void calendar_add(struct calendar *calendar, uint64_t length_s);

#endif
