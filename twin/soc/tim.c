/* SPDX-License-Identifier: MIT
 * A timer that counts up and compares. */
#include <stdlib.h>

#include "twin/soc/makers.h"
#include "twin/soc/registers.h"
#include "twin/soc/ticker.h"

enum row {
    CR1,
    CR2,
    SMCR,
    DIER,
    SR,
    EGR,
    CCMR1,
    CCMR2,
    CCER,
    CNT,
    PSC,
    ARR,
    RCR,
    CCR1,
    CCR2,
    CCR3,
    CCR4,
    BDTR,
    DCR,
    DMAR,
    OPTION,
    ROWS
};

/* Source RM0090 and RM0433 "TIM2 to TIM5 registers"; smaller timers have some of them, TIM1 and
 * TIM8 two more. Captures, outputs, repetition, other directions and external clocks keep what is
 * stored, but do nothing. */
static const struct soc_register rows[ROWS] = {
    [CR1] = {"CR1", 0x00, 0, 0x00000BFF},
    [CR2] = {"CR2", 0x04, 0, 0x000000F8},
    [SMCR] = {"SMCR", 0x08, 0, 0x0031FFF7},
    [DIER] = {"DIER", 0x0C, 0, 0x00005F5F},
    [SR] = {"SR", 0x10, 0, 0},
    [EGR] = {"EGR", 0x14, 0, 0},
    [CCMR1] = {"CCMR1", 0x18, 0, 0x0101FFFF},
    [CCMR2] = {"CCMR2", 0x1C, 0, 0x0101FFFF},
    [CCER] = {"CCER", 0x20, 0, 0x0000BBBB},
    [CNT] = {"CNT", 0x24, 0, 0xFFFFFFFF},
    [PSC] = {"PSC", 0x28, 0, 0x0000FFFF},
    [ARR] = {"ARR", 0x2C, 0xFFFFFFFF, 0xFFFFFFFF},
    [RCR] = {"RCR", 0x30, 0, 0x0000FFFF},
    [CCR1] = {"CCR1", 0x34, 0, 0xFFFFFFFF},
    [CCR2] = {"CCR2", 0x38, 0, 0xFFFFFFFF},
    [CCR3] = {"CCR3", 0x3C, 0, 0xFFFFFFFF},
    [CCR4] = {"CCR4", 0x40, 0, 0xFFFFFFFF},
    [BDTR] = {"BDTR", 0x44, 0, 0x03FFFFFF},
    [DCR] = {"DCR", 0x48, 0, 0x00001F1F},
    [DMAR] = {"DMAR", 0x4C, 0, 0x0000FFFF},
    [OPTION] = {"OR", 0x50, 0, 0x00000C00},
};

enum { CEN = 1, UDIS = 2, URS = 4, OPM = 8, UIE = 1, UIF = 1, UG = 1 };
enum { TIMERS = 18, CC1IF = 2, EVENTS = 0x1E, COMPARE_IRQ = 2, TIM1 = 1, TIM8 = 8 };
#define APB2_BASE 0x40010000u

/* Channels by number. Source RM0090 and RM0433, "main features" of each kind */
static const uint8_t channels[TIMERS] = {0, 4, 4, 4, 4, 4, 0, 0, 4, 2, 1, 1, 2, 1, 1, 2, 1, 1};

struct tim {
    struct soc_chip *chip;
    struct soc_block block;
    uint32_t values[ROWS];
    struct tim *next;          /* of the chip's */
    uint32_t irq, compare_irq; /* inputs that several timers may share */
    uint32_t width_mask;       /* TIM2 and TIM5 are 32 bits wide */
    uint32_t channels;
    bool apb2;
    uint32_t prescaler; /* in use; PSC is taken over by an update */
    uint64_t fraction;  /* clock ticks towards the next count */
    struct soc_ticker ticker;
};

/* What a timer does to an input of the NVIC. */
static bool asks(const struct tim *tim, uint32_t irq)
{
    uint32_t active = tim->values[SR] & tim->values[DIER];
    return (tim->irq == irq && (active & UIF) != 0) ||
           (tim->compare_irq == irq && (active & EVENTS) != 0);
}

static void drive(const struct tim *tim, uint32_t irq)
{
    const struct soc_lines *lines = &tim->chip->lines;
    bool level = false;
    for (const struct tim *one = tim->chip->nets.timers; one != NULL; one = one->next) {
        level = level || asks(one, irq);
    }
    lines->irq(lines->chip, irq, level);
}

static void update_irq(const struct tim *tim)
{
    drive(tim, tim->irq);
    if (tim->compare_irq != tim->irq) {
        drive(tim, tim->compare_irq);
    }
}

static uint32_t clock_hz(const struct tim *tim)
{
    const struct soc_clocks *clocks = &tim->chip->nets.clocks;
    return tim->apb2 ? clocks->timers2 : clocks->timers;
}

/* The next count, beyond the present one and not yet divided by the period, at which a channel
 * compares equal; UINT64_MAX: it captures, or is never reached. */
static uint64_t next_match(const struct tim *tim, uint32_t channel)
{
    uint32_t mode = tim->values[channel < 2 ? CCMR1 : CCMR2] >> 8 * (channel % 2);
    uint64_t top = tim->values[ARR] & tim->width_mask;
    uint64_t wanted = tim->values[CCR1 + channel] & tim->width_mask;
    if ((mode & 3) != 0 || wanted > top) {
        return UINT64_MAX;
    }
    return wanted > tim->values[CNT] ? wanted : wanted + top + 1;
}

static void compare(struct tim *tim, uint64_t count)
{
    for (uint32_t i = 0; i < tim->channels; i++) {
        tim->values[SR] |= next_match(tim, i) <= count ? (uint32_t)CC1IF << i : 0;
    }
}

/* An update: flag, prescaler, and in one-pulse mode the end. */
static void update(struct tim *tim)
{
    tim->prescaler = tim->values[PSC];
    tim->values[SR] |= UIF;
    if ((tim->values[CR1] & OPM) != 0) {
        tim->values[CR1] &= ~(uint32_t)CEN;
    }
}

/* Counts up to the present. */
static void settle(struct tim *tim)
{
    uint64_t ticks = soc_ticker_take(&tim->ticker, tim->chip->lines.time->now_ns, clock_hz(tim));
    uint64_t top = tim->values[ARR] & tim->width_mask;
    if ((tim->values[CR1] & CEN) == 0 || top == 0) {
        return;
    }
    uint64_t divisor = (uint64_t)tim->prescaler + 1;
    uint64_t total = tim->fraction + ticks;
    uint64_t count = tim->values[CNT] + total / divisor;
    tim->fraction = total % divisor;
    compare(tim, count);
    if (count > top) {
        count = (tim->values[CR1] & OPM) != 0 ? 0 : count % (top + 1);
        if ((tim->values[CR1] & UDIS) == 0) {
            update(tim);
        }
    }
    tim->values[CNT] = (uint32_t)count;
    update_irq(tim);
}

static uint64_t tim_due(void *self)
{
    const struct tim *tim = self;
    uint64_t top = tim->values[ARR] & tim->width_mask, count = tim->values[CNT];
    uint32_t heard = tim->values[DIER] & ~tim->values[SR];
    if ((tim->values[CR1] & CEN) == 0 || top == 0) {
        return UINT64_MAX;
    }
    uint64_t next = (heard & UIE) != 0 ? (top < count ? count : top) + 1 : UINT64_MAX;
    for (uint32_t i = 0; i < tim->channels && (heard & EVENTS) != 0; i++) {
        uint64_t match = (heard & (uint32_t)CC1IF << i) != 0 ? next_match(tim, i) : UINT64_MAX;
        next = match < next ? match : next;
    }
    if (next == UINT64_MAX) {
        return next;
    }
    uint64_t ticks = (next - count) * ((uint64_t)tim->prescaler + 1) - tim->fraction;
    return soc_ticker_due(&tim->ticker, ticks);
}

static void tim_advance(void *self)
{
    settle(self);
}

static uint32_t tim_read(void *self, uint32_t offset, uint32_t width)
{
    struct tim *tim = self;
    settle(tim);
    return soc_block_read(&tim->block, offset, width);
}

/* UG starts the period anew; with URS it raises no flag. */
static void generate(struct tim *tim)
{
    uint32_t before = tim->values[SR];
    tim->values[CNT] = 0;
    tim->fraction = 0;
    update(tim);
    if ((tim->values[CR1] & (URS | UDIS)) != 0) {
        tim->values[SR] = before;
    }
}

static void tim_write(void *self, uint32_t offset, uint32_t width, uint32_t value)
{
    struct tim *tim = self;
    struct soc_store store = soc_store(offset, width, value);
    settle(tim);
    switch (soc_block_write(&tim->block, &store)) {
    case SR: tim->values[SR] &= store.value | ~store.mask; break;
    case EGR:
        if ((store.value & UG) != 0) {
            generate(tim);
        }
        break;
    case CNT:
        tim->values[CNT] &= tim->width_mask;
        tim->fraction = 0;
        break;
    case ARR: tim->values[ARR] &= tim->width_mask; break;
    default: break;
    }
    update_irq(tim);
}

static void tim_reset(void *self, enum reset_cause cause)
{
    struct tim *tim = self;
    (void)cause;
    soc_block_reset(&tim->block);
    tim->values[ARR] &= tim->width_mask;
    tim->prescaler = 0;
    tim->fraction = 0;
    soc_ticker_start(&tim->ticker, tim->chip->lines.time->now_ns, clock_hz(tim));
    update_irq(tim);
}

bool soc_tim_make(struct soc_chip *chip, const struct soc_row *row, struct soc_part *part)
{
    struct tim *tim = calloc(1, sizeof *tim);
    if (tim == NULL) {
        return false;
    }
    tim->chip = chip;
    tim->irq = row->irq;
    tim->compare_irq = row->irq + (row->variant == TIM1 || row->variant == TIM8 ? COMPARE_IRQ : 0);
    tim->apb2 = row->base >= APB2_BASE;
    tim->channels = channels[row->variant % TIMERS];
    tim->next = chip->nets.timers;
    chip->nets.timers = tim;
    tim->width_mask = row->variant == 2 || row->variant == 5 ? UINT32_MAX : UINT16_MAX;
    tim->block = (struct soc_block){rows, ROWS, tim->values, row->name, &chip->lines};
    part->self = tim;
    part->read = tim_read;
    part->write = tim_write;
    part->reset = tim_reset;
    part->flows = true;
    part->due = tim_due;
    part->advance = tim_advance;
    return true;
}
