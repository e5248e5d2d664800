/* SPDX-License-Identifier: MIT
 * The CRC unit. */
#include <stdlib.h>

#include "twin/soc/makers.h"
#include "twin/soc/registers.h"

enum row { DR, IDR, CR, INIT, POL, ROWS };
enum { F4_ROWS = INIT, RESET_BIT = 1, REV_OUT = 1 << 7 };
#define POLYNOMIAL 0x04C11DB7u

/* Source RM0090 and RM0433 "CRC registers"; an F4 has neither INIT nor POL, and only RESET in CR */
static const struct soc_register rows[ROWS] = {
    [DR] = {"DR", 0x00, UINT32_MAX, 0},
    [IDR] = {"IDR", 0x04, 0, 0xFFFFFFFF},
    [CR] = {"CR", 0x08, 0, 0x000000F8},
    [INIT] = {"INIT", 0x10, UINT32_MAX, UINT32_MAX},
    [POL] = {"POL", 0x14, POLYNOMIAL, UINT32_MAX},
};

struct crc {
    struct soc_block block;
    uint32_t values[ROWS];
    uint32_t value; /* DR before it is turned round */
};

static uint32_t reverse(uint32_t value, uint32_t bits)
{
    uint32_t result = 0;
    for (uint32_t i = 0; i < bits; i++) {
        result |= (value >> i & 1) << (bits - 1 - i);
    }
    return result;
}

/* Turns round the bits of each byte, halfword or word of what comes in. */
static uint32_t turn_input(uint32_t value, uint32_t code, uint32_t bits)
{
    static const uint8_t pieces[4] = {0, 8, 16, 32};
    uint32_t piece = pieces[code] < bits ? pieces[code] : bits, result = 0;
    for (uint32_t at = 0; piece != 0 && at < bits; at += piece) {
        uint32_t mask = piece == 32 ? UINT32_MAX : (1u << piece) - 1;
        result |= reverse(value >> at & mask, piece) << at;
    }
    return piece == 0 ? value : result;
}

static uint32_t size_of(const struct crc *crc)
{
    static const uint8_t sizes[4] = {32, 16, 8, 7};
    return sizes[crc->values[CR] >> 3 & 3];
}

static void feed(struct crc *crc, uint32_t data, uint32_t bits)
{
    uint32_t size = size_of(crc), shift = 32 - size;
    uint32_t value = crc->value << shift, polynomial = crc->values[POL] << shift;
    data = turn_input(data, crc->values[CR] >> 5 & 3, bits) << (32 - bits);
    for (uint32_t i = 0; i < bits; i++) {
        bool out = ((value ^ data) >> 31) != 0;
        value = value << 1 ^ (out ? polynomial : 0);
        data <<= 1;
    }
    crc->value = value >> shift;
}

static uint32_t crc_read(void *self, uint32_t offset, uint32_t width)
{
    struct crc *crc = self;
    bool turned = (crc->values[CR] & REV_OUT) != 0;
    crc->values[DR] = turned ? reverse(crc->value, size_of(crc)) : crc->value;
    return soc_block_read(&crc->block, offset, width);
}

static void crc_write(void *self, uint32_t offset, uint32_t width, uint32_t value)
{
    struct crc *crc = self;
    struct soc_store store = soc_store(offset, width, value);
    bool h7 = crc->block.count == ROWS;
    switch (soc_block_write(&crc->block, &store)) {
    case DR: feed(crc, value, h7 ? 8 * width : 32); break;
    case CR:
        crc->values[CR] = h7 ? crc->values[CR] : 0;
        crc->value = (store.value & RESET_BIT) != 0 ? crc->values[INIT] : crc->value;
        break;
    case IDR: crc->values[IDR] &= h7 ? UINT32_MAX : UINT8_MAX; break;
    case INIT: crc->value = crc->values[INIT]; break;
    default: break;
    }
}

static void crc_reset(void *self, enum reset_cause cause)
{
    struct crc *crc = self;
    (void)cause;
    soc_block_reset(&crc->block);
    crc->values[INIT] = UINT32_MAX;
    crc->values[POL] = POLYNOMIAL;
    crc->value = UINT32_MAX;
}

bool soc_crc_make(struct soc_chip *chip, const struct soc_row *row, struct soc_part *part)
{
    struct crc *crc = calloc(1, sizeof *crc);
    if (crc == NULL) {
        return false;
    }
    uint32_t count = chip->map == &soc_map_h743 ? (uint32_t)ROWS : (uint32_t)F4_ROWS;
    crc->block = (struct soc_block){rows, count, crc->values, row->name, &chip->lines};
    part->self = crc;
    part->read = crc_read;
    part->write = crc_write;
    part->reset = crc_reset;
    return true;
}
