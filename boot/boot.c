/* SPDX-License-Identifier: MIT
 * The main loop of the bootloader, one turn at a time. */
#include "boot/boot.h"

#include "boot/inside.h"
#include "boot/port.h"

enum { BLINK_MS = 256, PAUSE_BLINKS = 4 };

void boot_enter(struct boot *boot, uint8_t phase)
{
    boot->phase = phase;
    boot->phase_ms = boot->request_ms = port_time_ms();
}

void boot_begin(struct boot *boot, const struct boot_board *board, const struct boot_start *start)
{
    boot->board = board;
    boot->mode = BOOT_MODE_NORMAL;
    for (uint32_t i = 0; i < BOOT_UID_BYTES; i++) {
        boot->uid[i] = start->uid[i];
    }
    uint32_t order = start->order;
    bool button = order == BOOT_ORDER_NONE && port_button();
    seal_check_now(boot);
    bool valid = seal_allows(boot) && app_is_valid(board);
    boot->reason = entry_choose(start, button, valid);
    if (boot->reason == BOOT_REASON_NONE) {
        port_start(board->app.addr, order == BOOT_ORDER_NONE ? BOOT_MODE_NORMAL : order & 0xFF);
    } else if (boot->reason == BOOT_REASON_BUTTON) {
        boot_enter(boot, BOOT_MENU);
    } else {
        dfu_begin(boot);
    }
}

static void handle(struct boot *boot, enum port_ep0 event, const uint8_t *bytes)
{
    switch (event) {
    case PORT_EP0_SETUP:
        boot->setup = usb_setup_get(bytes);
        boot->request_ms = port_time_ms();
        boot->receiving = false;
        boot->waiting = true;
        break;
    case PORT_EP0_RESET:
        boot->configured = boot->waiting = boot->receiving = false;
        boot->alternate = 0;
        leave_host_gone(boot, false);
        break;
    case PORT_EP0_SUSPEND: leave_host_gone(boot, true); break;
    case PORT_EP0_DATA: dfu_received(boot); break;
    case PORT_EP0_DONE: dfu_answered(boot); break;
    case PORT_EP0_NONE: break;
    }
}

static void answer(struct boot *boot)
{
    enum { TYPE_MASK = 0x60, TYPE_CLASS = 0x20 };
    if ((boot->setup.request_type & TYPE_MASK) == TYPE_CLASS) {
        boot->waiting = !dfu_request(boot);
    } else {
        boot->waiting = false;
        if (board_of(boot)->region_count == 1) {
            boot->looked = true;
        }
        usb_answer(boot);
    }
}

/* As many blinks as the reason has, then a pause. */
static void blink(struct boot *boot)
{
    uint32_t place = port_time_ms() / BLINK_MS % (2 * (uint32_t)boot->reason + PAUSE_BLINKS);
    bool lit = place % 2 == 0 && place < 2 * (uint32_t)boot->reason;
    uint32_t last = board_of(boot)->led_count == 0 ? 0 : 1u << (board_of(boot)->led_count - 1);
    if (lit != boot->lit) {
        boot->lit = lit;
        port_leds(lit ? last : 0);
    }
}

bool boot_step(struct boot *boot)
{
    port_watchdog();
    if (boot->phase < BOOT_DFU) {
        menu_step(boot);
        return false;
    }
    uint8_t bytes[USB_SETUP_BYTES];
    enum port_ep0 event = port_ep0_poll(bytes);
    handle(boot, event, bytes);
    bool more = work_step(boot);
    leave_step(boot);
    if (boot->waiting) {
        answer(boot);
    }
    blink(boot);
    return more || event != PORT_EP0_NONE;
}
