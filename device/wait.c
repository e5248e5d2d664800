/* SPDX-License-Identifier: MIT
 * Waiting for the device to finish: as short as the device allows, never longer than the datasheet.
 */
#include <inttypes.h>

#include "core/dfu_text.h"
#include "device/inside.h"

enum { BACK_OFF_FIRST_MS = 1, BACK_OFF_MAX_MS = 50, STALLS_MAX = 3, CANCEL_AFTER_MS = 2000 };

/* How a wait stands. */
struct watch {
    struct deadline deadline;
    uint32_t answers; /* "busy" answers so far */
    uint32_t stalls;
    uint32_t back_off_ms;
};

/* A device that holds its answer until the work is done is simply asked again. Others are believed
 * as long as what they announce is possible at all. */
static void pause_before_asking(struct device *device, const struct device_work *work,
                                struct watch *watch, const struct dfu_status *status)
{
    uint32_t announced_ms = status->poll_timeout_ms;
    bool absurd = announced_ms > work->limit_ms;
    if (absurd && !device->warned_poll) {
        device->warned_poll = true;
        device_say(device, DFK_EVENT_WARNING, "absurd-poll-timeout",
                   "the device announces a poll timeout of %" PRIu32
                   " ms; the longest possible is %" PRIu32 " ms, so it is asked sooner",
                   announced_ms, work->limit_ms);
    }
    if (device->traits.holds_until_done && watch->answers == 1) {
        return;
    }
    if (!device->traits.holds_until_done && !absurd && announced_ms > 0) {
        deadline_sleep_ms(&watch->deadline, announced_ms);
        return;
    }
    deadline_sleep_ms(&watch->deadline, watch->back_off_ms);
    watch->back_off_ms =
        watch->back_off_ms * 2 > BACK_OFF_MAX_MS ? BACK_OFF_MAX_MS : watch->back_off_ms * 2;
}

static int fail_late(struct device *device, const struct device_work *work, struct dfk_error *err)
{
    int code = dfk_fail(
        err, DFK_E_TIMEOUT, "%s at 0x%08" PRIX32 ": still %s after %" PRIu32 " ms (limit: %s)",
        work->doing, work->addr, dfu_state_name(device->last.state), work->limit_ms, work->source);
    dfk_fail_why(err,
                 "the device's own software hangs; the flash operation itself may have finished");
    dfk_fail_at_addr(err, work->addr);
    if (err != NULL) {
        err->device = device->last;
    }
    return code;
}

/* A refused GETSTATUS: some chips cannot be asked while they erase. */
static int handle_stall(struct device *device, const struct device_work *work, struct watch *watch,
                        struct dfk_error *err)
{
    bool patient = (device->flags & FLAG_STATUS_STALLS) != 0;
    watch->stalls++;
    if (!patient && watch->stalls > STALLS_MAX) {
        return device_fail_transfer(device, BUS_STALL, work, NULL, err);
    }
    deadline_sleep_ms(&watch->deadline, watch->back_off_ms);
    watch->back_off_ms =
        watch->back_off_ms * 2 > BACK_OFF_MAX_MS ? BACK_OFF_MAX_MS : watch->back_off_ms * 2;
    return 0;
}

static bool is_busy(const struct dfu_status *status)
{
    return status->status == DFU_OK &&
           (status->state == DFU_DNBUSY || status->state == DFU_DNLOAD_SYNC);
}

static bool is_done(const struct dfu_status *status)
{
    return status->status == DFU_OK &&
           (status->state == DFU_DNLOAD_IDLE || status->state == DFU_IDLE);
}

/* One answer. Returns 1: ask again, 0: done, else a negative code. */
static int judge(struct device *device, const struct device_work *work, struct watch *watch,
                 const struct dfu_status *status, struct dfk_error *err)
{
    if (is_done(status)) {
        return 0;
    }
    if (!is_busy(status)) {
        int code = device_fail_status(device, status, work, err);
        (void)device_recover(device, NULL);
        return code;
    }
    if (deadline_elapsed_ms(&watch->deadline) >= CANCEL_AFTER_MS && device_cancelled(device)) {
        return dfk_fail(err, DFK_E_INTERRUPTED, "stopped during %s at 0x%08" PRIX32, work->doing,
                        work->addr);
    }
    watch->answers++;
    pause_before_asking(device, work, watch, status);
    return 1;
}

static bool is_stuck(const struct device_work *work, const struct watch *watch)
{
    return work->stuck_after_ms != 0 && watch->answers > 1 &&
           deadline_elapsed_ms(&watch->deadline) >= work->stuck_after_ms;
}

int device_wait(struct device *device, const struct device_work *work, bool *stuck,
                struct dfk_error *err)
{
    struct watch watch = {
        .deadline = deadline_start(device->clock, work->limit_ms, work->doing, work->source),
        .back_off_ms = BACK_OFF_FIRST_MS};
    int next = 1;
    while (next == 1) {
        struct dfu_status status = {0};
        struct dfk_error from = {0};
        if (deadline_passed(&watch.deadline)) {
            return fail_late(device, work, err);
        }
        enum bus_result result =
            device_ask(device, &status, deadline_left_ms(&watch.deadline) + 1, &from);
        if (result == BUS_STALL) {
            int failed = handle_stall(device, work, &watch, err);
            next = failed != 0 ? failed : 1;
        } else if (result != BUS_OK) {
            next = device_fail_transfer(device, result, work, &from, err);
        } else {
            next = judge(device, work, &watch, &status, err);
        }
        if (next == 1 && stuck != NULL && is_stuck(work, &watch)) {
            *stuck = true;
            return 0;
        }
    }
    return next;
}
