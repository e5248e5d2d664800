/* SPDX-License-Identifier: MIT
 * cli/values.c: which words of a command line are numbers, ids, ranges and times, and which are
 * not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "cli/values.h"

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static void numbers_are_decimal_hexadecimal_or_with_a_unit(void **state)
{
    static const struct {
        const char *text;
        uint32_t value;
    } good[] = {{"0", 0},
                {"134217728", 0x08000000},
                {"0x08020000", 0x08020000},
                {"0XfFfFfFfF", 0xFFFFFFFF},
                {"128K", 131072},
                {"128k", 131072},
                {"2M", 2097152},
                {"0x10K", 16384},
                {"4095M", 4293918720U}};
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        struct given_number number = {0};
        assert_true(take_number(good[i].text, &number));
        assert_true(number.given);
        assert_int_equal(number.value, good[i].value);
    }
}

static void what_is_no_number_below_2_to_the_32_is_refused_untouched(void **state)
{
    static const char *const bad[] = {"",      "x",    "0x",  "-1",          "+1",
                                      " 1",    "1 ",   "1KB", "0x1G",        "4096M",
                                      "1.5K",  "08h",  "K",   "0x100000000", "99999999999999999999",
                                      "0x0 1", "0x-1", "1-2"};
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct given_number number = {.value = 77};
        assert_false(take_number(bad[i], &number));
        assert_false(number.given);
        assert_int_equal(number.value, 77);
    }
}

static void a_byte_ends_at_255(void **state)
{
    struct given_number number = {0};
    (void)state;
    assert_true(take_byte("0xFF", &number));
    assert_int_equal(number.value, 255);
    assert_false(take_byte("256", &number));
}

static void ids_are_four_hexadecimal_digits(void **state)
{
    struct given_number id = {0};
    (void)state;
    assert_true(take_id("0483", &id));
    assert_int_equal(id.value, 0x0483);
    assert_true(take_id("0xdf11", &id));
    assert_int_equal(id.value, 0xDF11);
    assert_false(take_id("", &id));
    assert_false(take_id("12345", &id));
    assert_false(take_id("wxyz", &id));
    assert_false(take_id("12 ", &id));
}

static void either_half_of_a_device_id_may_be_left_out(void **state)
{
    static const struct {
        const char *text;
        bool has_vendor, has_product;
        uint16_t vendor, product;
    } good[] = {{"0483:DF11", true, true, 0x0483, 0xDF11},
                {"0483:", true, false, 0x0483, 0},
                {":df11", false, true, 0, 0xDF11},
                {"1:2", true, true, 1, 2}};
    static const char *const bad[] = {
        "", ":", "0483", "0483:DF11:", "04830:", ":1234567", "x:1", "1:x", "1 :2", "0483:DF1G"};
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        struct dfk_select select = {0};
        assert_true(take_ids(good[i].text, &select));
        assert_int_equal(select.match_vendor, good[i].has_vendor);
        assert_int_equal(select.match_product, good[i].has_product);
        assert_int_equal(select.vendor, good[i].vendor);
        assert_int_equal(select.product, good[i].product);
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct dfk_select select = {0};
        assert_false(take_ids(bad[i], &select));
        assert_false(select.match_vendor || select.match_product);
    }
}

static void a_range_has_an_end_that_belongs_to_it_or_a_length(void **state)
{
    static const struct {
        const char *text;
        uint32_t addr, length;
    } good[] = {{"0x08020000-0x0803FFFF", 0x08020000, 0x20000},
                {"0x08020000+128K", 0x08020000, 0x20000},
                {"0x08020000:128K", 0x08020000, 0x20000},
                {"5-5", 5, 1},
                {"0xFFFFFFFF+1", 0xFFFFFFFF, 1},
                {"0x80000000-0xFFFFFFFF", 0x80000000, 0x80000000}};
    static const char *const bad[] = {
        "",    "0x08000000", "5-4",   "5+0",   "5:",           "5+",   "0xFFFFFFFF+2",
        "5/6", "+5",         "5-6-7", "5 - 6", "0-0xFFFFFFFF", "5--6", "5+-6"};
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        struct range_list ranges = {0};
        assert_true(take_range(good[i].text, &ranges));
        assert_int_equal(ranges.count, 1);
        assert_int_equal(ranges.list[0].addr, good[i].addr);
        assert_int_equal(ranges.list[0].length, good[i].length);
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct range_list ranges = {0};
        assert_false(take_range(bad[i], &ranges));
        assert_int_equal(ranges.count, 0);
    }
}

static void the_sixty_fifth_range_is_refused(void **state)
{
    struct range_list ranges = {0};
    (void)state;
    for (int i = 0; i < VALUE_RANGES_MAX; i++) {
        assert_true(take_range("0+1", &ranges));
    }
    assert_false(take_range("0+1", &ranges));
    assert_int_equal(ranges.count, VALUE_RANGES_MAX);
}

static void waiting_has_an_end(void **state)
{
    static const char *const bad[] = {"", "0", "0.05", "-1", "inf", "nan", "1e9", "1s", "86401"};
    uint32_t wait_ms = 0;
    (void)state;
    assert_true(take_seconds(NULL, &wait_ms));
    assert_int_equal(wait_ms, 30000);
    assert_true(take_seconds("0.5", &wait_ms));
    assert_int_equal(wait_ms, 500);
    assert_true(take_seconds("86400", &wait_ms));
    assert_int_equal(wait_ms, 86400000);
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_false(take_seconds(bad[i], &wait_ms));
        assert_int_equal(wait_ms, 86400000);
    }
}

static void every_format_has_its_name(void **state)
{
    enum dfk_format format = DFK_FORMAT_AUTO;
    (void)state;
    assert_true(take_format("dfuse", &format));
    assert_int_equal(format, DFK_FORMAT_DFUSE);
    assert_true(take_format("uf2", &format));
    assert_int_equal(format, DFK_FORMAT_UF2);
    assert_false(take_format("exe", &format));
    assert_int_equal(format, DFK_FORMAT_UF2);
}

static void versions_have_three_parts_at_most(void **state)
{
    static const struct {
        const char *text;
        uint32_t value;
    } good[] = {{"0", 0},
                {"1", 0x01000000},
                {"1.2", 0x01020000},
                {"1.2.3", 0x01020003},
                {"007.08.9", 0x07080009},
                {"255.255.65535", 0xFFFFFFFF}};
    static const char *const bad[] = {
        "",    ".",     "1.",        "1.2.",        "1..2", ".1",     "1.2.3.4", "1.2.3.",
        "256", "1.256", "1.2.65536", "99999999999", "-1",   "1.2.3a", "v1",      " 1"};
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        struct given_number version = {0};
        assert_true(take_version(good[i].text, &version));
        assert_true(version.given);
        assert_int_equal(version.value, good[i].value);
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct given_number version = {false, 7};
        if (take_version(bad[i], &version)) {
            fail_msg("\"%s\" was taken", bad[i]);
        }
        assert_int_equal(version.value, 7);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_decimal_hexadecimal_or_with_a_unit),
        cmocka_unit_test(what_is_no_number_below_2_to_the_32_is_refused_untouched),
        cmocka_unit_test(a_byte_ends_at_255),
        cmocka_unit_test(ids_are_four_hexadecimal_digits),
        cmocka_unit_test(either_half_of_a_device_id_may_be_left_out),
        cmocka_unit_test(a_range_has_an_end_that_belongs_to_it_or_a_length),
        cmocka_unit_test(the_sixty_fifth_range_is_refused),
        cmocka_unit_test(waiting_has_an_end),
        cmocka_unit_test(every_format_has_its_name),
        cmocka_unit_test(versions_have_three_parts_at_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
