/* SPDX-License-Identifier: MIT
 * The ways out of DFU mode: leave, a host that is gone, nobody there. */
#include "boot/inside.h"
#include "boot/port.h"

enum {
    UNASKED_MS = 60, /* for a host that asks late, or never, for the status after leave */
    ASKED_MS = 4,    /* for the answer to reach the host */
    OFF_BUS_MS = 20, /* so that the host sees the board go */
};

void leave_begin(struct boot *boot)
{
    boot->committing = true;
    boot_enter(boot, BOOT_LEAVING);
}

static void go(struct boot *boot)
{
    port_usb_connect(false);
    boot_enter(boot, BOOT_GONE);
}

/* A download that came to its end without leave is complete now. */
static void settle(struct boot *boot)
{
    if (boot->complete) {
        boot->complete = false;
        boot->committing = true;
    }
}

void leave_host_gone(struct boot *boot, bool silent)
{
    bool finished = boot->complete;
    if (boot->phase != BOOT_DFU) {
        return;
    }
    settle(boot);
    if (silent && finished) {
        boot_enter(boot, BOOT_LEAVING);
    } else if (!silent) {
        boot->last_length = boot->crc_length = 0;
        if (!boot->committing) {
            boot->held = false;
            boot->fresh = 0;
        }
        if (boot->state != DFU_ERROR) {
            boot->state = DFU_IDLE;
        }
    }
}

/* By accident in DFU mode, a board does not stay there. What has not been checked since it was
 * touched is checked at the start. */
static void watch_idle(struct boot *boot)
{
    const struct boot_board *board = board_of(boot);
    uint32_t quiet_ms = port_time_ms() - boot->request_ms;
    if (quiet_ms >= board->quiet_ms) {
        boot->pending = false;
        settle(boot);
    }
    if (board->idle_exit_ms != 0 && quiet_ms >= board->idle_exit_ms && work_is_idle(boot) &&
        !port_button() && boot->seal.state != BOOT_SEAL_BAD && app_is_valid(board)) {
        go(boot);
    }
}

/* Nothing waits for a host any more that may be gone. Without an application in order, there is
 * nowhere to go. */
static void watch_leave(struct boot *boot)
{
    bool asked = boot->state == DFU_MANIFEST_WAIT_RESET;
    boot->pending = false;
    if (!work_is_idle(boot)) {
        return;
    }
    if (boot->state != DFU_ERROR && !(seal_allows(boot) && app_is_valid(board_of(boot)))) {
        dfu_fail(boot, DFU_ERR_FIRMWARE, BOOT_STRING_NO_APPLICATION);
    }
    if (boot->state == DFU_ERROR) {
        boot->phase = BOOT_DFU;
    } else if (port_time_ms() - boot->phase_ms >= (asked ? ASKED_MS : UNASKED_MS)) {
        go(boot);
    }
}

void leave_step(struct boot *boot)
{
    if (boot->phase == BOOT_DFU) {
        watch_idle(boot);
    } else if (boot->phase == BOOT_LEAVING) {
        watch_leave(boot);
    } else if (boot->phase == BOOT_GONE && port_time_ms() - boot->phase_ms >= OFF_BUS_MS) {
        port_reset(BOOT_ORDER_START | BOOT_MODE_NORMAL);
    }
}
