/* SPDX-License-Identifier: MIT
 * Finding the device that a command line of dfu-util means. */
#include "cli/compat_select.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/interrupt.h"

enum { LOOK_AGAIN_MS = 1000 };

static bool is_one(int32_t wanted, uint16_t number)
{
    return wanted == COMPAT_ANY || wanted == number;
}

bool compat_matches(const struct compat_request *request, const struct dfk_device_info *info)
{
    bool runtime = info->mode == DFK_MODE_RUNTIME;
    const struct compat_ids *ids = runtime ? &request->runtime : &request->dfu;
    const char *serial = request->serials[runtime ? 0 : 1];
    return is_one(ids->vendor, info->vendor) && is_one(ids->product, info->product) &&
           (serial[0] == '\0' || strcmp(serial, info->serial) == 0) &&
           is_one(request->number, info->number) &&
           is_one(request->configuration, info->configuration) &&
           is_one(request->interface, info->interface) &&
           (request->path == NULL || strcmp(request->path, info->path) == 0);
}

bool compat_matches_alternate(const struct compat_request *request,
                              const struct dfk_alternate *alternate)
{
    char *end = NULL;
    if (request->alternate == NULL) {
        return true;
    }
    unsigned long number = strtoul(request->alternate, &end, 0);
    bool is_number = end != request->alternate && *end == '\0';
    return is_number ? number == alternate->number
                     : strcmp(request->alternate, alternate->text) == 0;
}

static bool has_alternate(const struct compat_request *request, const struct dfk_device_info *info,
                          char number[8])
{
    number[0] = '\0';
    if (request->alternate == NULL || info->mode == DFK_MODE_RUNTIME) {
        return true; /* an application has its settings in DFU mode only */
    }
    for (size_t i = 0; i < info->alternate_count; i++) {
        if (compat_matches_alternate(request, &info->alternates[i])) {
            (void)snprintf(number, 8, "%u", info->alternates[i].number);
            return true;
        }
    }
    return false;
}

/* What one look at the bus found. */
struct found {
    size_t count, unusable;
    struct compat_choice first;
};

static int look(const struct compat_request *request, const char *bus, struct found *found,
                struct dfk_error *err)
{
    struct dfk_device_list *list = NULL;
    int result = dfk_device_list_get(&(struct dfk_select){.bus = bus}, &list, err);
    *found = (struct found){0};
    if (result != 0) {
        return result;
    }
    for (size_t i = 0; i < dfk_device_list_count(list); i++) {
        const struct dfk_device_info *info = dfk_device_list_at(list, i);
        char number[8];
        if (!compat_matches(request, info)) {
            continue;
        }
        if (!info->usable) {
            /* Opening it says best what is wrong with it. */
            found->unusable++;
            (void)snprintf(found->first.path, sizeof found->first.path, "%s", info->path);
        } else if (has_alternate(request, info, number)) {
            found->count++;
            (void)snprintf(found->first.path, sizeof found->first.path, "%s", info->path);
            memcpy(found->first.alternate, number, sizeof number);
        }
    }
    dfk_device_list_free(list);
    return 0;
}

static int wait_for_device(const struct compat_request *request, const char *bus,
                           struct found *found, struct dfk_error *err)
{
    const struct dfk_select where = {.bus = bus};
    int result = 0;
    (void)printf("Waiting for device, exit with ctrl-C\n");
    (void)fflush(stdout);
    while (result == 0 && found->count == 0) {
        result = interrupt_seen(NULL)
                     ? cli_fail(err, DFK_E_INTERRUPTED, "stopped while waiting for the device")
                     : dfk_device_wait(&where, LOOK_AGAIN_MS, err);
        result = result == 0 ? look(request, bus, found, err) : result;
    }
    return result;
}

int compat_find(const struct compat_request *request, const char *bus, struct compat_choice *choice,
                struct dfk_error *err)
{
    struct found found;
    int result = look(request, bus, &found, err);
    if (result == 0 && found.count == 0 && request->wait) {
        result = wait_for_device(request, bus, &found, err);
    }
    if (result != 0) {
        return result;
    }
    if (found.count == 0 && found.unusable == 0) {
        return cli_fail(err, DFK_E_NO_DEVICE, "No DFU capable USB device available");
    }
    if (found.count > 1 || (found.count == 0 && found.unusable > 1)) {
        cli_fail(err, DFK_E_SEVERAL,
                 "More than one DFU capable USB device found! Try `--list' and specify the serial "
                 "number or disconnect all but one device");
        return cli_fail_next(err, "or say where it is plugged in: -p PATH");
    }
    *choice = found.first;
    choice->select = (struct dfk_select){.bus = bus,
                                         .path = choice->path,
                                         .alternate = choice->alternate,
                                         .transfer_bytes = request->transfer_bytes};
    if (choice->alternate[0] == '\0') {
        choice->select.alternate = NULL;
    }
    return 0;
}
