/* SPDX-License-Identifier: MIT
 * Applications sealed in every way for the boards of a fuzz target, and by libsodium's word whether
 * a signed board may start what is in its flash. */
#ifndef FUZZ_SEALED_IMAGES_H
#define FUZZ_SEALED_IMAGES_H

#include <stdbool.h>
#include <stdint.h>

enum { SEALED_IMAGE_BYTES = 1024 };

/* Version 1.0.0, 1.1.0 and 1.2.0 are right; the others are not, or may be too old. */
enum sealed_kind {
    SEALED_RIGHT,
    SEALED_NEWER,
    SEALED_NEWEST,
    SEALED_ANY_VERSION, /* 0.9.0, which its maker allows */
    SEALED_OLDER,       /* 0.9.0 */
    SEALED_ANOTHER_BOARDS,
    SEALED_UNSIGNED,
    SEALED_ANOTHER_KEYS,
    SEALED_NOT,
    SEALED_KINDS
};

/* Makes an application of a kind.
 *
 * image     SEALED_IMAGE_BYTES
 * board     the id that the board's applications are sealed for */
void sealed_image_make(uint8_t *image, enum sealed_kind kind, const char *board);

/* Tells whether an application is sealed for a board, whole, and signed with the example key, as
 * docs/seal.md describes the bytes; and not older than floor, unless its maker allows that.
 *
 * app       room bytes: the slot */
bool sealed_image_is_right(const uint8_t *app, uint32_t room, const char *board, uint32_t floor);

#endif
