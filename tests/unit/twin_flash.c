/* SPDX-License-Identifier: MIT
 * The physics of the flash array: erase, program, error correction, damage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "twin/mem/flash.h"

static const struct mem_geometry plain = {
    .base = 0x08000000, .bytes = 0x8000, .bank_bytes = 0x4000, .layout = "@x/0x08000000/02*016Kg"};
static const struct mem_geometry words = {.base = 0x08000000,
                                          .bytes = 0x8000,
                                          .bank_bytes = 0x8000,
                                          .ecc_word_bytes = 32,
                                          .layout = "@x/0x08000000/02*016Kg"};

static void programming_only_clears_bits(void **context)
{
    (void)context;
    struct mem_flash flash;
    uint8_t got = 0;
    assert_true(mem_flash_open(&flash, &plain));
    assert_int_equal(mem_flash_program(&flash, 0x08000010, (const uint8_t[]){0xF0}, 1), MEM_OK);
    assert_int_equal(mem_flash_program(&flash, 0x08000010, (const uint8_t[]){0x3C}, 1), MEM_OK);
    assert_int_equal(mem_flash_read(&flash, 0x08000010, &got, 1), MEM_OK);
    assert_int_equal(got, 0x30);
    assert_true(mem_flash_erase(&flash, 0x08000010));
    assert_int_equal(mem_flash_read(&flash, 0x08000010, &got, 1), MEM_OK);
    assert_int_equal(got, 0xFF);
    mem_flash_close(&flash);
}

static void an_erase_stays_in_its_sector(void **context)
{
    (void)context;
    struct mem_flash flash;
    uint8_t got = 0;
    assert_true(mem_flash_open(&flash, &plain));
    (void)mem_flash_program(&flash, 0x08004000, (const uint8_t[]){0}, 1);
    assert_true(mem_flash_erase(&flash, 0x08003FFF));
    assert_int_equal(mem_flash_read(&flash, 0x08004000, &got, 1), MEM_OK);
    assert_int_equal(got, 0);
    assert_false(mem_flash_erase(&flash, 0x08008000));
    assert_int_equal(mem_flash_bank(&flash, 0x08003FFF), 0);
    assert_int_equal(mem_flash_bank(&flash, 0x08004000), 1);
    mem_flash_close(&flash);
}

static void a_word_programmed_twice_cannot_be_read(void **context)
{
    (void)context;
    struct mem_flash flash;
    uint8_t data[32] = {1, 2, 3};
    uint8_t got[32] = {0};
    assert_true(mem_flash_open(&flash, &words));
    assert_int_equal(mem_flash_program(&flash, 0x08000020, data, 32), MEM_OK);
    assert_int_equal(mem_flash_program(&flash, 0x08000020, data, 32), MEM_OK);
    assert_int_equal(mem_flash_read(&flash, 0x08000020, got, 32), MEM_OK);
    data[5] = 9;
    (void)mem_flash_program(&flash, 0x08000020, (const uint8_t[]){0, 0}, 2);
    assert_int_equal(mem_flash_read(&flash, 0x08000020, got, 32), MEM_ECC);
    assert_int_equal(mem_flash_read(&flash, 0x08000000, got, 32), MEM_OK);
    assert_true(mem_flash_erase(&flash, 0x08000020));
    assert_int_equal(mem_flash_read(&flash, 0x08000020, got, 32), MEM_OK);
    mem_flash_close(&flash);
}

/* The rest of a word that was programmed in part is fixed as well. */
static void half_a_word_uses_up_the_whole(void **context)
{
    (void)context;
    struct mem_flash flash;
    uint8_t data[16] = {7};
    uint8_t got[32];
    assert_true(mem_flash_open(&flash, &words));
    assert_int_equal(mem_flash_program(&flash, 0x08000040, data, 16), MEM_OK);
    assert_int_equal(mem_flash_program(&flash, 0x08000050, data, 16), MEM_OK);
    assert_int_equal(mem_flash_read(&flash, 0x08000040, got, 32), MEM_ECC);
    mem_flash_close(&flash);
}

static void damaged_places_behave_so(void **context)
{
    (void)context;
    struct mem_flash flash;
    uint8_t got = 0;
    const struct mem_speed speed = {.erase = {{0x4000, 100}}, .unit_bytes = 4, .unit_ns = 10};
    assert_true(mem_flash_open(&flash, &plain));
    assert_true(mem_flash_add_spot(&flash, &(struct mem_spot){MEM_SPOT_SLOW, 0x08000000, 7}));
    assert_true(mem_flash_add_spot(&flash, &(struct mem_spot){MEM_SPOT_STUCK_BIT, 0x08000001, 0}));
    assert_true(mem_flash_add_spot(&flash, &(struct mem_spot){MEM_SPOT_ERASE_NOOP, 0x08004000, 0}));
    assert_int_equal(mem_flash_erase_ns(&flash, &speed, 0x08000010), 700);
    assert_int_equal(mem_flash_erase_ns(&flash, &speed, 0x08004010), 100);
    assert_int_equal(mem_flash_program_ns(&speed, 9), 30);
    assert_true(mem_flash_erase(&flash, 0x08000000));
    assert_int_equal(mem_flash_read(&flash, 0x08000001, &got, 1), MEM_OK);
    assert_int_equal(got, 0xFE);
    (void)mem_flash_program(&flash, 0x08004000, (const uint8_t[]){0x12}, 1);
    assert_true(mem_flash_erase(&flash, 0x08004000));
    assert_int_equal(mem_flash_read(&flash, 0x08004000, &got, 1), MEM_OK);
    assert_int_equal(got, 0x12);
    mem_flash_close(&flash);
}

static void a_protected_sector_takes_nothing_and_says_nothing(void **context)
{
    (void)context;
    struct mem_flash flash;
    uint8_t got = 0;
    assert_true(mem_flash_open(&flash, &plain));
    (void)mem_flash_program(&flash, 0x08004000, (const uint8_t[]){0x12}, 1);
    assert_true(mem_flash_add_spot(&flash, &(struct mem_spot){MEM_SPOT_PROTECTED, 0x08004000, 0}));
    assert_true(mem_flash_erase(&flash, 0x08004000));
    assert_int_equal(mem_flash_program(&flash, 0x08004000, (const uint8_t[]){0}, 1), MEM_OK);
    assert_int_equal(mem_flash_read(&flash, 0x08004000, &got, 1), MEM_OK);
    assert_int_equal(got, 0x12);
    mem_flash_close(&flash);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(programming_only_clears_bits),
        cmocka_unit_test(an_erase_stays_in_its_sector),
        cmocka_unit_test(a_word_programmed_twice_cannot_be_read),
        cmocka_unit_test(half_a_word_uses_up_the_whole),
        cmocka_unit_test(damaged_places_behave_so),
        cmocka_unit_test(a_protected_sector_takes_nothing_and_says_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
