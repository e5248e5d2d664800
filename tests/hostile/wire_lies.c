/* SPDX-License-Identifier: MIT
 * How an answer of a USB/IP server can lie. */
#include <string.h>

#include "core/bytes.h"
#include "core/usbip.h"
#include "tests/hostile/wire.h"

enum {
    COUNT_AT = USBIP_OP_BYTES, /* of OP_REP_DEVLIST */
    LIST_AT = 12,              /* its first device */
    BUSID_AT = 256,            /* in a device record */
    INTERFACES_AT = 311,
    COMMAND_AT = 0,
    SEQNUM_AT = 4,
    STATUS_AT = 0x14,
    LENGTH_AT = 0x18,
    MORE_BYTES_MAX = 600,
    DEVICES_MAX = 64, /* that a client believes */
};

/* An answer on its way. */
struct answer {
    struct chance *chance;
    uint8_t *bytes;
    size_t length, room;
    bool *close;
};

static void put(struct answer *answer, size_t at, uint32_t value)
{
    if (at + 4 <= answer->length) {
        put_be32(answer->bytes + at, value);
    }
}

static uint32_t get(const struct answer *answer, size_t at)
{
    return at + 4 <= answer->length ? get_be32(answer->bytes + at) : 0;
}

static bool is_op(const struct answer *answer)
{
    return answer->length >= 2 && answer->bytes[0] == 0x01 && answer->bytes[1] == 0x11;
}

static void lie_of_version(struct answer *answer)
{
    static const uint32_t heads[] = {0x01110005, 0x01110003, 0x01118005, 0x01060005,
                                     0x01000003, 0,          0xFFFFFFFF};
    put(answer, 0, CHANCE_PICK(answer->chance, heads));
}

static void lie_of_op_status(struct answer *answer)
{
    static const uint32_t statuses[] = {1, 2, 0x80000000, 0xFFFFFFFF};
    put(answer, 4, CHANCE_PICK(answer->chance, statuses));
}

static void lie_of_count(struct answer *answer)
{
    static const uint32_t counts[] = {0, 1, 2, 3, 63, 64, 65, 1000, 0x7FFFFFFF, 0xFFFFFFFF};
    put(answer, COUNT_AT, CHANCE_PICK(answer->chance, counts));
}

/* A list of copies of its first device. */
static void list_copies(struct answer *answer, uint32_t copies)
{
    if (answer->length < LIST_AT + USBIP_DEVICE_BYTES) {
        return;
    }
    size_t interfaces = answer->bytes[LIST_AT + INTERFACES_AT];
    size_t size = USBIP_DEVICE_BYTES + interfaces * USBIP_INTERFACE_BYTES;
    if (answer->length < LIST_AT + size) {
        return;
    }
    for (uint32_t i = 1; i < copies && LIST_AT + (i + 1) * size <= answer->room; i++) {
        memcpy(answer->bytes + LIST_AT + i * size, answer->bytes + LIST_AT, size);
        answer->length = LIST_AT + (i + 1) * size;
    }
    put(answer, COUNT_AT, copies);
}

static void repeat_device(struct answer *answer)
{
    list_copies(answer, 1 + chance_below(answer->chance, DEVICES_MAX));
}

size_t wire_repeat(struct chance *chance, uint8_t *bytes, size_t length, size_t room)
{
    struct answer answer = {chance, bytes, length, room, NULL};
    list_copies(&answer, DEVICES_MAX);
    return answer.length;
}

static void lie_of_record(struct answer *answer)
{
    static const size_t fields[] = {BUSID_AT, BUSID_AT + 1, BUSID_AT + 31, 288, 292,          296,
                                    300,      302,          306,           309, INTERFACES_AT};
    size_t start = answer->length > LIST_AT + USBIP_DEVICE_BYTES ? LIST_AT : USBIP_OP_BYTES;
    size_t at = start + CHANCE_PICK(answer->chance, fields);
    if (at < answer->length) {
        answer->bytes[at] = (uint8_t)chance_next(answer->chance);
    }
}

static void lie_of_command(struct answer *answer)
{
    static const uint32_t commands[] = {0, 1, 2, 3, 4, 5, 0xFFFFFFFF};
    put(answer, COMMAND_AT, CHANCE_PICK(answer->chance, commands));
}

static void lie_of_seqnum(struct answer *answer)
{
    uint32_t seqnum = get(answer, SEQNUM_AT);
    const uint32_t lies[] = {seqnum + 1, seqnum - 1, 0, 0xFFFFFFFF,
                             (uint32_t)chance_next(answer->chance)};
    put(answer, SEQNUM_AT, CHANCE_PICK(answer->chance, lies));
}

static void lie_of_status(struct answer *answer)
{
    static const int32_t statuses[] = {0, -32, -32, -110, -104, -108, -1, 1, INT32_MIN, INT32_MAX};
    put(answer, STATUS_AT, (uint32_t)CHANCE_PICK(answer->chance, statuses));
}

static void lie_of_length(struct answer *answer)
{
    uint32_t length = get(answer, LENGTH_AT);
    const uint32_t lies[] = {0,     1,     length + 1, length - 1, length + 64,
                             65535, 65536, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF};
    put(answer, LENGTH_AT, CHANCE_PICK(answer->chance, lies));
}

/* More than was asked for, and it is there. */
static void say_longer(struct answer *answer)
{
    static const uint32_t more[] = {1, 16, 64, 1000, 5000, 65535};
    uint32_t extra = CHANCE_PICK(answer->chance, more);
    if (answer->length + extra <= answer->room) {
        put(answer, LENGTH_AT, get(answer, LENGTH_AT) + extra);
        memset(answer->bytes + answer->length, (int)chance_below(answer->chance, 256), extra);
        answer->length += extra;
    }
}

static void cut_short(struct answer *answer)
{
    answer->length = chance_below(answer->chance, (uint32_t)answer->length + 1);
}

static void cut_short_and_leave(struct answer *answer)
{
    cut_short(answer);
    *answer->close = true;
}

static void say_more(struct answer *answer)
{
    size_t more = chance_below(answer->chance, MORE_BYTES_MAX);
    more = more < answer->room - answer->length ? more : answer->room - answer->length;
    chance_fill(answer->chance, answer->bytes + answer->length, more);
    answer->length += more;
}

static void say_it_twice(struct answer *answer)
{
    if (2 * answer->length <= answer->room) {
        memcpy(answer->bytes + answer->length, answer->bytes, answer->length);
        answer->length *= 2;
    }
}

static void say_nothing(struct answer *answer)
{
    answer->length = 0;
}

static void flip(struct answer *answer)
{
    for (uint32_t i = 1 + chance_below(answer->chance, 4); i > 0 && answer->length > 0; i--) {
        answer->bytes[chance_below(answer->chance, (uint32_t)answer->length)] =
            (uint8_t)chance_next(answer->chance);
    }
}

static void say_anything(struct answer *answer)
{
    chance_fill(answer->chance, answer->bytes, answer->length);
}

size_t wire_lie(struct chance *chance, uint8_t *bytes, size_t length, size_t room, bool *close)
{
    static void (*const of_ops[])(struct answer * answer) = {
        lie_of_version, lie_of_op_status,    lie_of_count, repeat_device, lie_of_record,
        lie_of_record,  cut_short,           flip,         say_more,      say_nothing,
        say_it_twice,   cut_short_and_leave, say_anything};
    static void (*const of_urbs[])(struct answer * answer) = {
        say_longer,    say_longer,    lie_of_command,      lie_of_seqnum, lie_of_status,
        lie_of_status, lie_of_length, lie_of_length,       cut_short,     say_more,
        say_it_twice,  say_nothing,   cut_short_and_leave, flip,          say_anything};
    struct answer answer = {chance, bytes, length, room, close};
    if (is_op(&answer)) {
        CHANCE_PICK(chance, of_ops)(&answer);
    } else {
        CHANCE_PICK(chance, of_urbs)(&answer);
    }
    return answer.length;
}
