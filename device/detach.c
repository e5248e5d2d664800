/* SPDX-License-Identifier: MIT
 * From the application into DFU mode, and finding the device again wherever it comes back. */
#include <string.h>

#include "device/inside.h"

enum { RETURN_LIMIT_MS = 10000, STRANGER_AFTER_MS = 1000, STEP_MS = 100, PATHS_MAX = 32 };

/* How sure it is that a device is the one that was sent away. */
enum likeness { LIKE_NOTHING, LIKE_NEW, LIKE_SERIAL, LIKE_PATH };

/* The device that was sent away, and the DFU-mode devices that were there before, so that a new one
 * can be told. */
struct before {
    char own_path[64], own_serial[128];
    char paths[PATHS_MAX][64];
    size_t count;
};

/* What one look at the bus found. */
struct candidate {
    enum likeness likeness;
    size_t equals; /* how many are as likely */
    struct bus_device found;
};

static bool is_dfu_mode(struct bus *bus, const struct bus_device *found)
{
    struct dfk_device_info info;
    struct dfu_interface interface;
    device_describe(bus, found, &info, &interface);
    return info.problem == DFK_OK && info.mode != DFK_MODE_RUNTIME;
}

static void remember(const struct device *device, struct before *before)
{
    struct bus_list list = {0};
    strcpy(before->own_path, device->info.path);
    strcpy(before->own_serial, device->info.serial);
    before->count = 0;
    if (bus_list(device->bus, &list, NULL) != 0) {
        return;
    }
    for (size_t i = 0; i < list.count && before->count < PATHS_MAX; i++) {
        const struct bus_device *other = &list.devices[i];
        if (is_dfu_mode(device->bus, other) && strcmp(other->path, device->info.path) != 0) {
            strcpy(before->paths[before->count++], other->path);
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

static enum likeness compare(struct bus *bus, const struct before *before,
                             const struct bus_device *found)
{
    if (!is_dfu_mode(bus, found) || was_there(before, found->path)) {
        return LIKE_NOTHING;
    }
    if (strcmp(found->path, before->own_path) == 0) {
        return LIKE_PATH;
    }
    bool same = before->own_serial[0] != '\0' && strcmp(found->serial, before->own_serial) == 0;
    return same ? LIKE_SERIAL : LIKE_NEW;
}

static int look(struct device *device, const struct before *before, struct candidate *best,
                struct dfk_error *err)
{
    struct bus_list list = {0};
    int result = bus_list(device->bus, &list, err);
    if (result != 0) {
        return result;
    }
    best->likeness = LIKE_NOTHING;
    best->equals = 0;
    for (size_t i = 0; i < list.count; i++) {
        enum likeness like = compare(device->bus, before, &list.devices[i]);
        if (like > best->likeness) {
            best->likeness = like;
            best->equals = 0;
            best->found = list.devices[i];
        }
        best->equals += like != LIKE_NOTHING && like == best->likeness ? 1 : 0;
    }
    bus_list_free(&list);
    return 0;
}

/* A device that has only just come may not be open to everybody yet, or be gone again. */
static bool may_still_open(int result)
{
    return result == -DFK_E_PERMISSION || result == -DFK_E_BUSY_BUS || result == -DFK_E_NO_DEVICE ||
           result == -DFK_E_LOST;
}

/* Opens what was found. Returns 1 when it is still the application, or cannot be opened yet. */
static int try_candidate(struct device *device, const struct candidate *best, struct dfk_error *err)
{
    struct dfk_error from = {0};
    if (best->equals > 1) {
        return dfk_fail(err, DFK_E_SEVERAL,
                        "%zu devices came up in DFU mode; which is meant is unclear", best->equals);
    }
    int result = device_attach(device, &best->found, &from);
    if (result == 0 && device->info.mode != DFK_MODE_RUNTIME) {
        return 0;
    }
    bus_close(device->handle);
    device->handle = NULL;
    return result == 0 || may_still_open(result) ? 1 : dfk_fail_copy(err, &from);
}

/* A device that is only new is taken when the right one had time to come back. */
static int wait_for_return(struct device *device, const struct before *before,
                           struct dfk_error *err)
{
    struct candidate best;
    struct deadline deadline =
        deadline_start(device->clock, RETURN_LIMIT_MS, "the device to come back in DFU mode",
                       "10 s, several times what real devices need");
    while (!deadline_passed(&deadline)) {
        bus_wait(device->bus, STEP_MS);
        int result = look(device, before, &best, err);
        bool strange = best.likeness == LIKE_NEW;
        if (result == 0 && (best.likeness == LIKE_NOTHING ||
                            (strange && deadline_elapsed_ms(&deadline) < STRANGER_AFTER_MS))) {
            continue;
        }
        result = result == 0 ? try_candidate(device, &best, err) : result;
        if (result != 1) {
            return result;
        }
    }
    return dfk_fail(err, DFK_E_LOST,
                    "the device did not come back in DFU mode within %u ms after DETACH",
                    RETURN_LIMIT_MS);
}

static int send_detach(struct device *device, struct dfk_error *err)
{
    static const struct device_work work = {
        .doing = "DETACH", .limit_ms = DEVICE_REQUEST_MS, .source = "USB 2.0, 5 s"};
    struct dfk_error from = {0};
    struct device_transfer transfer = {
        .setup = device_setup(device, DFU_DETACH, device->info.detach_timeout_ms, 0),
        .timeout_ms = DEVICE_REQUEST_MS};
    enum bus_result result = device_request(device, &transfer, &from);
    if (result == BUS_STALL) {
        return device_fail_transfer(device, result, &work, &from, err);
    }
    if ((device->info.attributes & DFU_WILL_DETACH) == 0 && result == BUS_OK) {
        /* A device that is another one after the reset is what this is about. */
        (void)device_reset_port(device, NULL);
    }
    return 0;
}

int device_detach(struct device *device, struct dfk_error *err)
{
    struct before before;
    if (device->info.mode != DFK_MODE_RUNTIME) {
        return 0;
    }
    remember(device, &before);
    int result = send_detach(device, err);
    if (result != 0) {
        return result;
    }
    bus_close(device->handle);
    device->handle = NULL;
    return wait_for_return(device, &before, err);
}
