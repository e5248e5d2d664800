/* SPDX-License-Identifier: MIT
 * The STM32F405 as the sample application sees it.
 * Source    RM0090, "RCC register map", "USART register map" */
#include "examples/app/chip.h"

const struct chip chip = {
    .reset_flags = 0x40023874,
    .forget_flags = 1 << 24,
    .clock_control = 0x40023800,
    .clock_switch = 0x40023808,
    .gpio = 0x40020000,
    .gpio_enable = 0x40023830,
    .apb1_enable = 0x40023840,
    .apb2_enable = 0x40023844,
    .hz = 16000000,
    .status = 0x00,
    .received = 0x04,
    .sent = 0x04,
    .divider = 0x08,
    .control = 0x0C,
    .control_on = 1 << 13 | 1 << 3 | 1 << 2,
};
