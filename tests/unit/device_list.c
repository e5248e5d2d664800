/* SPDX-License-Identifier: MIT
 * Which devices are seen, in which mode, and which one is meant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/script_bus.h"

/* A configuration of COUNT interfaces with one DFU interface of that protocol. */
#define ONE(count, protocol, bcd)                                                                  \
    "09 02 1b00 " count " 01 00 c0 32  09 04 00 00 00 fe 01 " protocol                             \
    " 00  09 21 0b ff00 0004 " bcd

struct mode_case {
    const char *what;
    struct script_device device;
    enum dfk_mode wanted;
};

static void the_mode_follows_from_the_descriptors(void **context)
{
    (void)context;
    static const struct mode_case cases[] = {
        {"ST ROM", {.configuration = ONE("01", "02", "1a01")}, DFK_MODE_DFUSE},
        {"DFU 1.1", {.configuration = ONE("01", "02", "1001")}, DFK_MODE_DFU},
        {"application", {.configuration = ONE("02", "01", "1001")}, DFK_MODE_RUNTIME},
        {"DfuSe application", {.configuration = ONE("01", "01", "1a01")}, DFK_MODE_RUNTIME},
        {"DSO Nano", {.configuration = ONE("01", "00", "1a01")}, DFK_MODE_DFUSE},
        {"DFU 1.0 bootloader", {.configuration = ONE("01", "00", "0001")}, DFK_MODE_DFU},
        {"DFU 1.0 application", {.configuration = ONE("03", "00", "0001")}, DFK_MODE_RUNTIME},
        {"DFU 1.0 by device class",
         {.configuration = ONE("02", "00", "0001"), .class_code = 0xFE},
         DFK_MODE_DFU},
        {"LPC43xx boot ROM",
         {.configuration = ONE("01", "01", "0001"), .vendor = 0x1FC9, .product = 0x000C},
         DFK_MODE_DFU},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct script_bus bus;
        struct script_device device = cases[i].device;
        struct dfk_device_list *list = NULL;
        device.path = "1-1";
        device.product_text = device.serial = "";
        script_init(&bus, &device, 1);
        assert_int_equal(device_list(&bus.bus, NULL, &list, NULL), 0);
        assert_int_equal(dfk_device_list_count(list), 1);
        if (dfk_device_list_at(list, 0)->mode != cases[i].wanted) {
            fail_msg("%s: mode %d", cases[i].what, (int)dfk_device_list_at(list, 0)->mode);
        }
        dfk_device_list_free(list);
    }
}

static void a_list_holds_strings_and_layouts(void **context)
{
    (void)context;
    struct script_bus bus;
    struct dfk_device_list *list = NULL;
    script_init(&bus, &script_h743, 1);
    assert_int_equal(device_list(&bus.bus, NULL, &list, NULL), 0);
    const struct dfk_device_info *info = dfk_device_list_at(list, 0);
    assert_string_equal(info->bus, "script:");
    assert_string_equal(info->serial, "200364500000");
    assert_int_equal(info->transfer_bytes, 1024);
    assert_int_equal(info->dfu_version, 0x011A);
    assert_int_equal(info->attributes, 0x0B);
    assert_int_equal(info->detach_timeout_ms, 255);
    assert_int_equal(info->alternate_count, 2);
    assert_string_equal(info->alternates[0].text, "@Internal Flash   /0x08000000/16*128Kg");
    assert_string_equal(info->alternates[0].name, "Internal Flash");
    assert_int_equal(info->alternates[0].run_count, 1);
    assert_int_equal(info->alternates[0].runs[0].count, 16);
    assert_true(info->usable);
    assert_string_equal(info->chip, "");
    dfk_device_list_free(list);
    dfk_device_list_free(NULL);
}

static void a_device_that_cannot_be_used_is_listed_with_the_reason(void **context)
{
    (void)context;
    static const struct script_device devices[] = {
        {.path = "1-1",
         .configuration = ONE("01", "02", "1a01"),
         .product_text = "",
         .serial = "",
         .problem = DFK_E_PERMISSION},
        {.path = "1-2",
         .configuration = "09 02 1200 01 01 00 c0 32  09 04 00 00 00 fe 01 02 00",
         .product_text = "",
         .serial = ""},
        {.path = "1-3", .configuration = "", .product_text = "", .serial = ""}};
    struct script_bus bus;
    struct dfk_device_list *list = NULL;
    script_init(&bus, devices, 3);
    assert_int_equal(device_list(&bus.bus, NULL, &list, NULL), 0);
    assert_int_equal(dfk_device_list_count(list), 3);
    const enum dfk_code wanted[] = {DFK_E_PERMISSION, DFK_E_PROTOCOL, DFK_E_PROTOCOL};
    for (size_t i = 0; i < 3; i++) {
        assert_false(dfk_device_list_at(list, i)->usable);
        assert_int_equal(dfk_device_list_at(list, i)->problem, wanted[i]);
        assert_true(dfk_device_list_at(list, i)->problem_text[0] != '\0');
    }
    dfk_device_list_free(list);
    struct device *device = NULL;
    struct dfk_error err = {0};
    struct dfk_select select = {.path = "1-1"};
    assert_int_equal(device_open(&bus.bus, &bus.clock, &select, NULL, &device, &err),
                     -DFK_E_PERMISSION);
    assert_non_null(strstr(err.what, "1-1"));
}

static const struct script_device three[] = {
    {.path = "1-1",
     .configuration = ONE("01", "02", "1001"),
     .vendor = 0x1111,
     .product = 0x0001,
     .product_text = "",
     .serial = "A"},
    {.path = "1-2",
     .configuration = ONE("01", "02", "1001"),
     .vendor = 0x1111,
     .product = 0x0002,
     .product_text = "",
     .serial = "B"},
    {.path = "2-1",
     .configuration = ONE("01", "02", "1001"),
     .vendor = 0x2222,
     .product = 0x0001,
     .product_text = "",
     .serial = "B"},
};

struct select_case {
    const char *what;
    struct dfk_select select;
    int wanted;       /* 0: opened */
    const char *path; /* of the device that is opened */
};

static const struct select_case select_cases[] = {
    {"nothing given", {0}, -DFK_E_SEVERAL, NULL},
    {"vendor, two", {.match_vendor = true, .vendor = 0x1111}, -DFK_E_SEVERAL, NULL},
    {"vendor, one", {.match_vendor = true, .vendor = 0x2222}, 0, "2-1"},
    {"vendor and product",
     {.match_vendor = true, .vendor = 0x1111, .match_product = true, .product = 2},
     0,
     "1-2"},
    {"vendor 0 is a number too", {.match_vendor = true, .vendor = 0}, -DFK_E_NO_DEVICE, NULL},
    {"serial, two", {.serial = "B"}, -DFK_E_SEVERAL, NULL},
    {"serial, one", {.serial = "A"}, 0, "1-1"},
    {"part of a serial", {.serial = ""}, -DFK_E_NO_DEVICE, NULL},
    {"path", {.path = "1-2"}, 0, "1-2"},
    {"part of a path", {.path = "1-"}, -DFK_E_NO_DEVICE, NULL},
    {"path and serial agree", {.path = "2-1", .serial = "B"}, 0, "2-1"},
    {"path and serial disagree", {.path = "1-1", .serial = "B"}, -DFK_E_NO_DEVICE, NULL},
};

static void everything_that_is_given_must_match(void **context)
{
    (void)context;
    for (size_t i = 0; i < sizeof select_cases / sizeof select_cases[0]; i++) {
        const struct select_case *one = &select_cases[i];
        struct script_bus bus;
        struct device *device = NULL;
        struct dfk_error err = {0};
        script_init(&bus, three, 3);
        SCRIPT_EXPECT(&bus, {GETSTATUS, IDLE, 0});
        int result = device_open(&bus.bus, &bus.clock, &one->select, NULL, &device, &err);
        if (result != one->wanted) {
            fail_msg("%s: %d %s", one->what, result, err.what);
        }
        if (result == 0) {
            assert_string_equal(device_get_info(device)->path, one->path);
        }
        device_close(device);
    }
}

static void the_message_lists_what_there_is(void **context)
{
    (void)context;
    struct script_bus bus;
    struct device *device = NULL;
    struct dfk_error several = {0}, none = {0}, empty = {0};
    struct dfk_select select = {.serial = "B"};
    script_init(&bus, three, 3);
    (void)device_open(&bus.bus, &bus.clock, &select, NULL, &device, &several);
    assert_string_equal(several.what,
                        "2 devices match: 1-2 (1111:0002, serial B), 2-1 (2222:0001, serial B)");
    assert_non_null(strstr(several.why, "serial"));
    assert_non_null(strstr(several.next, "-p"));
    select.serial = "Z";
    (void)device_open(&bus.bus, &bus.clock, &select, NULL, &device, &none);
    assert_non_null(strstr(none.what, "1-1 (1111:0001, serial A)"));
    assert_non_null(strstr(none.what, "2-1"));
    script_init(&bus, three, 0);
    assert_int_equal(device_open(&bus.bus, &bus.clock, NULL, NULL, &device, &empty),
                     -DFK_E_NO_DEVICE);
    assert_string_equal(empty.what, "no DFU device on script:");
}

static void a_device_is_waited_for_as_long_as_asked(void **context)
{
    (void)context;
    static const struct script_device late = {.path = "1-1",
                                              .configuration = ONE("01", "02", "1001"),
                                              .product_text = "",
                                              .serial = "",
                                              .from_ms = 1234};
    struct script_bus bus;
    struct device *device = NULL;
    struct dfk_select select = {.wait_ms = 1000};
    script_init(&bus, &late, 1);
    assert_int_equal(device_open(&bus.bus, &bus.clock, &select, NULL, &device, NULL),
                     -DFK_E_NO_DEVICE);
    assert_int_equal(script_ms(&bus), 1000);
    script_init(&bus, &late, 1);
    SCRIPT_EXPECT(&bus, {GETSTATUS, IDLE, 0});
    select.wait_ms = 5000;
    assert_int_equal(device_open(&bus.bus, &bus.clock, &select, NULL, &device, NULL), 0);
    assert_in_range(script_ms(&bus), 1234, 1334);
    device_close(device);
}

/* A device that was just plugged in belongs to root until udev has seen it. */
static void a_device_that_has_just_come_is_given_time_for_its_permissions(void **context)
{
    (void)context;
    static const struct script_device fresh[] = {{.path = "1-1",
                                                  .configuration = ONE("01", "02", "1001"),
                                                  .product_text = "",
                                                  .serial = "",
                                                  .problem = DFK_E_PERMISSION,
                                                  .from_ms = 200,
                                                  .until_ms = 500},
                                                 {.path = "1-1",
                                                  .configuration = ONE("01", "02", "1001"),
                                                  .product_text = "",
                                                  .serial = "",
                                                  .from_ms = 500}};
    struct script_bus bus;
    struct device *device = NULL;
    struct dfk_select select = {.wait_ms = 60000};
    script_init(&bus, fresh, 2);
    SCRIPT_EXPECT(&bus, {GETSTATUS, IDLE, 0});
    assert_int_equal(device_open(&bus.bus, &bus.clock, &select, NULL, &device, NULL), 0);
    assert_in_range(script_ms(&bus), 500, 600);
    device_close(device);
    struct script_device never = fresh[0];
    never.until_ms = 0;
    script_init(&bus, &never, 1);
    assert_int_equal(device_open(&bus.bus, &bus.clock, &select, NULL, &device, NULL),
                     -DFK_E_PERMISSION);
    assert_in_range(script_ms(&bus), 1200, 1300);
}

/* GD32 packs two characters into one; what would command a terminal stays packed. */
static void a_packed_serial_number_is_text_or_stays_packed(void **context)
{
    (void)context;
    static const char *const serials[][2] = {
        {"\xE4\x8C\xB3\xE4\x89\x8A", "3CJB"},
        {"\xE4\x8C\x9B", "\xE4\x8C\x9B"},
        {"\xE4\x8C\xB3\xE7\xBD\x8A", "\xE4\x8C\xB3\xE7\xBD\x8A"}};
    for (size_t i = 0; i < sizeof serials / sizeof serials[0]; i++) {
        const struct script_device gd32 = {.path = "1-1",
                                           .configuration = ONE("01", "02", "1a01"),
                                           .vendor = 0x28E9,
                                           .product = 0x0189,
                                           .product_text = "",
                                           .serial = serials[i][0]};
        struct script_bus bus;
        struct dfk_device_list *list = NULL;
        script_init(&bus, &gd32, 1);
        assert_int_equal(device_list(&bus.bus, NULL, &list, NULL), 0);
        assert_string_equal(dfk_device_list_at(list, 0)->serial, serials[i][1]);
        dfk_device_list_free(list);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_mode_follows_from_the_descriptors),
        cmocka_unit_test(a_list_holds_strings_and_layouts),
        cmocka_unit_test(a_device_that_cannot_be_used_is_listed_with_the_reason),
        cmocka_unit_test(everything_that_is_given_must_match),
        cmocka_unit_test(a_packed_serial_number_is_text_or_stays_packed),
        cmocka_unit_test(the_message_lists_what_there_is),
        cmocka_unit_test(a_device_is_waited_for_as_long_as_asked),
        cmocka_unit_test(a_device_that_has_just_come_is_given_time_for_its_permissions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
