/* SPDX-License-Identifier: MIT
 * The devices that are held against the standard, each brought into any of its states. */
#ifndef TESTS_SPEC_PARTIES_H
#define TESTS_SPEC_PARTIES_H

#include "tests/boot/bench.h"

/* What kind of device a party is. */
enum party_kind { PARTY_NATIVE, PARTY_ARM, PARTY_ROM, PARTY_PLAIN };

struct party_row {
    const char *name; /* as in dfu_differences.txt */
    enum party_kind kind;
    const char *board, *rom;
    uint16_t alternate; /* one that may be written */
    uint32_t app;       /* an address that may be read and written; of the bootloader its own */
};

struct party {
    const struct party_row *row;
    struct bench *bench; /* of the bootloader; NULL for others */
    struct dfu_host *host;
    struct dfu_host own; /* host of the others */
    uint16_t transfer_bytes;
    bool tolerant;      /* bitManifestationTolerant */
    uint32_t app, base; /* an address that may be read and written; where the flash begins */
    uint32_t poll_ms;   /* what the last status announced */
};

/* Finds a party by name.
 * Owns      nothing: a constant. NULL when there is none */
const struct party_row *party_find(const char *name);

/* Gives the n-th party.
 * Owns      nothing: a constant. NULL after the last */
const struct party_row *party_at(size_t index);

/* Tells whether a word names a party, or its kind: "boot-native", "boot-arm", "roms", "plain". */
bool party_is_called(const struct party_row *row, const char *word);

/* Powers a party on for the first time. Fails the test when it cannot. */
void party_open(struct party *party, const struct party_row *row);

/* Powers it off for good. */
void party_close(struct party *party);

/* Powers it off and on, and brings it into a state by requests only. Returns true when it is there;
 * *status is its bStatus then. */
bool party_reach(struct party *party, uint8_t state, uint8_t *status);

/* Resets the bus, and gives the device the time to be there again that a host gives it. */
void party_reset_bus(struct party *party);

#endif
