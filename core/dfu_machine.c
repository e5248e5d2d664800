/* SPDX-License-Identifier: MIT
 * The device side of the DFU state machine: one row per state, one column per event. */
#include "core/dfu_machine.h"

/* A cell is next state and action in one byte, so that a bootloader has room for it. States stand
 * by their numbers in the standard, as in enum dfu_state. */
#define CELL(next, action) (uint8_t)((next) << 4 | (action))
#define GO(next)           CELL(next, DFU_ACTION_ACCEPT)
#define SAY(next)          CELL(next, DFU_ACTION_REPORT)
#define AT(next)           CELL(next, DFU_ACTION_NONE)
#define STALL              CELL(DFU_ERROR, DFU_ACTION_STALL)
#define STUCK              CELL(DFU_ERROR, DFU_ACTION_STALL_QUIET)
#define APP                CELL(DFU_APP_IDLE, DFU_ACTION_STALL_QUIET)
#define WORK               CELL(DFU_DNBUSY, DFU_ACTION_START_WORK)
#define BEGIN              CELL(DFU_MANIFEST, DFU_ACTION_MANIFEST)
#define CLEAR              CELL(DFU_IDLE, DFU_ACTION_CLEAR)
#define LEAVE              CELL(DFU_APP_DETACH, DFU_ACTION_DETACH)

/* Where the standard leaves a choice, or real devices differ:
 * - dfuDNBUSY and dfuMANIFEST stall every request, GETSTATUS too. A device that answers while it
 *   works, as most do, has its caller do so without asking the table.
 * - A short UPLOAD ends in dfuIDLE also when it is the first; the standard says so only for
 *   dfuUPLOAD-IDLE.
 * - dfuMANIFEST goes to dfuMANIFEST-SYNC. A device that cannot manifest and stay on the bus goes to
 *   dfuMANIFEST-WAIT-RESET instead; its caller knows that it is one.
 * - dfuMANIFEST-WAIT-RESET stalls into dfuERROR like its neighbours. */
/* A table reads by its columns. */
/* clang-format off */
static const uint8_t cells[DFU_STATE_COUNT][DFU_EVENT_COUNT] = {
    /*  data     end      upload   short    working  done     state    clear    abort    detach   elapsed  other */
    [DFU_APP_IDLE] =
       {APP,     APP,     APP,     APP,     SAY(0),  SAY(0),  SAY(0),  APP,     APP,     LEAVE,   AT(0),   APP},
    [DFU_APP_DETACH] =
       {APP,     APP,     APP,     APP,     SAY(1),  SAY(1),  SAY(1),  APP,     APP,     APP,     AT(1),   APP},
    [DFU_IDLE] =
       {GO(3),   STALL,   GO(9),   GO(2),   SAY(2),  SAY(2),  SAY(2),  STALL,   GO(2),   STALL,   AT(2),   STALL},
    [DFU_DNLOAD_SYNC] =
       {STALL,   STALL,   STALL,   STALL,   WORK,    SAY(5),  SAY(3),  STALL,   STALL,   STALL,   AT(3),   STALL},
    [DFU_DNBUSY] =
       {STALL,   STALL,   STALL,   STALL,   STALL,   STALL,   STALL,   STALL,   STALL,   STALL,   AT(3),   STALL},
    [DFU_DNLOAD_IDLE] =
       {GO(3),   GO(6),   STALL,   STALL,   SAY(5),  SAY(5),  SAY(5),  STALL,   GO(2),   STALL,   AT(5),   STALL},
    [DFU_MANIFEST_SYNC] =
       {STALL,   STALL,   STALL,   STALL,   BEGIN,   SAY(2),  SAY(6),  STALL,   STALL,   STALL,   AT(6),   STALL},
    [DFU_MANIFEST] =
       {STALL,   STALL,   STALL,   STALL,   STALL,   STALL,   STALL,   STALL,   STALL,   STALL,   AT(6),   STALL},
    [DFU_MANIFEST_WAIT_RESET] =
       {STALL,   STALL,   STALL,   STALL,   STALL,   STALL,   STALL,   STALL,   STALL,   STALL,   AT(8),   STALL},
    [DFU_UPLOAD_IDLE] =
       {STALL,   STALL,   GO(9),   GO(2),   SAY(9),  SAY(9),  SAY(9),  STALL,   GO(2),   STALL,   AT(9),   STALL},
    [DFU_ERROR] =
       {STUCK,   STUCK,   STUCK,   STUCK,   SAY(10), SAY(10), SAY(10), CLEAR,   STUCK,   STUCK,   AT(10),  STUCK},
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
