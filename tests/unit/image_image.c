/* SPDX-License-Identifier: MIT
 * The container: order, joining, overlap, merging, warnings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "image/image.h"

static struct dfk_image *fresh(void)
{
    struct dfk_image *image = image_new("test.bin");
    assert_non_null(image);
    return image;
}

static void add(struct dfk_image *image, uint8_t alternate, uint32_t addr, const char *bytes)
{
    struct dfk_segment part = {alternate, addr, (uint32_t)strlen(bytes), (const uint8_t *)bytes};
    assert_int_equal(image_add(image, &part, addr & 0xFFF, NULL), 0);
}

static void assert_segment(const struct dfk_image *image, size_t index, uint8_t alternate,
                           uint32_t addr, const char *bytes)
{
    const struct dfk_segment *segment = dfk_image_get_segment(image, index);
    assert_non_null(segment);
    assert_int_equal(segment->alternate, alternate);
    assert_int_equal(segment->addr, addr);
    assert_int_equal(segment->length, strlen(bytes));
    assert_memory_equal(segment->data, bytes, segment->length);
}

static void parts_come_out_sorted_by_alternate_then_address(void **state)
{
    (void)state;
    struct dfk_image *image = fresh();
    add(image, 1, 0x08000000, "late");
    add(image, 0, 0x08004000, "high");
    add(image, 0, 0x08000000, "low");
    assert_int_equal(image_finish(image, NULL), 0);
    assert_int_equal(dfk_image_get_info(image)->segment_count, 3);
    assert_int_equal(dfk_image_get_info(image)->data_bytes, 11);
    assert_segment(image, 0, 0, 0x08000000, "low");
    assert_segment(image, 1, 0, 0x08004000, "high");
    assert_segment(image, 2, 1, 0x08000000, "late");
    assert_null(dfk_image_get_segment(image, 3));
    dfk_image_free(image);
}

static void touching_parts_become_one_segment(void **state)
{
    (void)state;
    struct dfk_image *image = fresh();
    add(image, 0, 0x1003, "def");
    add(image, 0, 0x1000, "abc");
    add(image, 0, 0x1006, "g");
    add(image, 0, 0x1008, "i");
    assert_int_equal(image_finish(image, NULL), 0);
    assert_int_equal(dfk_image_get_info(image)->segment_count, 2);
    assert_segment(image, 0, 0, 0x1000, "abcdefg");
    assert_segment(image, 1, 0, 0x1008, "i");
    assert_int_equal(dfk_image_get_info(image)->warning_count, 0);
    dfk_image_free(image);
}

static void parts_that_stand_together_in_memory_are_not_copied(void **state)
{
    (void)state;
    static const char bytes[] = "abcdef";
    struct dfk_image *image = fresh();
    struct dfk_segment tail = {0, 0x1003, 3, (const uint8_t *)bytes + 3};
    struct dfk_segment head = {0, 0x1000, 3, (const uint8_t *)bytes};
    assert_int_equal(image_add(image, &tail, 3, NULL), 0);
    assert_int_equal(image_add(image, &head, 0, NULL), 0);
    assert_int_equal(image_finish(image, NULL), 0);
    assert_segment(image, 0, 0, 0x1000, "abcdef");
    assert_ptr_equal(dfk_image_get_segment(image, 0)->data, bytes);
    dfk_image_free(image);
}

static void the_same_bytes_twice_are_a_warning(void **state)
{
    (void)state;
    struct dfk_image *image = fresh();
    add(image, 0, 0x1000, "abcdef");
    add(image, 0, 0x1002, "cd");
    add(image, 0, 0x1004, "efgh");
    assert_int_equal(image_finish(image, NULL), 0);
    assert_int_equal(dfk_image_get_info(image)->segment_count, 1);
    assert_segment(image, 0, 0, 0x1000, "abcdefgh");
    assert_int_equal(dfk_image_get_info(image)->warning_count, 2);
    assert_string_equal(dfk_image_get_warning(image, 0)->id, "overlap-same");
    assert_int_equal(dfk_image_get_warning(image, 0)->offset, 2);
    assert_string_equal(dfk_image_get_warning(image, 1)->text,
                        "2 bytes at 0x00001004 are in the file twice, with the same values");
    assert_null(dfk_image_get_warning(image, 2));
    dfk_image_free(image);
}

static void different_bytes_for_one_address_are_refused_naming_both(void **state)
{
    (void)state;
    struct dfk_image *image = fresh();
    struct dfk_error err = {0};
    add(image, 0, 0x1000, "abcdef");
    add(image, 0, 0x1004, "eX");
    assert_int_equal(image_finish(image, &err), -DFK_E_OVERLAP);
    assert_string_equal(err.what, "two parts want different bytes at 0x00001005: 0x66 (part of 6 "
                                  "bytes at 0x00001000, file offset 0) and 0x58 (part of 2 bytes "
                                  "at 0x00001004, file offset 4)");
    assert_int_equal(err.where.kind, DFK_WHERE_ADDRESS);
    assert_int_equal(err.where.addr, 0x1005);
    dfk_image_free(image);
}

static void the_same_address_in_two_alternates_is_no_overlap(void **state)
{
    (void)state;
    struct dfk_image *image = fresh();
    add(image, 0, 0x1000, "abc");
    add(image, 1, 0x1000, "xyz");
    assert_int_equal(image_finish(image, NULL), 0);
    assert_int_equal(dfk_image_get_info(image)->segment_count, 2);
    dfk_image_free(image);
}

static void the_last_byte_of_the_address_space_can_be_used(void **state)
{
    (void)state;
    struct dfk_image *image = fresh();
    struct dfk_error err = {0};
    add(image, 0, 0xFFFFFFFE, "ab");
    struct dfk_segment beyond = {0, 0xFFFFFFFE, 3, (const uint8_t *)"abc"};
    assert_int_equal(image_add(image, &beyond, 77, &err), -DFK_E_BAD_FILE);
    assert_string_equal(err.what, "test.bin: 3 bytes at 0xFFFFFFFE pass the end of the address "
                                  "space (offset 77)");
    assert_int_equal(err.where.offset, 77);
    assert_int_equal(image_finish(image, NULL), 0);
    assert_segment(image, 0, 0, 0xFFFFFFFE, "ab");
    dfk_image_free(image);
}

/* With quadratic joining this takes minutes. */
static void many_single_bytes_are_joined_in_linear_time(void **state)
{
    (void)state;
    enum { COUNT = 300000 };
    struct dfk_image *image = fresh();
    uint8_t *bytes = malloc(COUNT);
    assert_non_null(bytes);
    for (uint32_t i = 0; i < COUNT; i++) {
        /* Every second byte first, then those between, all from the back. */
        uint32_t at = i < COUNT / 2 ? COUNT - 2 - 2 * i : COUNT - 1 - 2 * (i - COUNT / 2);
        bytes[at] = (uint8_t)(at * 7);
        struct dfk_segment part = {0, at, 1, bytes + at};
        assert_int_equal(image_add(image, &part, i, NULL), 0);
    }
    assert_int_equal(image_finish(image, NULL), 0);
    assert_int_equal(dfk_image_get_info(image)->segment_count, 1);
    assert_int_equal(dfk_image_get_segment(image, 0)->length, COUNT);
    dfk_image_free(image);
    free(bytes);
}

static void warnings_beyond_64_are_counted_not_kept(void **state)
{
    (void)state;
    struct dfk_image *image = fresh();
    for (unsigned i = 0; i < 1000; i++) {
        image_warn(image, "some-fault", i, "fault %u", i);
    }
    assert_int_equal(dfk_image_get_info(image)->warning_count, 64);
    assert_string_equal(dfk_image_get_warning(image, 62)->text, "fault 62");
    assert_string_equal(dfk_image_get_warning(image, 63)->id, "more-warnings");
    assert_string_equal(dfk_image_get_warning(image, 63)->text, "937 more warnings are not listed");
    assert_int_equal(dfk_image_get_warning(image, 63)->offset, 63);
    dfk_image_free(image);
}

static struct dfk_image *of_memory(uint32_t addr, const char *bytes, bool addressed)
{
    struct dfk_segment part = {0, addr, (uint32_t)strlen(bytes), (const uint8_t *)bytes};
    struct dfk_image *image = NULL;
    assert_int_equal(image_from_memory("device", &part, 1, addressed, &image, NULL), 0);
    return image;
}

static void merging_takes_copies_and_joins(void **state)
{
    (void)state;
    struct dfk_image *into = of_memory(0x1000, "boot", true);
    struct dfk_image *from = of_memory(0x1004, "app", true);
    image_warn(from, "some-fault", 5, "fault");
    assert_int_equal(dfk_image_merge(into, from, NULL), 0);
    dfk_image_free(from);
    assert_int_equal(dfk_image_get_info(into)->segment_count, 1);
    assert_int_equal(dfk_image_get_info(into)->data_bytes, 7);
    assert_segment(into, 0, 0, 0x1000, "bootapp");
    assert_string_equal(dfk_image_get_warning(into, 0)->id, "some-fault");
    dfk_image_free(into);
}

static void a_refused_merge_changes_nothing(void **state)
{
    (void)state;
    struct dfk_error err = {0};
    struct dfk_image *into = of_memory(0x1000, "boot", true);
    struct dfk_image *from = of_memory(0x1003, "Xapp", true);
    assert_int_equal(dfk_image_merge(into, from, &err), -DFK_E_OVERLAP);
    assert_int_equal(dfk_image_get_info(into)->segment_count, 1);
    assert_int_equal(dfk_image_get_info(into)->warning_count, 0);
    assert_segment(into, 0, 0, 0x1000, "boot");
    dfk_image_free(from);
    dfk_image_free(into);
}

static void raw_bytes_are_not_merged_with_addressed_ones(void **state)
{
    (void)state;
    struct dfk_error err = {0};
    struct dfk_image *into = of_memory(0x1000, "boot", true);
    struct dfk_image *from = of_memory(0, "app", false);
    assert_int_equal(dfk_image_merge(into, from, &err), -DFK_E_USAGE);
    assert_string_equal(err.what,
                        "device has addresses and device has none: they cannot be combined");
    dfk_image_free(from);
    dfk_image_free(into);
}

static void an_image_of_nothing_has_no_segments(void **state)
{
    (void)state;
    struct dfk_image *image = of_memory(0x1000, "", true);
    assert_int_equal(dfk_image_get_info(image)->segment_count, 0);
    assert_int_equal(dfk_image_get_info(image)->entry, 0xFFFFFFFF);
    dfk_image_free(image);
    dfk_image_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_come_out_sorted_by_alternate_then_address),
        cmocka_unit_test(touching_parts_become_one_segment),
        cmocka_unit_test(parts_that_stand_together_in_memory_are_not_copied),
        cmocka_unit_test(the_same_bytes_twice_are_a_warning),
        cmocka_unit_test(different_bytes_for_one_address_are_refused_naming_both),
        cmocka_unit_test(the_same_address_in_two_alternates_is_no_overlap),
        cmocka_unit_test(the_last_byte_of_the_address_space_can_be_used),
        cmocka_unit_test(many_single_bytes_are_joined_in_linear_time),
        cmocka_unit_test(warnings_beyond_64_are_counted_not_kept),
        cmocka_unit_test(merging_takes_copies_and_joins),
        cmocka_unit_test(a_refused_merge_changes_nothing),
        cmocka_unit_test(raw_bytes_are_not_merged_with_addressed_ones),
        cmocka_unit_test(an_image_of_nothing_has_no_segments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
