/* SPDX-License-Identifier: MIT
 * From any state to dfuIDLE, sending in each state only what the standard allows there. */
#include "core/dfu_text.h"
#include "device/inside.h"

enum { RECOVER_LIMIT_MS = 20000, RECOVER_STEP_MS = 20, STALLS_MAX = 5 };

/* What to do about a state. */
enum remedy { REMEDY_NONE, REMEDY_CLEAR, REMEDY_ABORT, REMEDY_POLL, REMEDY_GIVE_UP };

/* Source DFU 1.1, appendix A.2: CLRSTATUS is for dfuERROR, ABORT for the two idle states. */
static const uint8_t remedies[DFU_STATE_COUNT] = {
    [DFU_APP_IDLE] = REMEDY_GIVE_UP,
    [DFU_APP_DETACH] = REMEDY_GIVE_UP,
    [DFU_IDLE] = REMEDY_NONE,
    [DFU_DNLOAD_SYNC] = REMEDY_POLL,
    [DFU_DNBUSY] = REMEDY_POLL,
    [DFU_DNLOAD_IDLE] = REMEDY_ABORT,
    [DFU_MANIFEST_SYNC] = REMEDY_POLL,
    [DFU_MANIFEST] = REMEDY_POLL,
    [DFU_MANIFEST_WAIT_RESET] = REMEDY_GIVE_UP,
    [DFU_UPLOAD_IDLE] = REMEDY_ABORT,
    [DFU_ERROR] = REMEDY_CLEAR,
};

static const struct device_work recovery = {.doing = "coming to dfuIDLE",
                                            .limit_ms = RECOVER_LIMIT_MS,
                                            .source =
                                                "longest sector erase of the datasheets, doubled"};

static int apply(struct device *device, enum remedy remedy, const struct deadline *deadline,
                 struct dfk_error *err)
{
    switch (remedy) {
    case REMEDY_CLEAR: return device_send(device, DFU_CLRSTATUS, &recovery, err);
    case REMEDY_ABORT: return device_send(device, DFU_ABORT, &recovery, err);
    case REMEDY_POLL: deadline_sleep_ms(deadline, RECOVER_STEP_MS); break;
    default: break;
    }
    return 0;
}

static int fail_stuck(struct device *device, const struct dfu_status *status, struct dfk_error *err)
{
    int code = dfk_fail(err, status->state <= DFU_APP_DETACH ? DFK_E_DEVICE : DFK_E_TIMEOUT,
                        "the device stays in state %s, status %s, and does not come to dfuIDLE",
                        dfu_state_name(status->state), dfu_status_name(status->status));
    if (err != NULL) {
        err->device = device->last;
    }
    return code;
}

/* Asks, and overlooks a few refusals: some chips stall GETSTATUS while they are busy. */
static int ask_patiently(struct device *device, struct dfu_status *status,
                         const struct deadline *deadline, struct dfk_error *err)
{
    struct dfk_error from = {0};
    enum bus_result result = BUS_STALL;
    for (unsigned tries = 0; tries < STALLS_MAX && result == BUS_STALL; tries++) {
        if (tries > 0) {
            deadline_sleep_ms(deadline, RECOVER_STEP_MS);
        }
        result = device_ask(device, status, deadline_left_ms(deadline) + 1, &from);
    }
    return result == BUS_OK ? 0 : device_fail_transfer(device, result, &recovery, &from, err);
}

int device_recover(struct device *device, struct dfk_error *err)
{
    struct deadline deadline =
        deadline_start(device->clock, RECOVER_LIMIT_MS, recovery.doing, recovery.source);
    struct dfu_status status = {0};
    device->run.valid = false;
    bool first = true;
    while (!deadline_passed(&deadline)) {
        int result = ask_patiently(device, &status, &deadline, err);
        if (result != 0) {
            return result;
        }
        uint8_t remedy = status.state < DFU_STATE_COUNT ? remedies[status.state] : REMEDY_GIVE_UP;
        if (remedy == REMEDY_NONE && status.status == DFU_OK) {
            return 0;
        }
        if (remedy == REMEDY_GIVE_UP) {
            return fail_stuck(device, &status, err);
        }
        if (first && remedy == REMEDY_CLEAR) {
            device_say(device, DFK_EVENT_WARNING, "starts-in-dfuerror",
                       "the device was in dfuERROR with status %s; cleared",
                       dfu_status_name(status.status));
        }
        first = false;
        result = apply(device, (enum remedy)remedy, &deadline, err);
        if (result != 0) {
            return result;
        }
    }
    return fail_stuck(device, &status, err);
}
