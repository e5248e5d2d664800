/* SPDX-License-Identifier: MIT
 * Writing: which format, which bytes, what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "image/image.h"
#include "tests/support/image_files.h"

static struct dfk_image *parse(void (*make)(struct buffer *file))
{
    struct buffer file = {0};
    struct dfk_image *image = NULL;
    make(&file);
    assert_int_equal(image_parse("test", file.data, file.length, NULL, &image, NULL), 0);
    buffer_free(&file);
    return image;
}

static struct dfk_image *of_parts(const struct dfk_segment *parts, size_t count, bool addressed)
{
    struct dfk_image *image = NULL;
    assert_int_equal(image_from_memory("parts", parts, count, addressed, &image, NULL), 0);
    return image;
}

static struct dfk_segment part(uint8_t alternate, uint32_t addr, const char *bytes)
{
    return (struct dfk_segment){alternate, addr, (uint32_t)strlen(bytes), (const uint8_t *)bytes};
}

static struct buffer serialize(const struct dfk_image *image, enum dfk_format format)
{
    struct buffer out = {0};
    struct dfk_error err = {0};
    struct dfk_write_options options = {.format = format};
    if (image_serialize(image, &options, &out, &err) != 0) {
        fail_msg("%s", err.what);
    }
    return out;
}

static void assert_refused(const struct dfk_image *image, enum dfk_format format, const char *what)
{
    struct buffer out = {0};
    struct dfk_error err = {0};
    struct dfk_write_options options = {.format = format};
    assert_int_equal(image_serialize(image, &options, &out, &err), -DFK_E_USAGE);
    assert_string_equal(err.what, what);
    buffer_free(&out);
}

static void hex_is_written_in_lines_of_16_with_bases_and_start(void **state)
{
    (void)state;
    struct dfk_image *image = parse(files_elf);
    struct buffer out = serialize(image, DFK_FORMAT_HEX);
    static const char wanted[] = ":020000040800F2\n:080000006162636465666768D4\n"
                                 ":0400000508000001EE\n:00000001FF\n";
    assert_int_equal(out.length, sizeof wanted - 1);
    assert_memory_equal(out.data, wanted, out.length);
    buffer_free(&out);
    dfk_image_free(image);
}

static void hex_records_end_at_64_kib(void **state)
{
    (void)state;
    struct dfk_segment parts[] = {part(0, 0xFFFE, "abcd")};
    struct dfk_image *image = of_parts(parts, 1, true);
    struct buffer out = serialize(image, DFK_FORMAT_HEX);
    static const char wanted[] = ":02FFFE0061623E\n:020000040001F9\n:02000000636437\n:00000001FF\n";
    assert_int_equal(out.length, sizeof wanted - 1);
    assert_memory_equal(out.data, wanted, out.length);
    buffer_free(&out);
    dfk_image_free(image);
}

static void dfuse_is_written_as_it_was_read(void **state)
{
    (void)state;
    struct buffer file = {0};
    files_dfuse(&file);
    memcpy(file.data + 22, "ST...", 5); /* our writer gives every target ST's name */
    memcpy(file.data + 325 + 11, "ST...", 5);
    files_seal(&file);
    struct dfk_image *image = NULL;
    assert_int_equal(image_parse("test", file.data, file.length, NULL, &image, NULL), 0);
    struct buffer out = serialize(image, DFK_FORMAT_DFUSE);
    assert_int_equal(out.length, file.length);
    assert_memory_equal(out.data, file.data, out.length);
    buffer_free(&out);
    buffer_free(&file);
    dfk_image_free(image);
}

static void plain_dfu_has_wildcard_ids_unless_told(void **state)
{
    (void)state;
    struct dfk_segment parts[] = {part(0, 0, "ABCDEFGH")};
    struct dfk_image *image = of_parts(parts, 1, false);
    struct buffer out = serialize(image, DFK_FORMAT_DFU);
    static const uint8_t suffix[12] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 1, 'U', 'F', 'D', 16};
    assert_int_equal(out.length, 24);
    assert_memory_equal(out.data + 8, suffix, sizeof suffix);
    buffer_free(&out);
    struct dfk_write_options options = {.format = DFK_FORMAT_DFU,
                                        .has_ids = true,
                                        .vendor = 0x0483,
                                        .product = 0xDF11,
                                        .bcd_device = 0xFFFF};
    struct buffer wanted = {0};
    files_dfu(&wanted);
    assert_int_equal(image_serialize(image, &options, &out, NULL), 0);
    assert_int_equal(out.length, wanted.length);
    assert_memory_equal(out.data, wanted.data, out.length);
    buffer_free(&out);
    buffer_free(&wanted);
    dfk_image_free(image);
}

static void bin_fills_gaps(void **state)
{
    (void)state;
    struct dfk_segment parts[] = {part(0, 0x1000, "ab"), part(0, 0x1005, "cd")};
    struct dfk_image *image = of_parts(parts, 2, true);
    struct buffer out = serialize(image, DFK_FORMAT_BIN);
    assert_int_equal(out.length, 7);
    assert_memory_equal(out.data,
                        "ab\xFF\xFF\xFF"
                        "cd",
                        7);
    buffer_free(&out);
    struct dfk_write_options options = {.format = DFK_FORMAT_BIN, .fill = '.'};
    assert_int_equal(image_serialize(image, &options, &out, NULL), 0);
    assert_memory_equal(out.data, "ab...cd", 7);
    buffer_free(&out);
    dfk_image_free(image);
}

static void bin_does_not_fill_64_mib(void **state)
{
    (void)state;
    struct dfk_segment parts[] = {part(0, 0x08000000, "a"), part(0, 0x0C000001, "b")};
    struct dfk_image *image = of_parts(parts, 2, true);
    static const char what[] = "a bin file from 0x08000000 to 0x0C000001 needs 67108864 bytes of "
                               "filling for 2 of data; 67108863 is the limit";
    assert_refused(image, DFK_FORMAT_BIN, what);
    dfk_image_free(image);
}

static void uf2_pages_are_filled_and_shared(void **state)
{
    (void)state;
    struct dfk_segment parts[] = {part(0, 0x080000FE, "abc"), part(0, 0x08000105, "d")};
    struct dfk_image *image = of_parts(parts, 2, true);
    struct dfk_write_options options = {.format = DFK_FORMAT_UF2, .uf2_family = 0x57755A57};
    struct buffer out = {0}, wanted = {0};
    assert_int_equal(image_serialize(image, &options, &out, NULL), 0);
    files_uf2(&wanted);
    memset(wanted.data + 32, 0xFF, 256);
    memset(wanted.data + 512 + 32, 0xFF, 256);
    memcpy(wanted.data + 32 + 0xFE, "ab", 2);
    wanted.data[512 + 32] = 'c';
    wanted.data[512 + 32 + 5] = 'd';
    assert_int_equal(out.length, 1024);
    assert_memory_equal(out.data, wanted.data, 1024);
    buffer_free(&out);
    buffer_free(&wanted);
    dfk_image_free(image);
}

static void formats_that_cannot_hold_an_image_refuse_it(void **state)
{
    (void)state;
    struct dfk_image *two = parse(files_dfuse);
    assert_refused(two, DFK_FORMAT_HEX,
                   "a hex file cannot tell alternate settings 0 and 1 of the image apart");
    assert_refused(two, DFK_FORMAT_UF2,
                   "a uf2 file cannot tell alternate settings 0 and 1 of the image apart");
    assert_refused(two, DFK_FORMAT_BIN,
                   "a bin file cannot tell alternate settings 0 and 1 of the image apart");
    assert_refused(two, DFK_FORMAT_DFU,
                   "a dfu file cannot tell alternate settings 0 and 1 of the image apart");
    assert_refused(two, DFK_FORMAT_SREC,
                   "srec files cannot be written; dfuse, dfu, bin, hex and uf2 can");
    assert_refused(two, DFK_FORMAT_ELF,
                   "elf files cannot be written; dfuse, dfu, bin, hex and uf2 can");
    dfk_image_free(two);
    struct dfk_image *raw = parse(files_dfu);
    assert_refused(raw, DFK_FORMAT_DFUSE, "a dfuse file needs addresses, test has none");
    assert_refused(raw, DFK_FORMAT_HEX, "a hex file needs addresses, test has none");
    assert_refused(raw, DFK_FORMAT_UF2, "a uf2 file needs addresses, test has none");
    dfk_image_free(raw);
    struct dfk_image *empty = of_parts(NULL, 0, true);
    assert_refused(empty, DFK_FORMAT_BIN, "parts: the image holds no bytes to write");
    dfk_image_free(empty);
}

static void dfuse_cannot_hold_256_alternates(void **state)
{
    (void)state;
    struct dfk_segment parts[256];
    for (unsigned i = 0; i < 256; i++) {
        parts[i] = part((uint8_t)i, 0, "a");
    }
    struct dfk_image *image = of_parts(parts, 256, true);
    assert_refused(image, DFK_FORMAT_DFUSE,
                   "a dfuse file cannot hold 256 alternate settings, at most 255");
    dfk_image_free(image);
    image = of_parts(parts, 255, true);
    struct buffer out = serialize(image, DFK_FORMAT_DFUSE);
    assert_int_equal(out.data[10], 255);
    buffer_free(&out);
    dfk_image_free(image);
}

/* ---- files --------------------------------------------------------------------------------- */

static int folder_make(void **state)
{
    char *folder = strdup("/tmp/image_write.XXXXXX");
    *state = folder;
    return folder != NULL && mkdtemp(folder) != NULL ? 0 : -1;
}

static int folder_remove(void **state)
{
    char command[64];
    (void)snprintf(command, sizeof command, "rm -r '%s'", (const char *)*state);
    int result = system(command);
    free(*state);
    return result;
}

static int write_as(void **state, const struct dfk_image *image, const char *name,
                    struct dfk_error *err)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", (const char *)*state, name);
    return dfk_image_write(image, path, NULL, err);
}

static enum dfk_format format_of(void **state, const char *name)
{
    char path[128];
    struct dfk_image *image = NULL;
    struct dfk_image_options plain = {0};
    (void)snprintf(path, sizeof path, "%s/%s", (const char *)*state, name);
    assert_int_equal(dfk_image_read(path, &plain, &image, NULL), 0);
    enum dfk_format format = dfk_image_get_info(image)->format;
    dfk_image_free(image);
    return format;
}

static void the_ending_of_the_name_chooses_the_format(void **state)
{
    static const struct {
        const char *name;
        enum dfk_format format;
    } names[] = {{"a.dfu", DFK_FORMAT_DFUSE},
                 {"a.bin", DFK_FORMAT_BIN},
                 {"a.hex", DFK_FORMAT_HEX},
                 {"a.IHEX", DFK_FORMAT_HEX},
                 {"a.uf2", DFK_FORMAT_UF2}};
    struct dfk_image *image = parse(files_hex);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_int_equal(write_as(state, image, names[i].name, NULL), 0);
        assert_int_equal(format_of(state, names[i].name), names[i].format);
    }
    dfk_image_free(image);
    struct dfk_image *raw = parse(files_dfu);
    assert_int_equal(write_as(state, raw, "raw.dfu", NULL), 0);
    assert_int_equal(format_of(state, "raw.dfu"), DFK_FORMAT_DFU);
    dfk_image_free(raw);
}

static void a_name_that_tells_no_format_is_refused(void **state)
{
    struct dfk_error err = {0};
    struct dfk_image *image = parse(files_hex);
    assert_int_equal(dfk_image_write(image, "firmware.img", NULL, &err), -DFK_E_USAGE);
    assert_string_equal(err.what, "firmware.img: the name does not tell the format; .dfu, .bin, "
                                  ".hex, .ihex and .uf2 do");
    err = (struct dfk_error){0};
    assert_int_equal(write_as(state, image, "a.elf", &err), -DFK_E_USAGE);
    assert_string_equal(err.what, "elf files cannot be written; dfuse, dfu, bin, hex and uf2 can");
    dfk_image_free(image);
}

static void an_existing_file_stays_unless_told(void **state)
{
    char path[128];
    struct dfk_error err = {0};
    struct dfk_image *image = parse(files_hex);
    struct dfk_write_options options = {.overwrite = true};
    assert_int_equal(write_as(state, image, "b.hex", NULL), 0);
    assert_int_equal(write_as(state, image, "b.hex", &err), -DFK_E_FILE_IO);
    assert_non_null(strstr(err.what, "b.hex: cannot write: File exists"));
    (void)snprintf(path, sizeof path, "%s/b.hex", (const char *)*state);
    assert_int_equal(dfk_image_write(image, path, &options, NULL), 0);
    dfk_image_free(image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hex_is_written_in_lines_of_16_with_bases_and_start),
        cmocka_unit_test(hex_records_end_at_64_kib),
        cmocka_unit_test(dfuse_is_written_as_it_was_read),
        cmocka_unit_test(plain_dfu_has_wildcard_ids_unless_told),
        cmocka_unit_test(bin_fills_gaps),
        cmocka_unit_test(bin_does_not_fill_64_mib),
        cmocka_unit_test(uf2_pages_are_filled_and_shared),
        cmocka_unit_test(formats_that_cannot_hold_an_image_refuse_it),
        cmocka_unit_test(dfuse_cannot_hold_256_alternates),
        cmocka_unit_test(the_ending_of_the_name_chooses_the_format),
        cmocka_unit_test(a_name_that_tells_no_format_is_refused),
        cmocka_unit_test(an_existing_file_stays_unless_told),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
