/* SPDX-License-Identifier: MIT
 * Images that prove themselves: seals and keys. A chapter of dfukit.h; include that one. */
#ifndef DFUKIT_SEAL_H
#define DFUKIT_SEAL_H

#include <stdbool.h>
#include <stdint.h>

#ifndef DFK_API
#error "include dfukit.h"
#endif

enum { DFK_SEAL_BOARD_BYTES = 24, DFK_KEY_BYTES = 32, DFK_KEY_ID_BYTES = 8 };

/* Makes a version of its parts: what is larger is newer. */
#define DFK_SEAL_VERSION(major, minor, patch)                                                      \
    ((uint32_t)(major) << 24 | (uint32_t)(minor) << 16 | (uint32_t)(patch))

/* How to seal an image. */
struct dfk_seal_options {
    const char *board; /* the id of the board it is for: 1..23 letters, digits, -, _ or . */
    uint32_t version;  /* DFK_SEAL_VERSION */
    const char *key;   /* file with the secret key that signs it; NULL: not signed */
    bool any_version;  /* also boards that know a newer version may start it */
    bool again;        /* an image that is sealed already loses that seal */
};

/* The seal of an image. */
struct dfk_seal {
    bool found;     /* false: the rest is 0 */
    bool whole;     /* the digest is right */
    bool is_signed; /* it has a signature, which only dfk_image_check_seal looks at */
    bool any_version;
    char problem[160]; /* why it is not whole, or "" */
    uint32_t addr;     /* of the first sealed byte */
    uint32_t length;   /* sealed bytes */
    uint32_t version;  /* DFK_SEAL_VERSION */
    char board[DFK_SEAL_BOARD_BYTES];
    uint8_t key_id[DFK_KEY_ID_BYTES]; /* the start of the public key */
    uint8_t digest[32];               /* SHA-256 */
};

/* Gives an image a seal: one stretch from its first byte to its last, gaps filled with 0xFF, then
 * 160 bytes more. Nothing has to be compiled anew: two reserved words of the vector table tell the
 * bootloader where the seal is.
 *
 * Returns   0, -DFK_E_USAGE (board, parts too far from each other or in several alternates),
 *           -DFK_E_REFUSED (sealed already), -DFK_E_BAD_FILE (no room in a vector table, or a key
 *           file that is none), -DFK_E_FILE_IO (key), -DFK_E_NO_MEMORY; the image is unchanged then
 * Source    FIPS 180-4 (SHA-256), RFC 8032 (Ed25519), ARMv7-M ARM, "The vector table" */
DFK_API int dfk_image_seal(struct dfk_image *image, const struct dfk_seal_options *options,
                           struct dfk_error *err);

/* Finds the seal of an image. */
DFK_API void dfk_image_get_seal(const struct dfk_image *image, struct dfk_seal *seal);

/* What a seal has to be. */
struct dfk_seal_wish {
    const char *board; /* id; NULL: any */
    bool is_signed;    /* by whichever key when key is NULL */
    const char *key;   /* file with the public key that it must be signed with; NULL: any */
};

/* Checks that an image has a whole seal, and one like this.
 *
 * Returns   0, -DFK_E_REFUSED (no seal, no signature, another key's), -DFK_E_WRONG_DEVICE (board),
 *           -DFK_E_BAD_FILE (damaged; or a key file that is none), -DFK_E_FILE_IO (key) */
DFK_API int dfk_image_check_seal(const struct dfk_image *image, const struct dfk_seal_wish *wish,
                                 struct dfk_error *err);

/* Makes a pair of keys. Neither file may exist; both are written whole or not at all.
 *
 * secret_path   for the secret key, which only its owner can read
 * public_path   for the public key
 * key           filled with the public key
 * Returns   0, -DFK_E_FILE_IO, -DFK_E_NO_MEMORY
 * Source    RFC 8032, section 5.1.5 "Key Generation" */
DFK_API int dfk_key_make(const char *secret_path, const char *public_path,
                         uint8_t key[DFK_KEY_BYTES], struct dfk_error *err);

/* Reads the public key out of a file with a public or a secret key.
 *
 * Returns   0, -DFK_E_FILE_IO, -DFK_E_BAD_FILE, -DFK_E_NO_MEMORY */
DFK_API int dfk_key_read(const char *path, uint8_t key[DFK_KEY_BYTES], struct dfk_error *err);

#endif
