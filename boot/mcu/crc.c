/* SPDX-License-Identifier: MIT
 * CRC-32 by the chip's CRC unit, which takes words with their bits the other way round. */
#include "boot/mcu/chip.h"
#include "boot/mcu/core.h"
#include "boot/port.h"
#include "core/bytes.h"

enum { CRC_RESET = 1, BYTE_BITS = 8 };

struct crc_regs {
    volatile uint32_t dr, idr, cr;
};

static uint32_t reversed(uint32_t word)
{
    __asm("rbit %0, %0" : "+r"(word));
    return word;
}

/* Source    RM0090, "CRC calculation unit"; RM0433, the same */
uint32_t port_crc(bool first, const uint8_t *data, uint32_t length)
{
    struct crc_regs *unit = (struct crc_regs *)chip.crc;
    volatile uint32_t *enable = core_register(chip.gpio_enable);
    *enable |= chip.crc_enable_mask;
    (void)*enable;
    if (first) {
        unit->cr = CRC_RESET;
    }
    uint32_t at = 0;
    for (; at + 4 <= length; at += 4) {
        unit->dr = reversed(get_le32(data + at));
    }
    uint32_t crc = reversed(unit->dr);
    for (; at < length; at++) {
        crc ^= data[at];
        for (uint32_t bit = 0; bit < BYTE_BITS; bit++) {
            crc = crc >> 1 ^ (0xEDB88320 & ~((crc & 1) - 1));
        }
    }
    return ~crc;
}
