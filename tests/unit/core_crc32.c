/* SPDX-License-Identifier: MIT
 * CRC-32 against published values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/crc32.h"

static void published_values_come_out(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t crc;
    } cases[] = {
        {"", 0x00000000},
        {"a", 0xE8B7BE43},
        {"abc", 0x352441C2},
        {"123456789", 0xCBF43926},
        {"The quick brown fox jumps over the lazy dog", 0x414FA339},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const uint8_t *bytes = (const uint8_t *)cases[i].text;
        assert_int_equal(crc32_update(CRC32_START, bytes, strlen(cases[i].text)), cases[i].crc);
    }
    static const uint8_t zeros[32], ones[4] = {0xFF, 0xFF, 0xFF, 0xFF};
    assert_int_equal(crc32_update(CRC32_START, zeros, 32), 0x190A55AD);
    assert_int_equal(crc32_update(CRC32_START, ones, 4), 0xFFFFFFFF);
}

static void the_suffix_stores_the_inverse(void **state)
{
    (void)state;
    static const uint8_t suffix[12] = {0xFF, 0xFF, 0x11, 0xDF, 0x83, 0x04,
                                       0x1A, 0x01, 'U',  'F',  'D',  0x10};
    assert_int_equal(~crc32_update(CRC32_START, suffix, sizeof suffix), 0x1C6A8581);
    assert_int_equal(~crc32_update(CRC32_START, (const uint8_t *)"123456789", 9), 0x340BC6D9);
}

static void a_crc_goes_on_over_more_bytes(void **state)
{
    (void)state;
    static const uint8_t text[] = "123456789";
    for (size_t cut = 0; cut <= 9; cut++) {
        uint32_t crc = crc32_update(CRC32_START, text, cut);
        assert_int_equal(crc32_update(crc, text + cut, 9 - cut), 0xCBF43926);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_values_come_out),
        cmocka_unit_test(the_suffix_stores_the_inverse),
        cmocka_unit_test(a_crc_goes_on_over_more_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
