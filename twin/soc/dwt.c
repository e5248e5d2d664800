/* SPDX-License-Identifier: MIT
 * The debug parts of a Cortex-M that programs use: the cycle counter, and what enables it. */
#include "twin/soc/dwt.h"

#include "twin/soc/registers.h"

/* Offsets from 0xE0000000. */
enum { OFFSET_CTRL = 0x1000, OFFSET_CYCCNT = 0x1004, TRACE_BYTES = 0x3000 };
enum { CTRL_CYCCNTENA = 1, CTRL_WRITABLE = 0x001F1FFF, CTRL_COMPARATORS = 4 << 28 };
enum { DEBUG_BYTES = 0x10, OFFSET_DEMCR = 0xC, DEMCR_TRCENA = 1 << 24, TABLE_BYTES = 0x1000 };
enum { PORT_BYTES = 0x2000 };
static const uint32_t trace_base = 0xE0000000;
static const uint32_t debug_base = 0xE000EDF0;
static const uint32_t port_base = 0xE0040000;
static const uint32_t table_base = 0xE00FF000;
static const uint32_t demcr_writable = 0x010F07F1;

static uint32_t cycle_count(const struct soc_dwt *dwt)
{
    bool runs = (dwt->control & CTRL_CYCCNTENA) != 0 && (dwt->demcr & DEMCR_TRCENA) != 0;
    uint64_t passed = runs ? dwt->cycles(dwt->lines->chip) - dwt->since : 0;
    return dwt->count + (uint32_t)passed;
}

static void set_cycle_count(struct soc_dwt *dwt, uint32_t count)
{
    dwt->count = count;
    dwt->since = dwt->cycles(dwt->lines->chip);
}

static uint32_t read_trace(void *self, uint32_t offset, uint32_t width)
{
    const struct soc_dwt *dwt = self;
    uint32_t word = 0;
    switch (offset & ~3u) {
    case OFFSET_CTRL: word = dwt->control | CTRL_COMPARATORS; break;
    case OFFSET_CYCCNT: word = cycle_count(dwt); break;
    default: break;
    }
    return soc_lanes(word, offset, width);
}

static void write_trace(void *self, uint32_t offset, uint32_t width, uint32_t value)
{
    struct soc_dwt *dwt = self;
    struct soc_store word = soc_store(offset, width, value);
    uint32_t count = cycle_count(dwt);
    switch (offset & ~3u) {
    case OFFSET_CTRL:
        set_cycle_count(dwt, count);
        dwt->control = soc_merge(dwt->control, &word, CTRL_WRITABLE);
        break;
    case OFFSET_CYCCNT: set_cycle_count(dwt, soc_merge(count, &word, UINT32_MAX)); break;
    default: break;
    }
}

/* No debugger is there: DHCSR and its transfer registers read 0. */
static uint32_t read_debug(void *self, uint32_t offset, uint32_t width)
{
    const struct soc_dwt *dwt = self;
    return (offset & ~3u) == OFFSET_DEMCR ? soc_lanes(dwt->demcr, offset, width) : 0;
}

static void write_debug(void *self, uint32_t offset, uint32_t width, uint32_t value)
{
    struct soc_dwt *dwt = self;
    if ((offset & ~3u) == OFFSET_DEMCR) {
        set_cycle_count(dwt, cycle_count(dwt));
        struct soc_store word = soc_store(offset, width, value);
        dwt->demcr = soc_merge(dwt->demcr, &word, demcr_writable);
    }
}

static uint32_t read_table(void *self, uint32_t offset, uint32_t width)
{
    (void)self;
    (void)offset;
    (void)width;
    return 0;
}

static void write_table(void *self, uint32_t offset, uint32_t width, uint32_t value)
{
    (void)self;
    (void)offset;
    (void)width;
    (void)value;
}

/* Only power-on resets the debug parts. */
static void reset_trace(void *self, enum reset_cause cause)
{
    struct soc_dwt *dwt = self;
    if (cause == RESET_POWER_ON) {
        dwt->control = 0;
        dwt->demcr = 0;
        set_cycle_count(dwt, 0);
    }
}

static void reset_nothing(void *self, enum reset_cause cause)
{
    (void)self;
    (void)cause;
}

struct soc_part soc_dwt_part(struct soc_dwt *dwt, uint32_t index)
{
    const struct soc_part parts[SOC_DWT_PARTS] = {
        {"trace", trace_base, TRACE_BYTES, dwt, read_trace, write_trace, reset_trace},
        {"debug", debug_base, DEBUG_BYTES, dwt, read_debug, write_debug, reset_nothing},
        {"trace port", port_base, PORT_BYTES, dwt, read_table, write_table, reset_nothing},
        {"ROM table", table_base, TABLE_BYTES, dwt, read_table, write_table, reset_nothing},
    };
    return parts[index];
}
