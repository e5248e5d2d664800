/* SPDX-License-Identifier: MIT
 * How an error is filled, and that it is filled once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/fail.h"

static void a_failure_has_code_sentence_and_next_step(void **state)
{
    (void)state;
    struct dfk_error err = {.code = DFK_OK};
    assert_int_equal(dfk_fail(&err, DFK_E_VERIFY, "byte at 0x%08X is 0x%02X", 0x08000004u, 0xFFu),
                     -DFK_E_VERIFY);
    assert_int_equal(err.code, DFK_E_VERIFY);
    assert_string_equal(err.what, "byte at 0x08000004 is 0xFF");
    assert_string_equal(err.why, "");
    assert_string_equal(err.next, "flash again; if it repeats, the flash memory is worn out");
    assert_int_equal(err.where.kind, DFK_WHERE_NOWHERE);
}

static void the_first_failure_wins(void **state)
{
    (void)state;
    struct dfk_error err = {.code = DFK_OK};
    (void)dfk_fail(&err, DFK_E_LOST, "first");
    assert_int_equal(dfk_fail(&err, DFK_E_TIMEOUT, "second"), -DFK_E_TIMEOUT);
    assert_int_equal(err.code, DFK_E_LOST);
    assert_string_equal(err.what, "first");
}

static void an_outer_layer_fills_only_what_is_empty(void **state)
{
    (void)state;
    struct dfk_error err = {.code = DFK_OK};
    dfk_fail_why(&err, "no error, no cause");
    dfk_fail_next(&err, "no error, no remedy");
    assert_string_equal(err.why, "");
    assert_string_equal(err.next, "");
    (void)dfk_fail(&err, DFK_E_DEVICE, "refused");
    dfk_fail_why(&err, "cause %d", 1);
    dfk_fail_why(&err, "cause %d", 2);
    assert_string_equal(err.why, "cause 1");
    dfk_fail_next(&err, "remedy %d", 1);
    dfk_fail_next(&err, "remedy %d", 2);
    assert_string_equal(err.next, "remedy 1");
    dfk_fail_in_file(&err, "a.dfu", 12);
    dfk_fail_in_file(&err, "b.dfu", 13);
    dfk_fail_at_addr(&err, 0x08000000);
    assert_int_equal(err.where.kind, DFK_WHERE_FILE);
    assert_string_equal(err.where.file, "a.dfu");
    assert_int_equal(err.where.offset, 12);
    assert_int_equal(err.where.addr, 0);
}

static void an_address_is_named_once(void **state)
{
    (void)state;
    struct dfk_error err = {.code = DFK_OK};
    (void)dfk_fail(&err, DFK_E_ERASE, "sector not blank");
    dfk_fail_at_addr(&err, 0x08020000);
    dfk_fail_at_addr(&err, 0x08040000);
    assert_int_equal(err.where.kind, DFK_WHERE_ADDRESS);
    assert_int_equal(err.where.addr, 0x08020000);
}

static void nobody_has_to_want_the_error(void **state)
{
    (void)state;
    struct dfk_error from = {.code = DFK_E_LOST};
    assert_int_equal(dfk_fail(NULL, DFK_E_USAGE, "x"), -DFK_E_USAGE);
    assert_int_equal(dfk_fail_copy(NULL, &from), -DFK_E_LOST);
    dfk_fail_why(NULL, "x");
    dfk_fail_next(NULL, "x");
    dfk_fail_in_file(NULL, "x", 0);
    dfk_fail_at_addr(NULL, 0);
}

static void a_long_sentence_shows_that_it_was_cut(void **state)
{
    (void)state;
    char word[1001];
    memset(word, 'x', sizeof word - 1);
    word[1000] = '\0';
    struct dfk_error err = {.code = DFK_OK};
    (void)dfk_fail(&err, DFK_E_BAD_FILE, "%s", word);
    assert_int_equal(strlen(err.what), sizeof err.what - 1);
    assert_string_equal(err.what + sizeof err.what - 5, "x...");
    dfk_fail_why(&err, "%s", word);
    assert_string_equal(err.why + sizeof err.why - 5, "x...");
    dfk_fail_next(&err, "%s", word);
    assert_string_equal(err.next + sizeof err.next - 5, "x...");
}

static void a_sentence_that_just_fits_is_whole(void **state)
{
    (void)state;
    char word[sizeof((struct dfk_error *)0)->what];
    memset(word, 'y', sizeof word - 1);
    word[sizeof word - 1] = '\0';
    struct dfk_error err = {.code = DFK_OK};
    (void)dfk_fail(&err, DFK_E_BAD_FILE, "%s", word);
    assert_string_equal(err.what, word);
}

static void a_cut_leaves_no_half_character(void **state)
{
    (void)state;
    char word[1001];
    for (size_t i = 0; i < 1000; i += 2) {
        memcpy(word + i, "\xC3\x9C", 2);
    }
    word[1000] = '\0';
    struct dfk_error err = {.code = DFK_OK};
    (void)dfk_fail(&err, DFK_E_BAD_FILE, "%s", word);
    assert_string_equal(err.what + strlen(err.what) - 5, "\xC3\x9C...");
    struct dfk_error shifted = {.code = DFK_OK};
    (void)dfk_fail(&shifted, DFK_E_BAD_FILE, "-%s", word);
    assert_string_equal(shifted.what + strlen(shifted.what) - 5, "\xC3\x9C...");
}

static void a_long_file_name_keeps_its_end(void **state)
{
    (void)state;
    char path[301];
    memset(path, 'p', sizeof path);
    memcpy(path + 290, "/image.dfu", 11);
    struct dfk_error err = {.code = DFK_E_BAD_FILE};
    dfk_fail_in_file(&err, path, UINT64_MAX);
    assert_int_equal(strlen(err.where.file), sizeof err.where.file - 1);
    assert_string_equal(err.where.file + 85, "/image.dfu");
    assert_true(err.where.offset == UINT64_MAX);
    memcpy(path + 300 - 96, "\xC3\x9C", 2);
    struct dfk_error again = {.code = DFK_E_BAD_FILE};
    dfk_fail_in_file(&again, path, 0);
    assert_int_equal(strlen(again.where.file), sizeof err.where.file - 2);
    assert_int_equal(again.where.file[0], 'p');
}

static void a_whole_error_is_taken_over_unless_one_stands(void **state)
{
    (void)state;
    struct dfk_error from = {.code = DFK_OK}, err = {.code = DFK_OK};
    (void)dfk_fail(&from, DFK_E_TIMEOUT, "late");
    dfk_fail_why(&from, "because");
    assert_int_equal(dfk_fail_copy(&err, &from), -DFK_E_TIMEOUT);
    assert_string_equal(err.what, "late");
    assert_string_equal(err.why, "because");
    struct dfk_error other = {.code = DFK_OK};
    (void)dfk_fail(&other, DFK_E_LOST, "gone");
    assert_int_equal(dfk_fail_copy(&err, &other), -DFK_E_LOST);
    assert_string_equal(err.what, "late");
}

static void every_code_has_its_own_name_and_exit_code(void **state)
{
    (void)state;
    assert_string_equal(dfk_error_name(DFK_OK), "ok");
    assert_int_equal(dfk_error_exit_code(DFK_OK), 0);
    assert_string_equal(dfk_error_next(DFK_OK), "");
    assert_string_equal(dfk_error_name(DFK_E_BAD_FILE), "bad-file");
    assert_int_equal(dfk_error_exit_code(DFK_E_BAD_FILE), 5);
    for (int i = 1; i < DFK_CODE_COUNT; i++) {
        assert_true(dfk_error_exit_code((enum dfk_code)i) > 0);
        assert_true(dfk_error_exit_code((enum dfk_code)i) < 126);
        assert_true(strlen(dfk_error_next((enum dfk_code)i)) > 0);
        assert_true(strlen(dfk_error_sentence((enum dfk_code)i)) > 0);
        for (int j = 0; j < i; j++) {
            assert_int_not_equal(dfk_error_exit_code((enum dfk_code)i),
                                 dfk_error_exit_code((enum dfk_code)j));
            assert_string_not_equal(dfk_error_name((enum dfk_code)i),
                                    dfk_error_name((enum dfk_code)j));
        }
    }
}

static void a_number_that_is_no_code_counts_as_internal(void **state)
{
    (void)state;
    assert_string_equal(dfk_error_name((enum dfk_code)999), "internal");
    assert_int_equal(dfk_error_exit_code((enum dfk_code)DFK_CODE_COUNT), 1);
}

static void the_version_is_that_of_the_build(void **state)
{
    (void)state;
    assert_string_equal(dfk_version(), DFUKIT_VERSION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failure_has_code_sentence_and_next_step),
        cmocka_unit_test(the_first_failure_wins),
        cmocka_unit_test(an_outer_layer_fills_only_what_is_empty),
        cmocka_unit_test(an_address_is_named_once),
        cmocka_unit_test(nobody_has_to_want_the_error),
        cmocka_unit_test(a_long_sentence_shows_that_it_was_cut),
        cmocka_unit_test(a_sentence_that_just_fits_is_whole),
        cmocka_unit_test(a_cut_leaves_no_half_character),
        cmocka_unit_test(a_long_file_name_keeps_its_end),
        cmocka_unit_test(a_whole_error_is_taken_over_unless_one_stands),
        cmocka_unit_test(every_code_has_its_own_name_and_exit_code),
        cmocka_unit_test(a_number_that_is_no_code_counts_as_internal),
        cmocka_unit_test(the_version_is_that_of_the_build),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
