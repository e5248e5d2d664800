/* SPDX-License-Identifier: MIT
 * Which serial port asks which DMA stream; the multiplexer of an H743. */
#include <stdlib.h>

#include "twin/soc/dma.h"
#include "twin/soc/makers.h"
#include "twin/soc/registers.h"

struct f4_row {
    uint8_t controller, stream, channel;
    struct soc_dma_request request;
};

static const struct f4_row f4_rows[] = {
    {0, 0, 4, {5, false}}, {0, 1, 4, {3, false}}, {0, 2, 4, {4, false}}, {0, 3, 4, {3, true}},
    {0, 4, 4, {4, true}},  {0, 4, 7, {3, true}},  {0, 5, 4, {2, false}}, {0, 6, 4, {2, true}},
    {0, 7, 4, {5, true}},  {1, 1, 5, {6, false}}, {1, 2, 4, {1, false}}, {1, 2, 5, {6, false}},
    {1, 5, 4, {1, false}}, {1, 6, 5, {6, true}},  {1, 7, 4, {1, true}},  {1, 7, 5, {6, true}},
};

/* Inputs of the DMAMUX1 in pairs: a port's receiver, then its transmitter. */
static const struct {
    uint8_t first, number;
} h7_rows[] = {{41, 1}, {43, 2}, {45, 3}, {63, 4}, {65, 5}, {71, 6}, {79, 7}, {81, 8}};

enum { CHANNELS = 16, CFR_ROW = CHANNELS + 1, MUX_ROWS = 28, INPUT_MASK = 0x7F };

#define CHANNEL(n)                                                                                 \
    {                                                                                              \
        "CxCR", 4 * (n), 0, 0x1FFF037F                                                             \
    }
#define GENERATOR(n)                                                                               \
    {                                                                                              \
        "RGxCR", 0x100 + 4 * (n), 0, 0x00FF0107                                                    \
    }

/* Source RM0433, "DMAMUX registers". Synchronization and generators keep what is stored, but do
 * nothing. */
static const struct soc_register mux_rows[MUX_ROWS] = {
    CHANNEL(0),
    CHANNEL(1),
    CHANNEL(2),
    CHANNEL(3),
    CHANNEL(4),
    CHANNEL(5),
    CHANNEL(6),
    CHANNEL(7),
    CHANNEL(8),
    CHANNEL(9),
    CHANNEL(10),
    CHANNEL(11),
    CHANNEL(12),
    CHANNEL(13),
    CHANNEL(14),
    CHANNEL(15),
    {"CSR", 0x80, 0, 0},
    {"CFR", 0x84, 0, 0},
    GENERATOR(0),
    GENERATOR(1),
    GENERATOR(2),
    GENERATOR(3),
    GENERATOR(4),
    GENERATOR(5),
    GENERATOR(6),
    GENERATOR(7),
    {"RGSR", 0x140, 0, 0},
    {"RGCFR", 0x144, 0, 0},
};

struct mux {
    struct soc_chip *chip;
    struct soc_block block;
    uint32_t values[MUX_ROWS];
};

static struct soc_dma_request of_input(uint32_t input)
{
    for (size_t i = 0; i < sizeof h7_rows / sizeof h7_rows[0]; i++) {
        if (input - h7_rows[i].first < 2) {
            return (struct soc_dma_request){h7_rows[i].number, input != h7_rows[i].first};
        }
    }
    return (struct soc_dma_request){0, false};
}

struct soc_dma_request soc_dma_request(const struct soc_chip *chip, uint32_t controller,
                                       uint32_t stream, uint32_t select)
{
    const struct mux *mux = chip->nets.dmamux;
    if (mux != NULL) {
        return of_input(mux->values[SOC_DMA_STREAMS * controller + stream] & INPUT_MASK);
    }
    for (size_t i = 0; i < sizeof f4_rows / sizeof f4_rows[0]; i++) {
        const struct f4_row *row = &f4_rows[i];
        if (row->controller == controller && row->stream == stream && row->channel == select) {
            return row->request;
        }
    }
    return (struct soc_dma_request){0, false};
}

static uint32_t mux_read(void *self, uint32_t offset, uint32_t width)
{
    struct mux *mux = self;
    return soc_block_read(&mux->block, offset, width);
}

static void mux_write(void *self, uint32_t offset, uint32_t width, uint32_t value)
{
    struct mux *mux = self;
    struct soc_store store = soc_store(offset, width, value);
    (void)soc_block_write(&mux->block, &store);
    soc_dma_look(mux->chip);
}

static void mux_reset(void *self, enum reset_cause cause)
{
    struct mux *mux = self;
    (void)cause;
    soc_block_reset(&mux->block);
}

bool soc_dmamux_make(struct soc_chip *chip, const struct soc_row *row, struct soc_part *part)
{
    struct mux *mux = calloc(1, sizeof *mux);
    if (mux == NULL) {
        return false;
    }
    mux->chip = chip;
    mux->block = (struct soc_block){mux_rows, MUX_ROWS, mux->values, row->name, &chip->lines};
    chip->nets.dmamux = mux;
    part->self = mux;
    part->read = mux_read;
    part->write = mux_write;
    part->reset = mux_reset;
    return true;
}
