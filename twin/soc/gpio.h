/* SPDX-License-Identifier: MIT
 * The pins of a chip, seen from the board. */
#ifndef TWIN_SOC_GPIO_H
#define TWIN_SOC_GPIO_H

#include "twin/soc/chip.h"

enum soc_pin { SOC_PIN_LOW, SOC_PIN_HIGH, SOC_PIN_FLOATING };

enum { SOC_PINS = 16 };

/* Drives a pin from outside, or leaves it alone (SOC_PIN_FLOATING), until told otherwise.
 *
 * port      0 is A; ports the chip has not are ignored
 * pin       0..15 */
void soc_gpio_drive(struct soc_chip *chip, uint32_t port, uint32_t pin, enum soc_pin level);

/* Gives what the chip puts out on a pin; SOC_PIN_FLOATING for what is no output.
 *
 * port      0 is A
 * pin       0..15 */
enum soc_pin soc_gpio_get(const struct soc_chip *chip, uint32_t port, uint32_t pin);

#endif
