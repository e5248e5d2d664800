/* SPDX-License-Identifier: MIT
 * The questions before a device is imported: the list, and the import itself. */
#include <string.h>

#include "base/clock.h"
#include "bus/socket.h"
#include "bus/usbip.h"

enum { ANSWER_LIMIT_MS = 10000 };

/* One question with its whole answer, however many pieces that comes in. */
struct talk {
    int fd;
    const char *what; /* for messages */
    struct clock clock;
    struct deadline deadline;
};

static void talk_begin(struct talk *talk, int fd, const char *what)
{
    talk->fd = fd;
    talk->what = what;
    talk->clock = clock_real();
    talk->deadline = deadline_start(&talk->clock, ANSWER_LIMIT_MS, what, "our own limit, 10 s");
}

static int fail_socket(enum socket_result result, const char *what, struct dfk_error *err)
{
    return result == SOCKET_TIMEOUT
               ? dfk_fail(err, DFK_E_CONNECTION,
                          "the USB/IP server did not answer to the %s within %u ms", what,
                          ANSWER_LIMIT_MS)
               : dfk_fail(err, DFK_E_CONNECTION,
                          "the USB/IP server closed the connection during the %s", what);
}

static int read_bytes(const struct talk *talk, uint8_t *data, size_t length, struct dfk_error *err)
{
    enum socket_result result =
        socket_read(talk->fd, data, length, deadline_left_ms(&talk->deadline));
    return result == SOCKET_OK ? 0 : fail_socket(result, talk->what, err);
}

/* Reads the head of an answer and checks that it is one. */
static int read_op(const struct talk *talk, uint16_t code, uint32_t *status, struct dfk_error *err)
{
    uint8_t bytes[USBIP_OP_BYTES];
    int result = read_bytes(talk, bytes, sizeof bytes, err);
    if (result != 0) {
        return result;
    }
    struct usbip_op op = usbip_op_get(bytes);
    if (op.version != USBIP_VERSION || op.code != code) {
        return dfk_fail(
            err, DFK_E_PROTOCOL,
            "the %s was answered with version 0x%04X code 0x%04X, wanted 0x%04X and 0x%04X",
            talk->what, op.version, op.code, USBIP_VERSION, code);
    }
    *status = op.status;
    return 0;
}

static int send_op(const struct talk *talk, uint16_t code, const char *busid, struct dfk_error *err)
{
    uint8_t bytes[USBIP_OP_BYTES + USBIP_BUSID_BYTES] = {0};
    size_t length = USBIP_OP_BYTES;
    struct usbip_op op = {.version = USBIP_VERSION, .code = code};
    usbip_op_put(&op, bytes);
    if (busid != NULL) {
        size_t size = strnlen(busid, USBIP_BUSID_BYTES - 1);
        memcpy(bytes + USBIP_OP_BYTES, busid, size);
        length = sizeof bytes;
    }
    enum socket_result result =
        socket_write(talk->fd, bytes, length, deadline_left_ms(&talk->deadline));
    return result == SOCKET_OK ? 0 : fail_socket(result, talk->what, err);
}

/* A bus id goes to terminals and logs: only what a device's place can be called is believed. */
static bool is_busid(const char *text)
{
    return text[strspn(
               text, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-._:")] == '\0';
}

static int read_entry(const struct talk *talk, struct usbip_entry *entry, struct dfk_error *err)
{
    uint8_t bytes[USBIP_DEVICE_BYTES];
    int result = read_bytes(talk, bytes, sizeof bytes, err);
    if (result != 0) {
        return result;
    }
    usbip_device_get(bytes, &entry->device);
    if (!is_busid(entry->device.busid)) {
        return dfk_fail(err, DFK_E_PROTOCOL,
                        "the USB/IP server lists a device whose bus id is not text");
    }
    entry->has_dfu = false;
    for (unsigned i = 0; i < entry->device.interfaces && result == 0; i++) {
        uint8_t interface[USBIP_INTERFACE_BYTES] = {0};
        result = read_bytes(talk, interface, sizeof interface, err);
        entry->has_dfu = entry->has_dfu || (interface[0] == USB_CLASS_APPLICATION &&
                                            interface[1] == USB_SUBCLASS_DFU);
    }
    return result;
}

int usbip_ask_list(int fd, struct usbip_entry *entries, size_t *count, struct dfk_error *err)
{
    uint8_t bytes[4] = {0};
    uint32_t status = 0;
    struct talk talk;
    talk_begin(&talk, fd, "list of devices");
    int result = send_op(&talk, USBIP_REQ_DEVLIST, NULL, err);
    result = result == 0 ? read_op(&talk, USBIP_REP_DEVLIST, &status, err) : result;
    result = result == 0 ? read_bytes(&talk, bytes, sizeof bytes, err) : result;
    if (result != 0) {
        return result;
    }
    uint32_t said =
        (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
    if (status != 0 || said > USBIP_DEVICES_MAX) {
        return dfk_fail(
            err, DFK_E_PROTOCOL,
            "the USB/IP server lists %u devices with status %u; at most %u are believed",
            (unsigned)said, (unsigned)status, USBIP_DEVICES_MAX);
    }
    for (uint32_t i = 0; i < said && result == 0; i++) {
        result = read_entry(&talk, &entries[i], err);
    }
    if (result == 0) {
        *count = said;
    }
    return result;
}

int usbip_import(int fd, const char *busid, struct usbip_device *device, struct dfk_error *err)
{
    uint8_t bytes[USBIP_DEVICE_BYTES];
    uint32_t status = 0;
    struct talk talk;
    talk_begin(&talk, fd, "import");
    int result = send_op(&talk, USBIP_REQ_IMPORT, busid, err);
    result = result == 0 ? read_op(&talk, USBIP_REP_IMPORT, &status, err) : result;
    if (result == 0 && status != 0) {
        result =
            dfk_fail(err, DFK_E_NO_DEVICE, "the USB/IP server does not hand out device %s", busid);
        dfk_fail_why(err, "it is not plugged in, or another client has it");
    }
    result = result == 0 ? read_bytes(&talk, bytes, sizeof bytes, err) : result;
    if (result != 0) {
        return result;
    }
    struct usbip_device found;
    usbip_device_get(bytes, &found);
    if (strcmp(found.busid, busid) != 0) {
        return dfk_fail(err, DFK_E_PROTOCOL, "the USB/IP server handed out device %s, wanted %s",
                        is_busid(found.busid) ? found.busid : "(not text)", busid);
    }
    *device = found;
    return 0;
}
