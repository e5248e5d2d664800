/* SPDX-License-Identifier: MIT
 * Registers of the system control space that show and change the state of exceptions. */
#include "twin/soc/scb_inside.h"

enum { ICSR_RETTOBASE = 1 << 11, ICSR_ISRPENDING = 1 << 22, FIRST_SYSTEM_PRIORITY = 4 };

/* Which bit of ICSR makes what pending, and which takes it back. */
struct pend_row {
    uint32_t set, clear;
    uint32_t exception;
};
static const struct pend_row pend_rows[] = {
    {1u << 31, 0, SOC_NMI},
    {1u << 28, 1u << 27, SOC_PENDSV},
    {1u << 26, 1u << 25, SOC_SYSTICK},
};

enum { PEND_ROWS = sizeof pend_rows / sizeof pend_rows[0] };

/* The exception that is handled: the active one of highest priority. */
static uint32_t find_active(const struct soc_nvic *nvic, uint32_t *count)
{
    uint32_t best = 0;
    int32_t best_priority = 256;
    *count = 0;
    for (uint32_t i = 1; i < SOC_IRQ0 + nvic->line_count; i++) {
        if (!soc_exception_in(&nvic->active, i)) {
            continue;
        }
        int32_t priority = i <= SOC_HARD_FAULT ? (int32_t)i - 4 : nvic->priority[i];
        ++*count;
        if (best == 0 || priority < best_priority) {
            best = i;
            best_priority = priority;
        }
    }
    return best;
}

uint32_t soc_scb_read_icsr(const struct soc_scb *scb)
{
    const struct soc_nvic *nvic = scb->nvic;
    uint32_t count = 0;
    uint32_t value = find_active(nvic, &count) | soc_nvic_waiting(nvic) << 12;
    value |= count == 1 ? ICSR_RETTOBASE : 0;
    value |= soc_nvic_waiting(nvic) >= SOC_IRQ0 ? ICSR_ISRPENDING : 0;
    for (uint32_t i = 0; i < PEND_ROWS; i++) {
        value |= soc_exception_in(&nvic->pending, pend_rows[i].exception) ? pend_rows[i].set : 0;
    }
    return value;
}

void soc_scb_write_icsr(struct soc_scb *scb, uint32_t value)
{
    for (uint32_t i = 0; i < PEND_ROWS; i++) {
        const struct pend_row *row = &pend_rows[i];
        if ((value & row->clear) != 0) {
            soc_exception_put(&scb->nvic->pending, row->exception, false);
        }
        if ((value & row->set) != 0) {
            soc_nvic_pend(scb->nvic, row->exception);
        }
    }
}

/* Bits of SHCSR, and the set they show. */
enum shcsr_set { SHCSR_ACTIVE, SHCSR_PENDED, SHCSR_ENABLED };
static const struct {
    uint8_t bit, exception, set;
} shcsr_rows[] = {
    {0, SOC_MEM_MANAGE, SHCSR_ACTIVE},    {1, SOC_BUS_FAULT, SHCSR_ACTIVE},
    {3, SOC_USAGE_FAULT, SHCSR_ACTIVE},   {7, SOC_SVCALL, SHCSR_ACTIVE},
    {8, SOC_DEBUG_MONITOR, SHCSR_ACTIVE}, {10, SOC_PENDSV, SHCSR_ACTIVE},
    {11, SOC_SYSTICK, SHCSR_ACTIVE},      {12, SOC_USAGE_FAULT, SHCSR_PENDED},
    {13, SOC_MEM_MANAGE, SHCSR_PENDED},   {14, SOC_BUS_FAULT, SHCSR_PENDED},
    {15, SOC_SVCALL, SHCSR_PENDED},       {16, SOC_MEM_MANAGE, SHCSR_ENABLED},
    {17, SOC_BUS_FAULT, SHCSR_ENABLED},   {18, SOC_USAGE_FAULT, SHCSR_ENABLED},
};

enum { SHCSR_ROWS = sizeof shcsr_rows / sizeof shcsr_rows[0] };

static struct soc_exception_set *shcsr_set(struct soc_nvic *nvic, uint8_t set)
{
    switch (set) {
    case SHCSR_ACTIVE: return &nvic->active;
    case SHCSR_PENDED: return &nvic->pending;
    default: return &nvic->enabled;
    }
}

uint32_t soc_scb_read_shcsr(const struct soc_scb *scb)
{
    uint32_t value = 0;
    for (uint32_t i = 0; i < SHCSR_ROWS; i++) {
        const struct soc_exception_set *set = shcsr_set(scb->nvic, shcsr_rows[i].set);
        bool in = soc_exception_in(set, shcsr_rows[i].exception);
        value |= in ? 1u << shcsr_rows[i].bit : 0;
    }
    return value;
}

void soc_scb_write_shcsr(struct soc_scb *scb, struct soc_store word)
{
    for (uint32_t i = 0; i < SHCSR_ROWS; i++) {
        uint32_t bit = 1u << shcsr_rows[i].bit;
        if ((word.mask & bit) != 0) {
            soc_exception_put(shcsr_set(scb->nvic, shcsr_rows[i].set), shcsr_rows[i].exception,
                              (word.value & bit) != 0);
        }
    }
}

uint32_t soc_scb_read_priorities(const struct soc_scb *scb, uint32_t offset)
{
    const uint8_t *from = &scb->nvic->priority[FIRST_SYSTEM_PRIORITY + offset];
    return (uint32_t)from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 |
           (uint32_t)from[3] << 24;
}

void soc_scb_write_priorities(struct soc_scb *scb, uint32_t offset, struct soc_store word)
{
    uint8_t *to = &scb->nvic->priority[FIRST_SYSTEM_PRIORITY + offset];
    for (uint32_t i = 0; i < 4; i++) {
        if ((word.mask >> 8 * i & 1) != 0) {
            to[i] = (uint8_t)(word.value >> 8 * i) & scb->nvic->priority_mask;
        }
    }
}
