/* SPDX-License-Identifier: MIT
 * Which bus a URI names, and which texts name none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "bus/bus.h"

static void assert_refused(const char *uri, const char *what, const char *next)
{
    struct bus *bus = NULL;
    struct dfk_error err = {0};
    assert_int_equal(bus_open_uri(uri, NULL, &bus, &err), -DFK_E_USAGE);
    assert_null(bus);
    assert_int_equal(err.code, DFK_E_USAGE);
    assert_non_null(strstr(err.what, what));
    assert_string_equal(err.next, next);
}

static void other_schemes_are_no_bus(void **state)
{
    (void)state;
    static const char *const uris[] = {"", "usb", "USB:", "usb:1-1", "tcp://127.0.0.1", "serial:"};
    for (size_t i = 0; i < sizeof uris / sizeof uris[0]; i++) {
        assert_refused(uris[i], "is not a bus", "use usb: or usbip://HOST[:PORT][/BUSID]");
    }
    assert_refused("tty:0", "\"tty:0\" is not a bus", "use usb: or usbip://HOST[:PORT][/BUSID]");
}

#define HOST_TOO_LONG   "hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh"
#define BUS_ID_TOO_LONG "1-1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1"

static void misspelt_servers_are_refused(void **state)
{
    (void)state;
    static const char *const uris[] = {
        "usbip:",
        "usbip:127.0.0.1",
        "usbip:/127.0.0.1",
        "usbip://",
        "usbip:///1-1",
        "usbip://:3240",
        "usbip://host:",
        "usbip://host:/1-1",
        "usbip://host:0",
        "usbip://host:65536",
        "usbip://host:99999999999999999999",
        "usbip://host:-1",
        "usbip://host:32a0",
        "usbip://host: 3240",
        "usbip://[::1",
        "usbip://[]",
        "usbip://[]:3240",
        "usbip://[::1]3240",
        "usbip://[::1]:x",
        "usbip://" HOST_TOO_LONG,
        "usbip://host/" BUS_ID_TOO_LONG,
    };
    for (size_t i = 0; i < sizeof uris / sizeof uris[0]; i++) {
        assert_refused(uris[i], "does not name a USB/IP server",
                       "write it as usbip://HOST[:PORT][/BUSID], for instance usbip://127.0.0.1");
    }
}

/* Where a URI leads is told by the failure to connect: nothing listens there. */
static void a_server_is_asked_where_the_uri_says(void **state)
{
    (void)state;
    static const struct {
        const char *uri, *what;
    } rows[] = {
        {"usbip://127.0.0.1:1", "no USB/IP server at 127.0.0.1 port 1: "},
        {"usbip://127.0.0.1:1/", "no USB/IP server at 127.0.0.1 port 1: "},
        {"usbip://127.0.0.1:1/1-1.4", "no USB/IP server at 127.0.0.1 port 1: "},
        {"usbip://127.255.3.254", "no USB/IP server at 127.255.3.254 port 3240: "},
        {"usbip://127.255.3.254/1-1", "no USB/IP server at 127.255.3.254 port 3240: "},
        {"usbip://127.0.0.1:00001", "no USB/IP server at 127.0.0.1 port 00001: "},
        {"usbip://[::1]:1", "no USB/IP server at ::1 port 1: "},
        {"usbip://[::1]:1/1-1", "no USB/IP server at ::1 port 1: "},
        {"usbip://[::1%nowhere]:1", "host ::1%nowhere: "},
        {"usbip://300.300.300.300.invalid:1", "host 300.300.300.300.invalid: "},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bus *bus = NULL;
        struct bus_list list = {0};
        struct dfk_error err = {0};
        assert_int_equal(bus_open_uri(rows[i].uri, NULL, &bus, &err), 0);
        assert_string_equal(bus->uri, rows[i].uri);
        assert_int_equal(bus_list(bus, &list, &err), -DFK_E_CONNECTION);
        assert_memory_equal(err.what, rows[i].what, strlen(rows[i].what));
        assert_int_equal(list.count, 0);
        struct bus_handle *handle = NULL;
        struct dfk_error again = {0};
        assert_int_equal(bus_open(bus, "1-1", &handle, &again), -DFK_E_CONNECTION);
        assert_null(handle);
        bus_free(bus);
    }
}

/* This computer may have no USB at all, or devices that are no business of a test. */
static void the_computers_own_bus_opens_and_lists_always(void **state)
{
    (void)state;
    static const char *const uris[] = {"usb:", NULL};
    for (size_t i = 0; i < 2; i++) {
        struct bus *bus = NULL;
        struct bus_list list = {0};
        struct dfk_error err = {0};
        assert_int_equal(bus_open_uri(uris[i], NULL, &bus, &err), 0);
        assert_string_equal(bus->uri, "usb:");
        assert_int_equal(bus_list(bus, &list, &err), 0);
        bus_list_free(&list);
        assert_null(list.devices);
        bus_wait(bus, 1);
        struct bus_handle *handle = NULL;
        assert_int_equal(bus_open(bus, "no such place", &handle, &err), -DFK_E_NO_DEVICE);
        assert_non_null(strstr(err.what, "the device at no such place cannot be opened"));
        assert_null(handle);
        bus_free(bus);
    }
}

static void a_trace_that_cannot_be_written_fails_at_once(void **state)
{
    (void)state;
    struct bus *bus = NULL;
    struct dfk_error err = {0};
    assert_int_equal(bus_open_uri("usb:", "/nowhere/trace.pcapng", &bus, &err), -DFK_E_FILE_IO);
    assert_null(bus);
    assert_string_equal(err.what, "/nowhere/trace.pcapng: cannot write the trace: "
                                  "No such file or directory");
}

static void nothing_closes_and_frees_like_nothing(void **state)
{
    (void)state;
    struct bus_list list = {0};
    bus_close(NULL);
    bus_free(NULL);
    bus_list_free(&list);
    assert_int_equal(list.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_schemes_are_no_bus),
        cmocka_unit_test(misspelt_servers_are_refused),
        cmocka_unit_test(a_server_is_asked_where_the_uri_says),
        cmocka_unit_test(the_computers_own_bus_opens_and_lists_always),
        cmocka_unit_test(a_trace_that_cannot_be_written_fails_at_once),
        cmocka_unit_test(nothing_closes_and_frees_like_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
