/* SPDX-License-Identifier: MIT
 * The device side of the DFU state machine as a table. */
#ifndef CORE_DFU_MACHINE_H
#define CORE_DFU_MACHINE_H

#include <stdint.h>

#include "core/dfu.h"

/* What can happen to a device in DFU mode. */
enum dfu_event {
    DFU_EVENT_DNLOAD_DATA,       /* DNLOAD with wLength > 0 */
    DFU_EVENT_DNLOAD_END,        /* DNLOAD with wLength 0, all data received */
    DFU_EVENT_UPLOAD_FULL,       /* UPLOAD answered with wLength bytes */
    DFU_EVENT_UPLOAD_SHORT,      /* UPLOAD answered with fewer */
    DFU_EVENT_GETSTATUS_WORKING, /* GETSTATUS while work is to be done or under way */
    DFU_EVENT_GETSTATUS_DONE,    /* GETSTATUS with no work left */
    DFU_EVENT_GETSTATE,
    DFU_EVENT_CLRSTATUS,
    DFU_EVENT_ABORT,
    DFU_EVENT_DETACH,
    DFU_EVENT_POLL_ELAPSED, /* the announced poll timeout is over */
    DFU_EVENT_OTHER,        /* any other class request */
    DFU_EVENT_COUNT,
};

/* What the caller has to do. */
enum dfu_action {
    DFU_ACTION_NONE,
    DFU_ACTION_ACCEPT,      /* complete the request */
    DFU_ACTION_STALL,       /* stall endpoint 0, status errSTALLEDPKT */
    DFU_ACTION_STALL_QUIET, /* stall endpoint 0, status as it is */
    DFU_ACTION_STALL_EARLY, /* stall endpoint 0, status errNOTDONE */
    DFU_ACTION_START_WORK,  /* answer, then begin what the last DNLOAD asked for */
    DFU_ACTION_REPORT,      /* answer with state and status */
    DFU_ACTION_CLEAR,       /* complete the request, status OK */
    DFU_ACTION_MANIFEST,    /* answer, then begin manifestation */
    DFU_ACTION_DETACH,      /* complete the request, start the detach timer */
};

struct dfu_step {
    uint8_t next;   /* enum dfu_state */
    uint8_t action; /* enum dfu_action */
};

/* Looks one cell of the table up. What bmAttributes forbids (DNLOAD, UPLOAD) is for the caller to
 * turn into DFU_EVENT_OTHER, and a zero-length DNLOAD that comes too early as well.
 *
 * state     enum dfu_state; out of range: treated as dfuERROR
 * event     enum dfu_event; out of range: treated as DFU_EVENT_OTHER
 * Source    DFU 1.1, appendix A.2 */
struct dfu_step dfu_machine_step(uint8_t state, uint8_t event);

#endif
