/* SPDX-License-Identifier: MIT
 * A peripheral of an emulated chip: one block of registers, and what it can do to the chip. */
#ifndef TWIN_SOC_PART_H
#define TWIN_SOC_PART_H

#include <stdbool.h>
#include <stdint.h>

#include "twin/guest.h"
#include "twin/time.h"

/* What a peripheral may do to the chip around it. Handed in when the peripheral is made. */
struct soc_lines {
    void *chip;
    const struct twin_time *time; /* exact while a register is read or written */
    void (*irq)(void *chip, uint32_t line, bool level); /* an input of the NVIC */
    void (*reset)(void *chip, enum reset_cause cause);  /* soon: after this instruction */
    void (*stall)(void *chip, uint64_t until_ns);       /* the CPU stands still until then */
    void (*bus_error)(void *chip);                      /* of the access under way */
    void (*flash_changed)(void *chip, uint32_t addr, uint32_t length); /* what the CPU may run */
    uint32_t (*pc)(void *chip); /* where the CPU executes; NULL: in flash */
    void (*unknown)(void *chip, const char *part,
                    uint32_t offset); /* no such register; may be NULL */
    /* RAM and flash, for a DMA controller; false where there is none. May be NULL. */
    bool (*memory)(void *chip, uint32_t addr, uint8_t *data, uint32_t length, bool store);
    /* Something that a program will hardly want; told once. May be NULL. */
    void (*remark)(void *chip, const char *text);
};

/* Frequencies that follow from the clock tree, in Hz; 0: no clock. Kept by the RCC part. */
struct soc_clocks {
    uint32_t hclk, pclk1, pclk2, usb, lsi, rtc;
    uint32_t cpu;     /* of the core and its SysTick; on an F4 that is HCLK */
    uint32_t timers;  /* of the timers on APB1 */
    uint32_t timers2; /* of those on APB2 */
};

/* One block of registers on the bus. Offsets are from base; width is 1, 2 or 4 bytes. */
struct soc_part {
    const char *name;
    uint32_t base, bytes;
    void *self;
    uint32_t (*read)(void *self, uint32_t offset, uint32_t width);
    void (*write)(void *self, uint32_t offset, uint32_t width, uint32_t value);
    void (*reset)(void *self, enum reset_cause cause); /* keeps what survives that cause */
    uint64_t (*due)(void *self); /* next event, UINT64_MAX: none; may be NULL */
    void (*advance)(void *self); /* events up to time->now_ns; may be NULL */
    bool flows;                  /* registers change as time goes, between events too */
};

#endif
