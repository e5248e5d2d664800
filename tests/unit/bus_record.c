/* SPDX-License-Identifier: MIT
 * The bytes of a trace: blocks of pcapng around packets of usbmon. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "bus/bus.h"
#include "core/bytes.h"

enum { FIRST_PACKET_AT = 60, FRAME_BYTES = 28, MON_BYTES = 64, PACKETS_MAX = 32 };

/* A bus with one device that answers as it is told. */
struct told_bus {
    struct bus bus; /* first */
    struct bus_handle handle;
    enum bus_result result;
    const uint8_t *data;
    uint16_t length;
    unsigned lists, waits, opens, claims, resets, closes, frees;
};

static struct told_bus *told(struct bus *bus)
{
    return (struct told_bus *)bus;
}

static int told_list(struct bus *bus, struct bus_list *out, struct dfk_error *err)
{
    (void)out;
    told(bus)->lists++;
    return dfk_fail(err, DFK_E_CONNECTION, "told so");
}

static void told_wait(struct bus *bus, uint32_t limit_ms)
{
    told(bus)->waits += limit_ms;
}

static int told_open(struct bus *bus, const char *path, struct bus_handle **handle,
                     struct dfk_error *err)
{
    told(bus)->opens++;
    if (strcmp(path, "1-1") != 0) {
        return dfk_fail(err, DFK_E_NO_DEVICE, "told so");
    }
    told(bus)->handle.bus = bus;
    *handle = &told(bus)->handle;
    return 0;
}

static int told_claim(struct bus_handle *handle, uint8_t interface, struct dfk_error *err)
{
    told(handle->bus)->claims += interface;
    return dfk_fail(err, DFK_E_BUSY_BUS, "told so");
}

static enum bus_result told_control(struct bus_handle *handle, const struct usb_setup *setup,
                                    uint8_t *data, uint16_t *actual, uint32_t timeout_ms,
                                    struct dfk_error *err)
{
    struct told_bus *bus = told(handle->bus);
    (void)timeout_ms;
    (void)err;
    if ((setup->request_type & USB_DIR_IN) != 0 && bus->result == BUS_OK) {
        memcpy(data, bus->data, bus->length);
        *actual = bus->length;
    } else {
        *actual = setup->length;
    }
    return bus->result;
}

static enum bus_result told_set_alternate(struct bus_handle *handle, uint8_t interface,
                                          uint8_t alternate, struct dfk_error *err)
{
    (void)interface;
    (void)alternate;
    (void)err;
    return told(handle->bus)->result;
}

static enum bus_result told_reset(struct bus_handle *handle, struct dfk_error *err)
{
    (void)err;
    told(handle->bus)->resets++;
    return BUS_STALL;
}

static void told_close(struct bus_handle *handle)
{
    told(handle->bus)->closes++;
}

static void told_free(struct bus *bus)
{
    told(bus)->frees++;
}

static const struct bus_ops told_ops = {.list = told_list,
                                        .wait = told_wait,
                                        .open = told_open,
                                        .claim = told_claim,
                                        .control = told_control,
                                        .set_alternate = told_set_alternate,
                                        .reset = told_reset,
                                        .close = told_close,
                                        .free = told_free};

/* A recorder over a told bus, and what it wrote. */
struct scene {
    char path[64];
    struct told_bus inner;
    struct bus *bus;
    struct bus_handle *handle;
    uint8_t *file;
    size_t length;
    const uint8_t *packets[PACKETS_MAX]; /* each with its usbmon header */
    uint32_t packet_bytes[PACKETS_MAX];
    size_t packet_count;
};

static void tell(struct scene *scene, enum bus_result result, const char *data, uint16_t length)
{
    scene->inner.result = result;
    scene->inner.data = (const uint8_t *)data;
    scene->inner.length = length;
}

static void begin(struct scene *scene)
{
    memset(scene, 0, sizeof *scene);
    (void)snprintf(scene->path, sizeof scene->path, "/tmp/bus_record.XXXXXX");
    int fd = mkstemp(scene->path);
    assert_true(fd >= 0);
    (void)close(fd);
    scene->inner.bus.ops = &told_ops;
    (void)snprintf(scene->inner.bus.uri, sizeof scene->inner.bus.uri, "told:");
    assert_int_equal(bus_record_open(&scene->inner.bus, scene->path, &scene->bus, NULL), 0);
    tell(scene, BUS_OK, "\x09\x02", 2);
    assert_int_equal(bus_open(scene->bus, "1-1", &scene->handle, NULL), 0);
}

/* Closes all and takes the file apart; each block must say its length at both ends. */
static void end(struct scene *scene)
{
    bus_close(scene->handle);
    bus_free(scene->bus);
    assert_int_equal(scene->inner.closes, 1);
    assert_int_equal(scene->inner.frees, 1);
    assert_int_equal(file_read(scene->path, 1000000, &scene->file, &scene->length, NULL), 0);
    (void)unlink(scene->path);
    size_t at = FIRST_PACKET_AT;
    while (at < scene->length) {
        const uint8_t *block = scene->file + at;
        uint32_t size = get_le32(block + 4);
        assert_int_equal(get_le32(block), 6);
        assert_int_equal(size % 4, 0);
        assert_true(size >= FRAME_BYTES + MON_BYTES + 4 && size <= scene->length - at);
        assert_int_equal(get_le32(block + size - 4), size);
        assert_int_equal(get_le32(block + 20), get_le32(block + 24));
        scene->packet_bytes[scene->packet_count] = get_le32(block + 20);
        scene->packets[scene->packet_count++] = block + FRAME_BYTES;
        at += size;
    }
    assert_int_equal(at, scene->length);
}

static enum bus_result make(struct scene *scene, struct usb_setup setup, const char *text)
{
    uint8_t data[64] = {0};
    uint16_t actual = 0;
    memcpy(data, text, strlen(text));
    return bus_control(scene->handle, &setup, data, &actual, 100, NULL);
}

/* The 24 bytes of a header whose time does not count, then those behind the time. */
static void assert_packet(const struct scene *scene, size_t number, const char *head,
                          const char *rest, const char *data)
{
    const uint8_t *packet = scene->packets[number];
    size_t data_bytes = scene->packet_bytes[number] - MON_BYTES;
    assert_memory_equal(packet + 8, head, 8);
    assert_memory_equal(packet + 28, rest, 20);
    for (size_t i = 48; i < MON_BYTES; i++) {
        assert_int_equal(packet[i], 0);
    }
    assert_int_equal(data_bytes, strlen(data));
    assert_memory_equal(packet + MON_BYTES, data, data_bytes);
}

static void a_file_begins_with_its_section_and_one_interface(void **state)
{
    (void)state;
    static const uint8_t wanted[FIRST_PACKET_AT] = {
        0x0A, 0x0D, 0x0D, 0x0A, 28,   0,    0,    0,    0x4D, 0x3C, 0x2B, 0x1A, 1,  0, 0, 0,
        0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 28,   0,    0,    0, /* section */
        1,    0,    0,    0,    32,   0,    0,    0,    220,  0,    0,    0,    0,  0, 0, 0,
        9,    0,    1,    0,    9,    0,    0,    0,    0,    0,    0,    0,    32, 0, 0, 0,
    };
    struct scene scene;
    begin(&scene);
    end(&scene);
    assert_true(scene.length > sizeof wanted);
    assert_memory_equal(scene.file, wanted, sizeof wanted);
    free(scene.file);
}

static void the_descriptors_come_first(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene);
    end(&scene);
    assert_int_equal(scene.packet_count, 4);
    assert_packet(&scene, 0, "S\x02\x80\x01\x01\x00\x00<",
                  "\x8D\xFF\xFF\xFF\x12\0\0\0\0\0\0\0\x80\x06\x00\x01\x00\x00\x12\x00", "");
    assert_packet(&scene, 1, "C\x02\x80\x01\x01\x00-\x00",
                  "\0\0\0\0\x02\0\0\0\x02\0\0\0\0\0\0\0\0\0\0\0", "\x09\x02");
    assert_packet(&scene, 2, "S\x02\x80\x01\x01\x00\x00<",
                  "\x8D\xFF\xFF\xFF\x00\x04\0\0\0\0\0\0\x80\x06\x00\x02\x00\x00\x00\x04", "");
    assert_packet(&scene, 3, "C\x02\x80\x01\x01\x00-\x00",
                  "\0\0\0\0\x02\0\0\0\x02\0\0\0\0\0\0\0\0\0\0\0", "\x09\x02");
    free(scene.file);
}

static void a_write_shows_its_data_with_the_request(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene);
    tell(&scene, BUS_OK, "", 0);
    assert_int_equal(make(&scene, (struct usb_setup){0x21, 1, 2, 0, 5}, "hello"), BUS_OK);
    assert_int_equal(make(&scene, (struct usb_setup){0x21, 6, 0, 0, 0}, ""), BUS_OK);
    end(&scene);
    assert_int_equal(scene.packet_count, 8);
    assert_packet(&scene, 4, "S\x02\x00\x01\x01\x00\x00\x00",
                  "\x8D\xFF\xFF\xFF\x05\0\0\0\x05\0\0\0\x21\x01\x02\x00\x00\x00\x05\x00", "hello");
    assert_packet(&scene, 5, "C\x02\x00\x01\x01\x00->",
                  "\0\0\0\0\x05\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", "");
    assert_packet(&scene, 6, "S\x02\x00\x01\x01\x00\x00\x00",
                  "\x8D\xFF\xFF\xFF\0\0\0\0\0\0\0\0\x21\x06\x00\x00\x00\x00\x00\x00", "");
    free(scene.file);
}

static void failures_have_their_linux_numbers(void **state)
{
    (void)state;
    static const struct {
        enum bus_result result;
        const char *rest;
    } rows[] = {
        {BUS_STALL, "\xE0\xFF\xFF\xFF\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"},
        {BUS_TIMEOUT, "\x92\xFF\xFF\xFF\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"},
        {BUS_GONE, "\xED\xFF\xFF\xFF\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"},
        {BUS_ERROR, "\xB9\xFF\xFF\xFF\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"},
    };
    struct scene scene;
    begin(&scene);
    for (size_t i = 0; i < 4; i++) {
        tell(&scene, rows[i].result, "", 0);
        assert_int_equal(make(&scene, (struct usb_setup){0xA1, 3, 0, 0, 6}, ""), rows[i].result);
        assert_int_equal(make(&scene, (struct usb_setup){0x21, 1, 0, 0, 2}, "ab"), rows[i].result);
    }
    end(&scene);
    assert_int_equal(scene.packet_count, 4 + 16);
    for (size_t i = 0; i < 4; i++) {
        assert_packet(&scene, 5 + 4 * i, "C\x02\x80\x01\x01\x00-\x00", rows[i].rest, "");
        assert_packet(&scene, 7 + 4 * i, "C\x02\x00\x01\x01\x00->", rows[i].rest, "");
    }
    free(scene.file);
}

static void a_chosen_alternate_is_a_standard_request(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene);
    assert_int_equal(bus_set_alternate(scene.handle, 3, 7, NULL), BUS_OK);
    end(&scene);
    assert_int_equal(scene.packet_count, 6);
    assert_packet(&scene, 4, "S\x02\x00\x01\x01\x00\x00\x00",
                  "\x8D\xFF\xFF\xFF\0\0\0\0\0\0\0\0\x01\x0B\x07\x00\x03\x00\x00\x00", "");
    free(scene.file);
}

/* Not time(), whose second begins a tick later than that of the clock behind the packets. */
static uint64_t wall_ns(void)
{
    struct timespec now;
    assert_int_equal(clock_gettime(CLOCK_REALTIME, &now), 0);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void request_and_answer_share_a_number_and_times_agree(void **state)
{
    (void)state;
    struct scene scene;
    uint64_t before_ns = wall_ns();
    begin(&scene);
    end(&scene);
    uint64_t after_ns = wall_ns();
    for (size_t i = 0; i < scene.packet_count; i++) {
        const uint8_t *packet = scene.packets[i];
        const uint8_t *frame = packet - FRAME_BYTES;
        uint64_t at_ns = (uint64_t)get_le32(frame + 12) << 32 | get_le32(frame + 16);
        assert_true(before_ns <= at_ns && at_ns <= after_ns);
        assert_int_equal(get_le32(packet), 1 + i / 2);
        assert_int_equal(get_le32(packet + 16), at_ns / 1000000000);
        assert_int_equal(get_le32(packet + 24), at_ns % 1000000000 / 1000);
        before_ns = at_ns;
    }
    free(scene.file);
}

static void what_is_no_transfer_goes_through_unrecorded(void **state)
{
    (void)state;
    struct scene scene;
    struct bus_list list = {0};
    struct bus_handle *other = NULL;
    begin(&scene);
    assert_string_equal(scene.bus->uri, "told:");
    assert_int_equal(bus_list(scene.bus, &list, NULL), -DFK_E_CONNECTION);
    assert_int_equal(bus_open(scene.bus, "9-9", &other, NULL), -DFK_E_NO_DEVICE);
    assert_null(other);
    assert_int_equal(bus_claim(scene.handle, 3, NULL), -DFK_E_BUSY_BUS);
    assert_int_equal(bus_reset(scene.handle, NULL), BUS_STALL);
    bus_wait(scene.bus, 25);
    end(&scene);
    assert_int_equal(scene.inner.lists, 1);
    assert_int_equal(scene.inner.opens, 2);
    assert_int_equal(scene.inner.claims, 3);
    assert_int_equal(scene.inner.resets, 1);
    assert_int_equal(scene.inner.waits, 25);
    assert_int_equal(scene.packet_count, 4);
    free(scene.file);
}

static void a_bus_whose_trace_cannot_be_written_is_freed(void **state)
{
    (void)state;
    struct told_bus inner = {.bus = {.ops = &told_ops}};
    struct bus *bus = NULL;
    struct dfk_error err = {0};
    assert_int_equal(bus_record_open(&inner.bus, "/nowhere/t.pcapng", &bus, &err), -DFK_E_FILE_IO);
    assert_int_equal(inner.frees, 1);
    assert_null(bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_begins_with_its_section_and_one_interface),
        cmocka_unit_test(the_descriptors_come_first),
        cmocka_unit_test(a_write_shows_its_data_with_the_request),
        cmocka_unit_test(failures_have_their_linux_numbers),
        cmocka_unit_test(a_chosen_alternate_is_a_standard_request),
        cmocka_unit_test(request_and_answer_share_a_number_and_times_agree),
        cmocka_unit_test(what_is_no_transfer_goes_through_unrecorded),
        cmocka_unit_test(a_bus_whose_trace_cannot_be_written_is_freed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
