/* SPDX-License-Identifier: MIT
 * Good files of each format: how they are told apart, what is in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "image/image.h"
#include "tests/support/image_files.h"

static struct dfk_image *parse_text(const char *text)
{
    struct dfk_image *image = NULL;
    struct dfk_error err = {0};
    (void)image_parse("test", (const uint8_t *)text, strlen(text), NULL, &image, &err);
    if (image == NULL) {
        fail_msg("%s", err.what);
    }
    return image;
}

static void assert_segment(const struct dfk_image *image, size_t index, uint32_t addr,
                           const char *bytes)
{
    const struct dfk_segment *segment = dfk_image_get_segment(image, index);
    assert_non_null(segment);
    assert_int_equal(segment->addr, addr);
    assert_int_equal(segment->length, strlen(bytes));
    assert_memory_equal(segment->data, bytes, segment->length);
}

static void each_format_is_known_by_its_content(void **state)
{
    (void)state;
    static const struct {
        void (*make)(struct buffer *file);
        enum dfk_format format;
        const char *name;
        bool addressed;
        size_t segments;
        uint32_t addr, entry;
    } files[] = {
        {files_dfuse, DFK_FORMAT_DFUSE, "dfuse", true, 3, 0x08000000, UINT32_MAX},
        {files_dfu, DFK_FORMAT_DFU, "dfu", false, 1, 0, UINT32_MAX},
        {files_elf, DFK_FORMAT_ELF, "elf", true, 1, 0x08000000, 0x08000001},
        {files_uf2, DFK_FORMAT_UF2, "uf2", true, 1, 0x08000000, UINT32_MAX},
        {files_hex, DFK_FORMAT_HEX, "hex", true, 1, 0x08000000, 0x08000101},
        {files_srec, DFK_FORMAT_SREC, "srec", true, 1, 0x08000000, 0x08000101},
        {files_gzip, DFK_FORMAT_BIN, "bin", false, 1, 0, UINT32_MAX},
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct buffer file = {0};
        struct dfk_image *image = NULL;
        files[i].make(&file);
        assert_int_equal(image_parse("test", file.data, file.length, NULL, &image, NULL), 0);
        const struct dfk_image_info *info = dfk_image_get_info(image);
        assert_int_equal(info->format, files[i].format);
        assert_string_equal(dfk_format_name(info->format), files[i].name);
        assert_int_equal(info->addressed, files[i].addressed);
        assert_int_equal(info->segment_count, files[i].segments);
        assert_int_equal(dfk_image_get_segment(image, 0)->addr, files[i].addr);
        assert_int_equal(info->entry, files[i].entry);
        assert_int_equal(info->file_bytes, file.length);
        assert_int_equal(info->gzipped, files[i].make == files_gzip);
        dfk_image_free(image);
        buffer_free(&file);
    }
    assert_string_equal(dfk_format_name(DFK_FORMAT_AUTO), "auto");
}

static void dfuse_gives_ids_and_targets(void **state)
{
    (void)state;
    struct buffer file = {0};
    struct dfk_image *image = NULL;
    files_dfuse(&file);
    assert_int_equal(image_parse("test", file.data, file.length, NULL, &image, NULL), 0);
    const struct dfk_image_info *info = dfk_image_get_info(image);
    assert_true(info->has_ids);
    assert_int_equal(info->vendor, 0x0483);
    assert_int_equal(info->product, 0xDF11);
    assert_int_equal(info->bcd_device, 0xFFFF);
    assert_int_equal(info->dfu_version, 0x011A);
    assert_int_equal(info->target_count, 2);
    assert_string_equal(info->target_name, "ST");
    assert_segment(image, 1, 0x08004000, "0123456789ABCDEF");
    assert_segment(image, 2, 0x90000000, "ijklmnop");
    assert_int_equal(dfk_image_get_segment(image, 2)->alternate, 1);
    dfk_image_free(image);
    buffer_free(&file);
}

static void hex_takes_blank_lines_lower_case_and_a_byte_order_mark(void **state)
{
    (void)state;
    struct dfk_image *image = parse_text("\xEF\xBB\xBF\r\n:020000040800f2 \r\n\r\n\t"
                                         ":04abcd006a6b6c6dd6\r\n:00000001ff");
    assert_segment(image, 0, 0x0800ABCD, "jklm");
    dfk_image_free(image);
}

static void hex_linear_addresses_carry_over_64_kib(void **state)
{
    (void)state;
    struct dfk_image *image = parse_text(":020000040800F2\n:04FFFE006162636475\n:00000001FF\n");
    assert_int_equal(dfk_image_get_info(image)->segment_count, 1);
    assert_segment(image, 0, 0x0800FFFE, "abcd");
    dfk_image_free(image);
}

static void hex_segment_addresses_wrap_at_64_kib(void **state)
{
    (void)state;
    struct dfk_image *image = parse_text(":020000021000EC\n:04FFFE006162636475\n:00000001FF\n");
    assert_segment(image, 0, 0x00010000, "cd");
    assert_segment(image, 1, 0x0001FFFE, "ab");
    dfk_image_free(image);
}

static void hex_start_segment_is_no_entry(void **state)
{
    (void)state;
    struct dfk_image *image = parse_text(":0400000300003800C1\n:01000000619E\n:00000001FF\n");
    assert_int_equal(dfk_image_get_info(image)->entry, 0xFFFFFFFF);
    dfk_image_free(image);
}

static void srec_takes_all_widths_of_address(void **state)
{
    (void)state;
    struct dfk_image *image = parse_text("S10512346162F1\nS2061234566263"
                                         "98\n"
                                         "S3071234567863641D\nS5030003F9\nS804000100FA\n");
    assert_segment(image, 0, 0x1234, "ab");
    assert_segment(image, 1, 0x123456, "bc");
    assert_segment(image, 2, 0x12345678, "cd");
    assert_int_equal(dfk_image_get_info(image)->entry, 0x100);
    dfk_image_free(image);
}

static void srec_entry_0_is_none(void **state)
{
    (void)state;
    struct dfk_image *image = parse_text("S10512346162F1\nS9030000FC\n");
    assert_int_equal(dfk_image_get_info(image)->entry, 0xFFFFFFFF);
    dfk_image_free(image);
}

static void uf2_needs_a_family_when_the_file_has_several(void **state)
{
    (void)state;
    struct buffer file = {0};
    struct dfk_image *image = NULL;
    struct dfk_error err = {0};
    struct dfk_image_options options = {.uf2_family = 0x6DB66082};
    files_uf2_block(&file, 0x08000000, 0, 1);
    files_uf2_block(&file, 0x08000200, 0, 1);
    put_le32(file.data + 512 + 28, 0x6DB66082);
    assert_int_equal(image_parse("two.uf2", file.data, file.length, NULL, &image, &err),
                     -DFK_E_USAGE);
    assert_string_equal(err.what, "two.uf2: holds firmware for several chip families (0x57755A57, "
                                  "0x6DB66082); none was chosen");
    assert_null(image);
    assert_int_equal(image_parse("two.uf2", file.data, file.length, &options, &image, NULL), 0);
    assert_int_equal(dfk_image_get_segment(image, 0)->addr, 0x08000200);
    assert_int_equal(dfk_image_get_info(image)->uf2_family, 0x6DB66082);
    dfk_image_free(image);
    buffer_free(&file);
}

static void uf2_of_another_family_is_for_another_device(void **state)
{
    (void)state;
    struct buffer file = {0};
    struct dfk_image *image = NULL;
    struct dfk_error err = {0};
    struct dfk_image_options options = {.uf2_family = 0x6DB66082};
    files_uf2(&file);
    assert_int_equal(image_parse("f4.uf2", file.data, file.length, &options, &image, &err),
                     -DFK_E_WRONG_DEVICE);
    assert_string_equal(err.what,
                        "f4.uf2: holds firmware for chip family 0x57755A57, wanted 0x6DB66082");
    buffer_free(&file);
}

static void uf2_blocks_without_a_family_fit_any(void **state)
{
    (void)state;
    struct buffer file = {0};
    struct dfk_image *image = NULL;
    struct dfk_image_options options = {.uf2_family = 0x6DB66082};
    files_uf2(&file);
    file.data[9] = file.data[512 + 9] = 0;
    assert_int_equal(image_parse("any.uf2", file.data, file.length, &options, &image, NULL), 0);
    assert_int_equal(dfk_image_get_segment(image, 0)->length, 512);
    assert_int_equal(dfk_image_get_info(image)->uf2_family, 0);
    dfk_image_free(image);
    buffer_free(&file);
}

static void an_address_places_raw_bytes_only(void **state)
{
    (void)state;
    struct dfk_image *image = NULL;
    struct dfk_error err = {0};
    struct dfk_image_options options = {.has_addr = true, .addr = 0x08020000};
    assert_int_equal(image_parse("raw", (const uint8_t *)"bytes", 5, &options, &image, NULL), 0);
    assert_true(dfk_image_get_info(image)->addressed);
    assert_segment(image, 0, 0x08020000, "bytes");
    dfk_image_free(image);
    image = NULL;
    assert_int_equal(
        image_parse("x.hex", (const uint8_t *)FILES_HEX, strlen(FILES_HEX), &options, &image, &err),
        -DFK_E_USAGE);
    assert_string_equal(err.what,
                        "x.hex: a hex file names its addresses itself; 0x08020000 was given too");
    assert_null(image);
}

static void a_name_that_promises_more_than_the_content_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name, *format;
    } names[] = {{"a.hex", "hex"},  {"A.DFU", "dfuse"},   {"a.elf", "elf"},        {"a.uf2", "uf2"},
                 {"a.s19", "srec"}, {"a.bin.gz", "gzip"}, {"dir.uf2/a.axf", "elf"}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct dfk_image *image = NULL;
        struct dfk_error err = {0};
        char wanted[160];
        (void)snprintf(wanted, sizeof wanted,
                       "%s: offset 0: the name says %s, the content does not", names[i].name,
                       names[i].format);
        assert_int_equal(image_parse(names[i].name, (const uint8_t *)"raw", 3, NULL, &image, &err),
                         -DFK_E_BAD_FILE);
        assert_string_equal(err.what, wanted);
        assert_string_equal(err.next, "if it holds raw bytes, give the format bin");
    }
}

static void a_format_that_is_given_is_not_guessed(void **state)
{
    (void)state;
    struct dfk_image *image = NULL;
    struct dfk_image_options options = {.format = DFK_FORMAT_BIN};
    assert_int_equal(image_parse("a.hex", (const uint8_t *)":0junk", 6, &options, &image, NULL), 0);
    assert_int_equal(dfk_image_get_info(image)->data_bytes, 6);
    dfk_image_free(image);
    struct dfk_error err = {0};
    options.format = (enum dfk_format)99;
    assert_int_equal(image_parse("a", (const uint8_t *)"x", 1, &options, &image, &err),
                     -DFK_E_USAGE);
    assert_string_equal(err.what, "no format has number 99");
}

static void a_missing_file_is_named(void **state)
{
    (void)state;
    struct dfk_image *image = NULL;
    struct dfk_error err = {0};
    assert_int_equal(dfk_image_read("/nonexistent/a.bin", NULL, &image, &err), -DFK_E_FILE_IO);
    assert_string_equal(err.what, "/nonexistent/a.bin: cannot open: No such file or directory");
    assert_string_equal(err.where.file, "/nonexistent/a.bin");
    assert_null(image);
}

static void a_gzipped_gzip_file_is_refused(void **state)
{
    (void)state;
    /* gzip -n of the 26 bytes of files_gzip, stored */
    static const uint8_t twice[] = {
        0x1F, 0x8B, 8,    0, 0, 0, 0, 0,    0,    3,    1,    0x1A, 0,    0xE5, 0xFF, 0x1F, 0x8B,
        8,    0,    0,    0, 0, 0, 0, 3,    0xCB, 0x48, 0xCD, 0xC9, 0xC9, 0xE7, 2,    0,    0x20,
        0x30, 0x3A, 0x36, 6, 0, 0, 0, 0x45, 0xE4, 0x6F, 0x47, 0x1A, 0,    0,    0};
    struct dfk_image *image = NULL;
    struct dfk_error err = {0};
    assert_int_equal(image_parse("a.gz", twice, sizeof twice, NULL, &image, &err), -DFK_E_BAD_FILE);
    assert_string_equal(
        err.what, "a.gz: offset 0 of the unpacked file: gzipped twice; unpack it once by hand");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_format_is_known_by_its_content),
        cmocka_unit_test(dfuse_gives_ids_and_targets),
        cmocka_unit_test(hex_takes_blank_lines_lower_case_and_a_byte_order_mark),
        cmocka_unit_test(hex_linear_addresses_carry_over_64_kib),
        cmocka_unit_test(hex_segment_addresses_wrap_at_64_kib),
        cmocka_unit_test(hex_start_segment_is_no_entry),
        cmocka_unit_test(srec_takes_all_widths_of_address),
        cmocka_unit_test(srec_entry_0_is_none),
        cmocka_unit_test(uf2_needs_a_family_when_the_file_has_several),
        cmocka_unit_test(uf2_of_another_family_is_for_another_device),
        cmocka_unit_test(uf2_blocks_without_a_family_fit_any),
        cmocka_unit_test(an_address_places_raw_bytes_only),
        cmocka_unit_test(a_name_that_promises_more_than_the_content_is_refused),
        cmocka_unit_test(a_format_that_is_given_is_not_guessed),
        cmocka_unit_test(a_missing_file_is_named),
        cmocka_unit_test(a_gzipped_gzip_file_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
