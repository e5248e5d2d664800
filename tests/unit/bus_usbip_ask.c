/* SPDX-License-Identifier: MIT
 * The list and the import of USB/IP, answered by servers that tell the truth, break off or lie. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bus/usbip.h"
#include "core/bytes.h"
#include "tests/support/script_server.h"

enum { RECORD = USBIP_DEVICE_BYTES, LIST_HEAD = 12, IMPORT_HEAD = 8, ASK_IMPORT = 40 };

static void put_op(uint8_t *to, uint16_t version, uint16_t code, uint32_t status)
{
    put_be16(to, version);
    put_be16(to + 2, code);
    put_be32(to + 4, status);
}

/* A device record as a server sends it, 1-N on bus 1. */
static void put_record(uint8_t *to, char number, uint8_t interfaces)
{
    memset(to, 0, RECORD);
    memcpy(to, "/sys/devices/1-", 15);
    memcpy(to + 256, "1-", 2);
    to[258] = (uint8_t)number;
    put_be32(to + 288, 1);
    put_be32(to + 292, 5);
    put_be32(to + 296, 2);
    put_be16(to + 300, 0x0483);
    put_be16(to + 302, 0xDF11);
    put_be16(to + 304, 0x2200);
    to[309] = 1;
    to[310] = 1;
    to[311] = interfaces;
}

/* What a list came to. */
struct listing {
    int result;
    size_t count;
    struct usbip_entry entries[USBIP_DEVICES_MAX];
    struct dfk_error err;
};

static struct listing listed(const uint8_t *says, size_t length)
{
    struct listing out = {.count = 99};
    struct script_server server = {.steps = {{8, says, length}}, .step_count = 1, .hangs_up = true};
    script_start(&server);
    out.result = usbip_ask_list(server.client, out.entries, &out.count, &out.err);
    script_end(&server);
    assert_int_equal(server.asked_bytes, 8);
    assert_memory_equal(server.asked, "\x01\x11\x80\x05\x00\x00\x00\x00", 8);
    return out;
}

static void a_list_of_nothing_is_a_list(void **state)
{
    (void)state;
    struct listing out = listed((const uint8_t *)"\x01\x11\x00\x05\0\0\0\0\0\0\0\0", LIST_HEAD);
    assert_int_equal(out.result, 0);
    assert_int_equal(out.count, 0);
}

static void each_device_is_listed_with_what_its_interfaces_are(void **state)
{
    (void)state;
    uint8_t says[LIST_HEAD + 3 * RECORD + 4 * 4] = {0};
    uint8_t *at = says + LIST_HEAD;
    put_op(says, 0x0111, 0x0005, 0);
    put_be32(says + 8, 3);
    put_record(at, '1', 1);
    memcpy(at + RECORD, "\xFE\x01\x02\x00", 4);
    at += RECORD + 4;
    put_record(at, '2', 3);
    memcpy(at + RECORD, "\x03\x00\x00\x00\xFE\x02\x00\x00\x02\x01\xFE\x01", 12);
    at += RECORD + 12;
    put_record(at, '3', 0);
    struct listing out = listed(says, sizeof says);
    assert_int_equal(out.result, 0);
    assert_int_equal(out.count, 3);
    assert_string_equal(out.entries[0].device.busid, "1-1");
    assert_string_equal(out.entries[0].device.path, "/sys/devices/1-");
    assert_int_equal(out.entries[0].device.vendor, 0x0483);
    assert_int_equal(out.entries[0].device.product, 0xDF11);
    assert_int_equal(out.entries[0].device.bcd_device, 0x2200);
    assert_true(out.entries[0].has_dfu);
    assert_string_equal(out.entries[1].device.busid, "1-2");
    assert_false(out.entries[1].has_dfu);
    assert_string_equal(out.entries[2].device.busid, "1-3");
    assert_false(out.entries[2].has_dfu);
}

static void a_list_that_breaks_off_is_no_list(void **state)
{
    (void)state;
    uint8_t says[LIST_HEAD + RECORD + 4] = {0};
    static const size_t lengths[] = {0, 1, 7, 8, 11, 12, 13, 300, 323, 324, 325, 326, 327};
    put_op(says, 0x0111, 0x0005, 0);
    put_be32(says + 8, 1);
    put_record(says + LIST_HEAD, '1', 1);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        struct listing out = listed(says, lengths[i]);
        assert_int_equal(out.result, -DFK_E_CONNECTION);
        assert_int_equal(out.count, 99);
        assert_string_equal(out.err.what,
                            "the USB/IP server closed the connection during the list of devices");
    }
}

static void a_list_with_a_false_head_is_refused(void **state)
{
    (void)state;
    static const struct {
        uint16_t version, code;
        uint32_t status, count;
        const char *what;
    } rows[] = {
        {0x0106, 0x0005, 0, 0,
         "the list of devices was answered with version 0x0106 code 0x0005, wanted 0x0111 and "
         "0x0005"},
        {0x0111, 0x0003, 0, 0,
         "the list of devices was answered with version 0x0111 code 0x0003, wanted 0x0111 and "
         "0x0005"},
        {0x0111, 0x0005, 1, 0,
         "the USB/IP server lists 0 devices with status 1; at most 64 are believed"},
        {0x0111, 0x0005, 0, 65,
         "the USB/IP server lists 65 devices with status 0; at most 64 are believed"},
        {0x0111, 0x0005, 0, 0xFFFFFFFF,
         "the USB/IP server lists 4294967295 devices with status 0; at most 64 are believed"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t says[LIST_HEAD];
        put_op(says, rows[i].version, rows[i].code, rows[i].status);
        put_be32(says + 8, rows[i].count);
        struct listing out = listed(says, sizeof says);
        assert_int_equal(out.result, -DFK_E_PROTOCOL);
        assert_string_equal(out.err.what, rows[i].what);
        assert_int_equal(out.count, 99);
    }
}

static void a_device_of_255_interfaces_is_read_to_its_end(void **state)
{
    (void)state;
    uint8_t says[LIST_HEAD + RECORD + 255 * 4] = {0};
    put_op(says, 0x0111, 0x0005, 0);
    put_be32(says + 8, 1);
    put_record(says + LIST_HEAD, '1', 255);
    memcpy(says + sizeof says - 4, "\xFE\x01\x01\x00", 4);
    struct listing out = listed(says, sizeof says);
    assert_int_equal(out.result, 0);
    assert_true(out.entries[0].has_dfu);
    out = listed(says, sizeof says - 1);
    assert_int_equal(out.result, -DFK_E_CONNECTION);
}

/* What an import came to. */
struct import {
    int result;
    struct usbip_device device;
    struct dfk_error err;
    struct script_server server;
};

static struct import imported(const uint8_t *says, size_t length)
{
    struct import out = {.device = {.vendor = 0xEEEE}};
    out.server = (struct script_server){
        .steps = {{ASK_IMPORT, says, length}}, .step_count = 1, .hangs_up = true};
    script_start(&out.server);
    out.result = usbip_import(out.server.client, "1-1", &out.device, &out.err);
    script_end(&out.server);
    return out;
}

static void an_import_asks_by_bus_id_and_gives_the_device(void **state)
{
    (void)state;
    static const uint8_t wanted[ASK_IMPORT] = {1, 0x11, 0x80, 3, 0, 0, 0, 0, '1', '-', '1'};
    uint8_t says[IMPORT_HEAD + RECORD];
    put_op(says, 0x0111, 0x0003, 0);
    put_record(says + IMPORT_HEAD, '1', 1);
    struct import out = imported(says, sizeof says);
    assert_int_equal(out.result, 0);
    assert_int_equal(out.device.busnum, 1);
    assert_int_equal(out.device.devnum, 5);
    assert_int_equal(out.device.vendor, 0x0483);
    assert_int_equal(out.server.asked_bytes, sizeof wanted);
    assert_memory_equal(out.server.asked, wanted, sizeof wanted);
}

static void a_device_that_is_not_handed_out_is_no_device(void **state)
{
    (void)state;
    struct import out = imported((const uint8_t *)"\x01\x11\x00\x03\0\0\0\x01", IMPORT_HEAD);
    assert_int_equal(out.result, -DFK_E_NO_DEVICE);
    assert_string_equal(out.err.what, "the USB/IP server does not hand out device 1-1");
    assert_string_equal(out.err.why, "it is not plugged in, or another client has it");
    assert_int_equal(out.device.vendor, 0xEEEE);
}

static void another_device_than_the_wanted_one_is_refused(void **state)
{
    (void)state;
    uint8_t says[IMPORT_HEAD + RECORD];
    put_op(says, 0x0111, 0x0003, 0);
    put_record(says + IMPORT_HEAD, '2', 1);
    struct import out = imported(says, sizeof says);
    assert_int_equal(out.result, -DFK_E_PROTOCOL);
    assert_string_equal(out.err.what, "the USB/IP server handed out device 1-2, wanted 1-1");
    memset(says + IMPORT_HEAD + 256, 'x', 32); /* a bus id without its NUL */
    out = imported(says, sizeof says);
    assert_int_equal(out.result, -DFK_E_PROTOCOL);
    assert_string_equal(
        out.err.what,
        "the USB/IP server handed out device xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx, wanted 1-1");
    assert_int_equal(out.device.vendor, 0xEEEE);
    memcpy(says + IMPORT_HEAD + 256, "\x1B[2J", 5);
    out = imported(says, sizeof says);
    assert_string_equal(out.err.what, "the USB/IP server handed out device (not text), wanted 1-1");
}

static void a_bus_id_that_would_drive_a_terminal_is_refused(void **state)
{
    (void)state;
    uint8_t says[LIST_HEAD + RECORD];
    put_op(says, 0x0111, 0x0005, 0);
    put_be32(says + 8, 1);
    put_record(says + LIST_HEAD, '1', 0);
    memcpy(says + LIST_HEAD + 256, "\x1B[2J", 5);
    struct listing out = listed(says, sizeof says);
    assert_int_equal(out.result, -DFK_E_PROTOCOL);
    assert_string_equal(out.err.what, "the USB/IP server lists a device whose bus id is not text");
    assert_int_equal(out.count, 99);
}

static void an_import_with_a_false_or_cut_answer_is_refused(void **state)
{
    (void)state;
    uint8_t says[IMPORT_HEAD + RECORD];
    static const size_t lengths[] = {0, 7, 8, 200, IMPORT_HEAD + RECORD - 1};
    put_op(says, 0x0111, 0x0003, 0);
    put_record(says + IMPORT_HEAD, '1', 1);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        struct import out = imported(says, lengths[i]);
        assert_int_equal(out.result, -DFK_E_CONNECTION);
        assert_string_equal(out.err.what,
                            "the USB/IP server closed the connection during the import");
    }
    put_op(says, 0x0111, 0x0005, 0);
    assert_int_equal(imported(says, sizeof says).result, -DFK_E_PROTOCOL);
    put_op(says, 0x1111, 0x0003, 0);
    assert_int_equal(imported(says, sizeof says).result, -DFK_E_PROTOCOL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_of_nothing_is_a_list),
        cmocka_unit_test(each_device_is_listed_with_what_its_interfaces_are),
        cmocka_unit_test(a_list_that_breaks_off_is_no_list),
        cmocka_unit_test(a_list_with_a_false_head_is_refused),
        cmocka_unit_test(a_device_of_255_interfaces_is_read_to_its_end),
        cmocka_unit_test(an_import_asks_by_bus_id_and_gives_the_device),
        cmocka_unit_test(a_device_that_is_not_handed_out_is_no_device),
        cmocka_unit_test(another_device_than_the_wanted_one_is_refused),
        cmocka_unit_test(a_bus_id_that_would_drive_a_terminal_is_refused),
        cmocka_unit_test(an_import_with_a_false_or_cut_answer_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
