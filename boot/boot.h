/* SPDX-License-Identifier: MIT
 * The bootloader: how it is started, and everything it remembers. */
#ifndef BOOT_BOOT_H
#define BOOT_BOOT_H

#include <stdbool.h>
#include <stdint.h>

#include "boot/board.h"
#include "boot/seal.h"
#include "core/dfu.h"
#include "core/usb.h"

enum { BOOT_VERSION = 0x0100 }; /* major, minor: bits 15:8 and 7:0 */

enum boot_cause { BOOT_CAUSE_POWER, BOOT_CAUSE_PIN, BOOT_CAUSE_SOFTWARE, BOOT_CAUSE_WATCHDOG };

/* What port_reset leaves for the next start; an application may leave BOOT_ORDER_DFU. */
enum boot_order {
    BOOT_ORDER_NONE = 0,
    BOOT_ORDER_DFU = 0x70AD0000,
    BOOT_ORDER_START = 0x70AD5700, /* + enum boot_mode: the application, at once */
};

/* What the application finds in r0. */
enum boot_mode { BOOT_MODE_NORMAL = 1, BOOT_MODE_SAFE, BOOT_MODE_FACTORY, BOOT_MODE_DFU };

/* Why the bootloader did not start the application; the number of blinks. */
enum boot_reason {
    BOOT_REASON_NONE,
    BOOT_REASON_BUTTON,
    BOOT_REASON_ORDER,
    BOOT_REASON_DOUBLE_RESET,
    BOOT_REASON_NO_APPLICATION,
    BOOT_REASON_LOOP,
};

enum { BOOT_RECORD_NAME = 0x6B756664, /* "dfuk" */ BOOT_RECORD_ADDR = 0x0800001C };

/* What stands at BOOT_RECORD_ADDR for applications: an application whose drive is elsewhere must
 * not format anything. */
struct boot_record {
    uint32_t name, version; /* BOOT_RECORD_NAME, BOOT_VERSION */
    struct boot_area app, drive;
};

enum { BOOT_UID_BYTES = 12, BOOT_LOOP_RESETS = 5 };

/* What is known when the chip starts. */
struct boot_start {
    uint32_t order; /* enum boot_order */
    uint8_t cause;  /* enum boot_cause */
    bool double_reset;
    uint8_t watchdog_resets; /* in a row */
    uint8_t uid[BOOT_UID_BYTES];
};

enum {
    BOOT_BLOCK_BYTES = 2048, /* wTransferSize */
    BOOT_BLOCKS = 2,         /* with two banks, one is filled while the other is written */
    BOOT_BANKS = 2,
    BOOT_UNIT_BYTES = 32, /* programmed as one; also what is held back of the application */
    BOOT_REPLY_BYTES = 160,
};

enum boot_phase {
    BOOT_MENU,    /* the button is held */
    BOOT_CONFIRM, /* a second press is waited for */
    BOOT_CHOSEN,  /* the choice is shown */
    BOOT_DFU,
    BOOT_LEAVING, /* leave was accepted, the host may still ask for the status */
    BOOT_GONE,    /* off the bus, reset comes */
};

enum boot_operation { BOOT_OP_NONE, BOOT_OP_ERASE, BOOT_OP_PROGRAM };

/* What goes on in one bank. */
struct boot_bank {
    uint8_t operation; /* enum boot_operation */
    uint8_t sector;
    uint8_t tries; /* of the operation that has not succeeded yet */
    uint32_t started_ms;
};

/* Data on the way to the flash. */
struct boot_block {
    uint32_t addr;
    uint16_t length, done;
    uint8_t data[BOOT_BLOCK_BYTES];
};

struct boot {
    const struct boot_board *board;
    uint8_t phase, reason, mode;
    bool lit; /* the LED that tells the reason */
    uint8_t uid[BOOT_UID_BYTES];
    uint32_t phase_ms;   /* when the phase began */
    uint32_t request_ms; /* when the host last asked for something */

    struct usb_setup setup;
    bool waiting; /* setup is to be answered when the flash has caught up */
    bool configured;
    uint8_t alternate;
    uint8_t reply[BOOT_REPLY_BYTES];

    uint8_t state, status, text; /* enum dfu_state, enum dfu_status_code, string index */
    bool receiving;              /* the data stage of a DNLOAD is under way */
    bool pending;                /* taken on; it begins when the host has read the status */
    bool erasing;                /* the host waits for the erases */
    bool data;                   /* the last DNLOAD brought data, not a command */
    bool complete; /* the download has ended by all signs, although nobody said leave */
    uint32_t pointer;
    uint32_t crc, crc_addr, crc_length;
    bool crc_begun;

    uint8_t head, count; /* blocks that wait for the flash */
    uint32_t fresh;      /* blocks that came since the last host was gone: count may be more */
    struct boot_bank banks[BOOT_BANKS];
    uint32_t wanted; /* bit n: sector n is to be erased */
    bool held;       /* hold[] waits to become the start of the application */
    bool committing; /* as soon as all data is in its place */
    uint8_t hold[BOOT_UNIT_BYTES];
    uint8_t zeros[BOOT_UNIT_BYTES]; /* always */
    struct boot_seal seal;
    uint32_t last_length; /* of the last data of this host; 0: none */
    bool looked;          /* one setting: somebody asked what this is since the last DNLOAD */
    uint32_t placed;      /* bytes of hold[] that stand in the flash */
    struct boot_block blocks[BOOT_BLOCKS]; /* last: code that reaches past them is longer */
};

/* Decides what to do, and starts the application if that is it.
 *
 * board     outlives the boot */
void boot_begin(struct boot *boot, const struct boot_board *board, const struct boot_start *start);

/* Does what there is to do. Returns false when nothing is left before the next event of the port.
 */
bool boot_step(struct boot *boot);

#endif
