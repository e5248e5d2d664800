/* SPDX-License-Identifier: MIT
 * A bus that expects requests to the byte and gives canned answers, in virtual time. */
#include "tests/support/script_bus.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { TEXT_BYTES = 12400, NS_PER_MS = 1000000 };

struct script_handle {
    struct bus_handle handle; /* first */
    const struct script_device *device;
};

/* A DfuSe device with two alternates; a plain one with one. Strings 4 and 5. */
#define DFUSE_CONFIGURATION(bytes)                                                                 \
    "09 02 2400 01 01 00 c0 32  09 04 00 00 00 fe 01 02 04  09 04 00 01 00 fe 01 02 05"            \
    "  09 21 0b ff00 " bytes " 1a01"

const struct script_device script_h743 = {
    .path = "1-1",
    .configuration = DFUSE_CONFIGURATION("0004"),
    .vendor = 0x0483,
    .product = 0xDF11,
    .bcd_device = 0x0200,
    .product_text = "DFU in FS Mode",
    .serial = "200364500000",
    .strings = {[3] = "@Internal Flash   /0x08000000/16*128Kg",
                [4] = "@Option Bytes   /0x5200201C/01*128 e"}};

const struct script_device script_unknown = {
    .path = "1-1",
    .configuration = DFUSE_CONFIGURATION("4000"),
    .vendor = 0x1209,
    .product = 0x0001,
    .bcd_device = 0x0100,
    .product_text = "somebody's bootloader",
    .serial = "A1",
    .strings = {[3] = "@Flash/0x00000000/4*1Kg", [4] = "nonsense", [6] = "the fuse is blown"}};

const struct script_device script_gd32 = {
    .path = "1-1",
    .configuration = DFUSE_CONFIGURATION("0800"),
    .vendor = 0x28E9,
    .product = 0x0189,
    .bcd_device = 0x1000,
    .product_text = "GD32 DFU Bootloader in FS Mode",
    .serial = "3CBJ",
    .strings = {[3] = "@Internal Flash  /0x08000000/512*002Kg", [4] = "@Option Bytes"}};

const struct script_device script_plain = {
    .path = "1-1",
    .configuration =
        "09 02 1b00 01 01 00 c0 32  09 04 00 00 00 fe 01 02 04  09 21 07 e803 0004 1001",
    .vendor = 0x1209,
    .product = 0x0002,
    .bcd_device = 0x0100,
    .product_text = "plain bootloader",
    .serial = "B1",
    .strings = {[3] = "firmware"}};

static struct script_bus *bus_of(struct bus *bus)
{
    return (struct script_bus *)bus;
}

static uint64_t now_ns(struct clock *clock)
{
    return ((struct script_bus *)((char *)clock - offsetof(struct script_bus, clock)))->now_ns;
}

static void sleep_ns(struct clock *clock, uint64_t length_ns)
{
    ((struct script_bus *)((char *)clock - offsetof(struct script_bus, clock)))->now_ns +=
        length_ns;
}

uint32_t script_ms(const struct script_bus *bus)
{
    return (uint32_t)(bus->now_ns / NS_PER_MS);
}

static bool is_there(const struct script_bus *bus, const struct script_device *device)
{
    uint32_t now_ms = script_ms(bus);
    return now_ms >= device->from_ms && (device->until_ms == 0 || now_ms < device->until_ms);
}

static unsigned hex_digit(char digit)
{
    return (unsigned)(digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
}

/* Bytes of a hex text; blanks and bars do not count. Returns their number. */
static size_t from_hex(const char *text, uint8_t *bytes, size_t capacity)
{
    size_t digits = 0;
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == ' ' || *at == '|') {
            continue;
        }
        assert_true(digits / 2 < capacity);
        unsigned high = digits % 2 == 0 ? 0u : bytes[digits / 2];
        bytes[digits / 2] = (uint8_t)(high << 4 | hex_digit(*at));
        digits++;
    }
    assert_int_equal(digits % 2, 0);
    return digits / 2;
}

static void to_hex(const uint8_t *bytes, size_t length, char *text)
{
    for (size_t i = 0; i < length; i++) {
        (void)sprintf(text + 2 * i, "%02x", bytes[i]);
    }
}

/* The request as the script writes it, without blanks. */
static void describe(const struct usb_setup *setup, const uint8_t *data, char *text)
{
    uint8_t bytes[USB_SETUP_BYTES];
    usb_setup_put(setup, bytes);
    to_hex(bytes, sizeof bytes, text);
    if ((setup->request_type & USB_DIR_IN) == 0 && setup->length > 0) {
        strcat(text, "|");
        to_hex(data, setup->length, text + strlen(text));
    }
}

static void strip(const char *text, char *out)
{
    for (; *text != '\0'; text++) {
        if (*text != ' ') {
            *out++ = *text;
        }
    }
    *out = '\0';
}

static const struct script_step *take(struct script_bus *bus, const char *got)
{
    static char wanted[TEXT_BYTES];
    if (bus->step_at == bus->step_count) {
        fail_msg("step %zu: nothing is expected, got %s", bus->step_at, got);
    }
    const struct script_step *step = &bus->steps[bus->step_at];
    strip(step->request, wanted);
    if (strcmp(wanted, got) != 0) {
        fail_msg("step %zu at %u ms: wanted %s, got %s", bus->step_at, script_ms(bus), wanted, got);
    }
    bus->times_taken++;
    if (bus->times_taken >= step->times) {
        bus->times_taken = 0;
        bus->step_at++;
    }
    bus->now_ns += (uint64_t)step->ms * NS_PER_MS;
    return step;
}

static enum bus_result gone(struct dfk_error *err)
{
    (void)dfk_fail(err, DFK_E_LOST, "the device is not on the bus any more");
    return BUS_GONE;
}

static enum bus_result carry_out(const struct script_step *step, uint8_t *data, uint16_t *actual,
                                 uint32_t timeout_ms, struct script_bus *bus, struct dfk_error *err)
{
    if (strcmp(step->answer, "stall") == 0) {
        return BUS_STALL;
    }
    if (strcmp(step->answer, "timeout") == 0) {
        bus->now_ns += (uint64_t)timeout_ms * NS_PER_MS;
        return BUS_TIMEOUT;
    }
    if (strcmp(step->answer, "gone") == 0) {
        return gone(err);
    }
    if (strcmp(step->answer, "error") == 0) {
        (void)dfk_fail(err, DFK_E_PROTOCOL, "the bus failed");
        return BUS_ERROR;
    }
    bool nothing = step->answer[0] == '\0' || strcmp(step->answer, "short") == 0;
    size_t length = nothing ? 0 : from_hex(step->answer, data, 4096);
    *actual = (uint16_t)length;
    return BUS_OK;
}

/* What went to the device went there whole, unless the script says otherwise. */
static void count_out(const struct usb_setup *setup, const struct script_step *step,
                      enum bus_result result, uint16_t *actual)
{
    if (result == BUS_OK && (setup->request_type & USB_DIR_IN) == 0) {
        *actual = strcmp(step->answer, "short") == 0 ? setup->length / 2 : setup->length;
    }
}

static enum bus_result give_string(const struct script_device *device, uint8_t index, uint8_t *data,
                                   uint16_t *actual)
{
    static const uint8_t languages[] = {4, USB_STRING, 0x09, 0x04};
    const char *text = index == 0 || index > SCRIPT_STRINGS_MAX ? NULL : device->strings[index - 1];
    if (index == 0) {
        memcpy(data, languages, sizeof languages);
        *actual = sizeof languages;
        return BUS_OK;
    }
    if (text == NULL) {
        return BUS_STALL;
    }
    size_t length = strlen(text);
    data[0] = (uint8_t)(2 + 2 * length);
    data[1] = USB_STRING;
    for (size_t i = 0; i < length; i++) {
        data[2 + 2 * i] = (uint8_t)text[i];
        data[3 + 2 * i] = 0;
    }
    *actual = data[0];
    return BUS_OK;
}

static enum bus_result script_control(struct bus_handle *handle, const struct usb_setup *setup,
                                      uint8_t *data, uint16_t *actual, uint32_t timeout_ms,
                                      struct dfk_error *err)
{
    static char got[TEXT_BYTES];
    struct script_handle *script = (struct script_handle *)handle;
    struct script_bus *bus = bus_of(handle->bus);
    if (!is_there(bus, script->device)) {
        return gone(err);
    }
    if (setup->request == USB_GET_DESCRIPTOR && setup->request_type == USB_DIR_IN) {
        return setup->value >> 8 == USB_STRING
                   ? give_string(script->device, (uint8_t)setup->value, data, actual)
                   : BUS_OK;
    }
    describe(setup, data, got);
    const struct script_step *step = take(bus, got);
    enum bus_result result = carry_out(step, data, actual, timeout_ms, bus, err);
    count_out(setup, step, result, actual);
    return result;
}

static enum bus_result script_set_alternate(struct bus_handle *handle, uint8_t interface,
                                            uint8_t alternate, struct dfk_error *err)
{
    char got[32];
    uint16_t actual = 0;
    assert_int_equal(interface, 0);
    (void)snprintf(got, sizeof got, "alternate%u", alternate);
    struct script_bus *bus = bus_of(handle->bus);
    return carry_out(take(bus, got), NULL, &actual, 0, bus, err);
}

static enum bus_result script_reset(struct bus_handle *handle, struct dfk_error *err)
{
    uint16_t actual = 0;
    struct script_bus *bus = bus_of(handle->bus);
    return carry_out(take(bus, "reset"), NULL, &actual, 0, bus, err);
}

static void fill(const struct script_device *from, struct bus_device *out)
{
    memset(out, 0, sizeof *out);
    (void)snprintf(out->path, sizeof out->path, "%s", from->path);
    (void)snprintf(out->product, sizeof out->product, "%s", from->product_text);
    (void)snprintf(out->serial, sizeof out->serial, "%s", from->serial);
    out->descriptor = (struct usb_device){.vendor = from->vendor,
                                          .product = from->product,
                                          .bcd_device = from->bcd_device,
                                          .class_code = from->class_code};
    out->configuration_bytes =
        (uint16_t)from_hex(from->configuration, out->configuration, sizeof out->configuration);
    out->problem = from->problem;
}

static int script_list(struct bus *bus, struct bus_list *out, struct dfk_error *err)
{
    struct script_bus *script = bus_of(bus);
    (void)err;
    out->count = 0;
    out->devices = calloc(SCRIPT_DEVICES_MAX, sizeof *out->devices);
    assert_non_null(out->devices);
    for (size_t i = 0; i < script->device_count; i++) {
        if (is_there(script, &script->devices[i])) {
            fill(&script->devices[i], &out->devices[out->count++]);
        }
    }
    return 0;
}

static void script_wait(struct bus *bus, uint32_t limit_ms)
{
    assert_true(limit_ms <= 100);
    bus_of(bus)->now_ns += (uint64_t)limit_ms * NS_PER_MS;
}

static int script_bus_open(struct bus *bus, const char *path, struct bus_handle **handle,
                           struct dfk_error *err)
{
    struct script_bus *script = bus_of(bus);
    for (size_t i = 0; i < script->device_count; i++) {
        const struct script_device *device = &script->devices[i];
        if (is_there(script, device) && strcmp(device->path, path) == 0) {
            struct script_handle *made = calloc(1, sizeof *made);
            assert_non_null(made);
            *made = (struct script_handle){.handle = {bus}, .device = device};
            *handle = &made->handle;
            return 0;
        }
    }
    return dfk_fail(err, DFK_E_NO_DEVICE, "no device at %s", path);
}

static int script_claim(struct bus_handle *handle, uint8_t interface, struct dfk_error *err)
{
    (void)handle;
    (void)err;
    assert_int_equal(interface, 0);
    return 0;
}

static void script_close(struct bus_handle *handle)
{
    free(handle);
}

static void script_free(struct bus *bus)
{
    (void)bus;
}

static const struct bus_ops ops = {.list = script_list,
                                   .wait = script_wait,
                                   .open = script_bus_open,
                                   .claim = script_claim,
                                   .control = script_control,
                                   .set_alternate = script_set_alternate,
                                   .reset = script_reset,
                                   .close = script_close,
                                   .free = script_free};

static void on_event(void *user, const struct dfk_event *event)
{
    struct script_bus *bus = user;
    size_t used = strlen(bus->said);
    (void)snprintf(bus->said + used, sizeof bus->said - used, "%s ", event->id);
}

static bool on_cancelled(void *user)
{
    return ((struct script_bus *)user)->cancelled;
}

void script_init(struct script_bus *bus, const struct script_device *devices, size_t count)
{
    memset(bus, 0, sizeof *bus);
    bus->bus.ops = &ops;
    (void)snprintf(bus->bus.uri, sizeof bus->bus.uri, "script:");
    bus->clock = (struct clock){.now_ns = now_ns, .sleep_ns = sleep_ns};
    bus->callbacks = (struct dfk_callbacks){bus, on_event, on_cancelled};
    bus->devices = devices;
    bus->device_count = count;
}

void script_done(const struct script_bus *bus)
{
    if (bus->step_at < bus->step_count) {
        fail_msg("step %zu was not asked for: %s", bus->step_at, bus->steps[bus->step_at].request);
    }
}

void script_expect(struct script_bus *bus, const struct script_step *steps, size_t count)
{
    script_done(bus);
    bus->steps = steps;
    bus->step_count = count;
    bus->step_at = 0;
}

struct device *script_open(struct script_bus *bus)
{
    struct device *device = NULL;
    struct dfk_error err = {0};
    if (device_open(&bus->bus, &bus->clock, NULL, &bus->callbacks, &device, &err) != 0) {
        fail_msg("open: %s", err.what);
    }
    script_done(bus);
    return device;
}
