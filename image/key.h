/* SPDX-License-Identifier: MIT
 * Files with the keys that sign images. */
#ifndef IMAGE_KEY_H
#define IMAGE_KEY_H

#include "include/dfukit.h"

/* Reads the seed of a secret key.
 *
 * Returns   0, -DFK_E_FILE_IO, -DFK_E_BAD_FILE (a public key's file too), -DFK_E_NO_MEMORY */
int key_read_secret(const char *path, uint8_t seed[DFK_KEY_BYTES], struct dfk_error *err);

#endif
