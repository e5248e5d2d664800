/* SPDX-License-Identifier: MIT
 * Files that are read whole, or written whole or not at all. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "include/dfukit.h"

/* Reads a file whole. path "-" is standard input.
 *
 * limit     most bytes to accept
 * Owns      *data is the caller's (free), also for an empty file; one NUL byte follows the data
 * Returns   0, -DFK_E_FILE_IO, -DFK_E_BAD_FILE (larger than limit), -DFK_E_NO_MEMORY */
int file_read(const char *path, size_t limit, uint8_t **data, size_t *length,
              struct dfk_error *err);

/* Writes a file whole or not at all: to a temporary name beside it, synced, then renamed, with the
 * permissions that the process gives to new files. path "-" is standard output; a terminal, pipe or
 * other character device is written to as it is.
 *
 * overwrite false: an existing file is refused; true: a regular file is replaced, a symbolic link
 *           by the file itself
 * Returns   0, -DFK_E_FILE_IO */
int file_write(const char *path, const uint8_t *data, size_t length, bool overwrite,
               struct dfk_error *err);

/* Writes a new file that only its owner can read and write, whole or not at all: for secrets.
 *
 * Returns   0, -DFK_E_FILE_IO (also when something has that name) */
int file_write_private(const char *path, const uint8_t *data, size_t length, struct dfk_error *err);

#endif
