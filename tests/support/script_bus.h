/* SPDX-License-Identifier: MIT
 * A bus that expects requests to the byte and gives canned answers, in virtual time. */
#ifndef TESTS_SUPPORT_SCRIPT_BUS_H
#define TESTS_SUPPORT_SCRIPT_BUS_H

#include "base/clock.h"
#include "bus/bus.h"
#include "device/device.h"

enum { SCRIPT_DEVICES_MAX = 4, SCRIPT_STRINGS_MAX = 16, SCRIPT_SAID_BYTES = 2000 };

/* One exchange. A request is the setup packet and the bytes out in hex ("21 01 0000 0000 0500 |
 * 41 00001008"), or "alternate N", or "reset". An answer is "" (done), "short" (done, with half of
 * the bytes out), bytes in in hex, or "stall", "timeout", "gone", "error". */
struct script_step {
    const char *request, *answer;
    uint32_t ms;    /* time that passes during the exchange */
    uint32_t times; /* how often; 0 means once */
};

/* A device on the bus, and when it is there. */
struct script_device {
    const char *path, *configuration; /* configuration descriptor in hex */
    uint16_t vendor, product, bcd_device;
    uint8_t class_code;
    const char *product_text, *serial;
    const char *strings[SCRIPT_STRINGS_MAX]; /* strings[0] is string 1 */
    enum dfk_code problem;
    uint32_t from_ms, until_ms; /* until_ms 0: for ever */
};

struct script_bus {
    struct bus bus; /* first: the bus is this */
    struct clock clock;
    uint64_t now_ns;
    const struct script_device *devices;
    size_t device_count;
    const struct script_step *steps;
    size_t step_count, step_at;
    uint32_t times_taken; /* of the present step */
    struct dfk_callbacks callbacks;
    char said[SCRIPT_SAID_BYTES]; /* ids of warnings and recoveries, each with a blank behind */
    bool cancelled;               /* the person wants to stop */
};

/* Makes a bus with devices, which stay the caller's; nothing is expected yet. */
void script_init(struct script_bus *bus, const struct script_device *devices, size_t count);

/* Expects these exchanges next. Fails the test when earlier ones are outstanding. */
void script_expect(struct script_bus *bus, const struct script_step *steps, size_t count);

/* Fails the test when an exchange is outstanding. */
void script_done(const struct script_bus *bus);

/* Gives the virtual milliseconds since script_init. */
uint32_t script_ms(const struct script_bus *bus);

/* Opens the one device. Fails the test when that fails.
 * Owns      the caller: device_close */
struct device *script_open(struct script_bus *bus);

#define SCRIPT_EXPECT(bus, ...)                                                                    \
    do {                                                                                           \
        static const struct script_step steps_[] = {__VA_ARGS__};                                  \
        script_expect((bus), steps_, sizeof steps_ / sizeof steps_[0]);                            \
    } while (0)

/* Requests that every script needs. */
#define GETSTATUS   "a1 03 0000 0000 0600"
#define CLRSTATUS   "21 04 0000 0000 0000"
#define ABORT       "21 06 0000 0000 0000"
#define IDLE        "00 000000 02 00"
#define BUSY        "00 000000 04 00"
#define DNLOAD_IDLE "00 000000 05 00"

/* Devices that the tests share. */
extern const struct script_device script_h743;    /* opens with SCRIPT_OPEN_H743 */
extern const struct script_device script_unknown; /* DfuSe, not in any table, 64 bytes a block */
extern const struct script_device script_gd32;    /* counts blocks, 8 bytes each */
extern const struct script_device script_plain;   /* DFU 1.1, manifestation tolerant */

/* What is said when a H743 is opened; id: two hex digits. */
#define SCRIPT_OPEN_H743(id)                                                                       \
    {GETSTATUS, IDLE, 0}, {"21 01 0000 0000 0500 | 21 fce7f11f", "", 0}, {GETSTATUS, BUSY, 0},     \
        {GETSTATUS, DNLOAD_IDLE, 0}, {ABORT, "", 0},                                               \
        {"a1 02 0200 0000 0400", "ffff" id "ff", 0, 2},                                            \
    {                                                                                              \
        ABORT, "", 0                                                                               \
    }

#endif
