/* SPDX-License-Identifier: MIT
 * Fuzz target: any bytes as what a USB/IP server says to our client. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bus/read.h"
#include "bus/usbip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);

enum {
    ASK_LIST = 1,             /* in the first byte of an input: the list comes before the device */
    STREAM_BYTES_MAX = 65536, /* fits into the buffer of a socket pair */
    TIMEOUT_MS = 1000,        /* never waited for: the stream ends */
    BLOCK_BYTES = 64,
};

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

/* An imported device as any other bus's, so that the readers of descriptors run over it too. */
struct fuzz_handle {
    struct bus_handle handle; /* first */
    struct usbip_link link;
};

/* A transfer keeps to its question, whatever the answer was. */
static enum bus_result control(struct bus_handle *handle, const struct usb_setup *setup,
                               uint8_t *data, uint16_t *actual, uint32_t timeout_ms,
                               struct dfk_error *err)
{
    struct usbip_link *link = &((struct fuzz_handle *)handle)->link;
    struct dfk_error own = {0};
    bool was_broken = link->broken;
    uint16_t got = 0;
    enum bus_result result = usbip_control(link, setup, data, &got, timeout_ms, &own);
    must(got <= setup->length);
    must(result == BUS_OK || got == 0);
    must((own.code != DFK_OK) == (result == BUS_GONE || result == BUS_ERROR));
    must(own.code == DFK_OK || link->broken);
    must(!was_broken || result == BUS_GONE);
    (void)err;
    *actual = got;
    return result;
}

static const struct bus_ops ops = {.control = control};

static void check_text(const char *text, size_t capacity)
{
    must(memchr(text, '\0', capacity) != NULL);
}

static void check_list(int fd)
{
    struct usbip_entry *entries = calloc(USBIP_DEVICES_MAX, sizeof *entries);
    struct dfk_error err = {0};
    size_t count = SIZE_MAX;
    must(entries != NULL);
    int result = usbip_ask_list(fd, entries, &count, &err);
    must((result == 0) == (err.code == DFK_OK) && result == -(int)err.code);
    must(result == 0 ? count <= USBIP_DEVICES_MAX : count == SIZE_MAX);
    for (size_t i = 0; result == 0 && i < count; i++) {
        check_text(entries[i].device.busid, sizeof entries[i].device.busid);
        check_text(entries[i].device.path, sizeof entries[i].device.path);
    }
    free(entries);
}

static void check_description(struct bus_handle *handle)
{
    struct bus_device *device = calloc(1, sizeof *device);
    must(device != NULL);
    (void)bus_read_device(handle, device);
    must(device->configuration_bytes <= sizeof device->configuration);
    check_text(device->manufacturer, sizeof device->manufacturer);
    check_text(device->product, sizeof device->product);
    check_text(device->serial, sizeof device->serial);
    free(device);
}

/* What is beyond the length that was asked for is nobody's but the caller's. */
static void check_transfer(struct bus_handle *handle, struct usb_setup setup)
{
    uint8_t data[BLOCK_BYTES + 1];
    uint16_t actual = 0;
    memset(data, 0xEE, sizeof data);
    (void)bus_control(handle, &setup, data, &actual, TIMEOUT_MS, NULL);
    for (size_t i = setup.length; i < sizeof data; i++) {
        must(data[i] == 0xEE);
    }
}

static void check_device(int fd)
{
    static const struct usb_setup setups[] = {
        {0xA1, 3, 0, 0, 6},           /* DFU_GETSTATUS */
        {0x21, 1, 2, 0, BLOCK_BYTES}, /* DFU_DNLOAD */
        {0xA1, 2, 2, 0, BLOCK_BYTES}, /* DFU_UPLOAD */
        {0x21, 4, 0, 0, 0},           /* DFU_CLRSTATUS */
    };
    struct bus bus = {.ops = &ops};
    struct fuzz_handle handle = {.handle.bus = &bus, .link.fd = fd};
    struct usbip_device device = {0};
    struct dfk_error err = {0};
    int result = usbip_import(fd, "1-1", &device, &err);
    must((result == 0) == (err.code == DFK_OK) && result == -(int)err.code);
    if (result != 0) {
        return;
    }
    must(strcmp(device.busid, "1-1") == 0);
    handle.link.devid = device.busnum << 16 | device.devnum;
    check_description(&handle.handle);
    for (size_t i = 0; i < sizeof setups / sizeof setups[0]; i++) {
        check_transfer(&handle.handle, setups[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    int ends[2]; /* ours, the server's */
    if (length < 1 || length > STREAM_BYTES_MAX ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        return 0;
    }
    must(fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0);
    must(send(ends[1], data + 1, length - 1, MSG_NOSIGNAL) == (ssize_t)(length - 1));
    /* The server listens on, but has said all: no read has to wait. */
    must(shutdown(ends[1], SHUT_WR) == 0);
    if ((data[0] & ASK_LIST) != 0) {
        check_list(ends[0]);
    }
    check_device(ends[0]);
    (void)close(ends[0]);
    (void)close(ends[1]);
    return 0;
}
