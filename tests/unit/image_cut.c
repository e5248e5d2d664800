/* SPDX-License-Identifier: MIT
 * Every cut and every flipped bit of a small file of each format. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "image/image.h"
#include "tests/support/image_files.h"

static const struct {
    const char *name;
    void (*make)(struct buffer *file);
    enum dfk_format format;
    size_t good_from, good_at; /* cuts that lose nothing: from here to the end, and right here */
} goods[] = {
    /* A DfuSe file without its suffix, an S-record file without its end record are whole. */
    {"dfuse", files_dfuse, DFK_FORMAT_DFUSE, SIZE_MAX, 615},
    {"dfu", files_dfu, DFK_FORMAT_DFU, SIZE_MAX, SIZE_MAX},
    {"elf", files_elf, DFK_FORMAT_ELF, SIZE_MAX, SIZE_MAX},
    {"uf2", files_uf2, DFK_FORMAT_UF2, SIZE_MAX, SIZE_MAX},
    {"hex", files_hex, DFK_FORMAT_HEX, sizeof FILES_HEX - 1 - 2, SIZE_MAX},
    {"srec", files_srec, DFK_FORMAT_SREC, sizeof FILES_SREC - 1 - 1, sizeof FILES_SREC - 1 - 15},
    {"gzip", files_gzip, DFK_FORMAT_BIN, SIZE_MAX, 1},
};

enum { GOODS = sizeof goods / sizeof goods[0] };

/* The data of an image as one number, 0 when the file is refused. */
static uint32_t fingerprint(const struct buffer *file, enum dfk_format format)
{
    struct dfk_image_options options = {.format = format};
    struct dfk_image *image = NULL;
    struct buffer data = {0};
    if (image_parse("test", file->data, file->length, &options, &image, NULL) != 0) {
        return 0;
    }
    for (size_t i = 0; i < dfk_image_get_info(image)->segment_count; i++) {
        const struct dfk_segment *segment = dfk_image_get_segment(image, i);
        uint8_t head[5] = {segment->alternate};
        put_le32(head + 1, segment->addr);
        buffer_append(&data, head, sizeof head);
        buffer_append(&data, segment->data, segment->length);
    }
    uint32_t result = files_crc(data.data, data.length) | 1;
    buffer_free(&data);
    dfk_image_free(image);
    return result;
}

static void a_file_that_is_cut_off_anywhere_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < GOODS; i++) {
        struct buffer file = {0};
        goods[i].make(&file);
        assert_int_not_equal(fingerprint(&file, goods[i].format), 0);
        for (size_t length = 0; length < file.length; length++) {
            struct buffer cut = {.data = file.data, .length = length};
            bool accepted = fingerprint(&cut, goods[i].format) != 0;
            bool whole = length >= goods[i].good_from || length == goods[i].good_at ||
                         length + 1 == goods[i].good_at;
            if (accepted && !whole) {
                fail_msg("%s cut to %zu bytes was accepted", goods[i].name, length);
            }
        }
        buffer_free(&file);
    }
}

/* The first two bytes make a gzip file one; without them it is raw bytes. The checksum of an
 * S-record does not cover its type, and types may be mixed: then the bytes move, out of the flash.
 */
static bool is_unprotected(enum dfk_format format, const struct buffer *file, size_t at)
{
    return (format == DFK_FORMAT_BIN && at < 2) ||
           (format == DFK_FORMAT_SREC && at > 0 && file->data[at - 1] == 'S');
}

/* The formats with check values: a flipped bit is noticed, or changes no byte that is flashed. */
static void a_flipped_bit_never_changes_what_is_flashed(void **state)
{
    (void)state;
    for (size_t i = 0; i < GOODS; i++) {
        if (goods[i].format == DFK_FORMAT_ELF || goods[i].format == DFK_FORMAT_UF2) {
            continue;
        }
        struct buffer file = {0};
        goods[i].make(&file);
        uint32_t good = fingerprint(&file, goods[i].format);
        for (size_t bit = 0; bit < 8 * file.length; bit++) {
            if (is_unprotected(goods[i].format, &file, bit / 8)) {
                continue;
            }
            file.data[bit / 8] ^= (uint8_t)(1u << (bit % 8));
            uint32_t got = fingerprint(&file, goods[i].format);
            file.data[bit / 8] ^= (uint8_t)(1u << (bit % 8));
            if (got != 0 && got != good) {
                fail_msg("%s with bit %zu of byte %zu flipped", goods[i].name, bit % 8, bit / 8);
            }
        }
        buffer_free(&file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_that_is_cut_off_anywhere_is_refused),
        cmocka_unit_test(a_flipped_bit_never_changes_what_is_flashed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
