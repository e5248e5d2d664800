/* SPDX-License-Identifier: MIT
 * A bus with one device that is nothing but the table of the specification. */
#include "tests/spec/paper_bus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"

enum { NS_PER_MS = 1000000, ATTRIBUTES_AT = 20, WORK_MS = 30 };

/* One alternate setting without a name; bmAttributes is filled in. */
static const uint8_t configuration[] = {9,  2,    27, 0,    1, 1,    0,    0x80,
                                        50, 9,    4,  0,    0, 0,    0xFE, 1,
                                        2,  0,    9,  0x21, 0, 0xE8, 3,    PAPER_TRANSFER_BYTES,
                                        0,  0x10, 1};

static struct paper_bus *bus_of(struct bus *bus)
{
    return (struct paper_bus *)bus;
}

static uint64_t now_ns(struct clock *clock)
{
    return ((struct paper_bus *)((char *)clock - offsetof(struct paper_bus, clock)))->now_ns;
}

static void sleep_ns(struct clock *clock, uint64_t length_ns)
{
    ((struct paper_bus *)((char *)clock - offsetof(struct paper_bus, clock)))->now_ns += length_ns;
}

static uint8_t lowest(uint16_t states)
{
    uint8_t state = 0;
    while (state < DFU_STATE_COUNT && (states >> state & 1) == 0) {
        state++;
    }
    return state;
}

/* dfuDNBUSY and dfuMANIFEST end by themselves. */
static void let_time_pass(struct paper_bus *bus)
{
    bus->now_ns += NS_PER_MS;
    if (bus->now_ns < bus->due_ns) {
        return;
    }
    if (bus->state == DFU_DNBUSY) {
        bus->state = DFU_DNLOAD_SYNC;
    } else if (bus->state == DFU_MANIFEST) {
        bus->manifested = true;
        bus->state = bus->start.tolerant ? DFU_MANIFEST_SYNC : DFU_MANIFEST_WAIT_RESET;
    }
}

static uint8_t event_of(const struct paper_bus *bus, const struct usb_setup *setup)
{
    static const uint8_t events[] = {TABLE_DETACH,      TABLE_DNLOAD, TABLE_UPLOAD_SHORT,
                                     TABLE_STATUS_DONE, TABLE_CLEAR,  TABLE_STATE,
                                     TABLE_ABORT};
    if (setup->request >= sizeof events) {
        return TABLE_OTHER;
    }
    bool manifests = bus->state == DFU_MANIFEST_SYNC && !bus->manifested;
    if (setup->request == DFU_DNLOAD && setup->length == 0) {
        return TABLE_DNLOAD_END;
    }
    return setup->request == DFU_GETSTATUS && manifests ? (uint8_t)TABLE_STATUS_WORKING
                                                        : events[setup->request];
}

static void report(const struct paper_bus *bus, const struct usb_setup *setup, uint8_t *data,
                   uint16_t *actual)
{
    const struct dfu_status status = {bus->status, bus->start.poll_ms, bus->state, 0};
    uint8_t bytes[DFU_STATUS_BYTES];
    dfu_status_put(&status, bytes);
    if (setup->request == DFU_GETSTATUS) {
        memcpy(data, bytes, sizeof bytes);
        *actual = sizeof bytes;
    } else if (setup->request == DFU_GETSTATE) {
        data[0] = bus->state;
        *actual = 1;
    }
}

static enum bus_result class_request(struct paper_bus *bus, const struct usb_setup *setup,
                                     uint8_t *data, uint16_t *actual)
{
    bool asks = setup->request == DFU_GETSTATUS || setup->request == DFU_GETSTATE;
    if (bus->state >= DFU_STATE_COUNT) {
        report(bus, setup, data, actual);
        return asks ? BUS_OK : BUS_STALL;
    }
    const struct table_cell *cell = &bus->table->cells[bus->state][event_of(bus, setup)];
    uint8_t before = bus->state;
    bus->state = lowest(cell->states);
    if (bus->state != before && (bus->state == DFU_DNBUSY || bus->state == DFU_MANIFEST)) {
        bus->due_ns = bus->now_ns + (uint64_t)WORK_MS * NS_PER_MS;
    }
    if (cell->stall) {
        bus->status = before == DFU_ERROR ? bus->status : (uint8_t)DFU_ERR_STALLEDPKT;
        return BUS_STALL;
    }
    bus->status = setup->request == DFU_CLRSTATUS ? (uint8_t)DFU_OK : bus->status;
    report(bus, setup, data, actual);
    return BUS_OK;
}

static enum bus_result paper_control(struct bus_handle *handle, const struct usb_setup *setup,
                                     uint8_t *data, uint16_t *actual, uint32_t timeout_ms,
                                     struct dfk_error *err)
{
    struct paper_bus *bus = bus_of(handle->bus);
    (void)timeout_ms;
    (void)err;
    *actual = 0;
    let_time_pass(bus);
    return (setup->request_type & 0x60) == 0x20 ? class_request(bus, setup, data, actual)
                                                : BUS_STALL;
}

static enum bus_result paper_set_alternate(struct bus_handle *handle, uint8_t interface,
                                           uint8_t alternate, struct dfk_error *err)
{
    (void)handle;
    (void)err;
    return interface == 0 && alternate == 0 ? BUS_OK : BUS_STALL;
}

static enum bus_result paper_reset(struct bus_handle *handle, struct dfk_error *err)
{
    struct paper_bus *bus = bus_of(handle->bus);
    (void)err;
    bus->state = bus->start.intact ? DFU_APP_IDLE : DFU_ERROR;
    bus->status = bus->start.intact ? DFU_OK : DFU_ERR_FIRMWARE;
    return BUS_OK;
}

static int paper_list(struct bus *bus, struct bus_list *out, struct dfk_error *err)
{
    const struct paper_bus *paper = bus_of(bus);
    out->count = 1;
    out->devices = calloc(1, sizeof *out->devices);
    if (out->devices == NULL) {
        return dfk_fail(err, DFK_E_NO_MEMORY, "no memory for a list");
    }
    struct bus_device *device = out->devices;
    (void)snprintf(device->path, sizeof device->path, "1-1");
    device->descriptor = (struct usb_device){.vendor = 0x1209, .product = 0x0D12};
    memcpy(device->configuration, configuration, sizeof configuration);
    device->configuration_bytes = sizeof configuration;
    device->configuration[ATTRIBUTES_AT] =
        (uint8_t)(DFU_CAN_DNLOAD | DFU_CAN_UPLOAD |
                  (paper->start.tolerant ? DFU_MANIFESTATION_TOLERANT : 0));
    return 0;
}

static void paper_wait(struct bus *bus, uint32_t limit_ms)
{
    bus_of(bus)->now_ns += (uint64_t)limit_ms * NS_PER_MS;
}

static int paper_open(struct bus *bus, const char *path, struct bus_handle **handle,
                      struct dfk_error *err)
{
    struct bus_handle *made = calloc(1, sizeof *made);
    (void)path;
    if (made == NULL) {
        return dfk_fail(err, DFK_E_NO_MEMORY, "no memory for a handle");
    }
    made->bus = bus;
    *handle = made;
    return 0;
}

static int paper_claim(struct bus_handle *handle, uint8_t interface, struct dfk_error *err)
{
    (void)handle;
    return interface == 0 ? 0 : dfk_fail(err, DFK_E_PROTOCOL, "no interface %u", interface);
}

static void paper_close(struct bus_handle *handle)
{
    free(handle);
}

static void paper_free(struct bus *bus)
{
    (void)bus;
}

static const struct bus_ops ops = {.list = paper_list,
                                   .wait = paper_wait,
                                   .open = paper_open,
                                   .claim = paper_claim,
                                   .control = paper_control,
                                   .set_alternate = paper_set_alternate,
                                   .reset = paper_reset,
                                   .close = paper_close,
                                   .free = paper_free};

void paper_init(struct paper_bus *bus, const struct dfu_table *table,
                const struct paper_start *start)
{
    memset(bus, 0, sizeof *bus);
    bus->bus.ops = &ops;
    (void)snprintf(bus->bus.uri, sizeof bus->bus.uri, "paper:");
    bus->clock = (struct clock){.now_ns = now_ns, .sleep_ns = sleep_ns};
    bus->table = table;
    bus->start = *start;
    bus->state = start->state;
    bus->status = start->status;
    bus->due_ns = (uint64_t)WORK_MS * NS_PER_MS;
}
