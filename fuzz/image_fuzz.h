/* SPDX-License-Identifier: MIT
 * What must hold for every image that any reader makes of any bytes. */
#ifndef FUZZ_IMAGE_FUZZ_H
#define FUZZ_IMAGE_FUZZ_H

#include <stdlib.h>
#include <string.h>

#include "image/image.h"

/* Ends the run with a report when a promise is broken. */
static inline void image_fuzz_require(bool kept)
{
    if (!kept) {
        abort();
    }
}

/* Segments are sorted, apart, within the address space, and their bytes can be read. */
static inline void image_fuzz_check(const struct dfk_image *image)
{
    uint64_t next = 0, bytes = 0;
    unsigned alternate = 0;
    volatile uint8_t sum = 0;
    for (size_t i = 0; i < dfk_image_get_info(image)->segment_count; i++) {
        const struct dfk_segment *segment = dfk_image_get_segment(image, i);
        image_fuzz_require(segment->length > 0 && segment->alternate >= alternate);
        next = segment->alternate > alternate || i == 0 ? 0 : next + 1;
        image_fuzz_require(segment->addr >= next);
        alternate = segment->alternate;
        next = (uint64_t)segment->addr + segment->length;
        bytes += segment->length;
        image_fuzz_require(next <= UINT64_C(0x100000000));
        for (uint32_t at = 0; at < segment->length; at++) {
            sum = (uint8_t)(sum + segment->data[at]);
        }
    }
    image_fuzz_require(bytes > 0 && bytes == dfk_image_get_info(image)->data_bytes);
    for (size_t i = 0; i < dfk_image_get_info(image)->warning_count; i++) {
        const struct dfk_image_warning *warning = dfk_image_get_warning(image, i);
        image_fuzz_require(warning->id != NULL && warning->text[0] != '\0');
    }
    struct dfk_seal seal;
    static const struct dfk_seal_wish any;
    dfk_image_get_seal(image, &seal);
    image_fuzz_require(seal.found || !seal.whole);
    image_fuzz_require(seal.whole == (dfk_image_check_seal(image, &any, NULL) == 0));
}

static inline void image_fuzz_require_same(const struct dfk_image *a, const struct dfk_image *b)
{
    image_fuzz_require(dfk_image_get_info(a)->segment_count ==
                       dfk_image_get_info(b)->segment_count);
    for (size_t i = 0; i < dfk_image_get_info(a)->segment_count; i++) {
        const struct dfk_segment *one = dfk_image_get_segment(a, i);
        const struct dfk_segment *other = dfk_image_get_segment(b, i);
        image_fuzz_require(one->addr == other->addr && one->length == other->length &&
                           memcmp(one->data, other->data, one->length) == 0);
    }
}

/* What was written is read back with the same bytes at the same addresses. */
static inline void image_fuzz_write(const struct dfk_image *image, enum dfk_format format)
{
    struct buffer file = {0};
    struct dfk_write_options write = {.format = format};
    struct dfk_image_options read = {.format = format};
    struct dfk_image *again = NULL;
    if (image_serialize(image, &write, &file, NULL) == 0) {
        image_fuzz_require(image_parse("again", file.data, file.length, &read, &again, NULL) == 0);
        image_fuzz_require_same(image, again);
    }
    dfk_image_free(again);
    buffer_free(&file);
}

/* Reads bytes as a file of one format. */
static inline int image_fuzz(enum dfk_format format, const uint8_t *data, size_t length)
{
    struct dfk_image_options options = {.format = format};
    struct dfk_image *image = NULL;
    struct dfk_error err = {0};
    int result = image_parse("fuzz", data, length, &options, &image, &err);
    image_fuzz_require((result == 0) == (image != NULL) && result == -(int)err.code);
    if (result == 0) {
        image_fuzz_check(image);
        image_fuzz_write(image, DFK_FORMAT_DFUSE);
        image_fuzz_write(image, DFK_FORMAT_HEX);
        dfk_image_free(image);
    }
    return 0;
}

#endif
