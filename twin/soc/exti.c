/* SPDX-License-Identifier: MIT
 * External interrupts: edges of pins, stores of software. */
#include <stdlib.h>

#include "twin/soc/makers.h"
#include "twin/soc/registers.h"

/* The registers that the lines of the pins need, in the order of both tables. */
enum row { IMR, EMR, RTSR, FTSR, SWIER, PR, COMMON };
enum { F4_ROWS = COMMON, H7_ROWS = COMMON + 13, PIN_LINES = 16 };

/* Lines of the RTC, and their inputs of the NVIC. Source RM0090 and RM0433, "EXTI", "NVIC" */
enum {
    ALARM_LINE = 17,
    F4_WAKE_UP_LINE = 22,
    H7_WAKE_UP_LINE = 19,
    ALARM_IRQ = 41,
    WAKE_UP_IRQ = 3
};

/* Source RM0090 "EXTI registers" */
static const struct soc_register f4_rows[F4_ROWS] = {
    [IMR] = {"IMR", 0x00, 0, 0x007FFFFF},   [EMR] = {"EMR", 0x04, 0, 0x007FFFFF},
    [RTSR] = {"RTSR", 0x08, 0, 0x007FFFFF}, [FTSR] = {"FTSR", 0x0C, 0, 0x007FFFFF},
    [SWIER] = {"SWIER", 0x10, 0, 0},        [PR] = {"PR", 0x14, 0, 0},
};

/* Source RM0433 "EXTI registers". Lines from 22 on are direct: they have neither edges nor a
 * pending bit here. */
static const struct soc_register h7_rows[H7_ROWS] = {
    [IMR] = {"CPUIMR1", 0x80, 0xFFC00000, 0xFFFFFFFF},
    [EMR] = {"CPUEMR1", 0x84, 0, 0xFFFFFFFF},
    [RTSR] = {"RTSR1", 0x00, 0, 0x003FFFFF},
    [FTSR] = {"FTSR1", 0x04, 0, 0x003FFFFF},
    [SWIER] = {"SWIER1", 0x08, 0, 0},
    [PR] = {"CPUPR1", 0x88, 0, 0},
    {"D3PMR1", 0x0C, 0, 0x0238FFFF},
    {"D3PCR1L", 0x10, 0, 0xFFFFFFFF},
    {"D3PCR1H", 0x14, 0, 0x00C00FFF},
    {"RTSR2", 0x20, 0, 0x000A0000},
    {"FTSR2", 0x24, 0, 0x000A0000},
    {"SWIER2", 0x28, 0, 0},
    {"RTSR3", 0x40, 0, 0x007E0000},
    {"FTSR3", 0x44, 0, 0x007E0000},
    {"CPUIMR2", 0x90, 0xFFF5FFFF, 0xFFFFFFFF},
    {"CPUEMR2", 0x94, 0, 0xFFFFFFFF},
    {"CPUPR2", 0x98, 0, 0},
    {"CPUIMR3", 0xA0, 0x00890000, 0x007FFFFF},
    {"CPUEMR3", 0xA4, 0, 0x007FFFFF},
};

struct exti {
    struct soc_chip *chip;
    struct soc_block block;
    uint32_t values[H7_ROWS];
};

static uint32_t wake_up_line(const struct exti *exti)
{
    return exti->block.rows == h7_rows ? H7_WAKE_UP_LINE : F4_WAKE_UP_LINE;
}

/* Lines that share an input of the NVIC are one level. */
static void update_irqs(struct exti *exti)
{
    const struct soc_lines *lines = &exti->chip->lines;
    const uint32_t *irqs = exti->chip->map->exti_irqs;
    uint32_t active = exti->values[PR] & exti->values[IMR];
    bool level = false;
    for (uint32_t line = 0; line < PIN_LINES; line++) {
        level = level || (active >> line & 1) != 0;
        if (line + 1 == PIN_LINES || irqs[line] != irqs[line + 1]) {
            lines->irq(lines->chip, irqs[line], level);
            level = false;
        }
    }
    lines->irq(lines->chip, ALARM_IRQ, (active >> ALARM_LINE & 1) != 0);
    lines->irq(lines->chip, WAKE_UP_IRQ, (active >> wake_up_line(exti) & 1) != 0);
}

static void rise(struct exti *exti, uint32_t line)
{
    exti->values[PR] |= exti->values[RTSR] & 1u << line;
    update_irqs(exti);
}

void soc_exti_alarm(void *self)
{
    rise(self, ALARM_LINE);
}

void soc_exti_wake_up(void *self)
{
    rise(self, wake_up_line(self));
}

void soc_exti_pin(void *self, uint32_t port, uint32_t pin, bool level)
{
    struct exti *exti = self;
    if (exti == NULL || exti->chip->nets.exti_ports[pin] != port) {
        return;
    }
    if ((exti->values[level ? RTSR : FTSR] >> pin & 1) != 0) {
        exti->values[PR] |= 1u << pin;
        update_irqs(exti);
    }
}

static uint32_t exti_read(void *self, uint32_t offset, uint32_t width)
{
    struct exti *exti = self;
    return soc_block_read(&exti->block, offset, width);
}

static void exti_write(void *self, uint32_t offset, uint32_t width, uint32_t value)
{
    struct exti *exti = self;
    struct soc_store store = soc_store(offset, width, value);
    uint32_t row = soc_block_write(&exti->block, &store);
    if (row == SWIER) {
        uint32_t fresh = store.value & ~exti->values[SWIER] & exti->block.rows[RTSR].writable;
        exti->values[SWIER] |= fresh;
        exti->values[PR] |= fresh;
    } else if (row == PR) {
        exti->values[PR] &= ~store.value;
        exti->values[SWIER] &= ~store.value;
    }
    update_irqs(exti);
}

static void exti_reset(void *self, enum reset_cause cause)
{
    struct exti *exti = self;
    (void)cause;
    soc_block_reset(&exti->block);
    update_irqs(exti);
}

bool soc_exti_make(struct soc_chip *chip, const struct soc_row *row, struct soc_part *part)
{
    struct exti *exti = calloc(1, sizeof *exti);
    if (exti == NULL) {
        return false;
    }
    bool h7 = chip->map == &soc_map_h743;
    exti->chip = chip;
    exti->block = (struct soc_block){h7 ? h7_rows : f4_rows, h7 ? H7_ROWS : F4_ROWS, exti->values,
                                     row->name, &chip->lines};
    chip->nets.exti = exti;
    part->self = exti;
    part->read = exti_read;
    part->write = exti_write;
    part->reset = exti_reset;
    return true;
}
