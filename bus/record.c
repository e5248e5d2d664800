/* SPDX-License-Identifier: MIT
 * A bus that writes down everything that passes through another one. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bus/bus.h"
#include "bus/pcapng.h"

struct record_bus {
    struct bus bus; /* first */
    struct bus *inner;
    struct pcapng *file;
    uint64_t opened_wall_ns, opened_ns; /* the same moment on two clocks */
    uint64_t next_id;
    uint8_t next_device;
};

struct record_handle {
    struct bus_handle handle; /* first */
    struct bus_handle *inner;
    uint8_t device; /* each opened device has a number of its own in the trace */
};

static struct record_bus *bus_of(struct bus *bus)
{
    return (struct record_bus *)bus;
}

static struct bus_handle *inner_of(struct bus_handle *handle)
{
    return ((struct record_handle *)handle)->inner;
}

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* The wall clock is asked once: somebody who sets it meanwhile must not turn answers into
 * packets from before their requests. */
static uint64_t packet_ns(const struct record_bus *bus)
{
    return bus->opened_wall_ns + (clock_ns(CLOCK_MONOTONIC) - bus->opened_ns);
}

static int32_t linux_status(enum bus_result result)
{
    enum { ENODEV_NUMBER = 19, EPIPE_NUMBER = 32, EPROTO_NUMBER = 71, ETIMEDOUT_NUMBER = 110 };
    switch (result) {
    case BUS_OK: return 0;
    case BUS_STALL: return -EPIPE_NUMBER;
    case BUS_TIMEOUT: return -ETIMEDOUT_NUMBER;
    case BUS_GONE: return -ENODEV_NUMBER;
    default: return -EPROTO_NUMBER;
    }
}

/* What is written down of one transfer, before and after it. */
static struct pcapng_packet begin(struct bus_handle *handle, const struct usb_setup *setup,
                                  const uint8_t *data)
{
    struct record_bus *bus = bus_of(handle->bus);
    bool out = (setup->request_type & USB_DIR_IN) == 0;
    struct pcapng_packet packet = {.time_ns = packet_ns(bus),
                                   .id = ++bus->next_id,
                                   .bus = 1,
                                   .device = ((struct record_handle *)handle)->device,
                                   .setup = *setup,
                                   .status = -115, /* in progress */
                                   .data = data,
                                   .length = out ? setup->length : 0};
    pcapng_write(bus->file, &packet);
    return packet;
}

static void end(struct bus_handle *handle, struct pcapng_packet *packet, enum bus_result result,
                const uint8_t *data, uint16_t actual)
{
    bool in = (packet->setup.request_type & USB_DIR_IN) != 0;
    packet->answer = true;
    packet->time_ns = packet_ns(bus_of(handle->bus));
    packet->status = linux_status(result);
    packet->data = data;
    packet->length = in && result == BUS_OK ? actual : 0;
    pcapng_write(bus_of(handle->bus)->file, packet);
}

static enum bus_result record_control(struct bus_handle *handle, const struct usb_setup *setup,
                                      uint8_t *data, uint16_t *actual, uint32_t timeout_ms,
                                      struct dfk_error *err)
{
    struct pcapng_packet packet = begin(handle, setup, data);
    enum bus_result result = bus_control(inner_of(handle), setup, data, actual, timeout_ms, err);
    end(handle, &packet, result, data, *actual);
    return result;
}

static enum bus_result record_set_alternate(struct bus_handle *handle, uint8_t interface,
                                            uint8_t alternate, struct dfk_error *err)
{
    struct usb_setup setup = {1, USB_SET_INTERFACE, alternate, interface, 0};
    struct pcapng_packet packet = begin(handle, &setup, NULL);
    enum bus_result result = bus_set_alternate(inner_of(handle), interface, alternate, err);
    end(handle, &packet, result, NULL, 0);
    return result;
}

static enum bus_result record_reset(struct bus_handle *handle, struct dfk_error *err)
{
    return bus_reset(inner_of(handle), err);
}

static int record_list(struct bus *bus, struct bus_list *out, struct dfk_error *err)
{
    return bus_list(bus_of(bus)->inner, out, err);
}

static void record_wait(struct bus *bus, uint32_t limit_ms)
{
    bus_wait(bus_of(bus)->inner, limit_ms);
}

/* A reader of the trace can only name DFU requests when it has seen the descriptors. */
static void record_descriptors(struct bus_handle *handle)
{
    uint8_t bytes[BUS_CONFIGURATION_BYTES_MAX];
    uint16_t actual = 0;
    struct usb_setup device = {USB_DIR_IN, USB_GET_DESCRIPTOR, USB_DEVICE << 8, 0,
                               USB_DEVICE_BYTES};
    struct usb_setup whole = {USB_DIR_IN, USB_GET_DESCRIPTOR, USB_CONFIGURATION << 8, 0,
                              sizeof bytes};
    (void)record_control(handle, &device, bytes, &actual, 1000, NULL);
    (void)record_control(handle, &whole, bytes, &actual, 1000, NULL);
}

static int record_open(struct bus *bus, const char *path, struct bus_handle **handle,
                       struct dfk_error *err)
{
    struct record_handle *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return dfk_fail(err, DFK_E_NO_MEMORY, "no memory for a device");
    }
    int result = bus_open(bus_of(bus)->inner, path, &made->inner, err);
    if (result != 0) {
        free(made);
        return result;
    }
    made->handle.bus = bus;
    made->device = ++bus_of(bus)->next_device;
    record_descriptors(&made->handle);
    *handle = &made->handle;
    return 0;
}

static int record_claim(struct bus_handle *handle, uint8_t interface, struct dfk_error *err)
{
    return bus_claim(inner_of(handle), interface, err);
}

static void record_close(struct bus_handle *handle)
{
    bus_close(inner_of(handle));
    free(handle);
}

static void record_free(struct bus *bus)
{
    struct record_bus *record = bus_of(bus);
    bus_free(record->inner);
    pcapng_close(record->file);
    free(record);
}

static const struct bus_ops ops = {.list = record_list,
                                   .wait = record_wait,
                                   .open = record_open,
                                   .claim = record_claim,
                                   .control = record_control,
                                   .set_alternate = record_set_alternate,
                                   .reset = record_reset,
                                   .close = record_close,
                                   .free = record_free};

int bus_record_open(struct bus *inner, const char *path, struct bus **bus, struct dfk_error *err)
{
    struct record_bus *made = calloc(1, sizeof *made);
    int result = made == NULL ? dfk_fail(err, DFK_E_NO_MEMORY, "no memory for a bus")
                              : pcapng_open(path, &made->file, err);
    if (result != 0) {
        bus_free(inner);
        free(made);
        return result;
    }
    made->bus.ops = &ops;
    memcpy(made->bus.uri, inner->uri, sizeof made->bus.uri);
    made->inner = inner;
    made->opened_wall_ns = clock_ns(CLOCK_REALTIME);
    made->opened_ns = clock_ns(CLOCK_MONOTONIC);
    *bus = &made->bus;
    return 0;
}
