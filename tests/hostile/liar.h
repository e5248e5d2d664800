/* SPDX-License-Identifier: MIT
 * A bus of devices that lie: what they are, what they did, what they hold, whether they are there.
 * All of it follows from a seed, in virtual time. */
#ifndef TESTS_HOSTILE_LIAR_H
#define TESTS_HOSTILE_LIAR_H

#include "base/clock.h"
#include "bus/bus.h"
#include "core/dfu.h"
#include "device/device.h"
#include "tests/hostile/kinds.h"

enum { LIAR_DEVICES_MAX = 2, LIAR_WINDOW_BYTES = 65536, LIAR_CLAIMS_MAX = 4 };

/* What a device does wrong all the time. */
enum liar_mood {
    MOOD_BUSY_FOREVER = 1 << 0, /* some job never ends */
    MOOD_WRITES_NOTHING = 1 << 1,
    MOOD_ERASES_NOTHING = 1 << 2,
    MOOD_RANDOM_READS = 1 << 3,
    MOOD_ABSURD_POLL = 1 << 4,
    MOOD_STUCK_STATE = 1 << 5, /* says the same state whatever happens */
    MOOD_STALLS_WHEN_BUSY = 1 << 6,
    MOOD_NEVER_LEAVES = 1 << 7,
    MOOD_SLOW = 1 << 8, /* answers just before the limit of each transfer */
    MOOD_CHECKSUM_LIES = 1 << 9,
    MOOD_ENDLESS_UPLOAD = 1 << 10,
    MOOD_EXTENSION_LIES = 1 << 11, /* what it says of itself as a bootloader */
    MOOD_ALL = (1 << 12) - 1,
};

/* How much a device lies. */
struct liar_temper {
    uint32_t result_permille; /* stall, no answer, gone, error instead of the answer */
    uint32_t status_permille; /* another status, state or poll timeout */
    uint32_t data_permille;   /* other bytes, or fewer */
    uint32_t moods;           /* enum liar_mood */
};

/* The DFU side of a device, from its own point of view. */
struct liar_machine {
    uint8_t state, status, stuck_state;
    uint32_t pointer;
    bool works;
    uint64_t done_ns; /* UINT64_MAX: never */
    uint32_t jobs, jobs_until_forever;
    uint32_t checksum_addr, checksum_length;
    uint8_t alternate;
};

/* One place on the bus. */
struct liar_device {
    char path[8];
    struct kind kind, other; /* other: what it is in DFU mode when it is an application now */
    bool present, has_other, detaching;
    uint32_t generation;
    uint64_t returns_ns; /* when it is plugged in again; UINT64_MAX: never */
    struct liar_machine machine;
};

/* Bytes of the board that somebody asks for, and what the device said they are. */
struct liar_claim {
    uint32_t addr, length;
    uint8_t *value; /* as last read */
    uint8_t *valid; /* 1: read, 2: vouched for by a checksum, 0: changed since, or never read */
    const uint8_t *data; /* what it should be; NULL: nothing but 0xFF */
};

struct liar {
    struct bus bus; /* first: the bus is this */
    struct clock clock;
    uint64_t now_ns;
    struct chance chance;
    struct liar_temper temper;
    struct liar_device devices[LIAR_DEVICES_MAX];
    size_t device_count;
    uint8_t cells[LIAR_WINDOW_BYTES]; /* memory, by the low bits of the address */
    const struct device *device;      /* the open one, for its sectors; NULL: none */
    struct liar_claim claims[LIAR_CLAIMS_MAX];
    size_t claim_count;
    uint32_t transfers;
    /* The person stops waiting at either, and what is under way has to end soon after. */
    uint64_t patience_ns;
    uint32_t patience_transfers;
    bool tired;
    uint64_t tired_ns;
    uint32_t tired_transfers;
    uint64_t longest_stop_ns; /* from there to the end of a verb */
    uint64_t progress_ns;     /* when something was last said to the person */
    uint64_t answered_ns;     /* the last transfer */
    uint32_t rush;            /* transfers since the last pause or progress */
    bool hung;
    const char *broken; /* a promise towards the bus that was broken; NULL: none */
};

/* Makes a bus with no device on it yet. */
void liar_init(struct liar *liar, struct chance chance, const struct liar_temper *temper);

/* Plugs a device in. */
void liar_plug(struct liar *liar, const struct kind *kind, const struct kind *other);

/* Tells whether the person has had enough. */
bool liar_is_tired(struct liar *liar);

/* Notes that the person was told of something. */
void liar_progress(struct liar *liar);

/* Notes that a verb begins, so that it is given its own time to end when the person is tired. */
void liar_begin_verb(struct liar *liar);

/* Lets time pass. */
void liar_advance(struct liar *liar, uint64_t length_ns);

/* Takes a device off the bus. */
void liar_unplug(struct liar *liar, struct liar_device *device);

/* Answers a DFU class request, honestly but for the moods. data is setup->length bytes.
 *
 * *actual   bytes of the data stage
 * Returns   BUS_OK, BUS_STALL, BUS_TIMEOUT (holds the answer off), BUS_GONE (left the bus) */
enum bus_result liar_dfu(struct liar *liar, struct liar_device *device,
                         const struct usb_setup *setup, uint8_t *data, uint16_t *actual);

/* Notes that memory was read to the host, or vouched for by a checksum. */
void liar_claim_read(struct liar *liar, uint32_t addr, const uint8_t *data, uint32_t length);
void liar_claim_checksum(struct liar *liar, uint32_t addr, uint32_t length, uint32_t crc);

/* Notes that the host changes memory: what was read of it does not count any more, unless the same
 * bytes are written again (the start of an application is, when the device is not left). */
void liar_claim_write(struct liar *liar, uint32_t addr, uint32_t length);
void liar_claim_download(struct liar *liar, uint32_t addr, const uint8_t *data, uint32_t length);
void liar_claim_erase(struct liar *liar, uint8_t alternate, uint32_t addr);

/* Tells whether the device said of every byte that somebody asks for that it is as it should be. */
bool liar_claims_hold(const struct liar *liar);

#endif
