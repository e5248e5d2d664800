/* SPDX-License-Identifier: MIT
 * What the text formats (Intel HEX, S-record) have in common: lines of hexadecimal digits. */
#ifndef IMAGE_RECORDS_H
#define IMAGE_RECORDS_H

#include "image/image.h"

/* The place in a text file. */
struct record_reader {
    const struct image_source *source;
    size_t at;      /* next character */
    uint8_t *store; /* where decoded bytes go; large enough for all of them */
    size_t used;
};

/* Starts at the first character; gets memory from the image.
 *
 * Returns   0, -DFK_E_NO_MEMORY */
int record_begin(struct record_reader *reader, const struct image_source *source,
                 struct dfk_image *image, struct dfk_error *err);

/* Goes past spaces and line ends (and a byte order mark at the start). Returns false at the end of
 * the file. */
bool record_next_line(struct record_reader *reader);

/* Decodes count bytes from the digits that come next.
 *
 * sum       is raised by each byte
 * Returns   0, -DFK_E_BAD_FILE (offset of the first character that is no digit) */
int record_bytes(struct record_reader *reader, size_t count, uint8_t *out, uint8_t *sum,
                 struct dfk_error *err);

/* Checks that nothing but spaces comes before the end of the line.
 *
 * Returns   0, -DFK_E_BAD_FILE */
int record_end(const struct record_reader *reader, struct dfk_error *err);

/* Tells whether the first line starts with mark and digits, or would but for one damaged digit. */
bool record_matches(const struct image_source *source, char mark);

/* Tells whether the first line is any character and then pairs of digits: a record with a damaged
 * mark. */
bool record_matches_but_for_mark(const struct image_source *source);

#endif
