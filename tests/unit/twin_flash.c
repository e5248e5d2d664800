/* SPDX-License-Identifier: MIT
 * The physics of the flash array: erase, program, error correction, damage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
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

/* Opens an array whose power is lost in its first operation. */
static void open_cut(struct mem_flash *flash, const struct mem_geometry *geometry,
                     enum mem_cut_kind kind, uint64_t seed)
{
    assert_true(mem_flash_open(flash, geometry));
    flash->cut = (struct mem_cut){.at_operation = 1, .kind = kind, .seed = seed};
}

static void a_cut_program_is_done_in_part(void **context)
{
    (void)context;
    static const struct {
        enum mem_cut_kind kind;
        uint8_t left[4];
    } rows[] = {{MEM_CUT_BEFORE, {0xFF, 0xFF, 0xFF, 0xFF}},
                {MEM_CUT_LOW_HALF, {1, 2, 0xFF, 0xFF}},
                {MEM_CUT_HIGH_HALF, {0xFF, 0xFF, 3, 4}},
                {MEM_CUT_AFTER, {1, 2, 3, 4}}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct mem_flash flash;
        open_cut(&flash, &plain, rows[i].kind, 0);
        const uint8_t data[8] = {1, 2, 3, 4, 5, 6, 7, 8};
        assert_int_equal(mem_flash_program(&flash, 0x08000000, data, 8), MEM_POWER_LOST);
        assert_true(flash.power_lost);
        assert_memory_equal(flash.cells, rows[i].left, 4);
        assert_int_equal(flash.cells[4], 0xFF);
        mem_flash_close(&flash);
    }
}

static void a_torn_word_cannot_be_read_unless_all_or_nothing_changed(void **context)
{
    (void)context;
    const uint8_t data[32] = {0x12, 0x34};
    uint8_t blank[32];
    int bad = 0;
    memset(blank, 0xFF, sizeof blank);
    for (uint64_t seed = 0; seed < 64; seed++) {
        struct mem_flash flash;
        uint8_t got[32];
        open_cut(&flash, &words, MEM_CUT_RANDOM, seed);
        assert_int_equal(mem_flash_program(&flash, 0x08000020, data, 32), MEM_POWER_LOST);
        uint8_t *cells = flash.cells + 0x20;
        bool all = memcmp(cells, data, 32) == 0;
        bool nothing = memcmp(cells, blank, 32) == 0;
        bool reads = mem_flash_read(&flash, 0x08000020, got, 32) == MEM_OK;
        assert_true(reads == (all || nothing));
        for (int i = 0; i < 32; i++) {
            assert_int_equal(cells[i] & data[i], data[i]);
        }
        bad += !reads;
        mem_flash_close(&flash);
    }
    assert_true(bad > 32);
}

/* The low half of a word, and the rest of it wanted no change: then it is whole. */
static void a_half_word_that_is_all_of_it_reads_well(void **context)
{
    (void)context;
    struct mem_flash flash;
    uint8_t got[32];
    open_cut(&flash, &words, MEM_CUT_LOW_HALF, 0);
    uint8_t data[32];
    memset(data, 0xFF, sizeof data);
    data[3] = 9;
    assert_int_equal(mem_flash_program(&flash, 0x08000000, data, 32), MEM_POWER_LOST);
    assert_int_equal(mem_flash_read(&flash, 0x08000000, got, 32), MEM_OK);
    assert_memory_equal(got, data, 32);
    flash.power_lost = false;
    flash.cut.at_operation = 2;
    data[20] = 9;
    assert_int_equal(mem_flash_program(&flash, 0x08000020, data, 32), MEM_POWER_LOST);
    uint32_t bad = 0;
    assert_true(mem_flash_find_bad(&flash, 0x08000010, 0x40, &bad));
    assert_int_equal(bad, 0x08000020);
    assert_false(mem_flash_find_bad(&flash, 0x08000000, 0x20, NULL));
    mem_flash_close(&flash);
}

static void a_cut_erase_is_done_in_part(void **context)
{
    (void)context;
    enum { KINDS = 5 };
    static const uint8_t left[KINDS][2] = {{0, 0}, {0xFF, 0}, {0, 0xFF}, {0, 0}, {0xFF, 0xFF}};
    static const enum mem_cut_kind kinds[KINDS] = {MEM_CUT_BEFORE, MEM_CUT_LOW_HALF,
                                                   MEM_CUT_HIGH_HALF, MEM_CUT_NONE, MEM_CUT_AFTER};
    for (size_t i = 0; i < KINDS; i++) {
        struct mem_flash flash;
        assert_true(mem_flash_open(&flash, &words));
        memset(flash.cells, 0, 0x8000);
        mem_flash_refresh(&flash, 0x08000000, 0x8000);
        flash.cut = (struct mem_cut){.at_operation = 1, .kind = kinds[i]};
        bool cut = kinds[i] != MEM_CUT_NONE;
        assert_true(mem_flash_erase(&flash, 0x08000000) == !cut);
        assert_true(flash.power_lost == cut);
        if (cut) {
            assert_int_equal(flash.cells[0x1FFF], left[i][0]);
            assert_int_equal(flash.cells[0x2000], left[i][1]);
        }
        assert_int_equal(flash.cells[0x4000], 0);
        assert_false(mem_flash_find_bad(&flash, 0x08000000, 0x8000, NULL));
        mem_flash_close(&flash);
    }
}

static void a_randomly_torn_erase_depends_on_its_seed(void **context)
{
    (void)context;
    uint8_t first[0x4000];
    for (uint64_t run = 0; run < 3; run++) {
        struct mem_flash flash;
        assert_true(mem_flash_open(&flash, &words));
        memset(flash.cells, 0x5A, 0x8000);
        mem_flash_refresh(&flash, 0x08000000, 0x8000);
        flash.cut =
            (struct mem_cut){.at_operation = 1, .kind = MEM_CUT_RANDOM, .seed = 7 + run / 2};
        assert_false(mem_flash_erase(&flash, 0x08000000));
        assert_true(mem_flash_find_bad(&flash, 0x08000000, 0x4000, NULL));
        assert_false(mem_flash_find_bad(&flash, 0x08004000, 0x4000, NULL));
        for (size_t i = 0; i < 0x4000; i++) {
            assert_int_equal(flash.cells[i] & 0x5A, 0x5A);
        }
        if (run == 0) {
            memcpy(first, flash.cells, sizeof first);
        }
        assert_true((memcmp(first, flash.cells, sizeof first) == 0) == (run < 2));
        mem_flash_close(&flash);
    }
}

static void without_power_nothing_happens(void **context)
{
    (void)context;
    struct mem_flash flash;
    const uint8_t data[12] = {0};
    assert_true(mem_flash_open(&flash, &plain));
    flash.cut = (struct mem_cut){.at_operation = 3, .kind = MEM_CUT_BEFORE};
    assert_int_equal(mem_flash_program(&flash, 0x08000000, data, 12), MEM_POWER_LOST);
    assert_int_equal(flash.cells[7], 0);
    assert_int_equal(flash.cells[8], 0xFF);
    assert_false(mem_flash_erase(&flash, 0x08000000));
    assert_int_equal(flash.operation_count, 3);
    assert_int_equal(flash.cells[0], 0);
    flash.power_lost = false;
    assert_true(mem_flash_erase(&flash, 0x08000000));
    assert_int_equal(flash.cells[0], 0xFF);
    mem_flash_close(&flash);
}

static void cells_change_when_an_operation_ends(void **context)
{
    (void)context;
    struct mem_flash flash;
    const uint8_t data[4] = {0};
    assert_true(mem_flash_open(&flash, &plain));
    assert_int_equal(mem_flash_begin_program(&flash, 0x08000000, data, 4), MEM_OK);
    assert_int_equal(mem_flash_begin_program(&flash, 0x08000004, data, 4), MEM_BUSY);
    assert_int_equal(mem_flash_begin_program(&flash, 0x08004000, data, 4), MEM_OK);
    assert_int_equal(flash.cells[0], 0xFF);
    assert_int_equal(mem_flash_end(&flash, 0), MEM_OK);
    assert_int_equal(flash.cells[3], 0);
    assert_int_equal(flash.cells[0x4000], 0xFF);
    assert_int_equal(mem_flash_end(&flash, 1), MEM_OK);
    assert_int_equal(flash.cells[0x4003], 0);
    assert_int_equal(mem_flash_begin_erase(&flash, 0x08000000, 0x4000), MEM_OK);
    assert_int_equal(flash.cells[0], 0);
    assert_int_equal(mem_flash_end(&flash, 0), MEM_OK);
    assert_int_equal(flash.cells[0], 0xFF);
    assert_int_equal(flash.cells[0x4000], 0);
    mem_flash_close(&flash);
}

/* A reset comes while one bank erases; what was there is neither old nor blank. */
static void a_reset_tears_what_is_under_way(void **context)
{
    (void)context;
    struct mem_flash flash;
    assert_true(mem_flash_open(&flash, &plain));
    memset(flash.cells, 0, 0x8000);
    assert_int_equal(mem_flash_begin_erase(&flash, 0x08004000, 1), MEM_OK);
    mem_flash_interrupt(&flash, 1);
    int changed = 0;
    for (size_t i = 0; i < 0x4000; i++) {
        assert_int_equal(flash.cells[i], 0);
        changed += flash.cells[0x4000 + i] != 0;
    }
    assert_true(changed > 0);
    assert_false(flash.power_lost);
    assert_int_equal(mem_flash_end(&flash, 1), MEM_OK);
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
        cmocka_unit_test(a_cut_program_is_done_in_part),
        cmocka_unit_test(a_torn_word_cannot_be_read_unless_all_or_nothing_changed),
        cmocka_unit_test(a_half_word_that_is_all_of_it_reads_well),
        cmocka_unit_test(a_cut_erase_is_done_in_part),
        cmocka_unit_test(a_randomly_torn_erase_depends_on_its_seed),
        cmocka_unit_test(without_power_nothing_happens),
        cmocka_unit_test(cells_change_when_an_operation_ends),
        cmocka_unit_test(a_reset_tears_what_is_under_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
