/* SPDX-License-Identifier: MIT
 * Layout strings that are odd, damaged or hostile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/support/layout_check.h"

static const struct layout_case accepted[] = {
    {"blank after a comma",
     "@Flash/0x08000000/04*016Kg, 01*064Kg",
     NULL,
     "Flash",
     {{0x08000000, 16 * K, 4, REW}, {0x08010000, 64 * K, 1, REW}}},
    {"blanks before the first sector",
     "@Flash/0x08000000/  04*016Kg",
     NULL,
     "Flash",
     {{0x08000000, 16 * K, 4, REW}}},
    {"no unit", "@Option/0x1FFFC000/01*016e", NULL, "Option", {{0x1FFFC000, 16, 1, RW}}},
    {"unit B", "@Option/0x1FFFC000/01*016Be", NULL, "Option", {{0x1FFFC000, 16, 1, RW}}},
    {"unit M", "@Big/0x90000000/02*016Mg", NULL, "Big", {{0x90000000, 16 * M, 2, REW}}},
    {"no name", "@/0x08000000/1*1Kg", NULL, "", {{0x08000000, 1 * K, 1, REW}}},
    {"one digit of address", "@x/0x0/1*1Kg", NULL, "x", {{0, 1 * K, 1, REW}}},
    {"more digits than fit, all zero",
     "@x/0x0000000000008000/000000000000001*1Kg",
     NULL,
     "x",
     {{0x8000, 1 * K, 1, REW}}},
    {"the last byte of the address space",
     "@x/0xFFFFFFFF/1*1 g",
     NULL,
     "x",
     {{0xFFFFFFFF, 1, 1, REW}}},
    {"the whole address space", "@x/0x0/1024*4Mg", NULL, "x", {{0, 4 * M, 1024, REW}}},
    {"overlapping groups are the caller's to judge",
     "@x/0x0/2*1Kg/0x0/1*2Kg",
     NULL,
     "x",
     {{0, 1 * K, 2, REW}, {0, 2 * K, 1, REW}}},
    {"name of other alphabets", "@\xC3\x9C/0x0/1*1Kg", NULL, "\xC3\x9C", {{0, 1 * K, 1, REW}}},
};

static const struct layout_case tolerated[] = {
    {"garbage behind the type",
     "@Internal Flash/0x08000000/01*064Kg,07*128Kg??",
     "??",
     "Internal Flash",
     {{0x08000000, 64 * K, 1, REW}, {0x08010000, 128 * K, 7, REW}}},
    {"slash and garbage",
     "@Internal Flash/0x08000000/07*128Kg/?",
     "?",
     "Internal Flash",
     {{0x08000000, 128 * K, 7, REW}}},
    {"slash alone",
     "@Internal Flash/0x08000000/07*128Kg/",
     "",
     "Internal Flash",
     {{0x08000000, 128 * K, 7, REW}}},
    {"BTT Octopus Pro, tail that is not ASCII",
     "@Internal Flash  /0x08000000/04*016Kg,01*064Kg,07*128Kg\xEF\xBF\xBD\xE6\x95\x80",
     "\xEF\xBF\xBD\xE6\x95\x80",
     "Internal Flash  ",
     {{0x08000000, 16 * K, 4, REW}, {0x08010000, 64 * K, 1, REW}, {0x08020000, 128 * K, 7, REW}}},
    {"MATEK F722, stars missing",
     "@Option Bytes  /0x1FFF0000/01*032 e,048 e,528e",
     " e,528e",
     "Option Bytes  ",
     {{0x1FFF0000, 32, 1, RW}}},
    {"cut in the count",
     "@Internal Flash  /0x08000000/04*016Kg,01",
     "",
     "Internal Flash  ",
     {{0x08000000, 16 * K, 4, REW}}},
    {"cut in the size",
     "@Internal Flash  /0x08000000/04*016Kg,01*06",
     "",
     "Internal Flash  ",
     {{0x08000000, 16 * K, 4, REW}}},
    {"cut before the type",
     "@Internal Flash  /0x08000000/04*016Kg,01*064K",
     "",
     "Internal Flash  ",
     {{0x08000000, 16 * K, 4, REW}}},
    {"cut after a comma",
     "@Internal Flash  /0x08000000/04*016Kg,",
     "",
     "Internal Flash  ",
     {{0x08000000, 16 * K, 4, REW}}},
    {"a blank where a comma belongs",
     "@x/0x08000000/04*016Kg 01*064Kg",
     " 01*064Kg",
     "x",
     {{0x08000000, 16 * K, 4, REW}}},
    {"what follows damage has no known address",
     "@x/0x08000000/04*016Kg,01*064Kz,07*128Kg",
     "z,07*128Kg",
     "x",
     {{0x08000000, 16 * K, 4, REW}}},
    {"a later group has an address of its own",
     "@x/0x08000000/01*016Kg,?/0x08100000/01*128Kg",
     "?/0x08100000/01*128Kg",
     "x",
     {{0x08000000, 16 * K, 1, REW}, {0x08100000, 128 * K, 1, REW}}},
    {"a group without sectors",
     "@x/0x1FF8000/0x08000000/1*1Kg/0x0/1*2Kg",
     "x08000000/1*1Kg/0x0/1*2Kg",
     "x",
     {{0, 2 * K, 1, REW}}},
    {"count 0",
     "@x/0x08000000/0*016Kg,1*064Kg",
     "0*016Kg,1*064Kg",
     "x",
     {{0x08000000, 64 * K, 1, REW}}},
    {"size 0",
     "@x/0x08000000/1*016Kg,4*0Kg,1*064Kg",
     "4*0Kg,1*064Kg",
     "x",
     {{0x08000000, 16 * K, 1, REW}, {0x08004000, 64 * K, 1, REW}}},
    {"the first damage counts",
     "@x/0x08000000/1*1Kg,0*1Kg,?",
     "0*1Kg,?",
     "x",
     {{0x08000000, 1 * K, 1, REW}}},
    {"one byte beyond the address space",
     "@x/0xFFFFFFF0/1*15 g,2*1 g",
     "2*1 g",
     "x",
     {{0xFFFFFFF0, 15, 1, REW}}},
    {"more bytes than 32 bits",
     "@x/0x0/1*1Kg,65536*65537Kg,1*1Kg",
     "65536*65537Kg,1*1Kg",
     "x",
     {{0, 1 * K, 1, REW}}},
    {"a sector of 4 GiB", "@x/0x0/1*1Kg,1*4096Mg", "Mg", "x", {{0, 1 * K, 1, REW}}},
    {"more sectors than any memory",
     "@x/0x0/1*1Kg,1048576*1 g",
     "1048576*1 g",
     "x",
     {{0, 1 * K, 1, REW}}},
    {"more sectors in all groups",
     "@x/0x0/1048575*1 g/0x0/1*1 g,1*1 g",
     "1*1 g",
     "x",
     {{0, 1, 1048575, REW}, {0, 1, 1, REW}}},
    {"a negative count", "@x/0x0/1*1Kg,-1*1Kg", "-1*1Kg", "x", {{0, 1 * K, 1, REW}}},
    {"a count of 2^32", "@x/0x0/1*1Kg,4294967296*1 g", "4294967296*1 g", "x", {{0, 1 * K, 1, REW}}},
    {"a size of 2^32", "@x/0x0/1*1Kg,1*4294967296 g", "4294967296 g", "x", {{0, 1 * K, 1, REW}}},
    {"an address of 2^32",
     "@x/0x0/1*1Kg/0x100000000/1*1Kg",
     "100000000/1*1Kg",
     "x",
     {{0, 1 * K, 1, REW}}},
};

static const struct layout_case bad[] = {
    {"no text", "", "", "", {{0, 0, 0, 0}}},
    {"plain DFU name", "UNKNOWN", "UNKNOWN", "", {{0, 0, 0, 0}}},
    {"partition of a plain DFU device",
     "FIRMWARE/0x08040000/1*1Kg",
     "FIRMWARE/0x08040000/1*1Kg",
     "",
     {{0, 0, 0, 0}}},
    {"name alone", "@Internal Flash", "", "", {{0, 0, 0, 0}}},
    {"address alone", "@Internal Flash/0x08000000", "", "", {{0, 0, 0, 0}}},
    {"address and slash", "@Internal Flash/0x08000000/", "", "", {{0, 0, 0, 0}}},
    {"large X", "@Internal Flash/0X08000000/16*128Kg", "X08000000/16*128Kg", "", {{0, 0, 0, 0}}},
    {"address without 0x",
     "@Internal Flash/08000000/16*128Kg",
     "8000000/16*128Kg",
     "",
     {{0, 0, 0, 0}}},
    {"address without digits", "@Internal Flash/0x/16*128Kg", "/16*128Kg", "", {{0, 0, 0, 0}}},
    {"no type", "@Internal Flash/0x08000000/16*128K", "", "", {{0, 0, 0, 0}}},
    {"unknown type", "@Internal Flash/0x08000000/16*128Kh", "h", "", {{0, 0, 0, 0}}},
    {"large type", "@Internal Flash/0x08000000/16*128KG", "G", "", {{0, 0, 0, 0}}},
    {"small unit", "@Internal Flash/0x08000000/16*128kg", "kg", "", {{0, 0, 0, 0}}},
    {"no count", "@Internal Flash/0x08000000/*128Kg", "*128Kg", "", {{0, 0, 0, 0}}},
    {"no size", "@Internal Flash/0x08000000/16*Kg", "Kg", "", {{0, 0, 0, 0}}},
    {"only an empty run", "@Internal Flash/0x08000000/0*128Kg", "0*128Kg", "", {{0, 0, 0, 0}}},
    {"only a run that is too large",
     "@Internal Flash/0x08000000/65535*65535Kg",
     "65535*65535Kg",
     "",
     {{0, 0, 0, 0}}},
};

static void odd_strings_are_understood_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof accepted / sizeof accepted[0]; i++) {
        check_layout(&accepted[i]);
    }
}

static void what_is_well_formed_survives_damage(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof tolerated / sizeof tolerated[0]; i++) {
        check_layout(&tolerated[i]);
    }
}

static void nothing_usable_leaves_the_result_untouched(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        check_layout(&bad[i]);
    }
}

static void runs_beyond_the_limit_are_left_out(void **state)
{
    (void)state;
    char text[LAYOUT_RUNS_MAX * 7 + 64] = "@x/0x0/1*1Kg";
    size_t length = strlen(text), limit_at = 0;
    for (unsigned i = 1; i < LAYOUT_RUNS_MAX + 2; i++) {
        limit_at = i == LAYOUT_RUNS_MAX ? length + 1 : limit_at;
        length += (size_t)snprintf(text + length, sizeof text - length, ",1*1K%c", "ag"[i % 2]);
    }
    length += (size_t)snprintf(text + length, sizeof text - length, "/0x9000/1*1Kg");
    struct layout found;
    size_t bad_at = 0;
    assert_int_equal(layout_parse(text, length, &found, &bad_at), LAYOUT_TOLERATED);
    assert_int_equal(found.run_count, 64);
    assert_int_equal(bad_at, limit_at);
    assert_int_equal(found.runs[63].addr, 63 * 1024);
}

static void a_long_name_is_cut_between_characters(void **state)
{
    (void)state;
    char text[128];
    struct layout found;
    (void)snprintf(text, sizeof text, "@%063d%s", 7, "9/0x0/1*1Kg");
    assert_int_equal(layout_parse(text, strlen(text), &found, NULL), LAYOUT_OK);
    assert_int_equal(strlen(found.name), 63);
    (void)snprintf(text, sizeof text, "@%062d%s", 7, "\xC3\x9C/0x0/1*1Kg");
    assert_int_equal(layout_parse(text, strlen(text), &found, NULL), LAYOUT_OK);
    assert_int_equal(strlen(found.name), 62);
    (void)snprintf(text, sizeof text, "@%061d%s", 7, "\xC3\x9C/0x0/1*1Kg");
    assert_int_equal(layout_parse(text, strlen(text), &found, NULL), LAYOUT_OK);
    assert_string_equal(found.name + 61, "\xC3\x9C");
}

static void a_name_cannot_command_a_terminal(void **state)
{
    (void)state;
    static const char text[] = "@A\x1B[2J\x7F\0B/0x0/1*1Kg";
    struct layout found;
    assert_int_equal(layout_parse(text, sizeof text - 1, &found, NULL), LAYOUT_OK);
    assert_string_equal(found.name, "A?[2J??B");
}

static void the_text_needs_no_nul_and_no_place_for_the_error(void **state)
{
    (void)state;
    static const char text[] = {'@', 'x', '/', '0', 'x', '8', '/', '1', '*', '2', 'K', 'g'};
    struct layout found;
    assert_int_equal(layout_parse(text, sizeof text, &found, NULL), LAYOUT_OK);
    assert_int_equal(layout_parse(text, sizeof text - 1, &found, NULL), LAYOUT_BAD);
    assert_int_equal(layout_parse(NULL, 0, &found, NULL), LAYOUT_BAD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(odd_strings_are_understood_whole),
        cmocka_unit_test(what_is_well_formed_survives_damage),
        cmocka_unit_test(nothing_usable_leaves_the_result_untouched),
        cmocka_unit_test(runs_beyond_the_limit_are_left_out),
        cmocka_unit_test(a_long_name_is_cut_between_characters),
        cmocka_unit_test(a_name_cannot_command_a_terminal),
        cmocka_unit_test(the_text_needs_no_nul_and_no_place_for_the_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
