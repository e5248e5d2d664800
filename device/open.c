/* SPDX-License-Identifier: MIT
 * Opening the one device that is meant, and bringing it to where work can begin. */
#include <stdlib.h>
#include <string.h>

#include "core/dfu_text.h"
#include "device/inside.h"

enum { STEP_MS = 100 };

static void warn_of_layouts(struct device *device)
{
    for (size_t i = 0; i < device->info.alternate_count; i++) {
        const struct dfk_alternate *alternate = &device->info.alternates[i];
        if (device->info.mode == DFK_MODE_DFUSE && device->memory.results[i] != LAYOUT_OK) {
            device_say(device, DFK_EVENT_WARNING, "layout",
                       "alternate %u: \"%s\" is %s memory layout", alternate->number,
                       alternate->text,
                       device->memory.results[i] == LAYOUT_BAD ? "not a" : "a partly damaged");
        }
    }
}

static int fail_unusable(const struct dfk_device_info *info, struct dfk_error *err)
{
    int code = dfk_fail(err, info->problem, "%04x:%04x at %s cannot be used: %s", info->vendor,
                        info->product, info->path, info->problem_text);
    return code;
}

static bool is_application(const struct device *device)
{
    return device->last.known && device->last.state <= DFU_APP_DETACH;
}

/* Comes to dfuIDLE. Some applications have the descriptors of DFU mode: their state tells. */
static int settle(struct device *device, struct dfk_error *err)
{
    struct dfk_error from = {0};
    if (device->info.mode == DFK_MODE_RUNTIME) {
        return 0;
    }
    device->attaching = true;
    device->started_in_error = false;
    device->last.known = false;
    int result = device_recover(device, &from);
    if (result != 0 && is_application(device)) {
        /* That decides what can be done at all: it is asked twice. */
        from = (struct dfk_error){0};
        result = device_recover(device, &from);
    }
    device->attaching = false;
    if (result != 0 && is_application(device)) {
        device->info.mode = DFK_MODE_RUNTIME;
        device_recognise(device);
        device_say(device, DFK_EVENT_WARNING, "run-time-state",
                   "the descriptors say DFU mode, but the device is in state %s: its application "
                   "runs",
                   dfu_state_name(device->last.state));
        return 0;
    }
    return result == 0 ? 0 : dfk_fail_copy(err, &from);
}

static const struct device_work opening = {
    .doing = "opening the device", .limit_ms = DEVICE_REQUEST_MS, .source = "USB 2.0, 5 s"};

int device_attach(struct device *device, const struct bus_device *found, struct dfk_error *err)
{
    struct dfu_interface interface;
    device_describe(device->bus, found, &device->info, &interface);
    if (device->info.problem != DFK_OK) {
        return fail_unusable(&device->info, err);
    }
    int result = bus_open(device->bus, found->path, &device->handle, err);
    if (result == 0) {
        result = bus_claim(device->handle, device->info.interface, err);
    }
    if (result != 0) {
        return result;
    }
    device_read_alternates(device->handle, &interface, &device->memory, &device->info);
    warn_of_layouts(device);
    device->alternate_known = false;
    device->run.valid = false;
    device->state = DFU_ERROR; /* until it was asked */
    device_recognise(device);
    device->gone = false;
    result = settle(device, err);
    if (result == 0) {
        device_identify(device);
    }
    /* A device that went away meanwhile has not been recognised, whatever is known of it. */
    return result == 0 && device->gone ? device_fail_transfer(device, BUS_GONE, &opening, NULL, err)
                                       : result;
}

/* One device that matches, opened. */
static int find_and_attach(struct device *device, const struct device_wish *wish,
                           struct dfk_error *err)
{
    struct bus_device found;
    int result = device_find(device->bus, wish, &found, err);
    return result == 0 ? device_attach(device, &found, err) : result;
}

/* A device that comes and goes while it is opened has not been touched yet: as long as it is waited
 * for, it is looked for again. */
static int open_in_time(struct device *device, const struct device_wish *wish,
                        struct dfk_error *err)
{
    struct dfk_select select = *wish->select;
    const struct device_wish now = {&select, wish->clock, wish->callbacks};
    struct deadline deadline =
        deadline_start(wish->clock, select.wait_ms, "the device to stay", "asked for with --wait");
    struct dfk_error from = {0};
    int result = find_and_attach(device, &now, &from);
    while (result == -DFK_E_LOST && !deadline_passed(&deadline)) {
        bus_close(device->handle);
        device->handle = NULL;
        bus_wait(device->bus, STEP_MS);
        select.wait_ms = deadline_left_ms(&deadline);
        from = (struct dfk_error){0};
        result = find_and_attach(device, &now, &from);
    }
    return result == 0 ? 0 : dfk_fail_copy(err, &from);
}

int device_open(struct bus *bus, struct clock *clock, const struct dfk_select *select,
                const struct dfk_callbacks *callbacks, struct device **device,
                struct dfk_error *err)
{
    static const struct dfk_select everything;
    const struct device_wish wish = {select == NULL ? &everything : select, clock, callbacks};
    struct device *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return dfk_fail(err, DFK_E_NO_MEMORY, "no memory for a device");
    }
    made->bus = bus;
    made->clock = clock;
    made->callbacks = callbacks;
    made->asked_bytes = wish.select->transfer_bytes;
    int result = open_in_time(made, &wish, err);
    if (result != 0) {
        device_close(made);
        return result;
    }
    *device = made;
    return 0;
}

const struct dfk_device_info *device_get_info(const struct device *device)
{
    return &device->info;
}

const struct device_traits *device_get_traits(const struct device *device)
{
    return &device->traits;
}

const struct layout *device_get_layout(const struct device *device, uint8_t alternate)
{
    for (size_t i = 0; i < device->info.alternate_count; i++) {
        if (device->info.alternates[i].number == alternate) {
            return device->info.alternates[i].run_count > 0 ? &device->memory.layouts[i] : NULL;
        }
    }
    return NULL;
}

struct clock *device_get_clock(const struct device *device)
{
    return device->clock;
}

uint32_t device_faults_overcome(const struct device *device)
{
    return device->faults_overcome;
}

int device_select_alternate(struct device *device, uint8_t alternate, struct dfk_error *err)
{
    static const struct device_work work = {.doing = "choosing the alternate setting",
                                            .limit_ms = DEVICE_REQUEST_MS,
                                            .source = "USB 2.0, 5 s for a request"};
    if (device->alternate_known && device->alternate == alternate) {
        return 0;
    }
    struct dfk_error from = {0};
    enum bus_result result =
        device->handle == NULL
            ? BUS_GONE
            : bus_set_alternate(device->handle, device->info.interface, alternate, &from);
    if (result != BUS_OK) {
        return device_fail_transfer(device, result, &work, &from, err);
    }
    device->alternate_known = true;
    device->alternate = alternate;
    return device_recover(device, err);
}

void device_close(struct device *device)
{
    if (device != NULL) {
        bus_close(device->handle);
        free(device);
    }
}
