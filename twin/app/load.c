/* SPDX-License-Identifier: MIT
 * Firmware files that are in a board's flash from the start. */
#include "twin/app/load.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"

enum { FLASH_BASE = 0x08000000 }; /* RM0090, RM0433, "Memory map" */

/* "FILE@ADDR", or "FILE" alone: a file's name may have an @ in it that no number follows. */
static char *split(const char *text, struct dfk_image_options *options)
{
    char *path = strdup(text);
    char *at = path != NULL ? strrchr(path, '@') : NULL;
    char *rest = at;
    unsigned long long addr = at != NULL ? strtoull(at + 1, &rest, 0) : 0;
    if (at != NULL && rest != at + 1 && *rest == '\0' && addr <= UINT32_MAX) {
        *at = '\0';
        options->has_addr = true;
        options->addr = (uint32_t)addr;
    }
    return path;
}

static int read_image(const char *text, struct dfk_image **image, struct dfk_error *err)
{
    struct dfk_image_options options = {.format = DFK_FORMAT_AUTO};
    char *path = split(text, &options);
    if (path == NULL) {
        return dfk_fail(err, DFK_E_NO_MEMORY, "no memory for a file's name");
    }
    int result = dfk_image_read(path, &options, image, err);
    free(path);
    return result;
}

static int put_segment(struct board *board, const char *file, const struct dfk_segment *segment,
                       struct dfk_error *err)
{
    if (board_poke(board, segment->addr, segment->data, segment->length)) {
        return 0;
    }
    int code = dfk_fail(err, DFK_E_USAGE,
                        "--load %s: %u bytes at 0x%08x are not in the flash of this board", file,
                        (unsigned)segment->length, (unsigned)segment->addr);
    dfk_fail_next(err, "link the program for the flash of this chip, or take another --board");
    return code;
}

/* Raw bytes without an address go where the flash begins, as a chip's programmer does it. */
static int load_file(struct board *board, const char *file, struct dfk_error *err)
{
    struct dfk_image *image = NULL;
    int result = read_image(file, &image, err);
    if (result != 0) {
        return result;
    }
    const struct dfk_image_info *info = dfk_image_get_info(image);
    for (size_t i = 0; result == 0 && i < info->segment_count; i++) {
        struct dfk_segment segment = *dfk_image_get_segment(image, i);
        segment.addr += info->addressed ? 0 : FLASH_BASE;
        result = put_segment(board, file, &segment, err);
    }
    dfk_image_free(image);
    return result;
}

int load_files(struct board *board, const struct options_board *wanted, struct dfk_error *err)
{
    int result = 0;
    if (wanted->load_count > 0 && board_flash(board) == NULL) {
        return dfk_fail(err, DFK_E_USAGE, "--load: %s has no chip with a flash", wanted->name);
    }
    for (uint32_t i = 0; result == 0 && i < wanted->load_count; i++) {
        result = load_file(board, wanted->loads[i], err);
    }
    if (result == 0 && wanted->load_count > 0) {
        board_reset(board, true, !wanted->boot0_low);
    }
    return result;
}
