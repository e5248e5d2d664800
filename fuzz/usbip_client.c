/* SPDX-License-Identifier: MIT
 * Fuzz target: any bytes as what a USB/IP server says, to the list, to the import, to transfers. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bus/usbip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);

enum {
    STREAM_BYTES_MAX = 65536,
    ROOM_BYTES = 262144, /* of the socket pair: all is said before the client listens */
    TIMEOUT_MS = 1000,   /* never waited for: the stream ends */
    DATA_BYTES = 64,
    UNTOUCHED = 0xA5,
};

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void ask_list(int fd)
{
    struct usbip_entry entries[USBIP_DEVICES_MAX];
    size_t count = SIZE_MAX;
    struct dfk_error err = {0};
    int result = usbip_ask_list(fd, entries, &count, &err);
    require(result == -(int)err.code);
    require(result == 0 ? count <= USBIP_DEVICES_MAX : count == SIZE_MAX);
    for (size_t i = 0; result == 0 && i < count; i++) {
        const struct usbip_device *device = &entries[i].device;
        require(memchr(device->busid, '\0', sizeof device->busid) != NULL);
        require(memchr(device->path, '\0', sizeof device->path) != NULL);
    }
}

static void import(int fd)
{
    struct usbip_device device = {0};
    struct dfk_error err = {0};
    int result = usbip_import(fd, "1-1", &device, &err);
    require(result == -(int)err.code);
    require(result != 0 || strcmp(device.busid, "1-1") == 0);
}

/* A transfer keeps to its question: no byte beyond it, and a reason exactly when one is promised.
 */
static void transfer(struct usbip_link *link, const struct usb_setup *setup)
{
    uint8_t data[DATA_BYTES];
    uint16_t actual = 0;
    struct dfk_error err = {0};
    bool was_broken = link->broken;
    memset(data, UNTOUCHED, sizeof data);
    enum bus_result result = usbip_control(link, setup, data, &actual, TIMEOUT_MS, &err);
    for (size_t i = setup->length; i < sizeof data; i++) {
        require(data[i] == UNTOUCHED);
    }
    bool failed = result == BUS_GONE || result == BUS_ERROR;
    require(failed == (err.code != DFK_OK));
    require(!failed || link->broken);
    require(!was_broken || result == BUS_GONE);
    require(actual <= setup->length && (result == BUS_OK || actual == 0));
}

static void transfers(int fd)
{
    static const struct usb_setup setups[] = {
        {0xA1, 3, 0, 0, 6},       /* DFU_GETSTATUS */
        {0x21, 1, 0, 0, 5},       /* DFU_DNLOAD */
        {0x80, 6, 0x0200, 0, 36}, /* GET_DESCRIPTOR, configuration */
        {0x21, 4, 0, 0, 0},       /* DFU_CLRSTATUS */
    };
    struct usbip_link link = {.fd = fd, .devid = 0x00010002};
    for (size_t i = 0; i < sizeof setups / sizeof setups[0]; i++) {
        transfer(&link, &setups[i]);
    }
}

/* A connection on which all is said already and nothing more comes: no read has to wait. The
 * server's end stays open, so that the client can speak. */
static void said(const uint8_t *data, size_t length, int ends[2])
{
    int room_bytes = ROOM_BYTES;
    require(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    require(setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &room_bytes, sizeof room_bytes) == 0);
    require(send(ends[1], data, length, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)length);
    require(shutdown(ends[1], SHUT_WR) == 0);
    require(fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    static void (*const talks[])(int fd) = {ask_list, import, transfers};
    size_t shown = length < STREAM_BYTES_MAX ? length : STREAM_BYTES_MAX;
    for (size_t i = 0; i < sizeof talks / sizeof talks[0]; i++) {
        int ends[2]; /* the client's, the server's */
        said(data, shown, ends);
        talks[i](ends[0]);
        (void)close(ends[0]);
        (void)close(ends[1]);
    }
    return 0;
}
