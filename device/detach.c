/* SPDX-License-Identifier: MIT
 * From the application into DFU mode, and finding the device again wherever it comes back. */
#include <string.h>

#include "device/inside.h"

enum { RETURN_LIMIT_MS = 10000, STEP_MS = 100, PATHS_MAX = 32 };

/* The DFU-mode devices that were there before, so that a new one can be told. */
struct before {
    char paths[PATHS_MAX][64];
    size_t count;
};

static bool is_dfu_mode(struct bus *bus, const struct bus_device *found)
{
    struct dfk_device_info info;
    struct dfu_interface interface;
    device_describe(bus, found, &info, &interface);
    return info.problem == DFK_OK && info.mode != DFK_MODE_RUNTIME;
}

static void remember(struct bus *bus, struct before *before)
{
    struct bus_list list = {0};
    before->count = 0;
    if (bus_list(bus, &list, NULL) != 0) {
        return;
    }
    for (size_t i = 0; i < list.count && before->count < PATHS_MAX; i++) {
        if (is_dfu_mode(bus, &list.devices[i])) {
            strcpy(before->paths[before->count++], list.devices[i].path);
        }
    }
    bus_list_free(&list);
}

static bool was_there(const struct before *before, const char *path)
{
    bool there = false;
    for (size_t i = 0; i < before->count; i++) {
        there = there || strcmp(before->paths[i], path) == 0;
    }
    return there;
}

/* How sure it is that this is the device: same place, same serial number, or just new. */
static int rank(const struct device *device, const struct before *before,
                const struct bus_device *found)
{
    if (!is_dfu_mode(device->bus, found) || was_there(before, found->path)) {
        return 0;
    }
    if (strcmp(found->path, device->info.path) == 0) {
        return 3;
    }
    return device->info.serial[0] != '\0' && strcmp(found->serial, device->info.serial) == 0 ? 2
                                                                                             : 1;
}

/* Returns 0: found, 1: not yet, else a code. */
static int look(struct device *device, const struct before *before, struct bus_device *back,
                struct dfk_error *err)
{
    struct bus_list list = {0};
    int best = 0;
    size_t equals = 0;
    int result = bus_list(device->bus, &list, err);
    if (result != 0) {
        return result;
    }
    for (size_t i = 0; i < list.count; i++) {
        int how = rank(device, before, &list.devices[i]);
        equals = how > best ? 1 : equals + (how == best && how > 0 ? 1 : 0);
        if (how > best) {
            best = how;
            *back = list.devices[i];
        }
    }
    bus_list_free(&list);
    if (equals > 1) {
        return dfk_fail(err, DFK_E_SEVERAL,
                        "%zu devices came up in DFU mode; which is meant is unclear", equals);
    }
    return best > 0 ? 0 : 1;
}

static int wait_for_return(struct device *device, const struct before *before,
                           struct bus_device *back, struct dfk_error *err)
{
    struct deadline deadline =
        deadline_start(device->clock, RETURN_LIMIT_MS, "the device to come back in DFU mode",
                       "10 s, several times what real devices need");
    int result = 1;
    while (result == 1 && !deadline_passed(&deadline)) {
        bus_wait(device->bus, STEP_MS);
        result = look(device, before, back, err);
    }
    return result == 1
               ? dfk_fail(err, DFK_E_LOST,
                          "the device did not come back in DFU mode within %u ms after DETACH",
                          RETURN_LIMIT_MS)
               : result;
}

static int send_detach(struct device *device, struct dfk_error *err)
{
    static const struct device_work work = {
        .doing = "DETACH", .limit_ms = DEVICE_REQUEST_MS, .source = "USB 2.0, 5 s"};
    struct dfk_error from = {0};
    struct usb_setup setup = device_setup(device, DFU_DETACH, device->info.detach_timeout_ms, 0);
    enum bus_result result = device_request(device, &setup, NULL, NULL, DEVICE_REQUEST_MS, &from);
    if (result == BUS_STALL) {
        return device_fail_transfer(device, result, &work, &from, err);
    }
    if ((device->info.attributes & DFU_WILL_DETACH) == 0 && result == BUS_OK) {
        /* A device that is another one after the reset is what this is about. */
        (void)bus_reset(device->handle, NULL);
    }
    return 0;
}

int device_detach(struct device *device, struct dfk_error *err)
{
    struct before before;
    struct bus_device back;
    if (device->info.mode != DFK_MODE_RUNTIME) {
        return 0;
    }
    remember(device->bus, &before);
    int result = send_detach(device, err);
    if (result != 0) {
        return result;
    }
    bus_close(device->handle);
    device->handle = NULL;
    result = wait_for_return(device, &before, &back, err);
    return result != 0 ? result : device_attach(device, &back, err);
}
