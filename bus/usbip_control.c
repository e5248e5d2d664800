/* SPDX-License-Identifier: MIT
 * One control transfer over USB/IP, its answer believed only as far as it fits the question. */
#include <inttypes.h>
#include <string.h>

#include "bus/socket.h"
#include "bus/usbip.h"

enum { SEND_LIMIT_MS = 5000, GRACE_MS = 2000, FLAG_DIRECTION_IN = 0x200, DOUBLES_MAX = 2 };

static enum bus_result fail_gone(struct usbip_link *link, struct dfk_error *err)
{
    link->broken = true;
    (void)dfk_fail(err, DFK_E_LOST, "the USB/IP server closed the connection: the device is gone");
    return BUS_GONE;
}

static enum bus_result fail_lie(struct usbip_link *link, const char *field, uint32_t got,
                                uint32_t wanted, struct dfk_error *err)
{
    link->broken = true;
    (void)dfk_fail(err, DFK_E_PROTOCOL,
                   "the USB/IP server answers with %s %" PRIu32 ", wanted %" PRIu32, field, got,
                   wanted);
    return BUS_ERROR;
}

static bool send_message(struct usbip_link *link, const struct usbip_message *message,
                         const uint8_t *data, size_t length)
{
    uint8_t bytes[USBIP_HEADER_BYTES + 4096];
    size_t size = USBIP_HEADER_BYTES + length;
    if (size > sizeof bytes) {
        return false;
    }
    usbip_message_put(message, bytes);
    if (length > 0) {
        memcpy(bytes + USBIP_HEADER_BYTES, data, length);
    }
    return socket_write(link->fd, bytes, size, SEND_LIMIT_MS) == SOCKET_OK;
}

/* What the answer to a question may look like. */
struct question {
    const struct usb_setup *setup;
    uint32_t seqnum, unlink_seqnum; /* unlink_seqnum 0: not given up */
    uint8_t *data;
    uint16_t *actual;
    bool answered, taken_back; /* what came so far */
};

static enum bus_result result_of(int32_t status)
{
    switch (status) {
    case 0: return BUS_OK;
    case USBIP_STATUS_STALL: return BUS_STALL;
    case USBIP_STATUS_TIMEOUT:
    case USBIP_STATUS_UNLINKED: return BUS_TIMEOUT;
    default: return BUS_GONE;
    }
}

/* Takes the answer to the transfer itself, with its data. */
static enum bus_result take_answer(struct usbip_link *link, struct question *question,
                                   const struct usbip_message *answer, struct dfk_error *err)
{
    bool in = (question->setup->request_type & USB_DIR_IN) != 0;
    question->answered = true;
    if (answer->length > question->setup->length) {
        return fail_lie(link, "a length of", answer->length, question->setup->length, err);
    }
    if (in && answer->length > 0 &&
        socket_read(link->fd, question->data, answer->length, SEND_LIMIT_MS) != SOCKET_OK) {
        return fail_gone(link, err);
    }
    enum bus_result result = result_of(answer->status);
    link->answered_seqnum = answer->seqnum;
    link->answered_bytes = in ? answer->length : 0;
    if (result == BUS_GONE) {
        return fail_gone(link, err);
    }
    if (result == BUS_OK) {
        /* Some servers count nothing of what went to the device. */
        bool uncounted = !in && answer->length == 0;
        *question->actual = uncounted ? question->setup->length : (uint16_t)answer->length;
    }
    return result;
}

/* Reads the head of a message. An answer that comes a second time is passed over. */
static enum socket_result read_message(struct usbip_link *link, struct usbip_message *message,
                                       uint32_t limit_ms)
{
    uint8_t bytes[USBIP_HEADER_BYTES];
    uint8_t data[4096];
    bool doubled = true;
    enum socket_result got = SOCKET_OK;
    for (unsigned i = 0; i <= DOUBLES_MAX && doubled && got == SOCKET_OK; i++) {
        got = socket_read(link->fd, bytes, sizeof bytes, limit_ms);
        if (got == SOCKET_OK) {
            usbip_message_get(bytes, message);
            doubled = message->command == USBIP_RET_SUBMIT && link->answered_seqnum != 0 &&
                      message->seqnum == link->answered_seqnum &&
                      link->answered_bytes <= sizeof data;
        }
        if (got == SOCKET_OK && doubled && link->answered_bytes > 0) {
            got = socket_read(link->fd, data, link->answered_bytes, SEND_LIMIT_MS);
        }
    }
    return got;
}

static enum bus_result read_answer(struct usbip_link *link, struct question *question,
                                   uint32_t limit_ms, struct dfk_error *err)
{
    struct usbip_message answer = {.command = 0};
    enum socket_result got = read_message(link, &answer, limit_ms);
    if (got != SOCKET_OK) {
        return got == SOCKET_TIMEOUT ? BUS_TIMEOUT : fail_gone(link, err);
    }
    if (question->unlink_seqnum != 0 && answer.command == USBIP_RET_UNLINK) {
        question->taken_back = true;
        return answer.seqnum == question->unlink_seqnum
                   ? BUS_TIMEOUT
                   : fail_lie(link, "sequence number", answer.seqnum, question->unlink_seqnum, err);
    }
    uint32_t wanted = question->answered ? USBIP_RET_UNLINK : USBIP_RET_SUBMIT;
    if (answer.command != wanted) {
        return fail_lie(link, "command", answer.command, wanted, err);
    }
    if (answer.seqnum != question->seqnum) {
        return fail_lie(link, "sequence number", answer.seqnum, question->seqnum, err);
    }
    return take_answer(link, question, &answer, err);
}

/* Takes the transfer back. The server may have answered it already: then that answer comes first.
 */
static enum bus_result give_up(struct usbip_link *link, struct question *question,
                               struct dfk_error *err)
{
    struct usbip_message unlink = {.command = USBIP_CMD_UNLINK,
                                   .seqnum = ++link->seqnum,
                                   .devid = link->devid,
                                   .unlink_seqnum = question->seqnum};
    if (!send_message(link, &unlink, NULL, 0)) {
        return fail_gone(link, err);
    }
    question->unlink_seqnum = unlink.seqnum;
    enum bus_result result = read_answer(link, question, GRACE_MS, err);
    if (question->answered && !link->broken) {
        (void)read_answer(link, question, GRACE_MS, NULL);
    }
    if (question->taken_back || link->broken) {
        return result;
    }
    /* What comes late would be taken for the answer to the next transfer. */
    link->broken = true;
    if (!question->answered) {
        (void)dfk_fail(err, DFK_E_LOST,
                       "the USB/IP server does not take a transfer back within %u ms", GRACE_MS);
        return BUS_GONE;
    }
    return result;
}

enum bus_result usbip_control(struct usbip_link *link, const struct usb_setup *setup, uint8_t *data,
                              uint16_t *actual, uint32_t timeout_ms, struct dfk_error *err)
{
    bool in = (setup->request_type & USB_DIR_IN) != 0;
    struct usbip_message submit = {.command = USBIP_CMD_SUBMIT,
                                   .seqnum = ++link->seqnum,
                                   .devid = link->devid,
                                   .direction = in ? 1 : 0,
                                   .flags = in ? FLAG_DIRECTION_IN : 0,
                                   .length = setup->length,
                                   .setup = *setup};
    struct question question = {
        .setup = setup, .seqnum = submit.seqnum, .data = data, .actual = actual};
    if (link->broken || !send_message(link, &submit, data, in ? 0 : setup->length)) {
        return fail_gone(link, err);
    }
    /* A limit of the whole transfer; a lie in the middle of it ends it at once. */
    enum bus_result result = read_answer(link, &question, timeout_ms, err);
    return result == BUS_TIMEOUT && !question.answered ? give_up(link, &question, err) : result;
}
