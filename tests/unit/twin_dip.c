/* SPDX-License-Identifier: MIT
 * Brown-outs: one operation of a flash array goes wrong, and the chip goes on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "twin/mem/flash.h"

enum { BASE = 0x08000000, SECTOR = 0x4000, UNIT = 32, SEEDS = 64 };

static const struct mem_geometry plain = {.base = BASE,
                                          .bytes = 2 * SECTOR,
                                          .bank_bytes = 2 * SECTOR,
                                          .layout = "@x/0x08000000/02*016Kg"};
static const struct mem_geometry words = {.base = BASE,
                                          .bytes = 2 * SECTOR,
                                          .bank_bytes = 2 * SECTOR,
                                          .ecc_word_bytes = UNIT,
                                          .layout = "@x/0x08000000/02*016Kg"};

static const uint8_t data[UNIT] = {0x12, 0x34, 0x56, 0x78, 0x9A, 0xBC, 0xDE, 0xF0};

/* Opens an array whose supply dips in its first operation. */
static void open_dip(struct mem_flash *flash, const struct mem_geometry *geometry,
                     enum mem_dip_kind kind, uint64_t seed)
{
    assert_true(mem_flash_open(flash, geometry));
    flash->unit_bytes = UNIT;
    flash->dip = (struct mem_dip){.at_operation = 1, .kind = kind, .seed = seed};
}

/* How many bits of cells read 0 that wanted has as 1, and the other way round. */
struct wrong {
    uint32_t cleared, left;
};

static struct wrong compare(const uint8_t *cells, const uint8_t *wanted, uint32_t length)
{
    struct wrong wrong = {0};
    for (uint32_t i = 0; i < length; i++) {
        for (uint8_t bit = 1; bit != 0; bit = (uint8_t)(bit << 1)) {
            wrong.cleared += (wanted[i] & ~cells[i] & bit) != 0;
            wrong.left += (cells[i] & ~wanted[i] & bit) != 0;
        }
    }
    return wrong;
}

static struct wrong program(const struct mem_geometry *geometry, enum mem_dip_kind kind,
                            uint64_t seed, bool *reads)
{
    struct mem_flash flash;
    uint8_t got[UNIT];
    open_dip(&flash, geometry, kind, seed);
    assert_int_equal(mem_flash_program(&flash, BASE, data, UNIT), MEM_OK);
    assert_false(flash.power_lost);
    struct wrong wrong = compare(flash.cells, data, UNIT);
    *reads = mem_flash_read(&flash, BASE, got, UNIT) == MEM_OK;
    assert_int_equal(flash.cells[UNIT], 0xFF);
    mem_flash_close(&flash);
    return wrong;
}

static void a_weak_program_leaves_bits_at_1_only(void **context)
{
    (void)context;
    bool reads = false;
    uint32_t wrong_at_all = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct wrong wrong = program(&plain, MEM_DIP_WEAK, seed, &reads);
        assert_int_equal(wrong.cleared, 0);
        wrong_at_all += wrong.left != 0;
        wrong = program(&words, MEM_DIP_WEAK, seed, &reads);
        assert_true(reads || wrong.left != 0);
    }
    assert_true(wrong_at_all > SEEDS / 2);
}

static void an_excess_program_clears_more_than_it_should(void **context)
{
    (void)context;
    bool reads = false;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct wrong wrong = program(&plain, MEM_DIP_EXTRA, seed, &reads);
        assert_int_equal(wrong.left, 0);
        assert_true(wrong.cleared > 0 && wrong.cleared < UNIT * 4);
        wrong = program(&words, MEM_DIP_EXTRA, seed, &reads);
        assert_true(wrong.cleared > 0);
        assert_false(reads);
    }
}

/* The worst: error correction says that all is well. */
static void other_data_reads_well(void **context)
{
    (void)context;
    bool reads = false;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct wrong wrong = program(&words, MEM_DIP_OTHER, seed, &reads);
        assert_true(wrong.cleared + wrong.left > 0);
        assert_true(reads);
    }
}

static void nothing_leaves_it_blank(void **context)
{
    (void)context;
    uint8_t blank[UNIT];
    struct mem_flash flash;
    memset(blank, 0xFF, sizeof blank);
    open_dip(&flash, &words, MEM_DIP_NOTHING, 0);
    assert_int_equal(mem_flash_program(&flash, BASE, data, UNIT), MEM_OK);
    assert_memory_equal(flash.cells, blank, UNIT);
    assert_int_equal(mem_flash_program(&flash, BASE, data, UNIT), MEM_OK);
    assert_memory_equal(flash.cells, data, UNIT);
    assert_false(mem_flash_find_bad(&flash, BASE, UNIT, NULL));
    mem_flash_close(&flash);
}

/* Returns how many bits of an erased sector read 0. */
static uint32_t erase(const struct mem_geometry *geometry, enum mem_dip_kind kind, uint64_t seed,
                      bool *reads)
{
    struct mem_flash flash;
    uint8_t blank[SECTOR];
    memset(blank, 0xFF, sizeof blank);
    open_dip(&flash, geometry, kind, seed);
    memset(flash.cells, 0x5A, 2 * SECTOR);
    mem_flash_refresh(&flash, BASE, 2 * SECTOR);
    assert_true(mem_flash_erase(&flash, BASE));
    uint32_t bits = compare(flash.cells, blank, SECTOR).cleared;
    *reads = !mem_flash_find_bad(&flash, BASE, SECTOR, NULL);
    assert_int_equal(flash.cells[SECTOR], 0x5A);
    assert_false(mem_flash_find_bad(&flash, BASE + SECTOR, SECTOR, NULL));
    mem_flash_close(&flash);
    return bits;
}

static void an_erase_leaves_bits_at_0(void **context)
{
    (void)context;
    bool reads = false;
    uint32_t all = SECTOR * 4;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        uint32_t weak = erase(&plain, MEM_DIP_WEAK, seed, &reads);
        assert_true(weak > 0 && weak < all);
        uint32_t extra = erase(&plain, MEM_DIP_EXTRA, seed, &reads);
        assert_true(extra > 0 && extra < 1000);
        (void)erase(&words, MEM_DIP_EXTRA, seed, &reads);
        assert_false(reads);
        uint32_t other = erase(&words, MEM_DIP_OTHER, seed, &reads);
        assert_true(other > 0 && reads);
    }
    assert_int_equal(erase(&words, MEM_DIP_NOTHING, 0, &reads), all);
    assert_true(reads);
}

static void a_controller_that_notices_says_so(void **context)
{
    (void)context;
    struct mem_flash flash;
    uint8_t four[4 * UNIT] = {0};
    open_dip(&flash, &plain, MEM_DIP_NOTHING, 0);
    flash.dip.told = true;
    flash.dip.at_operation = 2;
    assert_int_equal(mem_flash_program(&flash, BASE, four, sizeof four), MEM_FAILED);
    assert_int_equal(flash.cells[UNIT - 1], 0);
    assert_int_equal(flash.cells[UNIT], 0xFF);
    assert_int_equal(flash.cells[2 * UNIT], 0); /* it went on */
    flash.dip.at_operation = flash.operation_count + 1;
    assert_false(mem_flash_erase(&flash, BASE));
    assert_int_equal(flash.cells[0], 0);
    assert_true(mem_flash_erase(&flash, BASE));
    assert_int_equal(flash.cells[0], 0xFF);
    mem_flash_close(&flash);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_weak_program_leaves_bits_at_1_only),
        cmocka_unit_test(an_excess_program_clears_more_than_it_should),
        cmocka_unit_test(other_data_reads_well),
        cmocka_unit_test(nothing_leaves_it_blank),
        cmocka_unit_test(an_erase_leaves_bits_at_0),
        cmocka_unit_test(a_controller_that_notices_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
