/* SPDX-License-Identifier: MIT
 * Opening and closing devices for the outside world. */
#include "flash/session.h"

#include <stdlib.h>
#include <string.h>

#include "core/dfu_text.h"

const char *dfk_state_name(uint8_t state)
{
    return dfu_state_name(state);
}

const char *dfk_status_name(uint8_t status)
{
    return dfu_status_name(status);
}

int dfk_device_list_get(const struct dfk_select *select, struct dfk_device_list **list,
                        struct dfk_error *err)
{
    struct bus *bus = NULL;
    int result = bus_open_uri(select == NULL ? NULL : select->bus,
                              select == NULL ? NULL : select->trace, &bus, err);
    if (result == 0) {
        result = device_list(bus, select, list, err);
        bus_free(bus);
    }
    return result;
}

int dfk_device_wait(const struct dfk_select *select, uint32_t limit_ms, struct dfk_error *err)
{
    struct bus *bus = NULL;
    int result = bus_open_uri(select == NULL ? NULL : select->bus, NULL, &bus, err);
    if (result == 0) {
        bus_wait(bus, limit_ms);
        bus_free(bus);
    }
    return result;
}

static void announce(struct dfk_device *device)
{
    struct dfk_event event = {.kind = DFK_EVENT_DEVICE, .device = device_get_info(device->device)};
    if (device->callbacks.event != NULL) {
        device->callbacks.event(device->callbacks.user, &event);
    }
}

/* The handle without a device yet; NULL when memory ran out. */
static struct dfk_device *new_handle(const struct dfk_select *select,
                                     const struct dfk_callbacks *callbacks)
{
    struct dfk_device *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return NULL;
    }
    if (callbacks != NULL) {
        made->callbacks = *callbacks;
    }
    if (select != NULL && select->alternate != NULL) {
        made->alternate = strdup(select->alternate);
    }
    return made;
}

static int converse(struct dfk_device *made, struct bus *bus, const struct dfk_select *select,
                    struct dfk_error *err)
{
    int result = device_open(bus, made->clock, select, &made->callbacks, &made->device, err);
    if (result == 0) {
        announce(made);
    }
    return result;
}

int session_open(struct bus *bus, struct clock *clock, const struct dfk_select *select,
                 const struct dfk_callbacks *callbacks, struct dfk_device **device,
                 struct dfk_error *err)
{
    struct dfk_device *made = new_handle(select, callbacks);
    if (made == NULL) {
        return dfk_fail(err, DFK_E_NO_MEMORY, "no memory for a device");
    }
    made->clock = clock;
    int result = converse(made, bus, select, err);
    if (result != 0) {
        dfk_close(made);
        return result;
    }
    *device = made;
    return 0;
}

int dfk_open(const struct dfk_select *select, const struct dfk_callbacks *callbacks,
             struct dfk_device **device, struct dfk_error *err)
{
    struct dfk_device *made = new_handle(select, callbacks);
    if (made == NULL) {
        return dfk_fail(err, DFK_E_NO_MEMORY, "no memory for a device");
    }
    made->own_clock = clock_real();
    made->clock = &made->own_clock;
    int result = bus_open_uri(select == NULL ? NULL : select->bus,
                              select == NULL ? NULL : select->trace, &made->own_bus, err);
    if (result == 0) {
        result = converse(made, made->own_bus, select, err);
    }
    if (result != 0) {
        dfk_close(made);
        return result;
    }
    *device = made;
    return 0;
}

const struct dfk_device_info *dfk_device_get_info(const struct dfk_device *device)
{
    return device_get_info(device->device);
}

void dfk_close(struct dfk_device *device)
{
    if (device != NULL) {
        device_close(device->device);
        bus_free(device->own_bus);
        free(device->alternate);
        free(device);
    }
}
