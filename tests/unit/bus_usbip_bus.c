/* SPDX-License-Identifier: MIT
 * The whole USB/IP bus against a server with three devices: list, open, reset. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bus/bus.h"
#include "core/bytes.h"
#include "core/usbip.h"

enum { DEVICES = 3 };

#define DESCRIPTOR "\x12\x01\x00\x02\x00\x00\x00\x40\x83\x04\x11\xDF\x00\x22\x00\x00\x00\x01"

/* A device of the server. */
struct plugged {
    const char *busid;
    uint16_t product;
    uint8_t configuration;
    uint8_t class_code; /* of its only interface */
    bool in_use;
};

struct server {
    struct plugged devices[DEVICES];
    int listener;
    char uri[64];
    pthread_t thread;
    unsigned imports, configured;
};

static bool hear(int fd, uint8_t *data, size_t length)
{
    return recv(fd, data, length, MSG_WAITALL) == (ssize_t)length;
}

static void say(int fd, const uint8_t *data, size_t length)
{
    (void)send(fd, data, length, MSG_NOSIGNAL);
}

static void say_device(int fd, const struct plugged *plugged)
{
    uint8_t bytes[USBIP_DEVICE_BYTES];
    struct usbip_device device = {.path = "/sys",
                                  .busnum = 1,
                                  .devnum = 2,
                                  .speed = 2,
                                  .vendor = 0x0483,
                                  .product = plugged->product,
                                  .configuration = plugged->configuration,
                                  .configurations = 1,
                                  .interfaces = 1};
    (void)snprintf(device.busid, sizeof device.busid, "%s", plugged->busid);
    usbip_device_put(&device, bytes);
    say(fd, bytes, sizeof bytes);
}

static void say_op(int fd, uint16_t code, uint32_t status)
{
    uint8_t bytes[USBIP_OP_BYTES];
    struct usbip_op op = {USBIP_VERSION, code, status};
    usbip_op_put(&op, bytes);
    say(fd, bytes, sizeof bytes);
}

static void say_list(const struct server *server, int fd)
{
    say_op(fd, USBIP_REP_DEVLIST, 0);
    say(fd, (const uint8_t *)"\0\0\0\x03", 4);
    for (size_t i = 0; i < DEVICES; i++) {
        uint8_t interface[4] = {server->devices[i].class_code, 1, 2, 0};
        say_device(fd, &server->devices[i]);
        say(fd, interface, sizeof interface);
    }
}

/* Only the device descriptor can be read, and a configuration be chosen. */
static void serve_transfers(struct server *server, int fd)
{
    uint8_t bytes[USBIP_HEADER_BYTES];
    while (hear(fd, bytes, sizeof bytes)) {
        struct usbip_message asked;
        usbip_message_get(bytes, &asked);
        bool described = asked.setup.request == 6 && asked.setup.value == 0x0100;
        bool chosen = asked.setup.request == 9;
        struct usbip_message answer = {.command = USBIP_RET_SUBMIT,
                                       .seqnum = asked.seqnum,
                                       .status = described || chosen ? 0 : -32,
                                       .length = described ? 18 : 0};
        server->configured += chosen ? 1 : 0;
        usbip_message_put(&answer, bytes);
        say(fd, bytes, sizeof bytes);
        say(fd, (const uint8_t *)DESCRIPTOR, answer.length);
    }
}

static void serve_import(struct server *server, int fd)
{
    uint8_t busid[USBIP_BUSID_BYTES];
    if (!hear(fd, busid, sizeof busid)) {
        return;
    }
    for (size_t i = 0; i < DEVICES; i++) {
        const struct plugged *device = &server->devices[i];
        if (strcmp((const char *)busid, device->busid) == 0 && !device->in_use) {
            server->imports++;
            say_op(fd, USBIP_REP_IMPORT, 0);
            say_device(fd, device);
            serve_transfers(server, fd);
            return;
        }
    }
    say_op(fd, USBIP_REP_IMPORT, 1);
}

static void *serve(void *argument)
{
    struct server *server = argument;
    int fd = accept(server->listener, NULL, NULL);
    while (fd >= 0) {
        uint8_t bytes[USBIP_OP_BYTES];
        bool whole = hear(fd, bytes, sizeof bytes);
        if (whole && get_be16(bytes + 2) == USBIP_REQ_DEVLIST) {
            say_list(server, fd);
        } else if (whole) {
            serve_import(server, fd);
        }
        (void)close(fd);
        fd = accept(server->listener, NULL, NULL);
    }
    return NULL;
}

static int start(void **state)
{
    static struct server server;
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof here;
    server = (struct server){.devices = {{"1-1", 0xDF11, 1, 0xFE, false},
                                         {"1-2", 0x5740, 1, 0x02, false},
                                         {"1-3.4", 0xDF11, 0, 0xFE, false}}};
    server.listener = socket(AF_INET, SOCK_STREAM, 0);
    *state = &server;
    if (bind(server.listener, (struct sockaddr *)&here, sizeof here) != 0 ||
        listen(server.listener, 4) != 0 ||
        getsockname(server.listener, (struct sockaddr *)&here, &size) != 0) {
        return -1;
    }
    (void)snprintf(server.uri, sizeof server.uri, "usbip://127.0.0.1:%u", ntohs(here.sin_port));
    return pthread_create(&server.thread, NULL, serve, &server);
}

static int stop(void **state)
{
    struct server *server = *state;
    (void)shutdown(server->listener, SHUT_RDWR);
    (void)pthread_join(server->thread, NULL);
    return close(server->listener);
}

static struct bus *join(const struct server *server, const char *tail)
{
    char uri[80];
    struct bus *bus = NULL;
    (void)snprintf(uri, sizeof uri, "%s%s", server->uri, tail);
    assert_int_equal(bus_open_uri(uri, NULL, &bus, NULL), 0);
    return bus;
}

static void devices_with_a_dfu_interface_are_listed(void **state)
{
    struct bus *bus = join(*state, "");
    struct bus_list list = {0};
    assert_int_equal(bus_list(bus, &list, NULL), 0);
    assert_int_equal(list.count, 2);
    assert_string_equal(list.devices[0].path, "1-1");
    assert_int_equal(list.devices[0].problem, DFK_OK);
    assert_int_equal(list.devices[0].descriptor.bcd_device, 0x2200);
    assert_int_equal(list.devices[0].configuration_bytes, 0);
    assert_string_equal(list.devices[0].serial, "");
    assert_string_equal(list.devices[1].path, "1-3.4");
    bus_list_free(&list);
    bus_free(bus);
}

static void a_bus_id_leaves_only_its_device(void **state)
{
    static const struct {
        const char *tail;
        size_t count;
    } rows[] = {{"/", 2}, {"/1-3.4", 1}, {"/1-3", 0}, {"/1-2", 0}, {"/1-1", 1}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bus *bus = join(*state, rows[i].tail);
        struct bus_list list = {0};
        assert_int_equal(bus_list(bus, &list, NULL), 0);
        assert_int_equal(list.count, rows[i].count);
        assert_true(list.count != 1 || strcmp(list.devices[0].path, rows[i].tail + 1) == 0);
        bus_list_free(&list);
        bus_free(bus);
    }
}

static void a_device_of_another_client_is_listed_as_in_use(void **state)
{
    struct server *server = *state;
    struct bus *bus = join(server, "");
    struct bus_list list = {0};
    struct bus_handle *handle = NULL;
    server->devices[0].in_use = true;
    assert_int_equal(bus_list(bus, &list, NULL), 0);
    assert_int_equal(list.count, 2);
    assert_int_equal(list.devices[0].problem, DFK_E_BUSY_BUS);
    assert_int_equal(list.devices[0].descriptor.vendor, 0x0483);
    assert_int_equal(list.devices[0].descriptor.product, 0xDF11);
    assert_int_equal(list.devices[1].problem, DFK_OK);
    assert_int_equal(bus_open(bus, "1-1", &handle, NULL), -DFK_E_NO_DEVICE);
    assert_null(handle);
    bus_list_free(&list);
    bus_free(bus);
}

static void an_unconfigured_device_is_configured_when_opened(void **state)
{
    struct server *server = *state;
    struct bus *bus = join(server, "");
    struct bus_handle *handle = NULL;
    assert_int_equal(bus_open(bus, "1-1", &handle, NULL), 0);
    bus_close(handle);
    assert_int_equal(server->configured, 0);
    assert_int_equal(bus_open(bus, "1-3.4", &handle, NULL), 0);
    assert_int_equal(bus_claim(handle, 0, NULL), 0);
    assert_int_equal(server->configured, 1);
    bus_close(handle);
    bus_free(bus);
}

static void a_reset_takes_the_same_device_again(void **state)
{
    struct server *server = *state;
    struct bus *bus = join(server, "");
    struct bus_handle *handle = NULL;
    struct usb_setup setup = {0x80, 6, 0x0100, 0, 18};
    uint8_t data[18] = {0};
    uint16_t actual = 0;
    assert_int_equal(bus_open(bus, "1-1", &handle, NULL), 0);
    assert_int_equal(bus_reset(handle, NULL), BUS_OK);
    assert_int_equal(server->imports, 2);
    assert_int_equal(bus_control(handle, &setup, data, &actual, 5000, NULL), BUS_OK);
    assert_int_equal(actual, 18);
    assert_memory_equal(data, DESCRIPTOR, 18);
    assert_int_equal(bus_set_alternate(handle, 0, 1, NULL), BUS_STALL);
    bus_close(handle);
    bus_free(bus);
}

static void another_device_after_a_reset_is_told_and_not_used(void **state)
{
    struct server *server = *state;
    struct bus *bus = join(server, "");
    struct bus_handle *handle = NULL;
    struct usb_setup setup = {0x80, 6, 0x0100, 0, 18};
    struct dfk_error err = {0};
    struct dfk_error after = {0};
    uint8_t data[18] = {0};
    assert_int_equal(bus_open(bus, "1-1", &handle, NULL), 0);
    server->devices[0].product = 0x5740;
    assert_int_equal(bus_reset(handle, &err), BUS_GONE);
    assert_int_equal(err.code, DFK_E_LOST);
    assert_string_equal(err.what, "the device at 1-1 is another one after the reset");
    assert_int_equal(bus_control(handle, &setup, data, NULL, 5000, &after), BUS_GONE);
    assert_int_equal(after.code, DFK_E_LOST);
    bus_close(handle);
    bus_free(bus);
}

#define ON_SERVER(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_SERVER(devices_with_a_dfu_interface_are_listed),
        ON_SERVER(a_bus_id_leaves_only_its_device),
        ON_SERVER(a_device_of_another_client_is_listed_as_in_use),
        ON_SERVER(an_unconfigured_device_is_configured_when_opened),
        ON_SERVER(a_reset_takes_the_same_device_again),
        ON_SERVER(another_device_after_a_reset_is_told_and_not_used),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
