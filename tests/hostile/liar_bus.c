/* SPDX-License-Identifier: MIT
 * A bus of devices that lie: who is there, and who may be opened. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/read.h"
#include "tests/hostile/liar_inside.h"

enum { LIST_NS = 100000, WAIT_STEP_MS = 100 };

static const uint64_t ns_per_ms = 1000000;

static struct liar_device *find(struct liar *liar, const char *path)
{
    struct liar_device *found = NULL;
    for (size_t i = 0; i < liar->device_count; i++) {
        if (liar->devices[i].present && strcmp(liar->devices[i].path, path) == 0) {
            found = &liar->devices[i];
        }
    }
    return found;
}

static int liar_open(struct bus *bus, const char *path, struct bus_handle **handle,
                     struct dfk_error *err)
{
    struct liar *liar = liar_of(bus);
    struct liar_device *device = find(liar, path);
    if (device == NULL) {
        return dfk_fail(err, DFK_E_NO_DEVICE, "no device at %s", path);
    }
    if (chance_permille(&liar->chance, liar->temper.result_permille / 4)) {
        return dfk_fail(err, DFK_E_PERMISSION, "%s may not be opened", path);
    }
    struct liar_handle *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return dfk_fail(err, DFK_E_NO_MEMORY, "no memory for a handle");
    }
    *made = (struct liar_handle){{bus}, device, device->generation};
    *handle = &made->handle;
    return 0;
}

static int liar_claim(struct bus_handle *handle, uint8_t interface, struct dfk_error *err)
{
    struct liar *liar = liar_of(handle->bus);
    bool refused = chance_permille(&liar->chance, liar->temper.result_permille / 4);
    return refused ? dfk_fail(err, DFK_E_BUSY_BUS, "interface %u is taken", interface) : 0;
}

static void liar_close(struct bus_handle *handle)
{
    free(handle);
}

static void add_device(struct liar *liar, struct liar_device *device, struct bus_list *out)
{
    struct bus_device *listed = &out->devices[out->count];
    struct bus_handle *handle = NULL;
    if (!device->present) {
        return;
    }
    memset(listed, 0, sizeof *listed);
    (void)snprintf(listed->path, sizeof listed->path, "%s", device->path);
    if (liar_open(&liar->bus, device->path, &handle, NULL) != 0) {
        listed->problem = DFK_E_PERMISSION;
    } else {
        (void)bus_read_device(handle, listed);
        liar_close(handle);
    }
    out->count++;
}

static int liar_list(struct bus *bus, struct bus_list *out, struct dfk_error *err)
{
    struct liar *liar = liar_of(bus);
    liar_advance(liar, LIST_NS);
    if (chance_permille(&liar->chance, liar->temper.result_permille / 8)) {
        return dfk_fail(err, DFK_E_CONNECTION, "the bus cannot be listed");
    }
    out->count = 0;
    out->devices = calloc(LIAR_DEVICES_MAX, sizeof *out->devices);
    if (out->devices == NULL) {
        return dfk_fail(err, DFK_E_NO_MEMORY, "no memory for a list");
    }
    for (size_t i = 0; i < liar->device_count; i++) {
        add_device(liar, &liar->devices[i], out);
    }
    return 0;
}

static void liar_wait(struct bus *bus, uint32_t limit_ms)
{
    uint32_t step_ms = limit_ms < WAIT_STEP_MS ? limit_ms : WAIT_STEP_MS;
    liar_advance(liar_of(bus), step_ms * ns_per_ms);
}

static void liar_free(struct bus *bus)
{
    (void)bus;
}

const struct bus_ops liar_ops = {.list = liar_list,
                                 .wait = liar_wait,
                                 .open = liar_open,
                                 .claim = liar_claim,
                                 .control = liar_control,
                                 .set_alternate = liar_set_alternate,
                                 .reset = liar_reset,
                                 .close = liar_close,
                                 .free = liar_free};
