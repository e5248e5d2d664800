/* SPDX-License-Identifier: MIT
 * The independent watchdog. */
#include <stdlib.h>

#include "twin/soc/makers.h"
#include "twin/soc/registers.h"

enum row { KR, PR, RLR, SR, WINR, ROWS };
enum { UNLOCK = 0x5555, REFRESH = 0xAAAA, START = 0xCCCC, TOP = 0xFFF, UPDATE_CYCLES = 5 };
#define SECOND_NS 1000000000u

/* Source RM0090 and RM0433 "IWDG registers"; an F4 has no WINR */
static const struct soc_register rows[ROWS] = {
    [KR] = {"KR", 0x00, 0, 0}, [PR] = {"PR", 0x04, 0, 0x7},       [RLR] = {"RLR", 0x08, TOP, TOP},
    [SR] = {"SR", 0x0C, 0, 0}, [WINR] = {"WINR", 0x10, TOP, TOP},
};

struct iwdg {
    struct soc_chip *chip;
    struct soc_block block;
    uint32_t values[ROWS];
    uint64_t update_end_ns[ROWS]; /* PR, RLR, WINR: until then SR says so */
    bool runs, unlocked;
    uint32_t count; /* at since_ns */
    uint64_t since_ns;
};

static uint64_t cycles_ns(const struct iwdg *iwdg, uint64_t cycles)
{
    uint32_t lsi = iwdg->chip->nets.clocks.lsi;
    return lsi == 0 ? UINT64_MAX / 2 : cycles * SECOND_NS / lsi;
}

static uint64_t divisor(const struct iwdg *iwdg)
{
    uint32_t code = iwdg->values[PR] & 7;
    return 4u << (code > 6 ? 6 : code);
}

static uint64_t iwdg_due(void *self)
{
    const struct iwdg *iwdg = self;
    uint64_t length_ns = cycles_ns(iwdg, divisor(iwdg) * (iwdg->count + 1));
    return iwdg->runs ? iwdg->since_ns + length_ns : UINT64_MAX;
}

/* Counts down to the present. */
static void settle(struct iwdg *iwdg)
{
    uint64_t now = iwdg->chip->lines.time->now_ns;
    uint64_t tick_ns = cycles_ns(iwdg, divisor(iwdg));
    uint64_t ticks = (now - iwdg->since_ns) / tick_ns;
    uint32_t passed = ticks > iwdg->count ? iwdg->count : (uint32_t)ticks;
    iwdg->count -= passed;
    iwdg->since_ns += passed * tick_ns;
}

static void load(struct iwdg *iwdg, uint32_t count)
{
    iwdg->count = count;
    iwdg->since_ns = iwdg->chip->lines.time->now_ns;
}

static void start(struct iwdg *iwdg)
{
    if (!iwdg->runs) {
        iwdg->runs = true;
        iwdg->chip->nets.watchdog_runs = true;
        load(iwdg, TOP);
    }
}

static void refresh(struct iwdg *iwdg)
{
    const struct soc_lines *lines = &iwdg->chip->lines;
    if (iwdg->runs) {
        settle(iwdg);
    }
    if (iwdg->runs && iwdg->count > iwdg->values[WINR]) {
        lines->reset(lines->chip, RESET_WATCHDOG);
    }
    load(iwdg, iwdg->values[RLR]);
}

static void store_key(struct iwdg *iwdg, uint32_t key)
{
    iwdg->unlocked = key == UNLOCK;
    if (key == START) {
        start(iwdg);
    } else if (key == REFRESH) {
        refresh(iwdg);
    }
}

static bool is_updating(const struct iwdg *iwdg, uint32_t row)
{
    return iwdg->update_end_ns[row] > iwdg->chip->lines.time->now_ns;
}

static void store_value(struct iwdg *iwdg, uint32_t row, const struct soc_store *store)
{
    if (!iwdg->unlocked || is_updating(iwdg, row)) {
        return;
    }
    if (iwdg->runs) {
        settle(iwdg);
    }
    (void)soc_block_write(&iwdg->block, store);
    iwdg->update_end_ns[row] = iwdg->chip->lines.time->now_ns + cycles_ns(iwdg, UPDATE_CYCLES);
    if (row == WINR) {
        load(iwdg, iwdg->values[RLR]);
    }
}

static uint32_t iwdg_read(void *self, uint32_t offset, uint32_t width)
{
    struct iwdg *iwdg = self;
    iwdg->values[SR] = (uint32_t)is_updating(iwdg, PR) | (uint32_t)is_updating(iwdg, RLR) << 1 |
                       (uint32_t)is_updating(iwdg, WINR) << 2;
    return soc_block_read(&iwdg->block, offset, width);
}

static void iwdg_write(void *self, uint32_t offset, uint32_t width, uint32_t value)
{
    struct iwdg *iwdg = self;
    struct soc_store store = soc_store(offset, width, value);
    uint32_t row = soc_block_find(&iwdg->block, store.offset);
    if (row == KR) {
        store_key(iwdg, store.value & 0xFFFF);
    } else if (row == PR || row == RLR || row == WINR) {
        store_value(iwdg, row, &store);
    }
}

static void iwdg_advance(void *self)
{
    struct iwdg *iwdg = self;
    const struct soc_lines *lines = &iwdg->chip->lines;
    if (iwdg->runs && lines->time->now_ns >= iwdg_due(iwdg)) {
        iwdg->runs = false;
        lines->reset(lines->chip, RESET_WATCHDOG);
    }
}

static void iwdg_reset(void *self, enum reset_cause cause)
{
    struct iwdg *iwdg = self;
    (void)cause;
    soc_block_reset(&iwdg->block);
    for (uint32_t row = 0; row < ROWS; row++) {
        iwdg->update_end_ns[row] = 0;
    }
    iwdg->runs = iwdg->unlocked = false;
    iwdg->chip->nets.watchdog_runs = false;
    if (iwdg->chip->nets.hardware_watchdog) {
        start(iwdg);
    }
}

bool soc_iwdg_make(struct soc_chip *chip, const struct soc_row *row, struct soc_part *part)
{
    struct iwdg *iwdg = calloc(1, sizeof *iwdg);
    if (iwdg == NULL) {
        return false;
    }
    iwdg->chip = chip;
    uint32_t count = chip->map == &soc_map_h743 ? ROWS : WINR;
    iwdg->values[WINR] = TOP;
    iwdg->block = (struct soc_block){rows, count, iwdg->values, row->name, &chip->lines};
    part->self = iwdg;
    part->read = iwdg_read;
    part->write = iwdg_write;
    part->reset = iwdg_reset;
    part->due = iwdg_due;
    part->advance = iwdg_advance;
    return true;
}
