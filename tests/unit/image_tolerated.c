/* SPDX-License-Identifier: MIT
 * What is wrong in files in the wild and read all the same: which warning, at which offset. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "image/image.h"
#include "tests/support/image_files.h"

enum { SEALED = 1 };

struct fault {
    const char *name;
    void (*make)(struct buffer *file);
    int poke_at, poke_bytes; /* poke_bytes 0: the file is as made */
    uint32_t poke;
    bool sealed; /* the CRC is made right again */
    const char *id;
    uint64_t offset;
    const char *text;
    size_t segments;
};

static void dfuse_without_suffix(struct buffer *file)
{
    files_dfuse(file);
    file->length -= 16;
}

static void dfuse_with_long_suffix(struct buffer *file)
{
    files_dfuse(file);
    file->length -= 16;
    buffer_append(file, "more", 4);
    files_suffix(file, 0x1A);
    file->data[file->length - 5] = 20;
    files_seal(file);
}

static void dfuse_with_tail(struct buffer *file)
{
    files_dfuse(file);
    file->length -= 16;
    buffer_append(file, "tail", 4);
    put_le32(file->data + 6, (uint32_t)file->length);
    files_suffix(file, 0x1A);
}

/* One target with the elements of a test. */
static void dfuse_of(struct buffer *file, const char *first, uint32_t second_addr,
                     const char *second)
{
    const uint8_t prefix[11] = {'D', 'f', 'u', 'S', 'e', 1, 0, 0, 0, 0, 1};
    buffer_append(file, prefix, sizeof prefix);
    files_target(file, 0, (uint32_t)(16 + strlen(first) + strlen(second)), 2);
    files_element(file, 0x08000000, first);
    files_element(file, second_addr, second);
    put_le32(file->data + 6, (uint32_t)file->length);
    files_suffix(file, 0x1A);
}

static void dfuse_with_odd_element(struct buffer *file)
{
    dfuse_of(file, "abcde", 0x08001000, "ABCDEFGH");
}

static void dfuse_with_empty_element(struct buffer *file)
{
    dfuse_of(file, "abcdefgh", 0x08001000, "");
}

static void dfuse_with_overlap(struct buffer *file)
{
    dfuse_of(file, "abcdefgh", 0x08000004, "efghABCD");
}

static void dfuse_unsorted(struct buffer *file)
{
    dfuse_of(file, "abcdefgh", 0x07000000, "ABCDEFGH");
}

static void dfuse_packed(struct buffer *file)
{
    dfuse_of(file, "abcdefgh", 0x08001000, "PPPPaaaallllwhatever....");
    put_le32(file->data + 309, 0x00000301);
    put_le32(file->data + 313, 0x08001000);
    put_le32(file->data + 317, 12);
    files_seal(file);
}

static void dfuse_with_name_of_255(struct buffer *file)
{
    files_dfuse(file);
    memset(file->data + 22, 'N', 255);
    files_seal(file);
}

static void dfu_of(struct buffer *file, const char *bytes, size_t length)
{
    buffer_append(file, bytes, length);
    files_suffix(file, 0);
}

static void dfu_with_ti_prefix(struct buffer *file)
{
    dfu_of(file, "\1\0\x08\0\4\0\0\0data", 12);
}

static void dfu_with_lpc_prefix(struct buffer *file)
{
    dfu_of(file,
           "\x1A\x3F\1\0\0\0\0\0\0\0\0\0\xFF\xFF\xFF\xFF"
           "data",
           20);
}

static void text(struct buffer *file, const char *lines)
{
    buffer_append(file, lines, strlen(lines));
}

static void hex_with_tail(struct buffer *file)
{
    text(file, FILES_HEX ":02000000FFFF00\r\n");
}

static void hex_that_wraps(struct buffer *file)
{
    text(file, ":020000021000EC\n:04FFFE006162636475\n:00000001FF\n");
}

static void srec_with_tail(struct buffer *file)
{
    text(file, FILES_SREC "hello\n");
}

static void srec_without_end(struct buffer *file)
{
    text(file, "S30D080000006162636465666768C6\nS5030001FB\n");
}

static void elf_with_headers(struct buffer *file)
{
    files_elf(file);
    put_le32(file->data + 56, 0);
    put_le32(file->data + 68, 92);
    put_le32(file->data + 72, 92);
}

static void uf2_of_two_families(struct buffer *file)
{
    files_uf2_block(file, 0x08000000, 0, 1);
    files_uf2_block(file, 0x08000000, 0, 1);
    put_le32(file->data + 512 + 28, 0x6DB66082);
}

static const struct fault faults[] = {
    {"DFUImageSize 0", files_dfuse, 6, 4, 0, SEALED, "dfuse-image-size", 6,
     "the prefix claims 0 bytes, the file has 615 without the suffix", 3},
    {"DFUImageSize with the suffix", files_dfuse, 6, 4, 631, SEALED, "dfuse-image-size", 6,
     "the prefix claims 631 bytes, the file has 615 without the suffix (it counts the suffix)", 3},
    {"bVersion 2", files_dfuse, 5, 1, 2, SEALED, "dfuse-file-version", 5,
     "the prefix has version 2, wanted 1", 3},
    {"no suffix", dfuse_without_suffix, 0, 0, 0, false, "dfuse-no-suffix", 615,
     "the DFU suffix is missing, so no CRC protects the file", 3},
    {"bcdDFU 0x0100", files_dfuse, 621, 2, 0x0100, SEALED, "dfuse-version", 621,
     "the suffix has bcdDFU 0x0100, wanted 0x011A for a DfuSe file", 3},
    {"bLength 20", dfuse_with_long_suffix, 0, 0, 0, false, "dfuse-suffix-length", 630,
     "the suffix is 20 bytes long, wanted 16", 3},
    {"dwTargetSize 0", files_dfuse, 277, 4, 0, SEALED, "dfuse-target-size", 277,
     "target 1 claims 0 bytes, its elements have 40", 3},
    {"dwTargetSize with its prefix", files_dfuse, 277, 4, 314, SEALED, "dfuse-target-size", 277,
     "target 1 claims 314 bytes, its elements have 40", 3},
    {"bytes after the last target", dfuse_with_tail, 0, 0, 0, false, "dfuse-trailing", 615,
     "4 bytes after the last target are ignored", 3},
    {"two targets for one alternate", files_dfuse, 331, 1, 0, SEALED, "dfuse-same-alternate", 331,
     "target 2 is a further one for alternate setting 0; they are merged", 3},
    {"name without NUL", dfuse_with_name_of_255, 0, 0, 0, false, "dfuse-target-name", 22,
     "the name of target 1 has no NUL at its end", 3},
    {"bytes after the NUL of the name", files_dfuse, 30, 1, 'D', SEALED, "dfuse-target-name", 30,
     "the name of target 1 has other bytes after its NUL", 3},
    {"element of 5 bytes", dfuse_with_odd_element, 0, 0, 0, false, "dfuse-element-length", 289,
     "the element at 0x08000000 has 5 bytes, not a multiple of 8; when flashed, its end is filled "
     "with 0xFF",
     2},
    {"element of no bytes", dfuse_with_empty_element, 0, 0, 0, false, "dfuse-empty-element", 301,
     "the element at 0x08001000 has no bytes", 1},
    {"elements out of order", dfuse_unsorted, 0, 0, 0, false, "dfuse-unsorted", 301,
     "the element at 0x07000000 stands after one at a higher address", 2},
    {"elements that overlap and agree", dfuse_with_overlap, 0, 0, 0, false, "dfuse-unsorted", 301,
     "the element at 0x08000004 stands after one at a higher address", 1},
    {"mboot's packed file", dfuse_packed, 0, 0, 0, false, "mboot-pack", 309,
     "looks like a packed (encrypted) MicroPython file: only an mboot with its key can use it", 2},
    {"bcdDFU 0x011A without DfuSe", files_dfu, 14, 2, 0x011A, SEALED, "dfu-version", 14,
     "the suffix says DfuSe (bcdDFU 0x011A), but the file does not start with \"DfuSe\"; taken as "
     "raw bytes",
     1},
    {"bcdDFU 0x0300", files_dfu, 14, 2, 0x0300, SEALED, "dfu-version", 14,
     "the suffix has bcdDFU 0x0300, wanted 0x0100 or 0x0110", 1},
    {"TI prefix", dfu_with_ti_prefix, 0, 0, 0, false, "ti-prefix", 0,
     "starts with the 8-byte prefix of TI Stellaris and Tiva parts (address 0x00002000); it is "
     "kept, since those devices want it",
     1},
    {"LPC prefix", dfu_with_lpc_prefix, 0, 0, 0, false, "lpc-prefix", 0,
     "starts with the 16-byte prefix of NXP LPC parts; it is kept, since those devices want it", 1},
    {"HEX with a tail", hex_with_tail, 0, 0, 0, false, "hex-after-end", 80,
     "17 bytes after the end record are ignored", 1},
    {"HEX that wraps round", hex_that_wraps, 0, 0, 0, false, "hex-wrap", 16,
     "the record at 0xFFFE wraps round to the start of its 64 KiB segment at 0x00010000", 2},
    {"S-record with a tail", srec_with_tail, 0, 0, 0, false, "srec-after-end", 74,
     "6 bytes after the end record are ignored", 1},
    {"S-record without an end", srec_without_end, 0, 0, 0, false, "srec-no-end", 42,
     "the end record (S7, S8 or S9) is missing; the record count is right", 1},
    {"ELF that loads its header", elf_with_headers, 0, 0, 0, false, "elf-headers", 0,
     "the segment at 0x08000000 starts with the headers of the file; 84 bytes are left out", 1},
    {"UF2 block not for the main flash", files_uf2, 520, 1, 1, false, "uf2-not-main-flash", 512,
     "1 blocks marked as not for the main flash are left out", 1},
    {"UF2 block of a file", files_uf2, 521, 1, 0x30, false, "uf2-file-container", 512,
     "1 blocks that hold files, not flash are left out", 1},
    {"UF2 of another family too", uf2_of_two_families, 0, 0, 0, false, "uf2-other-family", 512,
     "1 blocks for other chip families are left out", 1},
};

static bool has_warning(const struct dfk_image *image, const struct fault *fault)
{
    for (size_t i = 0; i < dfk_image_get_info(image)->warning_count; i++) {
        const struct dfk_image_warning *warning = dfk_image_get_warning(image, i);
        if (strcmp(warning->id, fault->id) == 0 && warning->offset == fault->offset &&
            strcmp(warning->text, fault->text) == 0) {
            return true;
        }
        print_error("%s: warning %s at %llu: %s\n", fault->name, warning->id,
                    (unsigned long long)warning->offset, warning->text);
    }
    return false;
}

static struct dfk_image *parse(const struct buffer *file, struct dfk_error *err)
{
    struct dfk_image_options options = {.uf2_family = 0x57755A57};
    struct dfk_image *image = NULL;
    (void)image_parse("test", file->data, file->length, &options, &image, err);
    return image;
}

static void each_known_fault_is_tolerated_and_named(void **state)
{
    (void)state;
    unsigned wrong = 0;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        const struct fault *fault = &faults[i];
        struct buffer file = {0};
        struct dfk_error err = {0};
        fault->make(&file);
        for (int at = 0; at < fault->poke_bytes; at++) {
            file.data[fault->poke_at + at] = (uint8_t)(fault->poke >> (8 * at));
        }
        if (fault->sealed) {
            files_seal(&file);
        }
        struct dfk_image *image = parse(&file, &err);
        if (image == NULL || !has_warning(image, fault) ||
            dfk_image_get_info(image)->segment_count != fault->segments) {
            print_error("%s: %s\n", fault->name, image == NULL ? err.what : "warning or segments");
            wrong++;
        }
        dfk_image_free(image);
        buffer_free(&file);
    }
    assert_int_equal(wrong, 0);
}

static void a_good_file_of_each_format_gives_no_warning(void **state)
{
    (void)state;
    static void (*const makers[])(struct buffer *) = {files_dfuse, files_dfu, files_elf,
                                                      files_uf2,   files_hex, files_srec};
    for (size_t i = 0; i < sizeof makers / sizeof makers[0]; i++) {
        struct buffer file = {0};
        makers[i](&file);
        struct dfk_image *image = parse(&file, NULL);
        assert_non_null(image);
        assert_int_equal(dfk_image_get_info(image)->warning_count, 0);
        dfk_image_free(image);
        buffer_free(&file);
    }
}

static void targets_for_one_alternate_become_one(void **state)
{
    (void)state;
    struct buffer file = {0};
    files_dfuse(&file);
    file.data[331] = 0;
    put_le32(file.data + 599, 0x08000008); /* right behind the first element */
    files_seal(&file);
    struct dfk_image *image = parse(&file, NULL);
    assert_non_null(image);
    assert_int_equal(dfk_image_get_info(image)->segment_count, 2);
    assert_memory_equal(dfk_image_get_segment(image, 0)->data, "abcdefghijklmnop", 16);
    dfk_image_free(image);
    buffer_free(&file);
}

static void a_target_name_is_shown_without_control_characters(void **state)
{
    (void)state;
    struct buffer file = {0};
    files_dfuse(&file);
    memcpy(file.data + 22, "A\x1B[1m\xC3", 6);
    files_seal(&file);
    struct dfk_image *image = parse(&file, NULL);
    assert_non_null(image);
    assert_string_equal(dfk_image_get_info(image)->target_name, "A?[1m?");
    dfk_image_free(image);
    buffer_free(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_known_fault_is_tolerated_and_named),
        cmocka_unit_test(a_good_file_of_each_format_gives_no_warning),
        cmocka_unit_test(targets_for_one_alternate_become_one),
        cmocka_unit_test(a_target_name_is_shown_without_control_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
