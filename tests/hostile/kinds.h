/* SPDX-License-Identifier: MIT
 * What known devices say of themselves, and the ways in which that can be turned into lies. */
#ifndef TESTS_HOSTILE_KINDS_H
#define TESTS_HOSTILE_KINDS_H

#include "core/usb.h"
#include "tests/hostile/chance.h"

enum {
    KINDS_MAX = 40,
    KIND_CONFIGURATION_BYTES = 1024,
    KIND_STRINGS = 16,
    KIND_STRING_BYTES = 255,
};

/* The descriptors of one device, as they go over the wire. */
struct kind {
    char name[48];
    uint8_t device[USB_DEVICE_BYTES];
    uint8_t configuration[KIND_CONFIGURATION_BYTES];
    uint16_t configuration_bytes;
    uint8_t strings[KIND_STRINGS][KIND_STRING_BYTES]; /* index 0: the languages */
    uint8_t string_bytes[KIND_STRINGS];
    uint32_t id_addr; /* where its ROM has its version; 0: nowhere */
    uint8_t id;
};

/* Every device that dfukit knows. */
struct kinds {
    struct kind all[KINDS_MAX];
    size_t count;
};

/* Asks every virtual board, with every ROM and with the bootloader, for its descriptors. Ends the
 * program when one does not answer. */
void kinds_gather(struct kinds *kinds);

/* Turns so many things of a device into lies. */
void kind_mutate(struct kind *kind, struct chance *chance, uint32_t count);

/* Gives the alternate settings of a device another memory layout. */
void kind_say_layout(struct kind *kind, const char *text);

/* Writes a memory layout that is well formed but for what chance does to it; NUL-terminated. */
void kind_lie_of_layout(struct chance *chance, char *text, size_t capacity);

#endif
