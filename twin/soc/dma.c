/* SPDX-License-Identifier: MIT
 * A DMA controller of eight streams: between memories at once, else as a peripheral asks. */
#include "twin/soc/dma.h"

#include <stdlib.h>

#include "twin/soc/makers.h"
#include "twin/soc/registers.h"
#include "twin/soc/usart.h"

enum { LISR, HISR, LIFCR, HIFCR, FLAG_ROWS, CR = 0, NDTR, PAR, M0AR, M1AR, FCR, STREAM_ROWS };
enum { ROWS = FLAG_ROWS + STREAM_ROWS * SOC_DMA_STREAMS };

/* Bits of SxCR. Source RM0090 and RM0433, "DMA stream x configuration register" */
enum {
    EN = 1,
    TEIE = 1 << 2,
    HTIE = 1 << 3,
    TCIE = 1 << 4,
    TO_MEMORY = 0,
    FROM_MEMORY = 1,
    BETWEEN_MEMORIES = 2,
    CIRC = 1 << 8,
    PINC = 1 << 9,
    MINC = 1 << 10,
    PINCOS = 1 << 15,
    DBM = 1 << 18,
    CT = 1 << 19,
    WHILE_ENABLED = EN | 0x1E | CT,
};
enum { TEIF = 1 << 3, HTIF = 1 << 4, TCIF = 1 << 5, FLAGS = 0x3D };
enum { CYCLES_AN_ITEM = 4 }; /* of the bus clock, between memories: two accesses of two each */

#define STREAM(n)                                                                                  \
    {"SxCR", 0x10 + 0x18 * (n), 0, 0x0FFFFFFF}, {"SxNDTR", 0x14 + 0x18 * (n), 0, 0x0000FFFF},      \
        {"SxPAR", 0x18 + 0x18 * (n), 0, 0xFFFFFFFF}, {"SxM0AR", 0x1C + 0x18 * (n), 0, 0xFFFFFFFF}, \
        {"SxM1AR", 0x20 + 0x18 * (n), 0, 0xFFFFFFFF},                                              \
    {                                                                                              \
        "SxFCR", 0x24 + 0x18 * (n), 0x00000021, 0x00000087                                         \
    }

/* Source RM0090 and RM0433, "DMA registers" */
static const struct soc_register rows[ROWS] = {
    {"LISR", 0x00, 0, 0},
    {"HISR", 0x04, 0, 0},
    {"LIFCR", 0x08, 0, 0},
    {"HIFCR", 0x0C, 0, 0},
    STREAM(0),
    STREAM(1),
    STREAM(2),
    STREAM(3),
    STREAM(4),
    STREAM(5),
    STREAM(6),
    STREAM(7),
};

/* Source RM0090 and RM0433, "Interrupt and exception vectors" */
static const uint16_t irqs[2][SOC_DMA_STREAMS] = {{11, 12, 13, 14, 15, 16, 17, 47},
                                                  {56, 57, 58, 59, 60, 68, 69, 70}};

/* One stream: what its registers were when it was enabled, and how far it is. */
struct stream {
    uint32_t total, peripheral, memory; /* items; the next addresses */
    uint64_t half_ns, end_ns;           /* between memories; UINT64_MAX: not */
};

struct dma {
    struct soc_chip *chip;
    struct soc_block block;
    uint32_t values[ROWS];
    struct stream streams[SOC_DMA_STREAMS];
    uint32_t number;  /* 0: DMA1 */
    uint32_t between; /* bit n: stream n is at work between memories */
    bool serving;
};

static uint32_t *reg(struct dma *dma, uint32_t stream, uint32_t row)
{
    return &dma->values[FLAG_ROWS + STREAM_ROWS * stream + row];
}

static uint32_t flag_shift(uint32_t stream)
{
    static const uint8_t shifts[4] = {0, 6, 16, 22};
    return shifts[stream % 4];
}

static void raise(struct dma *dma, uint32_t stream, uint32_t flags)
{
    dma->values[LISR + stream / 4] |= flags << flag_shift(stream);
}

static void update_irq(struct dma *dma, uint32_t stream)
{
    const struct soc_lines *lines = &dma->chip->lines;
    uint32_t flags = dma->values[LISR + stream / 4] >> flag_shift(stream);
    uint32_t control = *reg(dma, stream, CR);
    bool level = ((flags & TCIF) != 0 && (control & TCIE) != 0) ||
                 ((flags & HTIF) != 0 && (control & HTIE) != 0) ||
                 ((flags & TEIF) != 0 && (control & TEIE) != 0);
    lines->irq(lines->chip, irqs[dma->number][stream], level);
}

static uint32_t direction(uint32_t control)
{
    return control >> 6 & 3;
}

/* Registers of other parts, and memory. What a controller cannot reach is an error: the core's own
 * memories. Source RM0090, RM0433, "Bus matrix" */
static bool access(struct dma *dma, uint32_t addr, uint8_t *data, uint32_t width, bool store)
{
    struct soc_chip *chip = dma->chip;
    uint32_t value = 0;
    bool h7 = chip->map == &soc_map_h743;
    bool core_memory =
        h7 ? addr < 0x08000000 || addr - 0x20000000 < 0x20000 : addr - 0x10000000 < 0x10000;
    if (soc_chip_find(chip, addr) == NULL) {
        return !core_memory && chip->lines.memory != NULL &&
               chip->lines.memory(chip->lines.chip, addr, data, width, store);
    }
    for (uint32_t i = 0; i < width; i++) {
        value |= (uint32_t)data[i] << 8 * i;
    }
    if (store) {
        soc_chip_write(chip, addr, width, value);
        return true;
    }
    value = soc_chip_read(chip, addr, width);
    for (uint32_t i = 0; i < width; i++) {
        data[i] = (uint8_t)(value >> 8 * i);
    }
    return true;
}

/* Loads what the next round begins with. */
static void begin_round(struct dma *dma, uint32_t stream)
{
    struct stream *at = &dma->streams[stream];
    bool second = (*reg(dma, stream, CR) & DBM) != 0 && (*reg(dma, stream, CR) & CT) != 0;
    *reg(dma, stream, NDTR) = at->total;
    at->peripheral = *reg(dma, stream, PAR);
    at->memory = *reg(dma, stream, second ? M1AR : M0AR);
}

static void end_round(struct dma *dma, uint32_t stream)
{
    uint32_t *control = reg(dma, stream, CR);
    raise(dma, stream, TCIF);
    if ((*control & DBM) != 0) {
        *control ^= CT;
    }
    if ((*control & (CIRC | DBM)) != 0) {
        begin_round(dma, stream);
    } else {
        *control &= ~(uint32_t)EN;
    }
}

/* Moves one item, as wide as the peripheral's side; the memory's side packs. */
static void move_item(struct dma *dma, uint32_t stream)
{
    struct stream *at = &dma->streams[stream];
    uint32_t control = *reg(dma, stream, CR);
    uint32_t width = 1u << (control >> 11 & 3);
    bool out = direction(control) == FROM_MEMORY;
    uint8_t data[4] = {0};
    if (width > sizeof data ||
        !access(dma, out ? at->memory : at->peripheral, data, width, false) ||
        !access(dma, out ? at->peripheral : at->memory, data, width, true)) {
        *reg(dma, stream, CR) &= ~(uint32_t)EN;
        raise(dma, stream, TEIF);
        return;
    }
    at->memory += (control & MINC) != 0 ? width : 0;
    uint32_t step = (control & PINCOS) != 0 ? 4 : width;
    at->peripheral += (control & PINC) != 0 ? step : 0;
    uint32_t left = --*reg(dma, stream, NDTR);
    if (left == at->total / 2) {
        raise(dma, stream, HTIF);
    }
    if (left == 0) {
        end_round(dma, stream);
    }
}

static bool runs(struct dma *dma, uint32_t stream)
{
    return (*reg(dma, stream, CR) & EN) != 0 && *reg(dma, stream, NDTR) != 0;
}

static bool is_asked(struct dma *dma, uint32_t stream)
{
    uint32_t control = *reg(dma, stream, CR);
    if (!runs(dma, stream) || direction(control) >= BETWEEN_MEMORIES) {
        return false;
    }
    struct soc_dma_request request =
        soc_dma_request(dma->chip, dma->number, stream, control >> 25 & 7);
    return request.number != 0 && request.sends == (direction(control) == FROM_MEMORY) &&
           soc_usart_asks(dma->chip, request.number, request.sends);
}

/* No more than a round at once: a ring with the address of another register never stills the one
 * who asks. */
static void serve(struct dma *dma)
{
    for (uint32_t i = 0; i < SOC_DMA_STREAMS; i++) {
        for (uint32_t most = dma->streams[i].total; most > 0 && is_asked(dma, i); most--) {
            move_item(dma, i);
        }
        update_irq(dma, i);
    }
}

/* An item moved may make the peripheral ask again, or no more: that is looked at here anyway. */
void soc_dma_look(struct soc_chip *chip)
{
    for (uint32_t i = 0; i < SOC_DMAS_MAX; i++) {
        struct dma *dma = chip->nets.dmas[i];
        if (dma != NULL && !dma->serving) {
            dma->serving = true;
            serve(dma);
            dma->serving = false;
        }
    }
}

/* Between memories nobody asks, it takes the bus's time, and there is no ring. */
static void begin(struct dma *dma, uint32_t stream)
{
    struct stream *at = &dma->streams[stream];
    uint64_t now_ns = dma->chip->lines.time->now_ns;
    uint32_t hz = dma->chip->nets.clocks.hclk;
    at->total = *reg(dma, stream, NDTR);
    if (direction(*reg(dma, stream, CR)) == BETWEEN_MEMORIES) {
        *reg(dma, stream, CR) &= ~(uint32_t)(CIRC | DBM);
    }
    begin_round(dma, stream);
    at->half_ns = at->end_ns = UINT64_MAX;
    if (direction(*reg(dma, stream, CR)) == BETWEEN_MEMORIES && at->total > 0 && hz > 0) {
        uint64_t all_ns = (uint64_t)at->total * CYCLES_AN_ITEM * 1000000000u / hz + 1;
        at->half_ns = now_ns + all_ns / 2;
        at->end_ns = now_ns + all_ns;
        dma->between |= 1u << stream;
    }
}

static void end_between(struct dma *dma, uint32_t stream)
{
    dma->streams[stream].half_ns = dma->streams[stream].end_ns = UINT64_MAX;
    dma->between &= ~(1u << stream);
}

/* A stream that is switched off has transferred what it will, and says so. */
static void write_control(struct dma *dma, uint32_t stream, const struct soc_store *store)
{
    uint32_t *control = reg(dma, stream, CR);
    bool enabled = (*control & EN) != 0;
    *control = soc_merge(*control, store, enabled ? (uint32_t)WHILE_ENABLED : 0x0FFFFFFFu);
    if (!enabled && (*control & EN) != 0) {
        begin(dma, stream);
    } else if (enabled && (*control & EN) == 0) {
        end_between(dma, stream);
        raise(dma, stream, TCIF);
    }
}

static void write_stream(struct dma *dma, uint32_t row, const struct soc_store *store)
{
    uint32_t stream = row / STREAM_ROWS, which = row % STREAM_ROWS;
    bool enabled = (*reg(dma, stream, CR) & EN) != 0;
    bool idle_buffer = (which == M0AR || which == M1AR) && (*reg(dma, stream, CR) & DBM) != 0;
    if (which == CR) {
        write_control(dma, stream, store);
    } else if (!enabled || idle_buffer || which == FCR) {
        (void)soc_block_write(&dma->block, store);
    }
}

static void dma_write(void *self, uint32_t offset, uint32_t width, uint32_t value)
{
    struct dma *dma = self;
    struct soc_store store = soc_store(offset, width, value);
    uint32_t row = soc_block_find(&dma->block, offset);
    if (row == LIFCR || row == HIFCR) {
        dma->values[row - LIFCR] &= ~store.value;
    } else if (row >= FLAG_ROWS && row != SOC_NO_ROW) {
        write_stream(dma, row - FLAG_ROWS, &store);
    }
    soc_dma_look(dma->chip);
}

static uint32_t dma_read(void *self, uint32_t offset, uint32_t width)
{
    struct dma *dma = self;
    return soc_block_read(&dma->block, offset, width);
}

static uint64_t dma_due(void *self)
{
    const struct dma *dma = self;
    uint64_t due = UINT64_MAX;
    for (uint32_t i = 0; dma->between != 0 && i < SOC_DMA_STREAMS; i++) {
        const struct stream *at = &dma->streams[i];
        uint64_t its = at->half_ns < at->end_ns ? at->half_ns : at->end_ns;
        due = its < due ? its : due;
    }
    return due;
}

/* The first half moves at half of the time, the rest at its end. */
static void advance_stream(struct dma *dma, uint32_t stream)
{
    struct stream *at = &dma->streams[stream];
    uint64_t now_ns = dma->chip->lines.time->now_ns;
    bool ends = at->end_ns <= now_ns;
    uint32_t rest = ends ? 0 : at->total / 2;
    if (!ends && at->half_ns > now_ns) {
        return;
    }
    at->half_ns = UINT64_MAX;
    for (uint32_t most = at->total; most > 0 && runs(dma, stream) && *reg(dma, stream, NDTR) > rest;
         most--) {
        move_item(dma, stream);
    }
    if (ends || !runs(dma, stream)) {
        end_between(dma, stream);
    }
}

static void dma_advance(void *self)
{
    struct dma *dma = self;
    for (uint32_t i = 0; i < SOC_DMA_STREAMS; i++) {
        if ((dma->between >> i & 1) != 0) {
            advance_stream(dma, i);
        }
    }
    soc_dma_look(dma->chip);
}

static void dma_reset(void *self, enum reset_cause cause)
{
    struct dma *dma = self;
    (void)cause;
    soc_block_reset(&dma->block);
    for (uint32_t i = 0; i < SOC_DMA_STREAMS; i++) {
        dma->streams[i] = (struct stream){.total = 0};
        end_between(dma, i);
        update_irq(dma, i);
    }
}

bool soc_dma_make(struct soc_chip *chip, const struct soc_row *row, struct soc_part *part)
{
    struct dma *dma = calloc(1, sizeof *dma);
    if (dma == NULL) {
        return false;
    }
    dma->chip = chip;
    dma->number = row->variant - 1;
    dma->block = (struct soc_block){rows, ROWS, dma->values, row->name, &chip->lines};
    chip->nets.dmas[dma->number] = dma;
    part->self = dma;
    part->read = dma_read;
    part->write = dma_write;
    part->reset = dma_reset;
    part->due = dma_due;
    part->advance = dma_advance;
    return true;
}
