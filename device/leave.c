/* SPDX-License-Identifier: MIT
 * Starting the application; a device that is gone afterwards has done what it was asked. */
#include "core/dfu_text.h"
#include "device/inside.h"

enum { GONE_LIMIT_MS = 5000, MANIFEST_LIMIT_MS = 30000, STEP_MS = 50 };

static const struct device_work leaving = {
    .doing = "leaving DFU mode", .limit_ms = DEVICE_REQUEST_MS, .source = "USB 2.0, 5 s"};

/* Is the device still there? Its descriptors are what every device can be asked for at any time. */
static bool is_there(struct device *device)
{
    uint8_t bytes[USB_DEVICE_BYTES];
    struct usb_setup setup = {USB_DIR_IN, USB_GET_DESCRIPTOR, USB_DEVICE << 8, 0, sizeof bytes};
    return bus_control(device->handle, &setup, bytes, NULL, DEVICE_REQUEST_MS, NULL) == BUS_OK;
}

static bool wait_until_gone(struct device *device)
{
    struct deadline deadline =
        deadline_start(device->clock, GONE_LIMIT_MS, "the device to leave the bus", "5 s, AN3156");
    bool there = is_there(device);
    while (there && !deadline_passed(&deadline)) {
        deadline_sleep_ms(&deadline, STEP_MS);
        there = is_there(device);
    }
    return !there;
}

/* Sends the zero-length DNLOAD. Losing the device here is success. */
static int send_end(struct device *device, bool *gone, struct dfk_error *err)
{
    struct dfk_error from = {0};
    struct usb_setup setup = device_setup(device, DFU_DNLOAD, 0, 0);
    enum bus_result result = device_request(device, &setup, NULL, NULL, DEVICE_REQUEST_MS, &from);
    if (result == BUS_STALL) {
        return device_fail_refused(device, &leaving, err);
    }
    *gone = result != BUS_OK;
    device->state = DFU_MANIFEST_SYNC;
    return 0;
}

/* Follows manifestation as the standard has it. Returns 1: go on asking, else 0 or a code. */
static int follow(struct device *device, const struct deadline *deadline, bool *gone,
                  struct dfk_error *err)
{
    struct dfu_status status = {0};
    if (device_ask(device, &status, DEVICE_REQUEST_MS, NULL) != BUS_OK) {
        *gone = !is_there(device);
        return 0;
    }
    if (status.status != DFU_OK) {
        return device_fail_status(device, &status, &leaving, err);
    }
    bool tolerant = (device->info.attributes & DFU_MANIFESTATION_TOLERANT) != 0;
    switch (status.state) {
    case DFU_MANIFEST_SYNC:
    case DFU_MANIFEST:
        deadline_sleep_ms(deadline,
                          status.poll_timeout_ms > STEP_MS ? status.poll_timeout_ms : STEP_MS);
        return status.state == DFU_MANIFEST && !tolerant && !device->traits.is_dfuse ? 2 : 1;
    case DFU_MANIFEST_WAIT_RESET: return 2;
    default: return 0;
    }
}

static int manifest(struct device *device, bool *gone, struct dfk_error *err)
{
    struct deadline deadline = deadline_start(device->clock, MANIFEST_LIMIT_MS, "manifestation",
                                              "30 s, longest seen on real devices, doubled");
    int next = 1;
    while (next == 1 && !deadline_passed(&deadline)) {
        next = follow(device, &deadline, gone, err);
    }
    if (next == 2) {
        *gone = bus_reset(device->handle, NULL) != BUS_OK;
        return 0;
    }
    return next == 1 ? dfk_fail(err, DFK_E_TIMEOUT, "manifestation is not over after %u ms (%s)",
                                MANIFEST_LIMIT_MS, dfu_state_name(device->last.state))
                     : next;
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
    struct dfu_status status = {0};
    /* Any answer will do, none at all as well: the request has been made. */
    (void)device_ask(device, &status, DEVICE_REQUEST_MS, NULL);
    *gone = wait_until_gone(device);
    return 0;
}

int device_leave(struct device *device, uint32_t addr, bool *gone, struct dfk_error *err)
{
    bool left = false;
    int result = 0;
    if (device->traits.is_dfuse) {
        result = device_finish(device, err);
        /* The chip jumps through the pointer, and that is wherever the last block went. */
        result = result == 0 ? device_set_address(device, addr, err) : result;
    }
    if (result == 0 && !device->traits.is_dfuse && device->state == DFU_IDLE) {
        /* Nothing was downloaded: a reset of the port is what leads back to the application.
         * Source DFU 1.1, appendix A.2, dfuIDLE */
        left = bus_reset(device->handle, NULL) != BUS_OK;
    } else if (result == 0) {
        result = end_download(device, &left, err);
    }
    if (result == 0) {
        *gone = left;
    }
    return result;
}
