/* SPDX-License-Identifier: MIT
 * The interrupt controller of a Cortex-M: which exception comes next. */
#include "twin/soc/nvic.h"

#include <string.h>

#include "twin/soc/registers.h"

/* Offsets of the register banks from 0xE000E100. */
enum {
    BANK_BYTES = 0x80,
    BANK_ISER = 0,
    BANK_ICER,
    BANK_ISPR,
    BANK_ICPR,
    BANK_IABR,
    OFFSET_IPR = 0x300,
    PART_BASE_LOW = 0xE100,
    PART_BYTES = 0xC00,
    BANK_WORDS = 8,
};

enum { PRIORITY_NONE = 256, PRIORITY_HARD_FAULT = -1, PRIORITY_NMI = -2, PRIORITY_RESET = -3 };

bool soc_exception_in(const struct soc_exception_set *set, uint32_t number)
{
    return (set->words[number / 32] >> number % 32 & 1) != 0;
}

void soc_exception_put(struct soc_exception_set *set, uint32_t number, bool in)
{
    uint32_t bit = 1u << number % 32;
    uint32_t *word = &set->words[number / 32];
    *word = in ? *word | bit : *word & ~bit;
}

void soc_nvic_reset(struct soc_nvic *nvic)
{
    static const uint8_t always[] = {SOC_NMI, SOC_HARD_FAULT, SOC_SVCALL, SOC_PENDSV, SOC_SYSTICK};
    memset(nvic->priority, 0, sizeof nvic->priority);
    memset(&nvic->enabled, 0, sizeof nvic->enabled);
    memset(&nvic->active, 0, sizeof nvic->active);
    nvic->pending = nvic->level;
    nvic->group = 0;
    for (size_t i = 0; i < sizeof always; i++) {
        soc_exception_put(&nvic->enabled, always[i], true);
    }
}

static void announce(struct soc_nvic *nvic)
{
    nvic->changed(nvic->lines->chip);
}

void soc_nvic_line(struct soc_nvic *nvic, uint32_t line, bool level)
{
    uint32_t number = SOC_IRQ0 + line;
    if (line >= nvic->line_count || soc_exception_in(&nvic->level, number) == level) {
        return;
    }
    soc_exception_put(&nvic->level, number, level);
    if (level) {
        soc_nvic_pend(nvic, number);
    }
}

void soc_nvic_pend(struct soc_nvic *nvic, uint32_t number)
{
    soc_exception_put(&nvic->pending, number, true);
    announce(nvic);
}

/* The part of a priority that decides about pre-emption. */
static int32_t group_priority(const struct soc_nvic *nvic, uint32_t priority)
{
    return (int32_t)(priority & (0xFE << nvic->group & 0xFF));
}

static int32_t priority_of(const struct soc_nvic *nvic, uint32_t number)
{
    switch (number) {
    case SOC_RESET: return PRIORITY_RESET;
    case SOC_NMI: return PRIORITY_NMI;
    case SOC_HARD_FAULT: return PRIORITY_HARD_FAULT;
    default: return nvic->priority[number];
    }
}

static int32_t pre_emption_of(const struct soc_nvic *nvic, uint32_t number)
{
    int32_t priority = priority_of(nvic, number);
    return priority < 0 ? priority : group_priority(nvic, (uint32_t)priority);
}

static int32_t least(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

/* Takes the lowest number out of a word of a set. */
static uint32_t take_lowest(uint32_t *bits)
{
    uint32_t lowest = (uint32_t)__builtin_ctz(*bits);
    *bits &= *bits - 1;
    return lowest;
}

int32_t soc_nvic_execution(const struct soc_nvic *nvic, struct soc_masks masks)
{
    int32_t priority = PRIORITY_NONE;
    for (uint32_t i = 0; i < SOC_NVIC_WORDS; i++) {
        uint32_t bits = nvic->active.words[i];
        while (bits != 0) {
            priority = least(priority, pre_emption_of(nvic, 32 * i + take_lowest(&bits)));
        }
    }
    uint8_t basepri = masks.basepri & nvic->priority_mask;
    priority = basepri != 0 ? least(priority, group_priority(nvic, basepri)) : priority;
    priority = masks.primask != 0 ? least(priority, 0) : priority;
    return masks.faultmask != 0 ? least(priority, PRIORITY_HARD_FAULT) : priority;
}

uint32_t soc_nvic_waiting(const struct soc_nvic *nvic)
{
    uint32_t best = 0;
    for (uint32_t i = 0; i < SOC_NVIC_WORDS; i++) {
        uint32_t bits = nvic->pending.words[i] & nvic->enabled.words[i];
        while (bits != 0) {
            uint32_t number = 32 * i + take_lowest(&bits);
            bool better = best == 0 || priority_of(nvic, number) < priority_of(nvic, best);
            best = better ? number : best;
        }
    }
    return best;
}

uint32_t soc_nvic_next(const struct soc_nvic *nvic, struct soc_masks masks)
{
    uint32_t best = soc_nvic_waiting(nvic);
    bool comes = best != 0 && pre_emption_of(nvic, best) < soc_nvic_execution(nvic, masks);
    return comes ? best : 0;
}

uint32_t soc_nvic_escalate(const struct soc_nvic *nvic, uint32_t number, struct soc_masks masks)
{
    int32_t execution = soc_nvic_execution(nvic, masks);
    if (soc_exception_in(&nvic->enabled, number) && pre_emption_of(nvic, number) < execution) {
        return number;
    }
    return execution > PRIORITY_HARD_FAULT ? (uint32_t)SOC_HARD_FAULT : 0;
}

void soc_nvic_enter(struct soc_nvic *nvic, uint32_t number)
{
    soc_exception_put(&nvic->pending, number, false);
    soc_exception_put(&nvic->active, number, true);
}

void soc_nvic_leave(struct soc_nvic *nvic, uint32_t number)
{
    soc_exception_put(&nvic->active, number, false);
    if (soc_exception_in(&nvic->level, number)) {
        soc_exception_put(&nvic->pending, number, true);
    }
}

/* The inputs that exist, as the bits of register index of a bank. */
static uint32_t existing(const struct soc_nvic *nvic, uint32_t index)
{
    uint32_t first = 32 * index;
    if (nvic->line_count >= first + 32) {
        return UINT32_MAX;
    }
    return nvic->line_count <= first ? 0 : (1u << (nvic->line_count - first)) - 1;
}

/* A register of a bank: inputs 32 * index and up, that is exceptions from 16 later. */
static uint32_t get_bank(const struct soc_exception_set *set, uint32_t index)
{
    return set->words[index] >> SOC_IRQ0 | set->words[index + 1] << SOC_IRQ0;
}

static void change_bank(struct soc_exception_set *set, uint32_t index, uint32_t bits, bool in)
{
    uint32_t low = bits << SOC_IRQ0;
    uint32_t high = bits >> SOC_IRQ0;
    uint32_t *words = &set->words[index];
    words[0] = in ? words[0] | low : words[0] & ~low;
    words[1] = in ? words[1] | high : words[1] & ~high;
}

static uint32_t read_priorities(const struct soc_nvic *nvic, uint32_t offset, uint32_t width)
{
    uint32_t value = 0;
    for (uint32_t i = 0; i < width && offset + i < nvic->line_count; i++) {
        value |= (uint32_t)nvic->priority[SOC_IRQ0 + offset + i] << 8 * i;
    }
    return value;
}

static void write_priorities(struct soc_nvic *nvic, uint32_t offset, uint32_t width, uint32_t value)
{
    for (uint32_t i = 0; i < width && offset + i < nvic->line_count; i++) {
        uint8_t priority = (uint8_t)(value >> 8 * i);
        nvic->priority[SOC_IRQ0 + offset + i] = priority & nvic->priority_mask;
    }
}

static uint32_t read_register(void *self, uint32_t offset, uint32_t width)
{
    const struct soc_nvic *nvic = self;
    if (offset >= OFFSET_IPR) {
        return read_priorities(nvic, offset - OFFSET_IPR, width);
    }
    uint32_t index = offset % BANK_BYTES / 4;
    uint32_t word = 0;
    if (index >= BANK_WORDS) {
        return 0;
    }
    switch (offset / BANK_BYTES) {
    case BANK_ISER:
    case BANK_ICER: word = get_bank(&nvic->enabled, index); break;
    case BANK_ISPR:
    case BANK_ICPR: word = get_bank(&nvic->pending, index); break;
    case BANK_IABR: word = get_bank(&nvic->active, index); break;
    default: break;
    }
    return soc_lanes(word, offset, width);
}

/* An input that is still high pends again at once. */
static void clear_pending(struct soc_nvic *nvic, uint32_t index, uint32_t bits)
{
    uint32_t again = get_bank(&nvic->level, index) & ~get_bank(&nvic->active, index);
    change_bank(&nvic->pending, index, bits & ~again, false);
}

static void write_register(void *self, uint32_t offset, uint32_t width, uint32_t value)
{
    struct soc_nvic *nvic = self;
    uint32_t index = offset % BANK_BYTES / 4;
    if (offset >= OFFSET_IPR) {
        write_priorities(nvic, offset - OFFSET_IPR, width, value);
    } else if (index < BANK_WORDS) {
        uint32_t bits = soc_store(offset, width, value).value & existing(nvic, index);
        switch (offset / BANK_BYTES) {
        case BANK_ISER: change_bank(&nvic->enabled, index, bits, true); break;
        case BANK_ICER: change_bank(&nvic->enabled, index, bits, false); break;
        case BANK_ISPR: change_bank(&nvic->pending, index, bits, true); break;
        case BANK_ICPR: clear_pending(nvic, index, bits); break;
        default: break;
        }
    }
    announce(nvic);
}

static void reset_part(void *self, enum reset_cause cause)
{
    (void)cause;
    soc_nvic_reset(self);
}

struct soc_part soc_nvic_part(struct soc_nvic *nvic)
{
    return (struct soc_part){.name = "NVIC",
                             .base = 0xE0000000 | PART_BASE_LOW,
                             .bytes = PART_BYTES,
                             .self = nvic,
                             .read = read_register,
                             .write = write_register,
                             .reset = reset_part};
}
