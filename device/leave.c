/* SPDX-License-Identifier: MIT
 * Starting the application; a device that is gone afterwards has done what it was asked. */
#include "core/dfu_text.h"
#include "device/inside.h"

enum {
    GONE_LIMIT_MS = 5000,
    MANIFEST_LIMIT_MS = 30000,
    STEP_MS = 50,
    PRESENCE_MS = 1000,
    BOOT_GONE_LIMIT_MS = 1000, /* dfukit-boot goes within 100 ms */
    CHECK_LIMIT_MS = 10000,    /* of a seal: the slowest chip and the largest flash, ten times */
    BOOT_UNASKED_MS = 50,      /* and of its own accord not before; its work is long done then */
    LEAVE_BLOCK = 0
};

/* How following a manifestation goes on. */
enum follow { FOLLOW_OVER, FOLLOW_ASK_AGAIN, FOLLOW_RESET };

static const struct device_work leaving = {
    .doing = "leaving DFU mode", .limit_ms = DEVICE_REQUEST_MS, .source = "USB 2.0, 5 s"};

/* Is the device still there? Its descriptors are what every device can be asked for at any time. */
static bool is_there(struct device *device)
{
    uint8_t bytes[USB_DEVICE_BYTES];
    struct device_transfer transfer = {
        .setup = {USB_DIR_IN, USB_GET_DESCRIPTOR, USB_DEVICE << 8, 0, sizeof bytes},
        .data = bytes,
        .timeout_ms = PRESENCE_MS};
    return device_request(device, &transfer, NULL) == BUS_OK;
}

static bool wait_until_gone(struct device *device)
{
    bool soon = device->family == FAMILY_DFUKIT_BOOT;
    struct deadline deadline =
        deadline_start(device->clock, soon ? BOOT_GONE_LIMIT_MS : GONE_LIMIT_MS,
                       "the device to leave the bus", "5 s, AN3156");
    bool there = is_there(device);
    while (there && !deadline_passed(&deadline)) {
        deadline_sleep_ms(&deadline, STEP_MS);
        there = is_there(device);
    }
    return !there;
}

/* dfukit-boot answers for the last time when the application stands whole in the flash, and stays
 * when it cannot start it; a host that is too far away to ask in time sees it leave on its own.
 * When it goes sooner than that, nobody knows how far it came. */
static int fail_unconfirmed(struct device *device, struct dfk_error *err)
{
    int code = dfk_fail(err, DFK_E_LOST,
                        "leaving DFU mode: the device disappeared before it said that the "
                        "application is complete");
    dfk_fail_next(err, "reset the board: when the application does not start, run the command "
                       "again in DFU mode");
    if (err != NULL) {
        err->device = device->last;
    }
    return code;
}

/* Sends the zero-length DNLOAD. Losing the device here is success, and some refuse the request or
 * do not answer it because they leave at once: whether they are gone is what counts. */
static int send_end(struct device *device, bool *gone, struct dfk_error *err)
{
    struct dfk_error from = {0};
    struct device_transfer transfer = {.setup = device_setup(device, DFU_DNLOAD, LEAVE_BLOCK, 0),
                                       .timeout_ms = DEVICE_REQUEST_MS};
    bool boot = device->family == FAMILY_DFUKIT_BOOT;
    enum bus_result result = device_request(device, &transfer, &from);
    *gone = result != BUS_OK && !is_there(device);
    if (boot && result == BUS_TIMEOUT && !*gone) {
        result = device_request(device, &transfer, &from);
        *gone = result != BUS_OK && !is_there(device);
    }
    if (boot && *gone) {
        return fail_unconfirmed(device, err);
    }
    if (result == BUS_STALL && !*gone) {
        return device_fail_refused(device, &leaving, err);
    }
    if (result == BUS_ERROR && !*gone) {
        return device_fail_transfer(device, result, &leaving, &from, err);
    }
    device->state = DFU_MANIFEST_SYNC;
    device->run.valid = false;
    return 0;
}

static enum follow follow_state(struct device *device, const struct dfu_status *status,
                                const struct deadline *deadline)
{
    bool tolerant = (device->info.attributes & DFU_MANIFESTATION_TOLERANT) != 0;
    uint32_t pause_ms = status->poll_timeout_ms > STEP_MS ? status->poll_timeout_ms : STEP_MS;
    switch (status->state) {
    case DFU_MANIFEST_SYNC: deadline_sleep_ms(deadline, pause_ms); return FOLLOW_ASK_AGAIN;
    case DFU_MANIFEST:
        /* Without bitManifestationTolerant the device cannot be asked again: it waits for a reset,
         * or resets itself. */
        deadline_sleep_ms(deadline, pause_ms);
        return tolerant ? FOLLOW_ASK_AGAIN : FOLLOW_RESET;
    case DFU_MANIFEST_WAIT_RESET: return FOLLOW_RESET;
    default: return FOLLOW_OVER;
    }
}

static int fail_stayed(struct device *device, struct dfk_error *err)
{
    int code = dfk_fail(err, DFK_E_TIMEOUT,
                        "leaving DFU mode: the device is still there after %u ms, in state %s",
                        BOOT_GONE_LIMIT_MS, dfu_state_name(device->last.state));
    if (err != NULL) {
        err->device = device->last;
    }
    return code;
}

static int manifest(struct device *device, bool *gone, struct dfk_error *err)
{
    struct deadline deadline = deadline_start(device->clock, MANIFEST_LIMIT_MS, "manifestation",
                                              "30 s, longest seen on real devices, doubled");
    enum follow next = FOLLOW_ASK_AGAIN;
    while (next == FOLLOW_ASK_AGAIN && !deadline_passed(&deadline)) {
        struct dfu_status status = {0};
        if (device_ask(device, &status, DEVICE_REQUEST_MS, NULL) != BUS_OK) {
            *gone = !is_there(device);
            return 0;
        }
        if (status.status != DFU_OK) {
            return device_fail_status(device, &status, &leaving, err);
        }
        next = follow_state(device, &status, &deadline);
    }
    if (next == FOLLOW_RESET) {
        *gone = device_reset_port(device, NULL) != BUS_OK;
        return 0;
    }
    return next == FOLLOW_OVER
               ? 0
               : dfk_fail(err, DFK_E_TIMEOUT, "manifestation is not over after %u ms (%s)",
                          MANIFEST_LIMIT_MS, dfu_state_name(device->last.state));
}

/* dfukit-boot stays when it has nothing to start, and says so; others just stay. */
static int find_refusal(struct device *device, struct dfk_error *err)
{
    struct dfu_status status = {0};
    if (device->family != FAMILY_DFUKIT_BOOT) {
        return 0;
    }
    if (device_ask(device, &status, DEVICE_REQUEST_MS, NULL) != BUS_OK || status.status == DFU_OK) {
        return fail_stayed(device, err);
    }
    int code = device_fail_status(device, &status, &leaving, err);
    if (status.status == DFU_ERR_FIRMWARE) {
        dfk_fail_next(err, "put a whole application onto the board: dfukit flash FILE");
    }
    (void)device_recover(device, NULL);
    return code;
}

/* A bootloader that checks the application before it lets go of it says so. Any other answer will
 * do, none at all as well: the request has been made. Returns how the last question went. */
static enum bus_result wait_for_check(struct device *device, bool *refused)
{
    struct dfu_status status = {0};
    struct deadline deadline = deadline_start(device->clock, CHECK_LIMIT_MS, "the check of a seal",
                                              "ten times the slowest that was measured");
    enum bus_result answer =
        device_ask(device, &status, DEVICE_REQUEST_MS + device->prepared_ms * DEVICE_SAFETY, NULL);
    while (device->family == FAMILY_DFUKIT_BOOT && answer == BUS_OK && status.state == DFU_DNBUSY &&
           !deadline_passed(&deadline)) {
        deadline_sleep_ms(&deadline, status.poll_timeout_ms + 1);
        answer = device_ask(device, &status, DEVICE_REQUEST_MS, NULL);
    }
    *refused = device->family == FAMILY_DFUKIT_BOOT && answer == BUS_OK && status.status != DFU_OK;
    return answer;
}

/* The zero-length DNLOAD and what follows it. */
static int end_download(struct device *device, bool *gone, struct dfk_error *err)
{
    int result = send_end(device, gone, err);
    if (result != 0 || *gone) {
        return result;
    }
    if (!device->traits.is_dfuse) {
        return manifest(device, gone, err);
    }
    struct deadline since =
        deadline_start(device->clock, UINT32_MAX, "the end of the download", "docs/boot.md");
    bool refused = false;
    enum bus_result asked = wait_for_check(device, &refused);
    *gone = !refused && wait_until_gone(device);
    bool boot = device->family == FAMILY_DFUKIT_BOOT;
    if (boot && *gone && asked != BUS_OK && deadline_elapsed_ms(&since) < BOOT_UNASKED_MS) {
        return fail_unconfirmed(device, err);
    }
    return *gone ? 0 : find_refusal(device, err);
}

static int leave_dfuse(struct device *device, uint32_t addr, bool *gone, struct dfk_error *err)
{
    int result = device_finish(device, err);
    /* The chip jumps through the pointer, and that is wherever the last block went. */
    result = result == 0 ? device_set_address(device, addr, err) : result;
    return result == 0 ? end_download(device, gone, err) : result;
}

static int leave_plain(struct device *device, bool *gone, struct dfk_error *err)
{
    if (device->state == DFU_DNLOAD_IDLE) {
        return end_download(device, gone, err);
    }
    int result = device_finish(device, err);
    if (result == 0) {
        /* Nothing was downloaded: a reset of the port is what leads back to the application.
         * Source DFU 1.1, appendix A.2, dfuIDLE */
        *gone = device_reset_port(device, NULL) != BUS_OK;
    }
    return result;
}

int device_leave(struct device *device, uint32_t addr, bool *gone, struct dfk_error *err)
{
    bool left = false;
    int result = device->traits.is_dfuse ? leave_dfuse(device, addr, &left, err)
                                         : leave_plain(device, &left, err);
    if (result == 0) {
        *gone = left;
    }
    return result;
}
