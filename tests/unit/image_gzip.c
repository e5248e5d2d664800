/* SPDX-License-Identifier: MIT
 * Unpacking: members, padding, and files that lie about what they unpack to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include <zlib.h>

#include "image/formats.h"
#include "tests/support/image_files.h"

static int unpack(const struct buffer *file, size_t limit, struct buffer *out,
                  struct dfk_error *err)
{
    static const struct dfk_image_options defaults = {0};
    struct image_source source = {"test.gz", file->data, file->length, &defaults, false, false};
    return gzip_unpack(&source, limit, out, err);
}

static void assert_unpacks(const struct buffer *file, const char *wanted)
{
    struct buffer out = {0};
    assert_int_equal(unpack(file, 1000, &out, NULL), 0);
    assert_int_equal(out.length, strlen(wanted));
    assert_memory_equal(out.data, wanted, out.length);
    buffer_free(&out);
}

static void members_follow_each_other(void **state)
{
    (void)state;
    struct buffer file = {0};
    files_gzip(&file);
    files_gzip(&file);
    files_gzip(&file);
    assert_unpacks(&file, "hello\nhello\nhello\n");
    buffer_free(&file);
}

static void zeros_after_the_end_are_padding(void **state)
{
    (void)state;
    struct buffer file = {0};
    files_gzip(&file);
    buffer_append_fill(&file, 0, 100);
    assert_unpacks(&file, "hello\n");
    buffer_free(&file);
}

static void other_bytes_after_the_end_are_refused(void **state)
{
    (void)state;
    struct buffer file = {0}, out = {0};
    struct dfk_error err = {0};
    files_gzip(&file);
    buffer_append_fill(&file, 0, 2);
    buffer_append(&file, "x", 1);
    assert_int_equal(unpack(&file, 1000, &out, &err), -DFK_E_BAD_FILE);
    assert_string_equal(err.what, "test.gz: offset 28: bytes that are not gzip after the end of "
                                  "the gzipped data");
    buffer_free(&file);
    buffer_free(&out);
}

static void a_length_that_lies_costs_no_memory(void **state)
{
    (void)state;
    struct buffer file = {0}, out = {0};
    files_gzip(&file);
    put_le32(file.data + 22, 0x3FFFFFFF);
    assert_int_equal(unpack(&file, 0x40000000, &out, NULL), -DFK_E_BAD_FILE);
    assert_true(out.capacity <= 26 * 1032 + 1024);
    buffer_free(&file);
    buffer_free(&out);
}

/* count zeros, packed about 1000 to 1. */
static struct buffer bomb(size_t count)
{
    struct buffer plain = {0}, file = {0};
    z_stream stream;
    memset(&stream, 0, sizeof stream);
    buffer_append_fill(&plain, 0, count);
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_in = plain.data;
    stream.avail_in = (uInt)count;
    stream.next_out = buffer_reserve(&file, count);
    stream.avail_out = (uInt)count;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    file.length = stream.total_out;
    (void)deflateEnd(&stream);
    buffer_free(&plain);
    return file;
}

static void a_bomb_ends_at_the_limit(void **state)
{
    (void)state;
    enum { COUNT = 20 * 1024 * 1024, LIMIT = 2 * 1024 * 1024 };
    struct buffer file = bomb(COUNT), out = {0};
    struct dfk_error err = {0};
    assert_true(file.length < COUNT / 900);
    assert_int_equal(unpack(&file, LIMIT, &out, &err), -DFK_E_BAD_FILE);
    assert_string_equal(err.what, "test.gz: offset 0: unpacks to more than 2097152 bytes");
    assert_true(out.capacity < 2 * LIMIT);
    buffer_free(&out);
    put_le32(file.data + file.length - 4, 1); /* says that it unpacks to one byte */
    err = (struct dfk_error){0};
    assert_int_equal(unpack(&file, LIMIT, &out, &err), -DFK_E_BAD_FILE);
    assert_string_equal(err.what, "test.gz: offset 0: unpacks to more than 2097152 bytes");
    buffer_free(&out);
    buffer_free(&file);
}

static void what_just_fits_the_limit_is_unpacked(void **state)
{
    (void)state;
    struct buffer file = bomb(3000000), out = {0};
    assert_int_equal(unpack(&file, 3000000, &out, NULL), 0);
    assert_int_equal(out.length, 3000000);
    buffer_free(&out);
    assert_int_equal(unpack(&file, 2999999, &out, NULL), -DFK_E_BAD_FILE);
    buffer_free(&out);
    buffer_free(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_follow_each_other),
        cmocka_unit_test(zeros_after_the_end_are_padding),
        cmocka_unit_test(other_bytes_after_the_end_are_refused),
        cmocka_unit_test(a_length_that_lies_costs_no_memory),
        cmocka_unit_test(a_bomb_ends_at_the_limit),
        cmocka_unit_test(what_just_fits_the_limit_is_unpacked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
