/* SPDX-License-Identifier: MIT
 * The container of an image: parts, memory, warnings. */
#include "image/image.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image/parts.h"

enum { ADDRESS_SPACE_BITS = 32, FIRST_CAPACITY = 16, NAME_SHOWN_BYTES = 80, WHAT_BYTES = 240 };

static const char *tail_of(const char *name, size_t room)
{
    size_t length = strlen(name);
    return length > room ? name + (length - room) : name;
}

struct dfk_image *image_new(const char *file)
{
    struct dfk_image *image = calloc(1, sizeof *image);
    if (image == NULL) {
        return NULL;
    }
    struct dfk_image_info *info = &image->info;
    (void)snprintf(info->file, sizeof info->file, "%s", tail_of(file, sizeof info->file - 1));
    info->format = DFK_FORMAT_BIN;
    info->addressed = true;
    info->vendor = info->product = info->bcd_device = 0xFFFF;
    info->entry = UINT32_MAX;
    info->target_count = 1;
    return image;
}

void dfk_image_free(struct dfk_image *image)
{
    if (image == NULL) {
        return;
    }
    for (size_t i = 0; i < image->block_count; i++) {
        free(image->blocks[i]);
    }
    free(image->blocks);
    free(image->parts);
    free(image);
}

struct dfk_image_info *image_info(struct dfk_image *image)
{
    return &image->info;
}

const struct dfk_image_info *dfk_image_get_info(const struct dfk_image *image)
{
    return &image->info;
}

const struct dfk_segment *dfk_image_get_segment(const struct dfk_image *image, size_t index)
{
    return index < image->part_count ? &image->parts[index].segment : NULL;
}

const struct dfk_image_warning *dfk_image_get_warning(const struct dfk_image *image, size_t index)
{
    return index < image->info.warning_count ? &image->warnings[index] : NULL;
}

int image_own(struct dfk_image *image, uint8_t *block, struct dfk_error *err)
{
    size_t count = image->block_count;
    if ((count & (count - 1)) == 0) { /* full: it has room for the next power of two */
        uint8_t **blocks = realloc(image->blocks, (count > 0 ? count * 2 : 1) * sizeof *blocks);
        if (blocks == NULL) {
            free(block);
            return dfk_fail(err, DFK_E_NO_MEMORY, "no memory for %zu blocks of the image", count);
        }
        image->blocks = blocks;
    }
    image->blocks[image->block_count++] = block;
    return 0;
}

uint8_t *image_store(struct dfk_image *image, size_t length, struct dfk_error *err)
{
    uint8_t *block = malloc(length > 0 ? length : 1);
    if (block == NULL) {
        (void)dfk_fail(err, DFK_E_NO_MEMORY, "no memory for %zu bytes of the image", length);
        return NULL;
    }
    return image_own(image, block, err) == 0 ? block : NULL;
}

uint64_t segment_end(const struct dfk_segment *segment)
{
    return (uint64_t)segment->addr + segment->length;
}

/* Records of a text format follow each other in the file and in memory: one part for all. */
static bool extends_last(const struct dfk_image *image, const struct dfk_segment *part)
{
    if (image->part_count == 0) {
        return false;
    }
    const struct dfk_segment *last = &image->parts[image->part_count - 1].segment;
    return last->alternate == part->alternate && segment_end(last) == part->addr &&
           last->data + last->length == part->data && last->length <= UINT32_MAX - part->length;
}

static int make_room(struct dfk_image *image, struct dfk_error *err)
{
    if (image->part_count < image->part_capacity) {
        return 0;
    }
    size_t capacity = image->part_capacity > 0 ? image->part_capacity * 2 : FIRST_CAPACITY;
    struct image_part *parts = realloc(image->parts, capacity * sizeof *parts);
    if (parts == NULL) {
        return dfk_fail(err, DFK_E_NO_MEMORY, "no memory for %zu parts of the image", capacity);
    }
    image->parts = parts;
    image->part_capacity = capacity;
    return 0;
}

int image_add(struct dfk_image *image, const struct dfk_segment *part, uint64_t offset,
              struct dfk_error *err)
{
    if (segment_end(part) > UINT64_C(1) << ADDRESS_SPACE_BITS) {
        int result =
            dfk_fail(err, DFK_E_BAD_FILE,
                     "%s: %" PRIu32 " bytes at 0x%08" PRIX32
                     " pass the end of the address space (offset %" PRIu64 ")",
                     tail_of(image->info.file, NAME_SHOWN_BYTES), part->length, part->addr, offset);
        dfk_fail_in_file(err, image->info.file, offset);
        return result;
    }
    if (part->length == 0) {
        return 0;
    }
    if (extends_last(image, part)) {
        image->parts[image->part_count - 1].segment.length += part->length;
        return 0;
    }
    int result = make_room(image, err);
    if (result == 0) {
        image->parts[image->part_count++] = (struct image_part){*part, offset};
    }
    return result;
}

int image_add_copy(struct dfk_image *image, const struct dfk_segment *part, uint64_t offset,
                   struct dfk_error *err)
{
    if (part->length == 0) {
        return 0;
    }
    uint8_t *copy = image_store(image, part->length, err);
    if (copy == NULL) {
        return -DFK_E_NO_MEMORY;
    }
    memcpy(copy, part->data, part->length);
    struct dfk_segment copied = *part;
    copied.data = copy;
    return image_add(image, &copied, offset, err);
}

/* The last slot says how many were left out. */
static bool warning_slot(struct dfk_image *image, uint64_t offset)
{
    size_t *count = &image->info.warning_count;
    if (*count < IMAGE_WARNINGS_MAX - 1) {
        (*count)++;
        return true;
    }
    struct dfk_image_warning *last = &image->warnings[IMAGE_WARNINGS_MAX - 1];
    last->offset = *count < IMAGE_WARNINGS_MAX ? offset : last->offset;
    last->id = "more-warnings";
    *count = IMAGE_WARNINGS_MAX;
    image->warnings_unsaid++;
    (void)snprintf(last->text, sizeof last->text, "%zu more warnings are not listed",
                   image->warnings_unsaid);
    return false;
}

void image_warn(struct dfk_image *image, const char *id, uint64_t offset, const char *format, ...)
{
    if (!warning_slot(image, offset)) {
        return;
    }
    struct dfk_image_warning *warning = &image->warnings[image->info.warning_count - 1];
    warning->id = id;
    warning->offset = offset;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(warning->text, sizeof warning->text, format, args);
    va_end(args);
}

static uint64_t line_of(const struct image_source *source, uint64_t offset)
{
    uint64_t line = 1;
    for (uint64_t i = 0; i < offset && i < source->length; i++) {
        line += source->data[i] == '\n';
    }
    return line;
}

int image_refuse(const struct image_source *source, uint64_t offset, struct dfk_error *err,
                 const char *format, ...)
{
    char what[WHAT_BYTES], line[32] = "";
    va_list args;
    va_start(args, format);
    (void)vsnprintf(what, sizeof what, format, args);
    va_end(args);
    if (source->text) {
        (void)snprintf(line, sizeof line, "line %" PRIu64 ", ", line_of(source, offset));
    }
    int result = dfk_fail(err, DFK_E_BAD_FILE, "%s: %soffset %" PRIu64 "%s: %s",
                          tail_of(source->name, NAME_SHOWN_BYTES), line, offset,
                          source->unpacked ? " of the unpacked file" : "", what);
    dfk_fail_in_file(err, source->name, offset);
    return result;
}
