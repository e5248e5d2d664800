/* SPDX-License-Identifier: MIT
 * An image under construction: what a file format reader fills and a writer reads. */
#ifndef IMAGE_IMAGE_H
#define IMAGE_IMAGE_H

#include "base/buffer.h"
#include "base/fail.h"
#include "include/dfukit.h"

enum { IMAGE_FILE_BYTES_MAX = 1024 * 1024 * 1024 };

/* The image behind the public handle. Segment data points into store (a copy of, or the very bytes
 * of the file) or into blocks of its own; both are freed with the image. */
struct dfk_image;

/* What one format's reader works on. */
struct image_source {
    const char *name;                        /* of the file, for messages */
    const uint8_t *data;                     /* unpacked bytes; live as long as the image */
    size_t length;                           /* bytes */
    const struct dfk_image_options *options; /* never NULL */
    bool unpacked;                           /* the file was gzipped: offsets are not the file's */
    bool text;                               /* messages name lines too */
};

/* A file format: a row of the table in image/formats.c. */
struct image_format {
    enum dfk_format format;
    const char *name;       /* "dfuse" */
    const char *endings[4]; /* ".dfu", ...; unused ones are NULL */
    bool takes_addr;        /* has no addresses of its own: the caller gives one */
    bool is_text;
    /* Tells by content whether a file is of this format, or would be but for one damaged byte. */
    bool (*matches)(const struct image_source *source);
    /* Fills an image. On failure err names the offset. NULL: cannot be read. */
    int (*read)(const struct image_source *source, struct dfk_image *image, struct dfk_error *err);
    /* Appends the file to out. NULL: cannot be written. */
    int (*write)(const struct dfk_image *image, const struct dfk_write_options *options,
                 struct buffer *out, struct dfk_error *err);
};

/* Makes an empty image.
 * Owns      the caller: dfk_image_free; NULL when memory ran out */
struct dfk_image *image_new(const char *file);

/* Gives the part of the image that a reader fills in.
 * Owns      nothing: lives as long as the image */
struct dfk_image_info *image_info(struct dfk_image *image);

/* Adds bytes that stay where they are; data must live as long as the image.
 * Parts may come in any order; image_finish sorts and joins them. length 0 does nothing.
 *
 * offset    of these bytes in the file, for messages
 * Returns   0, -DFK_E_NO_MEMORY, -DFK_E_BAD_FILE (the end passes 2^32) */
int image_add(struct dfk_image *image, const struct dfk_segment *part, uint64_t offset,
              struct dfk_error *err);

/* Adds a copy of bytes. As image_add otherwise. */
int image_add_copy(struct dfk_image *image, const struct dfk_segment *part, uint64_t offset,
                   struct dfk_error *err);

/* Gives memory that lives as long as the image, for readers that decode.
 *
 * Owns      the image; NULL when memory ran out (err is filled) */
uint8_t *image_store(struct dfk_image *image, size_t length, struct dfk_error *err);

/* Lets an image free a block of malloc.
 *
 * Returns   0, -DFK_E_NO_MEMORY (block is freed) */
int image_own(struct dfk_image *image, uint8_t *block, struct dfk_error *err);

/* Fills err for a damaged file: its name, the offset (with the line in a text format), and what is
 * wrong there.
 *
 * Returns   -DFK_E_BAD_FILE */
int image_refuse(const struct image_source *source, uint64_t offset, struct dfk_error *err,
                 const char *format, ...) BASE_PRINTF(4, 5);

/* Notes something that is wrong in the file and is tolerated. id is kept, not copied. */
void image_warn(struct dfk_image *image, const char *id, uint64_t offset, const char *format, ...)
    BASE_PRINTF(4, 5);

/* Sorts the parts by alternate and address and joins those that touch. Parts that overlap with the
 * same bytes are joined with a warning, with different bytes refused.
 *
 * Returns   0, -DFK_E_OVERLAP, -DFK_E_NO_MEMORY */
int image_finish(struct dfk_image *image, struct dfk_error *err);

/* Makes an image of bytes that were read from a device; takes a copy.
 *
 * addressed false: plain DFU, addr is an offset
 * Owns      *image is the caller's: dfk_image_free
 * Returns   0, -DFK_E_NO_MEMORY */
int image_from_memory(const char *name, const struct dfk_segment *parts, size_t count,
                      bool addressed, struct dfk_image **image, struct dfk_error *err);

/* Reads an image from bytes in memory, as dfk_image_read does from a file. data is copied.
 *
 * Owns      *image is the caller's: dfk_image_free
 * Returns   as dfk_image_read */
int image_parse(const char *name, const uint8_t *data, size_t length,
                const struct dfk_image_options *options, struct dfk_image **image,
                struct dfk_error *err);

/* Appends the file that dfk_image_write would write.
 *
 * options   format must not be DFK_FORMAT_AUTO
 * Returns   0, -DFK_E_USAGE, -DFK_E_NO_MEMORY */
int image_serialize(const struct dfk_image *image, const struct dfk_write_options *options,
                    struct buffer *out, struct dfk_error *err);

#endif
