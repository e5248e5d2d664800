/* SPDX-License-Identifier: MIT
 * A port of general-purpose pins. */
#include "twin/soc/gpio.h"

#include <stdlib.h>

#include "twin/soc/makers.h"
#include "twin/soc/registers.h"

enum row { MODER, OTYPER, OSPEEDR, PUPDR, IDR, ODR, BSRR, LCKR, AFRL, AFRH, ROWS };
enum mode { INPUT, OUTPUT, ALTERNATE, ANALOG };
enum { LCKK = 1 << 16, LOCK_STEPS = 3, PORT_A = 0, PORT_B = 1 };

/* Source RM0090 and RM0433 "GPIO registers"; what ports A and B have of their own is below */
static const struct soc_register rows[ROWS] = {
    [MODER] = {"MODER", 0x00, 0, 0xFFFFFFFF},
    [OTYPER] = {"OTYPER", 0x04, 0, 0x0000FFFF},
    [OSPEEDR] = {"OSPEEDR", 0x08, 0, 0xFFFFFFFF},
    [PUPDR] = {"PUPDR", 0x0C, 0, 0xFFFFFFFF},
    [IDR] = {"IDR", 0x10, 0, 0},
    [ODR] = {"ODR", 0x14, 0, 0x0000FFFF},
    [BSRR] = {"BSRR", 0x18, 0, 0},
    [LCKR] = {"LCKR", 0x1C, 0, 0},
    [AFRL] = {"AFRL", 0x20, 0, 0xFFFFFFFF},
    [AFRH] = {"AFRH", 0x24, 0, 0xFFFFFFFF},
};

/* JTAG stays connected through a reset: PA13..15, PB3, PB4. */
struct port_reset {
    uint32_t mode_mask; /* bits of MODER that JTAG forces */
    uint32_t mode, speed, pull;
};
static const struct port_reset port_resets[] = {
    [PORT_A] = {0xFC000000, 0xA8000000, 0x0C000000, 0x64000000},
    [PORT_B] = {0x000003C0, 0x00000280, 0x000000C0, 0x00000100},
};

struct port {
    struct soc_chip *chip;
    struct soc_block block;
    uint32_t values[ROWS];
    uint32_t number;
    uint32_t idle_mode; /* MODER of a pin that nothing needs */
    uint32_t driven, levels;
    uint32_t lock_step, lock_wanted, locked;
};

static uint32_t two_bits(uint32_t value, uint32_t pin)
{
    return value >> (2 * pin) & 3;
}

/* What the chip itself puts on a pin. */
static enum soc_pin output_of(const struct port *port, uint32_t pin)
{
    bool high = (port->values[ODR] >> pin & 1) != 0;
    bool open_drain = (port->values[OTYPER] >> pin & 1) != 0;
    if (two_bits(port->values[MODER], pin) != OUTPUT || (high && open_drain)) {
        return SOC_PIN_FLOATING;
    }
    return high ? SOC_PIN_HIGH : SOC_PIN_LOW;
}

static bool input_of(const struct port *port, uint32_t pin)
{
    enum soc_pin output = output_of(port, pin);
    if (two_bits(port->values[MODER], pin) == ANALOG) {
        return false;
    }
    if (output != SOC_PIN_FLOATING) {
        return output == SOC_PIN_HIGH;
    }
    bool pulled_up = two_bits(port->values[PUPDR], pin) == 1;
    return (port->driven >> pin & 1) != 0 ? (port->levels >> pin & 1) != 0 : pulled_up;
}

static void settle(struct port *port)
{
    uint32_t before = port->values[IDR], now = 0;
    for (uint32_t pin = 0; pin < SOC_PINS; pin++) {
        now |= (uint32_t)input_of(port, pin) << pin;
    }
    port->values[IDR] = now;
    for (uint32_t pin = 0; pin < SOC_PINS; pin++) {
        if (((before ^ now) >> pin & 1) != 0) {
            soc_exti_pin(port->chip->nets.exti, port->number, pin, (now >> pin & 1) != 0);
        }
    }
}

/* Three stores of the same pins with LCKK 1, 0, 1, then a load. */
static void store_lock(struct port *port, uint32_t value)
{
    bool key = (value & LCKK) != 0;
    uint32_t pins = value & 0xFFFF;
    bool fits =
        key == (port->lock_step != 1) && (port->lock_step == 0 || pins == port->lock_wanted);
    if ((port->values[LCKR] & LCKK) != 0) {
        return;
    }
    port->lock_step = fits ? port->lock_step + 1 : key ? 1 : 0;
    port->lock_wanted = pins;
    port->values[LCKR] = pins;
    if (port->lock_step >= LOCK_STEPS) {
        port->locked = pins;
        port->values[LCKR] |= LCKK;
    }
}

/* Bits of a register that belong to locked pins. */
static uint32_t locked_bits(const struct port *port, uint32_t row)
{
    static const uint8_t widths[ROWS] = {
        [MODER] = 2, [OTYPER] = 1, [OSPEEDR] = 2, [PUPDR] = 2, [AFRL] = 4, [AFRH] = 4};
    uint32_t bits = 0, first = row == AFRH ? 8 : 0;
    uint32_t pins = row == AFRL || row == AFRH ? 8 : SOC_PINS;
    for (uint32_t pin = 0; pin < pins && widths[row] != 0; pin++) {
        uint32_t field = ((1u << widths[row]) - 1) << (widths[row] * pin);
        bits |= (port->locked >> (first + pin) & 1) != 0 ? field : 0;
    }
    return bits;
}

static uint32_t port_read(void *self, uint32_t offset, uint32_t width)
{
    struct port *port = self;
    return soc_block_read(&port->block, offset, width);
}

static void port_write(void *self, uint32_t offset, uint32_t width, uint32_t value)
{
    struct port *port = self;
    struct soc_store store = soc_store(offset, width, value);
    uint32_t row = soc_block_find(&port->block, store.offset);
    if (row == SOC_NO_ROW) {
        return;
    }
    store.mask &= ~locked_bits(port, row);
    (void)soc_block_write(&port->block, &store);
    if (row == BSRR) {
        uint32_t cleared = port->values[ODR] & ~(store.value >> 16);
        port->values[ODR] = cleared | (store.value & 0xFFFF);
    } else if (row == LCKR) {
        store_lock(port, store.value);
    }
    settle(port);
}

static void port_reset(void *self, enum reset_cause cause)
{
    struct port *port = self;
    (void)cause;
    soc_block_reset(&port->block);
    port->values[MODER] = port->idle_mode;
    if (port->number <= PORT_B) {
        const struct port_reset *reset = &port_resets[port->number];
        port->values[MODER] = (port->idle_mode & ~reset->mode_mask) | reset->mode;
        port->values[OSPEEDR] = reset->speed;
        port->values[PUPDR] = reset->pull;
    }
    port->lock_step = port->locked = 0;
    settle(port);
}

void soc_gpio_drive(struct soc_chip *chip, uint32_t port, uint32_t pin, enum soc_pin level)
{
    struct port *self = port < SOC_PORTS_MAX ? chip->nets.ports[port] : NULL;
    if (self == NULL) {
        return;
    }
    uint32_t bit = 1u << pin;
    self->driven = level == SOC_PIN_FLOATING ? self->driven & ~bit : self->driven | bit;
    self->levels = level == SOC_PIN_HIGH ? self->levels | bit : self->levels & ~bit;
    settle(self);
}

enum soc_pin soc_gpio_get(const struct soc_chip *chip, uint32_t port, uint32_t pin)
{
    const struct port *self = port < SOC_PORTS_MAX ? chip->nets.ports[port] : NULL;
    return self == NULL ? SOC_PIN_FLOATING : output_of(self, pin);
}

bool soc_gpio_make(struct soc_chip *chip, const struct soc_row *row, struct soc_part *part)
{
    struct port *port = calloc(1, sizeof *port);
    if (port == NULL) {
        return false;
    }
    port->chip = chip;
    port->number = row->variant;
    /* Pins of an H7 are analog until told otherwise, pins of an F4 are inputs. */
    port->idle_mode = chip->map == &soc_map_h743 ? UINT32_MAX : 0;
    port->block = (struct soc_block){rows, ROWS, port->values, row->name, &chip->lines};
    chip->nets.ports[port->number] = port;
    part->self = port;
    part->read = port_read;
    part->write = port_write;
    part->reset = port_reset;
    return true;
}
