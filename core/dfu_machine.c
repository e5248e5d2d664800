/* SPDX-License-Identifier: MIT
 * The device side of the DFU state machine: one row per state, one column per event. */
#include "core/dfu_machine.h"

/* A cell is next state and action in one byte, so that a bootloader has room for it. */
#define CELL(next, action) (uint8_t)((next) << 4 | (action))
#define STALL              CELL(DFU_ERROR, DFU_ACTION_STALL)
/* appIDLE and appDETACH answer a request that they do not know with a stall, not with dfuERROR. */
#define APP_STALL  CELL(DFU_APP_IDLE, DFU_ACTION_STALL_QUIET)
#define STUCK      CELL(DFU_ERROR, DFU_ACTION_STALL_QUIET)
#define STAY(s)    CELL(s, DFU_ACTION_REPORT)
#define NOTHING(s) CELL(s, DFU_ACTION_NONE)

/* clang-format off: a table reads by its columns */
static const uint8_t cells[DFU_STATE_COUNT][DFU_EVENT_COUNT] = {
    [DFU_APP_IDLE] = {APP_STALL, APP_STALL, APP_STALL, APP_STALL, STAY(DFU_APP_IDLE),
                      STAY(DFU_APP_IDLE), STAY(DFU_APP_IDLE), APP_STALL, APP_STALL,
                      CELL(DFU_APP_DETACH, DFU_ACTION_DETACH), NOTHING(DFU_APP_IDLE), APP_STALL},
    [DFU_APP_DETACH] = {APP_STALL, APP_STALL, APP_STALL, APP_STALL, STAY(DFU_APP_DETACH),
                        STAY(DFU_APP_DETACH), STAY(DFU_APP_DETACH), APP_STALL, APP_STALL, APP_STALL,
                        NOTHING(DFU_APP_DETACH), APP_STALL},
    [DFU_IDLE] = {CELL(DFU_DNLOAD_SYNC, DFU_ACTION_ACCEPT), STALL,
                  CELL(DFU_UPLOAD_IDLE, DFU_ACTION_ACCEPT), CELL(DFU_IDLE, DFU_ACTION_ACCEPT),
                  STAY(DFU_IDLE), STAY(DFU_IDLE), STAY(DFU_IDLE), STALL,
                  CELL(DFU_IDLE, DFU_ACTION_ACCEPT), STALL, NOTHING(DFU_IDLE), STALL},
    [DFU_DNLOAD_SYNC] = {STALL, STALL, STALL, STALL, CELL(DFU_DNBUSY, DFU_ACTION_START_WORK),
                         STAY(DFU_DNLOAD_IDLE), STAY(DFU_DNLOAD_SYNC), STALL, STALL, STALL,
                         NOTHING(DFU_DNLOAD_SYNC), STALL},
    [DFU_DNBUSY] = {STALL, STALL, STALL, STALL, STALL, STALL, STALL, STALL, STALL, STALL,
                    NOTHING(DFU_DNLOAD_SYNC), STALL},
    [DFU_DNLOAD_IDLE] = {CELL(DFU_DNLOAD_SYNC, DFU_ACTION_ACCEPT),
                         CELL(DFU_MANIFEST_SYNC, DFU_ACTION_ACCEPT), STALL, STALL,
                         STAY(DFU_DNLOAD_IDLE), STAY(DFU_DNLOAD_IDLE), STAY(DFU_DNLOAD_IDLE), STALL,
                         CELL(DFU_IDLE, DFU_ACTION_ACCEPT), STALL, NOTHING(DFU_DNLOAD_IDLE), STALL},
    [DFU_MANIFEST_SYNC] = {STALL, STALL, STALL, STALL, CELL(DFU_MANIFEST, DFU_ACTION_MANIFEST),
                           STAY(DFU_IDLE), STAY(DFU_MANIFEST_SYNC), STALL, STALL, STALL,
                           NOTHING(DFU_MANIFEST_SYNC), STALL},
    [DFU_MANIFEST] = {STALL, STALL, STALL, STALL, STALL, STALL, STALL, STALL, STALL, STALL,
                      NOTHING(DFU_MANIFEST_SYNC), STALL},
    [DFU_MANIFEST_WAIT_RESET] = {STALL, STALL, STALL, STALL, STALL, STALL, STALL, STALL, STALL,
                                 STALL, NOTHING(DFU_MANIFEST_WAIT_RESET), STALL},
    [DFU_UPLOAD_IDLE] = {STALL, STALL, CELL(DFU_UPLOAD_IDLE, DFU_ACTION_ACCEPT),
                         CELL(DFU_IDLE, DFU_ACTION_ACCEPT), STAY(DFU_UPLOAD_IDLE),
                         STAY(DFU_UPLOAD_IDLE), STAY(DFU_UPLOAD_IDLE), STALL,
                         CELL(DFU_IDLE, DFU_ACTION_ACCEPT), STALL, NOTHING(DFU_UPLOAD_IDLE), STALL},
    [DFU_ERROR] = {STUCK, STUCK, STUCK, STUCK, STAY(DFU_ERROR), STAY(DFU_ERROR), STAY(DFU_ERROR),
                   CELL(DFU_IDLE, DFU_ACTION_CLEAR), STUCK, STUCK, NOTHING(DFU_ERROR), STUCK},
};
/* clang-format on */

struct dfu_step dfu_machine_step(uint8_t state, uint8_t event)
{
    uint8_t row = state < DFU_STATE_COUNT ? state : (uint8_t)DFU_ERROR;
    uint8_t column = event < DFU_EVENT_COUNT ? event : (uint8_t)DFU_EVENT_OTHER;
    uint8_t cell = cells[row][column];
    struct dfu_step step = {.next = (uint8_t)(cell >> 4), .action = (uint8_t)(cell & 15)};
    return step;
}
