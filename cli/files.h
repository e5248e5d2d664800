/* SPDX-License-Identifier: MIT
 * The firmware files that a command line names.
 */
#ifndef CLI_FILES_H
#define CLI_FILES_H

#include "cli/command.h"

/* Rows of a table of options: how the files are read, and whose firmware they have to hold. */
#define FILES_OPTIONS                                                                              \
    {.name = "format",                                                                             \
     .kind = OPTION_FORMAT,                                                                        \
     .argument = "FORMAT",                                                                         \
     .field = offsetof(struct arguments, format),                                                  \
     .help = "of the files: dfuse, dfu, bin, hex, srec, elf or uf2; the default is by content"},   \
        {.name = "uf2-family",                                                                     \
         .kind = OPTION_NUMBER,                                                                    \
         .argument = "ID",                                                                         \
         .field = offsetof(struct arguments, uf2_family),                                          \
         .help = "take only the blocks of this family out of a UF2 file"},                         \
        {.name = "require-signed",                                                                 \
         .kind = OPTION_FLAG,                                                                      \
         .field = offsetof(struct arguments, require_signed),                                      \
         .help = "refuse a file that has no signature; --key checks whose it is"},                 \
    {                                                                                              \
        .name = "key", .kind = OPTION_TEXT, .argument = "PUB",                                     \
        .field = offsetof(struct arguments, key),                                                  \
        .help = "refuse a file that is not signed with the key in this file"                       \
    }

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
