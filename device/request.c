/* SPDX-License-Identifier: MIT
 * One request to the device, and the sentence for each way it can fail. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "bus/read.h"
#include "core/dfu_text.h"
#include "device/inside.h"

void device_say(struct device *device, enum dfk_event_kind kind, const char *id, const char *format,
                ...)
{
    if (device->callbacks == NULL || device->callbacks->event == NULL) {
        return;
    }
    char text[240];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    struct dfk_event event = {.kind = kind, .id = id, .text = text};
    device->callbacks->event(device->callbacks->user, &event);
}

bool device_cancelled(const struct device *device)
{
    const struct dfk_callbacks *callbacks = device->callbacks;
    return callbacks != NULL && callbacks->cancelled != NULL &&
           callbacks->cancelled(callbacks->user);
}

struct usb_setup device_setup(const struct device *device, uint8_t request, uint16_t value,
                              uint16_t length)
{
    bool in = request == DFU_UPLOAD || request == DFU_GETSTATUS || request == DFU_GETSTATE;
    struct usb_setup setup = {in ? DFU_REQUEST_IN : DFU_REQUEST_OUT, request, value,
                              device->info.interface, length};
    return setup;
}

enum bus_result device_request(struct device *device, struct device_transfer *transfer,
                               struct dfk_error *err)
{
    if (device->handle == NULL) {
        (void)dfk_fail(err, DFK_E_LOST, "the device is not on the bus any more");
        return BUS_GONE;
    }
    enum bus_result result = bus_control(device->handle, &transfer->setup, transfer->data,
                                         &transfer->actual, transfer->timeout_ms, err);
    bool in = (transfer->setup.request_type & USB_DIR_IN) != 0;
    device->gone = device->gone || result == BUS_GONE;
    if (result == BUS_OK && !in && transfer->actual < transfer->setup.length) {
        (void)dfk_fail(err, DFK_E_PROTOCOL, "only %u of %u bytes reached the device",
                       transfer->actual, transfer->setup.length);
        return BUS_ERROR;
    }
    return result;
}

enum bus_result device_reset_port(struct device *device, struct dfk_error *err)
{
    if (device->handle == NULL) {
        (void)dfk_fail(err, DFK_E_LOST, "the device is not on the bus any more");
        return BUS_GONE;
    }
    return bus_reset(device->handle, err);
}

int device_reset(struct device *device, bool *gone, struct dfk_error *err)
{
    static const struct device_work work = {
        .doing = "reset of the port", .limit_ms = DEVICE_REQUEST_MS, .source = "USB 2.0, 5 s"};
    struct dfk_error from = {0};
    enum bus_result result = device_reset_port(device, &from);
    *gone = result == BUS_GONE;
    device->state = DFU_ERROR; /* until it is asked again */
    device->alternate_known = false;
    device->run.valid = false;
    return result == BUS_OK || *gone ? 0 : device_fail_transfer(device, result, &work, &from, err);
}

enum bus_result device_ask(struct device *device, struct dfu_status *out, uint32_t timeout_ms,
                           struct dfk_error *err)
{
    uint8_t bytes[DFU_STATUS_BYTES] = {0};
    struct device_transfer transfer = {.setup =
                                           device_setup(device, DFU_GETSTATUS, 0, DFU_STATUS_BYTES),
                                       .data = bytes,
                                       .timeout_ms = timeout_ms};
    enum bus_result result = device_request(device, &transfer, err);
    if (result == BUS_OK && transfer.actual != DFU_STATUS_BYTES) {
        (void)dfk_fail(err, DFK_E_PROTOCOL,
                       "the device answered DFU_GETSTATUS with %u bytes, wanted 6",
                       transfer.actual);
        return BUS_ERROR;
    }
    if (result == BUS_OK) {
        *out = dfu_status_get(bytes);
        device->state = out->state;
        device->last = (struct dfk_device_state){.known = true,
                                                 .state = out->state,
                                                 .status = out->status,
                                                 .poll_timeout_ms = out->poll_timeout_ms};
    }
    return result;
}

void device_name_place(const struct device_work *work, char *text, size_t capacity)
{
    if (work->has_addr) {
        (void)snprintf(text, capacity, "%s at 0x%08" PRIX32, work->doing, work->addr);
    } else {
        (void)snprintf(text, capacity, "%s", work->doing);
    }
}

static int finish(struct device *device, const struct device_work *work, int code,
                  struct dfk_error *err)
{
    if (err != NULL) {
        err->device = device->last;
    }
    if (work->has_addr) {
        dfk_fail_at_addr(err, work->addr);
    }
    return code;
}

int device_fail_transfer(struct device *device, enum bus_result result,
                         const struct device_work *work, const struct dfk_error *from,
                         struct dfk_error *err)
{
    char place[96];
    int code;
    device_name_place(work, place, sizeof place);
    device->run.valid = false;
    device->state = DFU_ERROR; /* not known: it is asked before the next request */
    switch (result) {
    case BUS_STALL:
        code = dfk_fail(err, DFK_E_DEVICE, "%s: the device refused the request", place);
        break;
    case BUS_TIMEOUT:
        code = dfk_fail(err, DFK_E_TIMEOUT, "%s: no answer within %" PRIu32 " ms (%s)", place,
                        work->limit_ms, work->source);
        break;
    case BUS_GONE:
        code = dfk_fail(err, DFK_E_LOST, "%s: the device disappeared from the bus", place);
        break;
    default:
        code = dfk_fail(err, from->code, "%s: %s", place, from->what);
        dfk_fail_why(err, "%s", from->why);
        dfk_fail_next(err, "%s", from->next);
        break;
    }
    return finish(device, work, code, err);
}

int device_fail_status(struct device *device, const struct dfu_status *status,
                       const struct device_work *work, struct dfk_error *err)
{
    char place[96];
    int code;
    device_name_place(work, place, sizeof place);
    if (status->string_index != 0) {
        bus_read_string(device->handle, status->string_index, device->last.text,
                        sizeof device->last.text);
    }
    const char *name = dfu_status_name(status->status);
    if (status->status == DFU_ERR_VENDOR && device->last.text[0] == '\0') {
        code = dfk_fail(err, DFK_E_PROTECTED, "%s: the device says %s: read protection is active",
                        place, name);
    } else {
        code = dfk_fail(err, DFK_E_DEVICE, "%s: the device says %s (%s) in state %s%s%s", place,
                        name, dfu_status_meaning(status->status), dfu_state_name(status->state),
                        device->last.text[0] == '\0' ? "" : ": ", device->last.text);
    }
    if (code == -DFK_E_DEVICE &&
        (status->status == DFU_ERR_TARGET || status->status == DFU_ERR_ADDRESS)) {
        dfk_fail_why(err, "the address is not memory that the device lets the host reach");
    }
    return finish(device, work, code, err);
}

int device_fail_refused(struct device *device, const struct device_work *work,
                        struct dfk_error *err)
{
    struct dfu_status status = {0};
    struct dfk_error why = {0};
    enum bus_result result = device_ask(device, &status, DEVICE_REQUEST_MS, &why);
    int code = result != BUS_OK          ? device_fail_transfer(device, result, work, &why, err)
               : status.status == DFU_OK ? device_fail_transfer(device, BUS_STALL, work, &why, err)
                                         : device_fail_status(device, &status, work, err);
    device->run.valid = false;
    if (result == BUS_OK) {
        (void)device_recover(device, NULL);
    }
    return code;
}

int device_send(struct device *device, uint8_t request, const struct device_work *work,
                struct dfk_error *err)
{
    struct dfk_error from = {0};
    struct device_transfer transfer = {.setup = device_setup(device, request, 0, 0),
                                       .timeout_ms = DEVICE_REQUEST_MS};
    enum bus_result result = device_request(device, &transfer, &from);
    return result == BUS_OK ? 0 : device_fail_transfer(device, result, work, &from, err);
}
