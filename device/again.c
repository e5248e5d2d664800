/* SPDX-License-Identifier: MIT
 * Finding a device again that disappeared in the middle of the work, and no other one. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "device/inside.h"

enum { STEP_MS = 100 };

/* What one look at the bus found. */
struct sight {
    size_t here;      /* it is at its path: 0, 1 */
    size_t elsewhere; /* devices that could be it, at paths where none was before */
    struct bus_device found;
    char odd[240]; /* what is there instead; "": nothing */
};

static bool same_ids(const struct device_mark *mark, const struct dfk_device_info *info)
{
    return info->vendor == mark->vendor && info->product == mark->product &&
           info->bcd_device == mark->bcd_device;
}

static bool is_noted(const struct device_mark *mark, const char *path)
{
    bool noted = false;
    for (size_t i = 0; i < mark->other_count; i++) {
        noted = noted || strcmp(mark->others[i], path) == 0;
    }
    return noted;
}

/* A serial number that cannot be read may be the same. */
static void note_other(struct device_mark *mark, const struct dfk_device_info *info)
{
    bool like = info->vendor == mark->vendor && info->product == mark->product &&
                (info->serial[0] == '\0' || strcmp(info->serial, mark->serial) == 0);
    mark->has_double = mark->has_double || like;
    if (mark->other_count < DEVICE_OTHERS_MAX) {
        (void)snprintf(mark->others[mark->other_count++], sizeof mark->others[0], "%s", info->path);
    } else {
        mark->has_double = true;
    }
}

void device_note(struct device *device, struct device_mark *mark)
{
    struct bus_list list = {0};
    const struct dfk_device_info *own = &device->info;
    memset(mark, 0, sizeof *mark);
    mark->vendor = own->vendor;
    mark->product = own->product;
    mark->bcd_device = own->bcd_device;
    (void)snprintf(mark->path, sizeof mark->path, "%s", own->path);
    (void)snprintf(mark->serial, sizeof mark->serial, "%s", own->serial);
    (void)snprintf(mark->firmware, sizeof mark->firmware, "%s", own->firmware);
    if (bus_list(device->bus, &list, NULL) != 0) {
        mark->has_double = true;
        return;
    }
    for (size_t i = 0; i < list.count; i++) {
        struct dfk_device_info info;
        struct dfu_interface interface;
        device_describe(device->bus, &list.devices[i], &info, &interface);
        if (strcmp(info.path, mark->path) != 0) {
            note_other(mark, &info);
        }
    }
    bus_list_free(&list);
}

/* Takes one device of the list into account. */
static void judge(const struct device_mark *mark, const struct dfk_device_info *info,
                  const struct bus_device *found, struct sight *sight)
{
    bool here = strcmp(info->path, mark->path) == 0;
    bool serial = strcmp(info->serial, mark->serial) == 0;
    if (info->problem != DFK_OK || !same_ids(mark, info) || !serial) {
        if (here && info->problem == DFK_OK) {
            (void)snprintf(sight->odd, sizeof sight->odd,
                           "another device is at %s now: %04x:%04x, serial %.120s", info->path,
                           info->vendor, info->product,
                           info->serial[0] == '\0' ? "none" : info->serial);
        }
        return;
    }
    if (info->mode == DFK_MODE_RUNTIME || (!here && is_noted(mark, info->path))) {
        return;
    }
    sight->here += here ? 1 : 0;
    sight->elsewhere += here ? 0 : 1;
    if (here || sight->here == 0) {
        sight->found = *found;
    }
}

static void look(struct device *device, const struct device_mark *mark, struct sight *sight)
{
    struct bus_list list = {0};
    memset(sight, 0, sizeof *sight);
    /* A bus that does not answer now may answer later: a server can be restarted. */
    if (bus_list(device->bus, &list, NULL) != 0) {
        return;
    }
    for (size_t i = 0; i < list.count; i++) {
        struct dfk_device_info info;
        struct dfu_interface interface;
        device_describe(device->bus, &list.devices[i], &info, &interface);
        judge(mark, &info, &list.devices[i], sight);
    }
    bus_list_free(&list);
}

/* At another path only a serial number that nobody else has tells that it is the one. */
static bool is_unclear(const struct device_mark *mark, const struct sight *sight)
{
    bool unique = mark->serial[0] != '\0' && !mark->has_double;
    return sight->here + sight->elsewhere > 1 || (sight->elsewhere == 1 && !unique);
}

static int fail_unclear(const struct device_mark *mark, const struct sight *sight,
                        struct dfk_error *err)
{
    int code = dfk_fail(err, DFK_E_SEVERAL,
                        "%zu devices came up that could be the one that was at %s (%04x:%04x, "
                        "serial %s); none was touched",
                        sight->here + sight->elsewhere, mark->path, mark->vendor, mark->product,
                        mark->serial[0] == '\0' ? "none" : mark->serial);
    dfk_fail_why(err, "only the same place and the same serial number tell that it is the same "
                      "board; at another place, a serial number that no other board has");
    dfk_fail_next(err, "plug the board in where it was, unplug the others like it, and run the "
                       "command again");
    return code;
}

static int fail_changed(const struct device *device, const struct device_mark *mark,
                        struct dfk_error *err)
{
    int code = dfk_fail(err, DFK_E_LOST,
                        "the device at %s came back with another bootloader: \"%s\", it was \"%s\"",
                        device->info.path, device->info.firmware, mark->firmware);
    dfk_fail_next(err, "put the board into the bootloader that it was in, and run the command "
                       "again");
    return code;
}

static int fail_away(const struct device_mark *mark, const struct sight *sight, uint32_t wait_ms,
                     struct dfk_error *err)
{
    int code = dfk_fail(err, DFK_E_LOST,
                        "the device at %s (%04x:%04x, serial %s) did not come back in DFU mode "
                        "within %" PRIu32 ".%" PRIu32 " s",
                        mark->path, mark->vendor, mark->product,
                        mark->serial[0] == '\0' ? "none" : mark->serial, wait_ms / 1000,
                        wait_ms % 1000 / 100);
    dfk_fail_why(err, "%s", sight->odd);
    dfk_fail_next(err, "check the cable, put the board in DFU mode and run the command again: it "
                       "goes on where the board stands");
    return code;
}

/* Opens what was found. Returns 1 when that does not work yet. */
static int take(struct device *device, const struct device_mark *mark, const struct sight *sight,
                struct dfk_error *err)
{
    struct dfk_error from = {0};
    int result = device_attach(device, &sight->found, &from);
    bool dfu = result == 0 && device->info.mode != DFK_MODE_RUNTIME;
    if (dfu && strcmp(device->info.firmware, mark->firmware) == 0) {
        return 0;
    }
    result = dfu ? fail_changed(device, mark, err) : result;
    bus_close(device->handle);
    device->handle = NULL;
    /* A device that has only just come may not be open to everybody yet, or be gone again. */
    bool later = !dfu && (result == 0 || result == -DFK_E_PERMISSION || result == -DFK_E_BUSY_BUS ||
                          result == -DFK_E_NO_DEVICE || result == -DFK_E_LOST);
    return dfu ? result : later ? 1 : dfk_fail_copy(err, &from);
}

static void say_back(struct device *device, const struct device_mark *mark)
{
    bool moved = strcmp(device->info.path, mark->path) != 0;
    device_say(device, DFK_EVENT_RESUMED, moved ? "moved" : "returned",
               moved ? "the device with serial %s is back, at %s instead of %s; the work goes on "
                       "where the board stands"
                     : "the device with serial %s is back at %s; the work goes on where the board "
                       "stands",
               mark->serial[0] == '\0' ? "none" : mark->serial, device->info.path, mark->path);
}

int device_return(struct device *device, const struct device_mark *mark, uint32_t wait_ms,
                  struct dfk_error *err)
{
    struct sight sight = {.here = 0};
    struct deadline deadline =
        deadline_start(device->clock, wait_ms, "the device to come back", "asked for with --wait");
    int result = 1;
    bus_close(device->handle);
    device->handle = NULL;
    device_say(device, DFK_EVENT_WAITING, "return",
               "up to %" PRIu32 ".%" PRIu32 " s for the device to come back in DFU mode",
               wait_ms / 1000, wait_ms % 1000 / 100);
    while (result == 1 && !deadline_passed(&deadline)) {
        if (device_cancelled(device)) {
            return dfk_fail(err, DFK_E_INTERRUPTED,
                            "stopped while waiting for the device to come back");
        }
        bus_wait(device->bus, STEP_MS);
        look(device, mark, &sight);
        if (is_unclear(mark, &sight)) {
            return fail_unclear(mark, &sight, err);
        }
        if (sight.here + sight.elsewhere == 1) {
            result = take(device, mark, &sight, err);
        }
    }
    if (result == 0) {
        say_back(device, mark);
    }
    return result == 1 ? fail_away(mark, &sight, wait_ms, err) : result;
}
