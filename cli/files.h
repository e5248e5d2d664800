/* SPDX-License-Identifier: MIT
 * The firmware files that a command line names.
 */
#ifndef CLI_FILES_H
#define CLI_FILES_H

#include "cli/command.h"

/* Reads every operand (FILE or FILE@ADDR) and joins them into one image; says what each is.
 *
 * format    of every file; DFK_FORMAT_AUTO: by content
 * Owns      *image is the caller's: dfk_image_free
 * Returns   0, or the negative code of run->err */
int files_read(struct run *run, enum dfk_format format, struct dfk_image **image);

/* Checks the seal of an image as --require-signed and --key ask for it; without them, nothing.
 *
 * Returns   0, or the negative code of run->err */
int files_check_seal(struct run *run, const struct dfk_image *image);

/* Checks before any work that -o names a place to write to.
 *
 * Returns   0, or the negative code of run->err */
int files_check_output(struct run *run, const char *command);

#endif
