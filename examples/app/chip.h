/* SPDX-License-Identifier: MIT
 * What the sample application needs to know of a chip: addresses of registers, as data. */
#ifndef EXAMPLES_APP_CHIP_H
#define EXAMPLES_APP_CHIP_H

#include <stdint.h>

struct chip {
    uint32_t reset_flags, forget_flags;   /* RCC: why the chip was reset; the bit that clears it */
    uint32_t clock_control, clock_switch; /* RCC_CR, RCC_CFGR: what the bootloader left running */
    uint32_t gpio, gpio_enable;           /* port A, and the RCC register with a bit for each */
    uint32_t apb1_enable, apb2_enable;    /* RCC: serial ports 2 to 5; 1 and 6 */
    uint32_t hz;                          /* of the serial ports after a reset */
    /* Offsets in a serial port, and what turns its receiver and transmitter on. */
    uint8_t status, received, sent, divider, control;
    uint16_t control_on;
};

extern const struct chip chip;

#endif
