/* SPDX-License-Identifier: MIT
 * The STM32H743 as the sample application sees it.
 * Source    RM0433, "RCC register map", "USART register map" */
#include "examples/app/chip.h"

const struct chip chip = {
    .reset_flags = 0x580244D0,
    .forget_flags = 1 << 16,
    .clock_control = 0x58024400,
    .clock_switch = 0x58024410,
    .gpio = 0x58020000,
    .gpio_enable = 0x580244E0,
    .apb1_enable = 0x580244E8,
    .apb2_enable = 0x580244F0,
    .hz = 64000000,
    .status = 0x1C,
    .received = 0x24,
    .sent = 0x28,
    .divider = 0x0C,
    .control = 0x00,
    .control_on = 1 << 3 | 1 << 2 | 1 << 0,
};
