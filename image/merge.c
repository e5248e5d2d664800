/* SPDX-License-Identifier: MIT
 * Images made of other images, or of memory that was read from a device. */
#include <stdlib.h>

#include "image/image.h"
#include "image/parts.h"

/* Brings the parts of both into scratch: those of into as they are, those of from as copies. */
static int gather(struct dfk_image *scratch, const struct dfk_image *into,
                  const struct dfk_image *from, struct dfk_error *err)
{
    int result = 0;
    for (size_t i = 0; i < into->part_count && result == 0; i++) {
        result = image_add(scratch, &into->parts[i].segment, into->parts[i].offset, err);
    }
    for (size_t i = 0; i < from->part_count && result == 0; i++) {
        result = image_add_copy(scratch, &from->parts[i].segment, from->parts[i].offset, err);
    }
    return result == 0 ? image_finish(scratch, err) : result;
}

static void copy_warnings(struct dfk_image *into, const struct dfk_image *from)
{
    for (size_t i = 0; i < from->info.warning_count; i++) {
        const struct dfk_image_warning *warning = &from->warnings[i];
        image_warn(into, warning->id, warning->offset, "%s", warning->text);
    }
}

/* Gives into the parts of scratch and the memory behind them. Cannot fail once it has room. */
static int take_over(struct dfk_image *into, struct dfk_image *scratch, struct dfk_error *err)
{
    while (scratch->block_count > 0) {
        uint8_t *block = scratch->blocks[--scratch->block_count];
        int result = image_own(into, block, err);
        if (result != 0) {
            return result;
        }
    }
    struct image_part *parts = into->parts;
    size_t capacity = into->part_capacity;
    into->parts = scratch->parts;
    into->part_count = scratch->part_count;
    into->part_capacity = scratch->part_capacity;
    scratch->parts = parts;
    scratch->part_capacity = capacity;
    return 0;
}

int dfk_image_merge(struct dfk_image *into, const struct dfk_image *from, struct dfk_error *err)
{
    if (into->info.addressed != from->info.addressed) {
        return dfk_fail(err, DFK_E_USAGE,
                        "%s has addresses and %s has none: they cannot be combined",
                        into->info.addressed ? into->info.file : from->info.file,
                        into->info.addressed ? from->info.file : into->info.file);
    }
    struct dfk_image *scratch = image_new(into->info.file);
    if (scratch == NULL) {
        return dfk_fail(err, DFK_E_NO_MEMORY, "no memory to combine the images");
    }
    int result = gather(scratch, into, from, err);
    if (result == 0) {
        result = take_over(into, scratch, err);
    }
    if (result == 0) {
        copy_warnings(into, from);
        copy_warnings(into, scratch);
        image_count(into);
    }
    dfk_image_free(scratch);
    return result;
}

int image_from_memory(const char *name, const struct dfk_segment *parts, size_t count,
                      bool addressed, struct dfk_image **image, struct dfk_error *err)
{
    struct dfk_image *made = image_new(name);
    if (made == NULL) {
        return dfk_fail(err, DFK_E_NO_MEMORY, "no memory for an image");
    }
    made->info.addressed = addressed;
    int result = 0;
    for (size_t i = 0; i < count && result == 0; i++) {
        result = image_add_copy(made, &parts[i], 0, err);
    }
    result = result == 0 ? image_finish(made, err) : result;
    if (result != 0) {
        dfk_image_free(made);
        return result;
    }
    made->info.file_bytes = made->info.data_bytes;
    *image = made;
    return 0;
}
