/* SPDX-License-Identifier: MIT
 * Images that prove themselves: what a board asks of an application before it is started.
 *
 * boot/seal.c is linked where a board asks, boot/seal_none.c where it does not. */
#ifndef BOOT_SEAL_H
#define BOOT_SEAL_H

#include <stdbool.h>
#include <stdint.h>

#include "boot/board.h"
#include "core/ed25519.h"
#include "core/seal.h"
#include "core/sha256.h"

struct boot;

enum boot_seal_state {
    BOOT_SEAL_UNKNOWN,
    BOOT_SEAL_HASHING,
    BOOT_SEAL_SIGNATURE,
    BOOT_SEAL_GOOD,
    BOOT_SEAL_BAD
};

enum {
    BOOT_SEAL_TEXT_BYTES = 64,
    BOOT_SEAL_RECORD_BYTES = 32, /* BOOT_UNIT_BYTES */
    BOOT_SEAL_LOG_BYTES = 1536,  /* at the end of the bootloader's own sectors */
};

/* A check under way, and what came of the last one. */
struct boot_seal {
    uint8_t state;                   /* enum boot_seal_state */
    uint8_t status;                  /* enum dfu_status_code of a refusal */
    char text[BOOT_SEAL_TEXT_BYTES]; /* of a refusal, "" */
    uint8_t bytes[SEAL_BYTES];
    uint32_t length, done; /* bytes of the application */
    struct sha256 sha;
    struct ed25519 check;
    uint32_t record_addr; /* where the version is to be noted before the commit; 0: nowhere */
    uint8_t record[BOOT_SEAL_RECORD_BYTES];
};

/* Checks the application in flash, as a whole, when the board asks for it. */
void seal_check_now(struct boot *boot);

/* Tells whether the application in flash may be started, as far as its seal is concerned. */
bool seal_allows(const struct boot *boot);

/* Takes a step of the check of what is about to become the application. Returns true when it has
 * passed; false while it goes on, and after a refusal, in dfuERROR. */
bool seal_passes(struct boot *boot);

/* Gives what is to be in flash before the application is.
 *
 * addr      filled with its place
 * Owns      nothing: BOOT_SEAL_RECORD_BYTES, part of boot. NULL: nothing */
const uint8_t *seal_record(const struct boot *boot, uint32_t *addr);

/* Forgets what is known of the application when something of it changes.
 *
 * addr      what is erased or written */
void seal_forget(struct boot *boot, uint32_t addr);

/* Gives up a check that is under way, and what a commit that was not ended had passed. */
void seal_cancel(struct boot *boot);

/* Gives the time that a check under way still takes, in ms; 0: none is. */
uint32_t seal_remaining_ms(const struct boot *boot);

/* Gives the text of BOOT_STRING_SEAL: why the application was refused.
 * Owns      nothing: part of boot. NULL when there is none */
const char *seal_text(const struct boot *boot, uint8_t index);

/* Appends what the board asks to the bootloader's word on itself. Returns how many bytes. */
uint32_t seal_put_info(const struct boot *boot, uint8_t *to);

#endif
