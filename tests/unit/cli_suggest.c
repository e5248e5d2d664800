/* SPDX-License-Identifier: MIT
 * cli/suggest.c: a slip of the finger is understood, another word is not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/suggest.h"

static const char *meant_by(const char *text)
{
    static const char *const words[] = {"flash", "list", "leave", "verify", "no-verify", "full"};
    struct suggestion best = {0};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        suggest(&best, text, words[i]);
    }
    return best.word == NULL ? "" : best.word;
}

static void slips_are_understood(void **state)
{
    (void)state;
    assert_string_equal(meant_by("falsh"), "flash");
    assert_string_equal(meant_by("flas"), "flash");
    assert_string_equal(meant_by("fllash"), "flash");
    assert_string_equal(meant_by("lisst"), "list");
    assert_string_equal(meant_by("no-verfiy"), "no-verify");
    assert_string_equal(meant_by("veryfi"), "verify");
}

static void the_nearest_word_wins(void **state)
{
    (void)state;
    assert_string_equal(meant_by("verify"), "verify");
    assert_string_equal(meant_by("n-verify"), "no-verify");
}

static void another_word_is_not_taken(void **state)
{
    (void)state;
    assert_string_equal(meant_by("keep"), "");
    assert_string_equal(meant_by(""), "");
    assert_string_equal(meant_by("ful1"), "full");
    assert_string_equal(meant_by("fu11"), "");
    assert_string_equal(meant_by("a-word-of-more-than-thirty-two-letters"), "");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(slips_are_understood),
        cmocka_unit_test(the_nearest_word_wins),
        cmocka_unit_test(another_word_is_not_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
