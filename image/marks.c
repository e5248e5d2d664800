/* SPDX-License-Identifier: MIT
 * Suffix and prefix of a firmware file, taken off and put on without a look at the payload. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "core/bytes.h"
#include "image/formats.h"

enum { TI_UNIT_BYTES = 1024, LPC_UNIT_BYTES = 512 };

/* A file, and which part of it is the payload. */
struct marked {
    uint8_t *data;
    size_t length;
    size_t payload_at, payload_bytes;
};

static void find_suffix(const char *path, struct marked *file, struct dfk_marks *marks)
{
    static const struct dfk_image_options none;
    struct image_source source = {
        .name = path, .data = file->data, .length = file->length, .options = &none};
    struct dfk_error problem = {0};
    struct dfu_suffix suffix;
    if (dfu_suffix_check(&source, &suffix, &problem) != 0) {
        (void)snprintf(marks->suffix_problem, sizeof marks->suffix_problem, "%.*s",
                       (int)sizeof marks->suffix_problem - 1, problem.what);
        return;
    }
    marks->has_suffix = true;
    marks->vendor = suffix.ids.vendor;
    marks->product = suffix.ids.product;
    marks->bcd_device = suffix.ids.bcd_device;
    marks->dfu_version = suffix.version;
    marks->suffix_bytes = suffix.length;
    marks->crc = suffix.crc;
    file->payload_bytes -= suffix.length;
}

static void find_prefix(struct marked *file, struct dfk_marks *marks)
{
    size_t bytes = 0;
    marks->prefix = dfu_prefix_find(file->data, file->payload_bytes, &bytes);
    if (marks->prefix == DFK_PREFIX_TI) {
        marks->prefix_addr = (uint32_t)get_le16(file->data + 2) * TI_UNIT_BYTES;
        marks->payload_bytes = get_le32(file->data + 4);
    } else if (marks->prefix == DFK_PREFIX_LPC) {
        marks->payload_bytes = (uint32_t)get_le16(file->data + 2) * LPC_UNIT_BYTES;
    }
    file->payload_at = bytes;
    file->payload_bytes -= bytes;
}

static int open_marked(const char *path, struct marked *file, struct dfk_marks *marks,
                       struct dfk_error *err)
{
    *file = (struct marked){0};
    *marks = (struct dfk_marks){0};
    int result = file_read(path, IMAGE_FILE_BYTES_MAX, &file->data, &file->length, err);
    if (result == 0) {
        file->payload_bytes = file->length;
        find_suffix(path, file, marks);
        find_prefix(file, marks);
    }
    return result;
}

int dfk_marks_read(const char *path, struct dfk_marks *marks, struct dfk_error *err)
{
    struct marked file;
    struct dfk_marks found;
    int result = open_marked(path, &file, &found, err);
    if (result == 0) {
        *marks = found;
        free(file.data);
    }
    return result;
}

static void put_prefix(const struct dfk_marks *marks, size_t payload_bytes, struct buffer *out)
{
    uint8_t bytes[DFU_PREFIX_BYTES_MAX] = {0};
    if (marks->prefix == DFK_PREFIX_TI) {
        bytes[0] = 0x01;
        put_le16(bytes + 2, (uint16_t)(marks->prefix_addr / TI_UNIT_BYTES));
        put_le32(bytes + 4, (uint32_t)payload_bytes);
        buffer_append(out, bytes, DFU_PREFIX_TI_BYTES);
    } else if (marks->prefix == DFK_PREFIX_LPC) {
        bytes[0] = 0x1A;
        bytes[1] = 0x3F;
        put_le16(bytes + 2, (uint16_t)((payload_bytes + LPC_UNIT_BYTES - 1) / LPC_UNIT_BYTES));
        put_le32(bytes + 12, UINT32_MAX);
        buffer_append(out, bytes, DFU_PREFIX_LPC_BYTES);
    }
}

/* A prefix has sixteen bits for the address, or for the length. */
static int check_prefix(const struct dfk_marks *marks, size_t payload_bytes, struct dfk_error *err)
{
    if (marks->prefix == DFK_PREFIX_TI && (marks->prefix_addr % TI_UNIT_BYTES != 0 ||
                                           marks->prefix_addr / TI_UNIT_BYTES > UINT16_MAX)) {
        return dfk_fail(err, DFK_E_USAGE,
                        "the prefix cannot hold address 0x%08" PRIX32
                        ": wanted a multiple of 1024 below 0x04000000",
                        marks->prefix_addr);
    }
    if (marks->prefix == DFK_PREFIX_LPC && payload_bytes > (size_t)UINT16_MAX * LPC_UNIT_BYTES) {
        return dfk_fail(err, DFK_E_USAGE, "the prefix cannot hold a length of %zu bytes",
                        payload_bytes);
    }
    return 0;
}

int dfk_marks_write(const char *path, const struct dfk_marks *marks, struct dfk_error *err)
{
    struct marked file;
    struct dfk_marks old;
    struct buffer out = {0};
    const struct image_ids ids = {marks->vendor, marks->product, marks->bcd_device};
    int result = open_marked(path, &file, &old, err);
    result = result == 0 ? check_prefix(marks, file.payload_bytes, err) : result;
    if (result == 0) {
        put_prefix(marks, file.payload_bytes, &out);
        buffer_append(&out, file.data + file.payload_at, file.payload_bytes);
        result = marks->has_suffix ? dfu_suffix_write(&out, &ids, marks->dfu_version, err)
                                   : image_written(&out, err);
    }
    result = result == 0 ? file_write(path, out.data, out.length, true, err) : result;
    buffer_free(&out);
    free(file.data);
    return result;
}
