/* SPDX-License-Identifier: MIT
 * Byte order of integers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/bytes.h"

static const uint8_t wire[5] = {0x81, 0x92, 0xA3, 0xB4, 0xC5};

static void bytes_become_integers(void **state)
{
    (void)state;
    assert_int_equal(get_le16(wire), 0x9281);
    assert_int_equal(get_le24(wire), 0xA39281);
    assert_int_equal(get_le32(wire), 0xB4A39281);
    assert_int_equal(get_be16(wire), 0x8192);
    assert_int_equal(get_be32(wire), 0x8192A3B4);
    assert_int_equal(get_le32(wire + 1), 0xC5B4A392);
}

static void integers_become_bytes_and_touch_no_others(void **state)
{
    (void)state;
    uint8_t out[5];
    static const uint8_t le16[5] = {0x81, 0x92, 7, 7, 7}, le24[5] = {0x81, 0x92, 0xA3, 7, 7},
                         le32[5] = {0x81, 0x92, 0xA3, 0xB4, 7}, be16[5] = {0x92, 0x81, 7, 7, 7},
                         be32[5] = {0xB4, 0xA3, 0x92, 0x81, 7};
    memset(out, 7, sizeof out);
    put_le16(out, 0x9281);
    assert_memory_equal(out, le16, 5);
    put_le24(out, 0xFFA39281);
    assert_memory_equal(out, le24, 5);
    put_le32(out, 0xB4A39281);
    assert_memory_equal(out, le32, 5);
    memset(out, 7, sizeof out);
    put_be16(out, 0x9281);
    assert_memory_equal(out, be16, 5);
    put_be32(out, 0xB4A39281);
    assert_memory_equal(out, be32, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_become_integers),
        cmocka_unit_test(integers_become_bytes_and_touch_no_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
