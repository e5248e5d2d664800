/* SPDX-License-Identifier: MIT
 * What an image is made of; only the container's own files look inside. */
#ifndef IMAGE_PARTS_H
#define IMAGE_PARTS_H

#include "image/image.h"

/* A damaged file can give one warning per 8 bytes; nobody reads more than this. */
enum { IMAGE_WARNINGS_MAX = 64 };

struct image_part {
    struct dfk_segment segment;
    uint64_t offset; /* of its first byte in the file, for messages */
};

struct dfk_image {
    struct dfk_image_info info;
    struct image_part *parts;
    size_t part_count, part_capacity;
    uint8_t **blocks; /* memory that segment data points into */
    size_t block_count;
    size_t warnings_unsaid;
    struct dfk_image_warning warnings[IMAGE_WARNINGS_MAX];
};

/* Gives the address after the last byte of a segment, up to 2^32. */
uint64_t segment_end(const struct dfk_segment *segment);

/* Sets what the info says about the parts. */
void image_count(struct dfk_image *image);

#endif
