/* SPDX-License-Identifier: MIT
 * What system memory says of a chip: unique number, flash size, option bytes, where the ROM begins.
 */
#include <stdlib.h>

#include "twin/soc/makers.h"

/* A window into system memory. Source RM0090 and RM0433, "Device electronic signature" */
struct window {
    struct soc_chip *chip;
    uint32_t base;
};

enum { F4_UID = 0x1FFF7A10, F4_SIZE = 0x1FFF7A22, H7_UID = 0x1FF1E800, H7_SIZE = 0x1FF1E880 };
enum { F4_VECTORS = 0x1FFF0000, H7_VECTORS = 0x1FF09800 };
enum { F4_OPTIONS = 0x1FFFC000, F4_OPTCR = 0x40023C14 };

static uint8_t option_byte(struct soc_chip *chip, uint32_t offset)
{
    uint32_t optcr = soc_chip_read(chip, F4_OPTCR, 4);
    switch (offset) {
    case 0: return (uint8_t)(optcr & 0xEC);
    case 1: return (uint8_t)(optcr >> 8);
    case 8: return (uint8_t)(optcr >> 16);
    case 9: return (uint8_t)(optcr >> 24 & 0xF);
    default: return 0xFF;
    }
}

/* The ROM's vector table: all that programs read of it, to jump there. Its stack is in the RAM that
 * the ROM keeps for itself. Source AN2606, "Bootloader device-dependent parameters" */
static uint8_t vector_byte(bool h7, uint32_t offset)
{
    uint32_t word = offset < 4 ? (h7 ? 0x20004100u : 0x20002000u)
                               : (h7 ? (uint32_t)H7_VECTORS : (uint32_t)F4_VECTORS) + 0x101;
    return (uint8_t)(word >> (8 * (offset & 3)));
}

static uint8_t system_byte(struct soc_chip *chip, uint32_t addr)
{
    bool h7 = chip->map == &soc_map_h743;
    uint32_t vector = addr - (h7 ? H7_VECTORS : F4_VECTORS);
    if (vector < 8) {
        return vector_byte(h7, vector);
    }
    uint32_t uid = addr - (h7 ? H7_UID : F4_UID);
    uint32_t size = addr - (h7 ? H7_SIZE : F4_SIZE);
    if (uid < SOC_UID_BYTES) {
        return chip->specimen.uid[uid];
    }
    if (size < 2) {
        return (uint8_t)(chip->flash->geometry->bytes / 1024 >> (8 * size));
    }
    return !h7 && addr >= F4_OPTIONS ? option_byte(chip, addr - F4_OPTIONS) : 0xFF;
}

static uint32_t window_read(void *self, uint32_t offset, uint32_t width)
{
    struct window *window = self;
    uint32_t value = 0;
    for (uint32_t i = 0; i < width; i++) {
        value |= (uint32_t)system_byte(window->chip, window->base + offset + i) << (8 * i);
    }
    return value;
}

static void window_write(void *self, uint32_t offset, uint32_t width, uint32_t value)
{
    (void)self;
    (void)offset;
    (void)width;
    (void)value;
}

static void window_reset(void *self, enum reset_cause cause)
{
    (void)self;
    (void)cause;
}

bool soc_system_make(struct soc_chip *chip, const struct soc_row *row, struct soc_part *part)
{
    struct window *window = calloc(1, sizeof *window);
    if (window == NULL) {
        return false;
    }
    *window = (struct window){chip, row->base};
    part->self = window;
    part->read = window_read;
    part->write = window_write;
    part->reset = window_reset;
    return true;
}
