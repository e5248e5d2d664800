/* SPDX-License-Identifier: MIT
 * The table of boards with a chip that runs ARM code. */
#include "twin/board/arm_wiring.h"

#include <stddef.h>
#include <string.h>

enum { A, B, C };

static const struct arm_wiring rows[] = {
    {.name = "pybv11",
     .chip = &arm_chip_f405,
     .map = &soc_map_f405,
     .usb = &soc_dwc2_f405,
     .usb_row = "OTG_FS",
     .hse_hz = 12000000,
     .lse_hz = 32768,
     .leds = {{A, 13}, {A, 14}, {A, 15}, {B, 4}},
     .led_count = 4,
     .led_on = SOC_PIN_HIGH,
     .button = {{B, 3}, SOC_PIN_LOW, SOC_PIN_FLOATING},
     .vbus = true,
     .usart = 2},
    {.name = "nucleo-h743zi",
     .chip = &arm_chip_h743,
     .map = &soc_map_h743,
     .usb = &soc_dwc2_h743,
     .usb_row = "OTG2_FS",
     .hse_hz = 8000000,
     .lse_hz = 32768,
     .leds = {{B, 0}, {B, 7}, {B, 14}},
     .led_count = 3,
     .led_on = SOC_PIN_HIGH,
     .button = {{C, 13}, SOC_PIN_HIGH, SOC_PIN_LOW},
     .vbus = true,
     .usart = 3},
    {.name = "openmv4p",
     .chip = &arm_chip_h743,
     .map = &soc_map_h743,
     .usb = &soc_dwc2_h743,
     .usb_row = "OTG2_FS",
     .hse_hz = 12000000,
     .leds = {{C, 0}, {C, 1}, {C, 2}},
     .led_count = 3,
     .led_on = SOC_PIN_LOW,
     .button = {{C, 15}, SOC_PIN_FLOATING, SOC_PIN_FLOATING}, /* it has none */
     .usart = 3},
};

/* A board whose bootloader wants signatures is wired like the one whose does not. */
const struct arm_wiring *arm_wiring_find(const char *name)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t length = strlen(rows[i].name);
        const char *rest = name + length;
        if (strncmp(rows[i].name, name, length) == 0 &&
            (*rest == '\0' || strcmp(rest, "-signed") == 0)) {
            return &rows[i];
        }
    }
    return NULL;
}
