/* SPDX-License-Identifier: MIT
 * A run of bytes that grows, and what it does when it cannot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"

static void what_is_appended_stands_in_order(void **state)
{
    (void)state;
    struct buffer buffer = {0};
    buffer_append(&buffer, "abc", 3);
    buffer_append_fill(&buffer, 0xFF, 2);
    buffer_append_text(&buffer, "%s=%u", "x", 42);
    assert_int_equal(buffer.length, 9);
    assert_memory_equal(buffer.data, "abc\xFF\xFFx=42", 9);
    assert_false(buffer.failed);
    buffer_free(&buffer);
    assert_null(buffer.data);
    assert_int_equal(buffer.length, 0);
    assert_int_equal(buffer.capacity, 0);
}

static void nothing_can_be_appended(void **state)
{
    (void)state;
    struct buffer buffer = {0};
    buffer_append(&buffer, NULL, 0);
    buffer_append_fill(&buffer, 1, 0);
    buffer_append_text(&buffer, "%s", "");
    assert_non_null(buffer_reserve(&buffer, 0));
    assert_int_equal(buffer.length, 0);
    assert_false(buffer.failed);
    buffer_free(&buffer);
}

static void many_appends_keep_every_byte(void **state)
{
    (void)state;
    struct buffer buffer = {0};
    for (uint32_t i = 0; i < 100000; i++) {
        uint8_t byte = (uint8_t)(i * 7);
        buffer_append(&buffer, &byte, 1);
    }
    assert_int_equal(buffer.length, 100000);
    for (uint32_t i = 0; i < 100000; i++) {
        assert_int_equal(buffer.data[i], (uint8_t)(i * 7));
    }
    assert_true(buffer.capacity < 2 * 100000 + 128);
    buffer_free(&buffer);
}

static void room_is_given_without_raising_the_length(void **state)
{
    (void)state;
    struct buffer buffer = {0};
    buffer_append(&buffer, "ab", 2);
    uint8_t *room = buffer_reserve(&buffer, 1000);
    assert_ptr_equal(room, buffer.data + 2);
    assert_int_equal(buffer.length, 2);
    assert_true(buffer.capacity >= 1002);
    memset(room, 0, 1000);
    buffer_free(&buffer);
}

static void lack_of_memory_keeps_what_was_there_and_stops(void **state)
{
    (void)state;
    struct buffer buffer = {0};
    buffer_append(&buffer, "ab", 2);
    assert_null(buffer_reserve(&buffer, SIZE_MAX / 2));
    assert_true(buffer.failed);
    buffer_append(&buffer, "c", 1);
    buffer_append_fill(&buffer, 0, 1);
    buffer_append_text(&buffer, "d");
    assert_null(buffer_reserve(&buffer, 1));
    assert_int_equal(buffer.length, 2);
    assert_memory_equal(buffer.data, "ab", 2);
    buffer_free(&buffer);
    assert_false(buffer.failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_appended_stands_in_order),
        cmocka_unit_test(nothing_can_be_appended),
        cmocka_unit_test(many_appends_keep_every_byte),
        cmocka_unit_test(room_is_given_without_raising_the_length),
        cmocka_unit_test(lack_of_memory_keeps_what_was_there_and_stops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
