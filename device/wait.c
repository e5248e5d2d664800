/* SPDX-License-Identifier: MIT
 * Waiting for the device to finish: as short as the device allows, never longer than the datasheet.
 */
#include <inttypes.h>

#include "core/dfu_text.h"
#include "device/inside.h"

enum {
    BACK_OFF_FIRST_MS = 1,
    BACK_OFF_MAX_MS = 50,
    STALLS_MAX = 3,
    CANCEL_AFTER_MS = 2000,
    ANSWER_MIN_MS = 1000
};

/* How a wait stands. */
struct watch {
    struct deadline deadline;
    uint32_t answers; /* "busy" answers so far */
    uint32_t stalls;
    uint32_t back_off_ms;
};

static void back_off(struct watch *watch)
{
    deadline_sleep_ms(&watch->deadline, watch->back_off_ms);
    watch->back_off_ms =
        watch->back_off_ms * 2 > BACK_OFF_MAX_MS ? BACK_OFF_MAX_MS : watch->back_off_ms * 2;
}

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
    /* dfukit-boot says dfuDNBUSY once after every block, and 0 when there is nothing to wait for.
     */
    bool ready = device->family == FAMILY_DFUKIT_BOOT && announced_ms == 0;
    if ((device->traits.holds_until_done || ready) && watch->answers == 1) {
        return;
    }
    if (!device->traits.holds_until_done && !absurd && announced_ms > 0) {
        deadline_sleep_ms(&watch->deadline, announced_ms);
        return;
    }
    back_off(watch);
}

static int finish(struct device *device, const struct device_work *work, int code,
                  struct dfk_error *err)
{
    if (work->has_addr) {
        dfk_fail_at_addr(err, work->addr);
    }
    if (err != NULL) {
        err->device = device->last;
    }
    return code;
}

static int fail_late(struct device *device, const struct device_work *work,
                     const struct watch *watch, struct dfk_error *err)
{
    char place[96];
    if (watch->answers == 0) {
        return device_fail_transfer(device, BUS_TIMEOUT, work, NULL, err);
    }
    device_name_place(work, place, sizeof place);
    int code = dfk_fail(err, DFK_E_TIMEOUT, "%s: still %s after %" PRIu32 " ms (limit: %s)", place,
                        dfu_state_name(device->last.state), work->limit_ms, work->source);
    dfk_fail_why(err,
                 "the device's own software hangs; the flash operation itself may have finished");
    return finish(device, work, code, err);
}

static int fail_odd_state(struct device *device, const struct device_work *work,
                          struct dfk_error *err)
{
    char place[96];
    device_name_place(work, place, sizeof place);
    int code = dfk_fail(err, DFK_E_PROTOCOL, "%s: the device went to %s, wanted dfuDNLOAD-IDLE",
                        place, dfu_state_name(device->last.state));
    return finish(device, work, code, err);
}

/* A refused GETSTATUS: some chips cannot be asked while they erase. */
static int handle_stall(struct device *device, const struct device_work *work, struct watch *watch,
                        struct dfk_error *err)
{
    bool patient = (device->flags & FLAG_STATUS_STALLS) != 0 || device->family == FAMILY_OTHER_ROM;
    watch->stalls++;
    if (!patient && watch->stalls > STALLS_MAX) {
        return device_fail_transfer(device, BUS_STALL, work, NULL, err);
    }
    back_off(watch);
    return 0;
}

static bool is_busy(const struct dfu_status *status)
{
    return status->status == DFU_OK &&
           (status->state == DFU_DNBUSY || status->state == DFU_DNLOAD_SYNC);
}

/* The chip maker's ROMs end every command and block in dfuDNLOAD-IDLE. One that is in dfuIDLE was
 * reset by the bus before it began, and has forgotten what it was told; of others it is accepted.
 * Source AN3156, "Write memory" */
static bool is_done(const struct device *device, const struct dfu_status *status)
{
    bool rom = device->family >= FAMILY_F4 && device->family <= FAMILY_L4;
    return status->status == DFU_OK &&
           (status->state == DFU_DNLOAD_IDLE || (status->state == DFU_IDLE && !rom));
}

/* One answer. Returns 1: ask again, 0: done, else a negative code. */
static int judge(struct device *device, const struct device_work *work, struct watch *watch,
                 const struct dfu_status *status, struct dfk_error *err)
{
    if (is_done(device, status)) {
        return 0;
    }
    if (!is_busy(status)) {
        int code = status->status == DFU_OK ? fail_odd_state(device, work, err)
                                            : device_fail_status(device, status, work, err);
        (void)device_recover(device, NULL);
        return code;
    }
    if (deadline_elapsed_ms(&watch->deadline) >= CANCEL_AFTER_MS && device_cancelled(device)) {
        char place[96];
        device_name_place(work, place, sizeof place);
        return dfk_fail(err, DFK_E_INTERRUPTED, "stopped during %s", place);
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

/* Half of what is left, so that after a lost answer there is time to ask again. The whole limit is
 * the datasheet's maximum doubled: the first half alone is long enough for every honest device. */
static uint32_t answer_limit_ms(const struct watch *watch)
{
    uint32_t half_ms = deadline_left_ms(&watch->deadline) / 2;
    return half_ms < ANSWER_MIN_MS ? ANSWER_MIN_MS : half_ms;
}

/* Asks once. Returns 1: ask again, 0: done, else a negative code. */
static int ask_once(struct device *device, const struct device_work *work, struct watch *watch,
                    struct dfk_error *err)
{
    struct dfu_status status = {0};
    struct dfk_error from = {0};
    int refused = 0;
    switch (device_ask(device, &status, answer_limit_ms(watch), &from)) {
    case BUS_OK: return judge(device, work, watch, &status, err);
    case BUS_TIMEOUT: return 1;
    case BUS_STALL: refused = handle_stall(device, work, watch, err); return refused ? refused : 1;
    case BUS_GONE: return device_fail_transfer(device, BUS_GONE, work, &from, err);
    case BUS_ERROR: break;
    }
    return device_fail_transfer(device, BUS_ERROR, work, &from, err);
}

int device_wait(struct device *device, const struct device_work *work, bool *stuck,
                struct dfk_error *err)
{
    struct watch watch = {
        .deadline = deadline_start(device->clock, work->limit_ms, work->doing, work->source),
        .back_off_ms = BACK_OFF_FIRST_MS};
    int next = 1;
    while (next == 1) {
        if (deadline_passed(&watch.deadline)) {
            return fail_late(device, work, &watch, err);
        }
        next = ask_once(device, work, &watch, err);
        if (next == 1 && stuck != NULL && is_stuck(work, &watch)) {
            *stuck = true;
            return 0;
        }
    }
    return next;
}
