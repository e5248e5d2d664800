/* SPDX-License-Identifier: MIT
 * From any state to dfuIDLE, sending in each state only what the standard allows there. */
#include "core/dfu_text.h"
#include "device/extension.h"

enum {
    RECOVER_LIMIT_MS = 20000,
    POLL_MIN_MS = 20,
    POLL_MAX_MS = 1000,
    STALLS_MAX = 5,
    TRIES_FOREVER = 0xFF
};

/* What to do about a state. */
enum remedy { REMEDY_NONE, REMEDY_CLEAR, REMEDY_ABORT, REMEDY_POLL, REMEDY_RESET, REMEDY_GIVE_UP };

/* One state: its remedy, and how often that is tried before the device is given up. */
struct recovery_row {
    uint8_t remedy, tries;
};

/* A second try is for devices that fall into dfuERROR again when they are asked. An odd status in
 * dfuIDLE is left alone: there is no request that may clear it.
 * Source DFU 1.1, appendix A.2: CLRSTATUS is for dfuERROR, ABORT for the two idle states */
static const struct recovery_row rows[DFU_STATE_COUNT] = {
    [DFU_APP_IDLE] = {REMEDY_GIVE_UP, 0},
    [DFU_APP_DETACH] = {REMEDY_GIVE_UP, 0},
    [DFU_IDLE] = {REMEDY_NONE, 0},
    [DFU_DNLOAD_SYNC] = {REMEDY_POLL, TRIES_FOREVER},
    [DFU_DNBUSY] = {REMEDY_POLL, TRIES_FOREVER},
    [DFU_DNLOAD_IDLE] = {REMEDY_ABORT, 2},
    [DFU_MANIFEST_SYNC] = {REMEDY_POLL, TRIES_FOREVER},
    [DFU_MANIFEST] = {REMEDY_POLL, TRIES_FOREVER},
    [DFU_MANIFEST_WAIT_RESET] = {REMEDY_RESET, 1},
    [DFU_UPLOAD_IDLE] = {REMEDY_ABORT, 2},
    [DFU_ERROR] = {REMEDY_CLEAR, 2},
};

static const struct device_work recovery = {.doing = "coming to dfuIDLE",
                                            .limit_ms = RECOVER_LIMIT_MS,
                                            .source =
                                                "longest sector erase of the datasheets, doubled"};

static enum remedy choose(const struct dfu_status *status, uint8_t *tried)
{
    if (status->state >= DFU_STATE_COUNT) {
        return REMEDY_GIVE_UP;
    }
    const struct recovery_row *row = &rows[status->state];
    if (row->tries != 0 && row->tries != TRIES_FOREVER && tried[status->state]++ >= row->tries) {
        return REMEDY_GIVE_UP;
    }
    return (enum remedy)row->remedy;
}

static int fail_stuck(struct device *device, const struct dfu_status *status, enum dfk_code code,
                      struct dfk_error *err)
{
    int result =
        dfk_fail(err, code, "the device stays in state %s, status %s, and does not come to dfuIDLE",
                 dfu_state_name(status->state), dfu_status_name(status->status));
    if (err != NULL) {
        err->device = device->last;
    }
    return result;
}

/* Busy: the device names a pause, but a nonsensical one is not obeyed. A chip that is known to hang
 * here, perhaps since an earlier session, is helped out. */
static int wait_a_moment(struct device *device, const struct dfu_status *status,
                         const struct deadline *deadline, struct dfk_error *err)
{
    uint32_t pause_ms = status->poll_timeout_ms;
    if (status->state == DFU_DNBUSY && device_can_wedge(device) &&
        deadline_elapsed_ms(deadline) >= device_wedge_after_ms(device)) {
        return device_clear_wedge(device, NULL, err);
    }
    pause_ms = pause_ms < POLL_MIN_MS ? POLL_MIN_MS : pause_ms;
    deadline_sleep_ms(deadline, pause_ms > POLL_MAX_MS ? POLL_MAX_MS : pause_ms);
    return 0;
}

/* Only the port's reset leads on. A device that comes back as another one is lost for this
 * conversation. */
static int reset_port(struct device *device, struct dfk_error *err)
{
    struct dfk_error from = {0};
    enum bus_result result = device_reset_port(device, &from);
    return result == BUS_OK ? 0 : device_fail_transfer(device, result, &recovery, &from, err);
}

static int end_transfer(struct device *device, const struct dfu_status *status,
                        struct dfk_error *err)
{
    struct dfk_error from = {0};
    if (device->family != FAMILY_DFUKIT_BOOT || status->state != DFU_DNLOAD_IDLE) {
        return device_send(device, DFU_ABORT, &recovery, err);
    }
    enum bus_result result = device_discard(device, &from);
    return result == BUS_OK ? 0 : device_fail_transfer(device, result, &recovery, &from, err);
}

static int apply(struct device *device, enum remedy remedy, const struct dfu_status *status,
                 const struct deadline *deadline, struct dfk_error *err)
{
    switch (remedy) {
    case REMEDY_CLEAR: return device_send(device, DFU_CLRSTATUS, &recovery, err);
    case REMEDY_ABORT: return end_transfer(device, status, err);
    case REMEDY_POLL: return wait_a_moment(device, status, deadline, err);
    case REMEDY_RESET: return reset_port(device, err);
    case REMEDY_GIVE_UP: return fail_stuck(device, status, DFK_E_DEVICE, err);
    case REMEDY_NONE: break;
    }
    return 0;
}

/* Asks, and overlooks a few refusals: some chips stall GETSTATUS while they are busy. */
static int ask_patiently(struct device *device, struct dfu_status *status,
                         const struct deadline *deadline, struct dfk_error *err)
{
    struct dfk_error from = {0};
    enum bus_result result = BUS_STALL;
    for (unsigned tries = 0; tries < STALLS_MAX && result == BUS_STALL; tries++) {
        if (tries > 0) {
            deadline_sleep_ms(deadline, POLL_MIN_MS);
        }
        result = device_ask(device, status, deadline_left_ms(deadline) + 1, &from);
    }
    return result == BUS_OK ? 0 : device_fail_transfer(device, result, &recovery, &from, err);
}

static void note_error(struct device *device, const struct dfu_status *status)
{
    if (device->attaching && status->state == DFU_ERROR && !device->started_in_error) {
        device->started_in_error = true;
        device_say(device, DFK_EVENT_WARNING, "starts-in-dfuerror",
                   "the device was in dfuERROR with status %s; cleared",
                   dfu_status_name(status->status));
    }
}

int device_recover(struct device *device, struct dfk_error *err)
{
    struct deadline deadline =
        deadline_start(device->clock, RECOVER_LIMIT_MS, recovery.doing, recovery.source);
    struct dfu_status status = {0};
    uint8_t tried[DFU_STATE_COUNT] = {0};
    device->run.valid = false;
    while (!deadline_passed(&deadline)) {
        int result = ask_patiently(device, &status, &deadline, err);
        if (result != 0) {
            return result;
        }
        note_error(device, &status);
        enum remedy remedy = choose(&status, tried);
        if (remedy == REMEDY_NONE) {
            return 0;
        }
        result = apply(device, remedy, &status, &deadline, err);
        if (result != 0) {
            return result;
        }
    }
    return fail_stuck(device, &status, DFK_E_TIMEOUT, err);
}
