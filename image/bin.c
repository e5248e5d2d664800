/* SPDX-License-Identifier: MIT
 * Raw bytes. */
#include <inttypes.h>

#include "image/formats.h"

/* A bin with more filling than this is a mistake: two memories of the chip in one file. */
enum { FILL_BYTES_MAX = 64 * 1024 * 1024 };

int bin_read(const struct image_source *source, struct dfk_image *image, struct dfk_error *err)
{
    struct dfk_segment all = {0, source->options->has_addr ? source->options->addr : 0,
                              (uint32_t)source->length, source->data};
    return image_add(image, &all, 0, err);
}

static const struct dfk_segment *last_segment(const struct dfk_image *image)
{
    return dfk_image_get_segment(image, dfk_image_get_info(image)->segment_count - 1);
}

static int refuse_alternates(const struct dfk_image *image, const char *format,
                             struct dfk_error *err)
{
    const struct dfk_segment *first = dfk_image_get_segment(image, 0);
    const struct dfk_segment *last = last_segment(image);
    if (first->alternate == last->alternate) {
        return 0;
    }
    int result = dfk_fail(err, DFK_E_USAGE,
                          "a %s file cannot tell alternate settings %u and %u of the image apart",
                          format, first->alternate, last->alternate);
    dfk_fail_next(err, "write a dfuse file");
    return result;
}

int image_require_plain_addresses(const struct dfk_image *image, const char *format,
                                  struct dfk_error *err)
{
    const struct dfk_image_info *info = dfk_image_get_info(image);
    if (!info->addressed) {
        int result = dfk_fail(err, DFK_E_USAGE, "a %s file needs addresses, %s has none", format,
                              info->file);
        dfk_fail_next(err, "give the address of the raw bytes");
        return result;
    }
    return refuse_alternates(image, format, err);
}

int image_written(const struct buffer *out, struct dfk_error *err)
{
    return out->failed ? dfk_fail(err, DFK_E_NO_MEMORY, "no memory for the file to be written") : 0;
}

static int check_filling(const struct dfk_image *image, const char *format, struct dfk_error *err)
{
    const struct dfk_image_info *info = dfk_image_get_info(image);
    const struct dfk_segment *first = dfk_image_get_segment(image, 0);
    const struct dfk_segment *last = last_segment(image);
    uint64_t fill = (uint64_t)last->addr + last->length - first->addr - info->data_bytes;
    if (fill < FILL_BYTES_MAX) {
        return 0;
    }
    int result = dfk_fail(err, DFK_E_USAGE,
                          "a %s file from 0x%08" PRIX32 " to 0x%08" PRIX32 " needs %" PRIu64
                          " bytes of filling for %" PRIu64 " of data; %d is the limit",
                          format, first->addr, last->addr + (last->length - 1), fill,
                          info->data_bytes, FILL_BYTES_MAX - 1);
    dfk_fail_next(err, "write a hex or dfuse file, which have no filling");
    return result;
}

int image_flatten(const struct dfk_image *image, const struct dfk_write_options *options,
                  const char *format, struct buffer *out, struct dfk_error *err)
{
    int result = refuse_alternates(image, format, err);
    result = result == 0 ? check_filling(image, format, err) : result;
    if (result != 0) {
        return result;
    }
    uint8_t fill = options->fill == 0 ? 0xFF : options->fill;
    uint32_t next = dfk_image_get_segment(image, 0)->addr;
    for (size_t i = 0; i < dfk_image_get_info(image)->segment_count; i++) {
        const struct dfk_segment *segment = dfk_image_get_segment(image, i);
        buffer_append_fill(out, fill, segment->addr - next);
        buffer_append(out, segment->data, segment->length);
        next = segment->addr + segment->length;
    }
    return image_written(out, err);
}

int bin_write(const struct dfk_image *image, const struct dfk_write_options *options,
              struct buffer *out, struct dfk_error *err)
{
    return image_flatten(image, options, "bin", out, err);
}
