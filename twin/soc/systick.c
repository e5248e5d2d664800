/* SPDX-License-Identifier: MIT
 * The system timer of a Cortex-M: nothing counts, its value follows from the time. */
#include "twin/soc/systick.h"

#include "twin/soc/registers.h"

enum { OFFSET_CTRL = 0, OFFSET_LOAD = 4, OFFSET_VAL = 8, OFFSET_CALIB = 12, PART_BYTES = 16 };
enum { CTRL_ENABLE = 1, CTRL_TICKINT = 2, CTRL_CLKSOURCE = 4, CTRL_COUNTFLAG = 1 << 16 };
enum { CTRL_WRITABLE = 7, COUNT_MASK = 0xFFFFFF, EXTERNAL_DIVIDER = 8, SECOND_NS = 1000000000 };
static const uint32_t part_base = 0xE000E010;

static uint64_t frequency(const struct soc_systick *systick)
{
    bool core = (systick->control & CTRL_CLKSOURCE) != 0;
    return core ? systick->core_hz : systick->core_hz / EXTERNAL_DIVIDER;
}

static bool is_counting(const struct soc_systick *systick)
{
    return (systick->control & CTRL_ENABLE) != 0 && frequency(systick) != 0;
}

/* Ticks since the anchor. Whole seconds apart, so that nothing overflows. */
static uint64_t elapsed(const struct soc_systick *systick)
{
    if (!is_counting(systick)) {
        return 0;
    }
    uint64_t ns = systick->lines->time->now_ns - systick->anchor_ns;
    uint64_t hz = frequency(systick);
    return ns / SECOND_NS * hz + ns % SECOND_NS * hz / SECOND_NS;
}

/* From 0 the counter goes to LOAD; with LOAD 0 it stays. */
static uint64_t zeroes_after(const struct soc_systick *systick, uint64_t ticks)
{
    if (ticks < systick->value || (systick->value == 0 && systick->load == 0)) {
        return 0;
    }
    uint64_t first = systick->value == 0 ? 0 : 1; /* it does not reach 0 where it begins */
    uint64_t past = ticks - systick->value;
    return first + (systick->load == 0 ? 0 : past / (systick->load + 1ull));
}

static uint32_t value_after(const struct soc_systick *systick, uint64_t ticks)
{
    if (ticks <= systick->value) {
        return systick->value - (uint32_t)ticks;
    }
    uint64_t period = systick->load + 1ull;
    uint64_t past = (ticks - systick->value) % period;
    return past == 0 ? 0 : (uint32_t)(period - past);
}

static void notice(struct soc_systick *systick)
{
    uint64_t zeroes = zeroes_after(systick, elapsed(systick));
    if (zeroes > systick->zeroes) {
        systick->zeroes = zeroes;
        systick->count_flag = true;
        if ((systick->control & CTRL_TICKINT) != 0) {
            soc_nvic_pend(systick->nvic, SOC_SYSTICK);
        }
    }
}

/* Begins to count anew from now, at a value. */
static void anchor(struct soc_systick *systick, uint32_t value)
{
    systick->value = value;
    systick->anchor_ns = systick->lines->time->now_ns;
    systick->zeroes = 0;
}

void soc_systick_clock(struct soc_systick *systick, uint32_t core_hz)
{
    if (core_hz != systick->core_hz) {
        notice(systick);
        anchor(systick, value_after(systick, elapsed(systick)));
        systick->core_hz = core_hz;
    }
}

static uint32_t take_control(struct soc_systick *systick)
{
    uint32_t value = systick->control | (systick->count_flag ? CTRL_COUNTFLAG : 0);
    systick->count_flag = false;
    return value;
}

static uint32_t read_register(void *self, uint32_t offset, uint32_t width)
{
    struct soc_systick *systick = self;
    notice(systick);
    uint32_t word = 0;
    switch (offset & ~3u) {
    case OFFSET_CTRL: word = take_control(systick); break;
    case OFFSET_LOAD: word = systick->load; break;
    case OFFSET_VAL: word = value_after(systick, elapsed(systick)); break;
    case OFFSET_CALIB: word = 0x40000000; break; /* SKEW, no TENMS */
    default: break;
    }
    return soc_lanes(word, offset, width);
}

static void write_register(void *self, uint32_t offset, uint32_t width, uint32_t value)
{
    struct soc_systick *systick = self;
    struct soc_store word = soc_store(offset, width, value);
    notice(systick);
    uint32_t count = value_after(systick, elapsed(systick));
    switch (offset & ~3u) {
    case OFFSET_CTRL:
        anchor(systick, count);
        systick->control = soc_merge(systick->control, &word, CTRL_WRITABLE);
        break;
    case OFFSET_LOAD:
        anchor(systick, count);
        systick->load = soc_merge(systick->load, &word, COUNT_MASK);
        break;
    case OFFSET_VAL:
        anchor(systick, 0);
        systick->count_flag = false;
        break;
    default: break;
    }
}

static void reset_part(void *self, enum reset_cause cause)
{
    struct soc_systick *systick = self;
    (void)cause;
    systick->control = 0;
    systick->load = 0;
    systick->count_flag = false;
    anchor(systick, 0);
}

/* Of each time it reaches 0, the moment; rounded up, so that it has happened then. */
static uint64_t next_due(void *self)
{
    const struct soc_systick *systick = self;
    uint32_t wanted = CTRL_TICKINT;
    if (!is_counting(systick) || (systick->control & wanted) == 0 ||
        (systick->load == 0 && (systick->value == 0 || systick->zeroes > 0))) {
        return UINT64_MAX;
    }
    uint64_t hz = frequency(systick);
    uint64_t periods = systick->zeroes + (systick->value == 0 ? 1 : 0);
    uint64_t ticks = systick->value + periods * (systick->load + 1ull);
    uint64_t rest = (ticks % hz * SECOND_NS + hz - 1) / hz;
    return systick->anchor_ns + ticks / hz * SECOND_NS + rest;
}

static void advance(void *self)
{
    notice(self);
}

struct soc_part soc_systick_part(struct soc_systick *systick)
{
    return (struct soc_part){.name = "SysTick",
                             .base = part_base,
                             .bytes = PART_BYTES,
                             .self = systick,
                             .read = read_register,
                             .write = write_register,
                             .reset = reset_part,
                             .due = next_due,
                             .advance = advance};
}
