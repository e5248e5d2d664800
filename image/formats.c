/* SPDX-License-Identifier: MIT
 * The table of file formats, and the way through it. */
#include "image/formats.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/file.h"

/* Reading tries the rows from the top: the stronger a format's mark, the earlier it stands. */
static const struct image_format formats[] = {
    {DFK_FORMAT_DFUSE, "dfuse", {".dfu"}, false, false, dfuse_matches, dfuse_read, dfuse_write},
    {DFK_FORMAT_ELF, "elf", {".elf", ".axf"}, false, false, elf_matches, elf_read, NULL},
    {DFK_FORMAT_UF2, "uf2", {".uf2"}, false, false, uf2_matches, uf2_read, uf2_write},
    {DFK_FORMAT_DFU, "dfu", {".dfu"}, true, false, dfu_matches, dfu_read, dfu_write},
    {DFK_FORMAT_HEX, "hex", {".hex", ".ihex"}, false, true, hex_matches, hex_read, hex_write},
    {DFK_FORMAT_SREC,
     "srec",
     {".srec", ".s19", ".s37"},
     false,
     true,
     srec_matches,
     srec_read,
     NULL},
    {DFK_FORMAT_BIN, "bin", {".bin"}, true, false, NULL, bin_read, bin_write},
};

enum { FORMAT_ROWS = sizeof formats / sizeof formats[0] };

static const struct image_format *row_of(enum dfk_format format)
{
    for (size_t i = 0; i < FORMAT_ROWS; i++) {
        if (formats[i].format == format) {
            return &formats[i];
        }
    }
    return NULL;
}

const char *dfk_format_name(enum dfk_format format)
{
    const struct image_format *row = row_of(format);
    return row != NULL ? row->name : "auto";
}

bool image_has_nearly(const struct image_source *source, size_t offset, const char *wanted,
                      size_t length)
{
    size_t wrong = 0;
    for (size_t i = 0; i < length; i++) {
        bool there = offset + i < source->length;
        wrong += !there || source->data[offset + i] != (uint8_t)wanted[i];
    }
    return wrong <= 1;
}

static bool has_ending(const char *path, size_t path_length, const char *ending)
{
    size_t length = strlen(ending);
    return path_length > length && strncasecmp(path + path_length - length, ending, length) == 0;
}

static bool row_has_ending(const struct image_format *row, const char *path, size_t length)
{
    for (size_t i = 0; i < sizeof row->endings / sizeof row->endings[0]; i++) {
        if (row->endings[i] != NULL && has_ending(path, length, row->endings[i])) {
            return true;
        }
    }
    return false;
}

/* ---- reading ----------------------------------------------------------------------------- */

/* A file called firmware.hex that does not look like HEX is a damaged one, not raw bytes. */
static int check_ending(const struct image_source *source, struct dfk_error *err)
{
    size_t length = strlen(source->name);
    const char *claimed = NULL;
    if (has_ending(source->name, length, ".gz")) {
        claimed = source->unpacked ? NULL : "gzip";
        length -= strlen(".gz");
    }
    for (size_t i = 0; i < FORMAT_ROWS && claimed == NULL; i++) {
        bool is_claimed =
            formats[i].matches != NULL && row_has_ending(&formats[i], source->name, length);
        claimed = is_claimed ? formats[i].name : NULL;
    }
    if (claimed == NULL) {
        return 0;
    }
    int result = image_refuse(source, 0, err, "the name says %s, the content does not", claimed);
    dfk_fail_next(err, "if it holds raw bytes, give the format bin");
    return result;
}

static int find_row(const struct image_source *source, const struct image_format **row,
                    struct dfk_error *err)
{
    enum dfk_format wanted = source->options->format;
    if (wanted != DFK_FORMAT_AUTO) {
        *row = row_of(wanted);
        return *row != NULL ? 0
                            : dfk_fail(err, DFK_E_USAGE, "no format has number %d", (int)wanted);
    }
    for (size_t i = 0; i < FORMAT_ROWS; i++) {
        if (formats[i].matches != NULL && formats[i].matches(source)) {
            *row = &formats[i];
            return 0;
        }
    }
    *row = row_of(DFK_FORMAT_BIN);
    return check_ending(source, err);
}

static int read_as(const struct image_format *row, struct image_source *source,
                   struct dfk_image *image, struct dfk_error *err)
{
    if (source->options->has_addr && !row->takes_addr) {
        return dfk_fail(err, DFK_E_USAGE,
                        "%s: a %s file names its addresses itself; 0x%08X was given too",
                        source->name, row->name, (unsigned)source->options->addr);
    }
    struct dfk_image_info *info = image_info(image);
    info->format = row->format;
    info->addressed = !row->takes_addr || source->options->has_addr;
    source->text = row->is_text;
    int result = row->read(source, image, err);
    result = result == 0 ? image_finish(image, err) : result;
    if (result == 0 && info->segment_count == 0) {
        result = image_refuse(source, 0, err, "the %s file holds no bytes to flash", row->name);
    }
    return result;
}

/* Puts the unpacked bytes in the place of the packed ones, so that both are never kept. */
static int unpack(struct image_source *source, uint8_t **data, struct dfk_error *err)
{
    struct buffer unpacked = {0};
    int result = gzip_unpack(source, IMAGE_FILE_BYTES_MAX, &unpacked, err);
    if (result != 0) {
        buffer_free(&unpacked);
        return result;
    }
    free(*data);
    *data = unpacked.data;
    source->data = unpacked.data;
    source->length = unpacked.length;
    source->unpacked = true;
    if (gzip_matches(source->data, source->length)) {
        return image_refuse(source, 0, err, "gzipped twice; unpack it once by hand");
    }
    return 0;
}

static int fill(struct dfk_image *image, struct image_source *source, uint8_t *data,
                struct dfk_error *err)
{
    int result = 0;
    const struct image_format *row = NULL;
    image_info(image)->file_bytes = source->length;
    image_info(image)->gzipped = gzip_matches(data, source->length);
    if (image_info(image)->gzipped) {
        result = unpack(source, &data, err);
    }
    /* From here on the image frees the bytes, whatever happens. */
    int owned = image_own(image, data, err);
    result = result == 0 ? owned : result;
    if (result == 0 && source->length == 0) {
        result = image_refuse(source, 0, err, "the file is empty");
    }
    result = result == 0 ? find_row(source, &row, err) : result;
    return result == 0 ? read_as(row, source, image, err) : result;
}

/* Takes data over, also on failure. */
static int parse_owned(struct image_source *source, uint8_t *data, struct dfk_image **image,
                       struct dfk_error *err)
{
    static const struct dfk_image_options defaults = {0};
    source->data = data;
    source->options = source->options != NULL ? source->options : &defaults;
    struct dfk_image *made = image_new(source->name);
    if (made == NULL) {
        free(data);
        return dfk_fail(err, DFK_E_NO_MEMORY, "%s: no memory for an image", source->name);
    }
    int result = fill(made, source, data, err);
    if (result != 0) {
        dfk_image_free(made);
        return result;
    }
    *image = made;
    return 0;
}

int image_parse(const char *name, const uint8_t *data, size_t length,
                const struct dfk_image_options *options, struct dfk_image **image,
                struct dfk_error *err)
{
    struct image_source source = {.name = name, .length = length, .options = options};
    uint8_t *copy = malloc(length > 0 ? length : 1);
    if (copy == NULL) {
        return dfk_fail(err, DFK_E_NO_MEMORY, "%s: no memory for %zu bytes", name, length);
    }
    if (length > 0) {
        memcpy(copy, data, length);
    }
    return parse_owned(&source, copy, image, err);
}

int dfk_image_read(const char *path, const struct dfk_image_options *options,
                   struct dfk_image **image, struct dfk_error *err)
{
    struct image_source source = {.name = path, .options = options};
    uint8_t *data = NULL;
    int result = file_read(path, IMAGE_FILE_BYTES_MAX, &data, &source.length, err);
    if (result == 0) {
        result = parse_owned(&source, data, image, err);
    }
    if (result != 0) {
        dfk_fail_in_file(err, path, 0);
    }
    return result;
}

/* ---- writing ----------------------------------------------------------------------------- */

int image_serialize(const struct dfk_image *image, const struct dfk_write_options *options,
                    struct buffer *out, struct dfk_error *err)
{
    const struct image_format *row = row_of(options->format);
    if (row == NULL || row->write == NULL) {
        return dfk_fail(err, DFK_E_USAGE,
                        "%s files cannot be written; dfuse, dfu, bin, hex and uf2 can",
                        dfk_format_name(options->format));
    }
    if (dfk_image_get_info(image)->segment_count == 0) {
        return dfk_fail(err, DFK_E_USAGE, "%s: the image holds no bytes to write",
                        dfk_image_get_info(image)->file);
    }
    return row->write(image, options, out, err);
}

/* Of the two formats with the ending .dfu the first is for images with addresses. */
static enum dfk_format format_for(const char *path, bool addressed)
{
    for (size_t i = 0; i < FORMAT_ROWS; i++) {
        bool fits = addressed || formats[i].takes_addr || formats[i].format != DFK_FORMAT_DFUSE;
        if (fits && row_has_ending(&formats[i], path, strlen(path))) {
            return formats[i].format;
        }
    }
    return DFK_FORMAT_AUTO;
}

int dfk_image_write(const struct dfk_image *image, const char *path,
                    const struct dfk_write_options *options, struct dfk_error *err)
{
    struct dfk_write_options chosen = options != NULL ? *options : (struct dfk_write_options){0};
    if (chosen.format == DFK_FORMAT_AUTO) {
        chosen.format = format_for(path, dfk_image_get_info(image)->addressed);
    }
    if (chosen.format == DFK_FORMAT_AUTO) {
        return dfk_fail(
            err, DFK_E_USAGE,
            "%s: the name does not tell the format; .dfu, .bin, .hex, .ihex and .uf2 do", path);
    }
    struct buffer out = {0};
    int result = image_serialize(image, &chosen, &out, err);
    if (result == 0) {
        result = file_write(path, out.data, out.length, chosen.overwrite, err);
    }
    buffer_free(&out);
    return result;
}
