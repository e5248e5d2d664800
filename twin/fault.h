/* SPDX-License-Identifier: MIT
 * The fault schedule of a board: what goes wrong, and when. */
#ifndef TWIN_FAULT_H
#define TWIN_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fault_kind {
    FAULT_UNPLUG,         /* off the bus; value ms later it is back, 0: stays off */
    FAULT_POWER_CUT,      /* the same, and the flash operation under way is torn */
    FAULT_BROWN_OUT,      /* one flash operation is done wrong, and the chip goes on */
    FAULT_STALL,          /* the transfer is refused */
    FAULT_DROP,           /* the transfer is never answered */
    FAULT_CORRUPT,        /* one bit of the data stage to the host is wrong */
    FAULT_BUSY_FOREVER,   /* the device never leaves dfuDNBUSY */
    FAULT_SLOW_SECTOR,    /* value: how many times slower */
    FAULT_STUCK_BIT,      /* value: bit number */
    FAULT_ERASE_NOOP,     /* the erase of a sector reports OK and does nothing */
    FAULT_WRITE_PROTECT,  /* neither erase nor write changes the sector, no error
                             is reported */
    FAULT_POLL_TIMEOUT,   /* value: the bwPollTimeout of every busy answer */
    FAULT_START_ERROR,    /* starts in dfuERROR, errFIRMWARE */
    FAULT_RDP,            /* value: read protection level */
    FAULT_TRANSFER_SIZE,  /* value: wTransferSize of the functional descriptor */
    FAULT_SERIAL,         /* text: the serial number */
    FAULT_LEAVE_STAYS,    /* leave is accepted, and nothing happens */
    FAULT_LEAVE_VANISHES, /* the last GETSTATUS is not answered: it has left already */
    FAULT_KIND_COUNT,
};

enum fault_trigger {
    FAULT_ALWAYS,
    FAULT_AT_TRANSFER, /* at: the n-th control transfer after power-on, from 1 */
    FAULT_AT_ERASE,    /* at: the n-th erase command, from 1 */
    FAULT_AT_WRITE,    /* at: the n-th write command, from 1 */
    FAULT_AT_FLASH,    /* at: the n-th erased sector or programmed unit, from 1 */
    FAULT_AT_ADDRESS,  /* at: a device address */
};

/* What is left of the flash operation that a power cut or a brown-out strikes (twin/mem). */
enum fault_way {
    FAULT_WAY_BEFORE, /* power cut: nothing, one half, the other, random bits, everything is done */
    FAULT_WAY_LOW,
    FAULT_WAY_HIGH,
    FAULT_WAY_RANDOM,
    FAULT_WAY_AFTER,
    FAULT_WAY_WEAK, /* brown-out: too few bits, too many, other data, nothing */
    FAULT_WAY_EXTRA,
    FAULT_WAY_OTHER,
    FAULT_WAY_NOTHING,
    FAULT_WAY_COUNT,
};

enum { FAULT_TEXT_BYTES = 32, FAULTS_MAX = 16 };

struct fault {
    enum fault_kind kind;
    enum fault_trigger trigger;
    uint32_t at;
    uint32_t value;
    enum fault_way way; /* with FAULT_AT_FLASH */
    bool told;          /* a brown-out that the flash controller notices */
    char text[FAULT_TEXT_BYTES];
};

struct fault_schedule {
    struct fault faults[FAULTS_MAX];
    size_t count;
};

/* Reads a schedule: specifications separated by commas (docs/twin.md).
 *
 * text      NULL or "" for none
 * bad_at    set to the offset of the specification that is wrong
 * Returns   true, or false with out untouched */
bool fault_parse(const char *text, struct fault_schedule *out, size_t *bad_at);

/* Gives the grammar in a few lines, for an error message.
 * Owns      nothing: a constant */
const char *fault_grammar(void);

/* Finds the fault of a kind that strikes now: the trigger and its number,
 * FAULT_ALWAYS with 0. Owns      nothing: lives as long as the schedule. NULL
 * when there is none */
const struct fault *fault_find(const struct fault_schedule *schedule, enum fault_kind kind,
                               enum fault_trigger trigger, uint32_t at);

#endif
