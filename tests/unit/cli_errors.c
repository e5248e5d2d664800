/* SPDX-License-Identifier: MIT
 * The error table as a person meets it: every row has words, an exit code of its own, and a next
 * step.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "cli/fail.h"

static void every_exit_code_means_one_thing(void **state)
{
    bool taken[100] = {true};
    (void)state;
    for (int code = DFK_OK + 1; code < DFK_CODE_COUNT; code++) {
        int exit_code = dfk_error_exit_code((enum dfk_code)code);
        assert_in_range(exit_code, 1, 99);
        assert_false(taken[exit_code]);
        taken[exit_code] = true;
    }
}

static void every_row_says_what_it_means_and_what_to_try(void **state)
{
    (void)state;
    for (int code = DFK_OK + 1; code < DFK_CODE_COUNT; code++) {
        const char *sentence = dfk_error_sentence((enum dfk_code)code);
        assert_true(strlen(dfk_error_next((enum dfk_code)code)) > 10);
        assert_int_equal(sentence[strlen(sentence) - 1], '.');
        assert_null(strchr(dfk_error_name((enum dfk_code)code), ' '));
    }
}

static void a_code_outside_the_table_is_a_fault_of_ours(void **state)
{
    (void)state;
    assert_string_equal(dfk_error_name((enum dfk_code)9999), "internal");
    assert_int_equal(dfk_error_exit_code((enum dfk_code)9999), dfk_error_exit_code(DFK_E_INTERNAL));
}

static void no_permission_names_the_rule_that_gives_it(void **state)
{
    struct dfk_error err = {0};
    (void)state;
    assert_int_equal(cli_fail(&err, DFK_E_PERMISSION, "no"), -DFK_E_PERMISSION);
    assert_non_null(strstr(err.next, "udev"));
}

static void the_first_failure_wins(void **state)
{
    struct dfk_error err = {0};
    (void)state;
    (void)cli_fail(&err, DFK_E_USAGE, "first %d", 1);
    assert_int_equal(cli_fail(&err, DFK_E_REFUSED, "second"), -DFK_E_USAGE);
    assert_string_equal(err.what, "first 1");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_exit_code_means_one_thing),
        cmocka_unit_test(every_row_says_what_it_means_and_what_to_try),
        cmocka_unit_test(a_code_outside_the_table_is_a_fault_of_ours),
        cmocka_unit_test(no_permission_names_the_rule_that_gives_it),
        cmocka_unit_test(the_first_failure_wins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
