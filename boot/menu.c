/* SPDX-License-Identifier: MIT
 * The menu of the user button: patterns of the LEDs, one after the other while it is held. */
#include "boot/inside.h"
#include "boot/port.h"

enum {
    STEP_MS = 640,
    DEBOUNCE_MS = 20,
    CONFIRM_MS = 3000,
    BLINK_MS = 64,
    SHOWN_MS = 10 * BLINK_MS,
};

/* A nibble for each mode, from the lowest; by the number of LEDs.
 * Source    MicroPython's mboot, whose users know them */
static uint32_t pattern(const struct boot *boot, uint32_t mode)
{
    uint32_t leds = board_of(boot)->led_count;
    uint32_t table = leds >= 4 ? 0x8421 : leds == 3 ? 0x7421 : 0x3210;
    return table >> (4 * (mode - BOOT_MODE_NORMAL)) & 15;
}

static void start(struct boot *boot)
{
    if (boot->mode == BOOT_MODE_DFU || !app_is_valid(board_of(boot))) {
        dfu_begin(boot);
    } else {
        port_reset(BOOT_ORDER_START | boot->mode);
    }
}

/* The last pattern stays: whoever holds too long only ends up in DFU mode. */
static void hold(struct boot *boot, uint32_t elapsed_ms)
{
    uint32_t now = port_time_ms();
    if (port_button()) {
        uint32_t mode = BOOT_MODE_NORMAL + elapsed_ms / STEP_MS;
        boot->mode = mode > BOOT_MODE_DFU ? BOOT_MODE_DFU : (uint8_t)mode;
        boot->request_ms = now;
        port_leds(pattern(boot, boot->mode));
    } else if (now - boot->request_ms >= DEBOUNCE_MS) {
        boot_enter(boot, boot->mode == BOOT_MODE_FACTORY ? BOOT_CONFIRM : BOOT_CHOSEN);
    }
}

/* The application takes this mode as leave to format its drive: letting go too early or too late
 * must not be enough for that. */
static void confirm(struct boot *boot, uint32_t elapsed_ms)
{
    port_leds(elapsed_ms / (2 * BLINK_MS) % 2 == 0 ? pattern(boot, boot->mode) : 0);
    bool pressed = port_button();
    if (!pressed) {
        boot->request_ms = port_time_ms();
    } else if (port_time_ms() - boot->request_ms >= DEBOUNCE_MS) {
        boot_enter(boot, BOOT_CHOSEN);
    }
    if (elapsed_ms >= CONFIRM_MS && !pressed) {
        boot->mode = BOOT_MODE_NORMAL;
        boot_enter(boot, BOOT_CHOSEN);
    }
}

void menu_step(struct boot *boot)
{
    uint32_t elapsed_ms = port_time_ms() - boot->phase_ms;
    if (boot->phase == BOOT_MENU) {
        hold(boot, elapsed_ms);
    } else if (boot->phase == BOOT_CONFIRM) {
        confirm(boot, elapsed_ms);
    } else {
        port_leds(elapsed_ms / BLINK_MS % 2 == 0 ? pattern(boot, boot->mode) : 0);
        if (elapsed_ms >= SHOWN_MS) {
            start(boot);
        }
    }
}
