/* SPDX-License-Identifier: MIT
 * Looks over the host's shoulder. */
#include "tests/spec/watch_bus.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/bytes.h"

enum { TYPE_MASK = 0x60, TYPE_CLASS = 0x20, NS_PER_MS = 1000000 };

/* What the standard says of a request: its direction, its length. */
struct form {
    const char *name;
    uint8_t type, event;
    int length; /* -1: up to wTransferSize */
};

static const struct form forms[] = {
    [DFU_DETACH] = {"detach", DFU_REQUEST_OUT, TABLE_DETACH, 0},
    [DFU_DNLOAD] = {"dnload", DFU_REQUEST_OUT, TABLE_DNLOAD, -1},
    [DFU_UPLOAD] = {"upload", DFU_REQUEST_IN, TABLE_UPLOAD_FULL, -1},
    [DFU_GETSTATUS] = {"getstatus", DFU_REQUEST_IN, TABLE_STATUS_WORKING, DFU_STATUS_BYTES},
    [DFU_CLRSTATUS] = {"clrstatus", DFU_REQUEST_OUT, TABLE_CLEAR, 0},
    [DFU_GETSTATE] = {"getstate", DFU_REQUEST_IN, TABLE_STATE, 1},
    [DFU_ABORT] = {"abort", DFU_REQUEST_OUT, TABLE_ABORT, 0},
};

static struct watch *watch_of(struct bus *bus)
{
    struct watch *watch = NULL;
    memcpy(&watch, &bus->ops, sizeof watch);
    return watch;
}

/* A poll timeout that is over leads on by itself. */
static uint8_t state_now(const struct watch *watch)
{
    bool over = watch->clock->now_ns(watch->clock) >= watch->due_ns;
    uint8_t manifested = watch->tolerant ? DFU_MANIFEST_SYNC : DFU_MANIFEST_WAIT_RESET;
    return watch->state == DFU_DNBUSY && over     ? (uint8_t)DFU_DNLOAD_SYNC
           : watch->state == DFU_MANIFEST && over ? manifested
                                                  : watch->state;
}

/* Of a device that was not asked yet, only the state may be asked. */
static bool is_forbidden(const struct watch *watch, uint8_t state, uint8_t event)
{
    return state == WATCH_UNKNOWN ? event != TABLE_STATUS_WORKING && event != TABLE_STATE
                                  : watch->table.cells[state][event].stall;
}

static void complain(struct watch *watch, const char *name, uint8_t state, const char *what)
{
    print_message("# host %u %s: %s\n", state, name, what);
    watch->complaints++;
}

static void judge(struct watch *watch, const struct usb_setup *setup)
{
    struct table_request request = {.setup = *setup};
    uint8_t state = state_now(watch);
    if (setup->request >= sizeof forms / sizeof forms[0]) {
        complain(watch, "unknown request", state, "is not of DFU 1.1");
        return;
    }
    const struct form *form = &forms[setup->request];
    bool end = setup->request == DFU_DNLOAD && setup->length == 0;
    uint8_t event = end ? (uint8_t)TABLE_DNLOAD_END : form->event;
    (void)snprintf(request.name, sizeof request.name, "%s%s", form->name, end ? "_0" : "");
    bool right =
        form->length < 0 ? setup->length <= watch->transfer_bytes : setup->length == form->length;
    if (!right || setup->request_type != form->type || setup->index != 0) {
        complain(watch, request.name, state, "has not the form that the standard gives it");
    }
    watch->requests++;
    watch->sent[state] = (uint16_t)(watch->sent[state] | 1u << event);
    if (is_forbidden(watch, state, event) &&
        dfu_table_difference(&watch->table, state, &request) == NULL) {
        complain(watch, request.name, state, "is stalled there, and not listed");
    }
}

/* What the host has to think of the device now. */
static void follow(struct watch *watch, const struct usb_setup *setup, const uint8_t *data,
                   uint16_t actual)
{
    bool loading = watch->state == DFU_IDLE || watch->state == DFU_UPLOAD_IDLE;
    switch (setup->request) {
    case DFU_GETSTATUS: {
        struct dfu_status status = dfu_status_get(data);
        watch->state = status.state < DFU_STATE_COUNT ? status.state : WATCH_UNKNOWN;
        watch->due_ns =
            watch->clock->now_ns(watch->clock) + (uint64_t)status.poll_timeout_ms * NS_PER_MS;
        break;
    }
    case DFU_GETSTATE: watch->state = data[0] < DFU_STATE_COUNT ? data[0] : WATCH_UNKNOWN; break;
    case DFU_DNLOAD: watch->state = setup->length > 0 ? DFU_DNLOAD_SYNC : DFU_MANIFEST_SYNC; break;
    case DFU_UPLOAD:
        watch->state = !loading                 ? watch->state
                       : actual < setup->length ? (uint8_t)DFU_IDLE
                                                : (uint8_t)DFU_UPLOAD_IDLE;
        break;
    case DFU_CLRSTATUS:
    case DFU_ABORT: watch->state = DFU_IDLE; break;
    default: watch->state = WATCH_UNKNOWN; break;
    }
}

static enum bus_result watch_control(struct bus_handle *handle, const struct usb_setup *setup,
                                     uint8_t *data, uint16_t *actual, uint32_t timeout_ms,
                                     struct dfk_error *err)
{
    struct watch *watch = watch_of(handle->bus);
    bool class_request = (setup->request_type & TYPE_MASK) == TYPE_CLASS;
    if (class_request) {
        judge(watch, setup);
    }
    enum bus_result result = watch->inner->control(handle, setup, data, actual, timeout_ms, err);
    if (class_request && result == BUS_OK) {
        follow(watch, setup, data, *actual);
    } else if (class_request) {
        bool in_dfu = watch->state != DFU_APP_IDLE && watch->state != DFU_APP_DETACH;
        watch->state = result != BUS_STALL ? (uint8_t)WATCH_UNKNOWN
                       : in_dfu            ? (uint8_t)DFU_ERROR
                                           : (uint8_t)DFU_APP_IDLE;
    }
    return result;
}

static int watch_bus_open(struct bus *bus, const char *path, struct bus_handle **handle,
                          struct dfk_error *err)
{
    struct watch *watch = watch_of(bus);
    watch->state = watch->first;
    watch->first = WATCH_UNKNOWN;
    return watch->inner->open(bus, path, handle, err);
}

/* The standard is silent about it, and devices differ: the host has to ask. */
static enum bus_result watch_set_alternate(struct bus_handle *handle, uint8_t interface,
                                           uint8_t alternate, struct dfk_error *err)
{
    struct watch *watch = watch_of(handle->bus);
    watch->state = WATCH_UNKNOWN;
    return watch->inner->set_alternate(handle, interface, alternate, err);
}

static enum bus_result watch_reset(struct bus_handle *handle, struct dfk_error *err)
{
    struct watch *watch = watch_of(handle->bus);
    watch->state = WATCH_UNKNOWN;
    return watch->inner->reset(handle, err);
}

void watch_open(struct watch *watch)
{
    memset(watch, 0, sizeof *watch);
    dfu_table_open(&watch->table, "host");
    watch->first = watch->state = WATCH_UNKNOWN;
}

void watch_attach(struct watch *watch, struct bus *bus, struct clock *clock,
                  uint16_t transfer_bytes)
{
    watch->inner = bus->ops;
    watch->ops = *bus->ops;
    watch->ops.open = watch_bus_open;
    watch->ops.control = watch_control;
    watch->ops.set_alternate = watch_set_alternate;
    watch->ops.reset = watch_reset;
    watch->clock = clock;
    watch->transfer_bytes = transfer_bytes;
    watch->state = WATCH_UNKNOWN;
    bus->ops = &watch->ops;
}

unsigned watch_count_pairs(const struct watch *watch)
{
    unsigned pairs = 0;
    for (size_t state = 0; state <= DFU_STATE_COUNT; state++) {
        for (unsigned event = 0; event < TABLE_COLUMNS; event++) {
            pairs += watch->sent[state] >> event & 1;
        }
    }
    return pairs;
}
