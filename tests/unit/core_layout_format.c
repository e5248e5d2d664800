/* SPDX-License-Identifier: MIT
 * Layouts written as strings, and the sectors they describe. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/support/layout_check.h"

static struct layout parsed(const char *text)
{
    struct layout layout = {.run_count = 0};
    assert_int_not_equal(layout_parse(text, strlen(text), &layout, NULL), LAYOUT_BAD);
    return layout;
}

static void strings_of_st_come_out_as_they_went_in(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "@Internal Flash  /0x08000000/04*016Kg,01*064Kg,07*128Kg",
        "@Internal Flash  /0x08000000/04*016Kg,01*064Kg,07*128Kg,04*016Kg,01*064Kg,07*128Kg",
        "@Option Bytes  /0x1FFFC000/01*016 e/0x1FFEC000/01*016 e",
        "@OTP Memory /0x1FFF7800/01*512 e,01*016 e",
        "@Device Feature/0xFFFF0000/01*004 e",
        "@Internal Flash   /0x08000000/16*128Kg",
        "@Option Bytes   /0x5200201C/01*128 e",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct layout layout = parsed(texts[i]);
        char text[256];
        assert_int_equal(layout_format(&layout, text, sizeof text), strlen(texts[i]));
        assert_string_equal(text, texts[i]);
    }
}

static void other_strings_get_the_canonical_form(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"@x/0x8000000/1*2048Kg", "@x/0x08000000/01*002Mg"},
        {"@x/0xf4/1*8Be", "@x/0x000000F4/01*008 e"},
        {"@x/0x08000000/0256*0002Kg", "@x/0x08000000/256*002Kg"},
        {"@x/0x90000000/64*4Kg/0x90040000/60*64Kg", "@x/0x90000000/64*004Kg,60*064Kg"},
        {"@x/0x08000000/1*1 a,1*1 b,1*1 c,1*1 d,1*1 f",
         "@x/0x08000000/01*001 a,01*001 b,01*001 c,01*001 d,01*001 f"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        struct layout layout = parsed(pairs[i][0]);
        char text[256];
        assert_int_not_equal(layout_format(&layout, text, sizeof text), 0);
        assert_string_equal(text, pairs[i][1]);
    }
}

/* A deterministic sequence; the property has to hold for every one. */
static uint32_t next_random(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

static struct layout random_layout(uint32_t *seed)
{
    struct layout layout = {.name = "any"};
    uint64_t next = next_random(seed) >> 1;
    layout.run_count = 1 + next_random(seed) % LAYOUT_RUNS_MAX;
    for (size_t i = 0; i < layout.run_count; i++) {
        struct layout_run *run = &layout.runs[i];
        bool jumps = next_random(seed) % 4 == 0 || next > 0xF0000000;
        run->addr = jumps ? next_random(seed) >> 1 : (uint32_t)next;
        run->sector_bytes = 1 + (next_random(seed) & 0x3FF);
        run->sector_bytes <<= 10 * (next_random(seed) % 2);
        run->count = 1 + next_random(seed) % 300;
        run->access = (uint8_t)(1 + next_random(seed) % 7);
        next = (uint64_t)run->addr + (uint64_t)run->sector_bytes * run->count;
    }
    return layout;
}

static void what_is_written_reads_back_the_same(void **state)
{
    (void)state;
    uint32_t seed = 2463534242;
    for (unsigned round = 0; round < 2000; round++) {
        struct layout layout = random_layout(&seed), again;
        char text[4096];
        size_t length = layout_format(&layout, text, sizeof text);
        assert_int_not_equal(length, 0);
        assert_int_equal(layout_parse(text, length, &again, NULL), LAYOUT_OK);
        assert_string_equal(again.name, layout.name);
        assert_int_equal(again.run_count, layout.run_count);
        for (size_t i = 0; i < layout.run_count; i++) {
            if (!same_run(&again.runs[i], &layout.runs[i])) {
                fail_msg("round %u, run %zu of %s", round, i, text);
            }
        }
    }
}

static void a_buffer_that_is_too_small_gets_no_half_string(void **state)
{
    (void)state;
    struct layout layout = parsed("@Internal Flash   /0x08000000/16*128Kg");
    char text[64];
    assert_int_equal(layout_format(&layout, text, 38 + 1), 38);
    for (size_t capacity = 1; capacity <= 38; capacity++) {
        text[0] = '?';
        assert_int_equal(layout_format(&layout, text, capacity), 0);
        assert_string_equal(text, "");
    }
    assert_int_equal(layout_format(&layout, NULL, 0), 0);
}

struct sector_case {
    uint32_t addr;
    bool found;
    struct layout_sector sector;
};

static void check_sector(const struct layout_sector *got, const struct layout_sector *want)
{
    assert_int_equal(got->addr, want->addr);
    assert_int_equal(got->length, want->length);
    assert_int_equal(got->index, want->index);
    assert_int_equal(got->access, want->access);
}

static void the_sector_of_an_address_is_found(void **state)
{
    (void)state;
    struct layout layout = parsed("@x/0x08000000/04*016Kg,01*064Kg,07*128Kg/0xFFFF0000/01*064Ka");
    static const struct sector_case cases[] = {
        {0x08000000, true, {0x08000000, 16 * K, 0, REW}},
        {0x08003FFF, true, {0x08000000, 16 * K, 0, REW}},
        {0x08004000, true, {0x08004000, 16 * K, 1, REW}},
        {0x0800FFFF, true, {0x0800C000, 16 * K, 3, REW}},
        {0x08010000, true, {0x08010000, 64 * K, 4, REW}},
        {0x08020000, true, {0x08020000, 128 * K, 5, REW}},
        {0x080FFFFF, true, {0x080E0000, 128 * K, 11, REW}},
        {0x08100000, false, {0, 0, 0, 0}},
        {0x07FFFFFF, false, {0, 0, 0, 0}},
        {0xFFFEFFFF, false, {0, 0, 0, 0}},
        {0xFFFFFFFF, true, {0xFFFF0000, 64 * K, 12, R}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        static const struct layout_sector untouched = {1, 2, 3, 4};
        struct layout_sector sector = untouched;
        assert_int_equal(layout_find_sector(&layout, cases[i].addr, &sector), cases[i].found);
        check_sector(&sector, cases[i].found ? &cases[i].sector : &untouched);
    }
}

static void sectors_are_counted_over_all_runs(void **state)
{
    (void)state;
    struct layout layout = parsed("@x/0x08000000/04*016Kg,01*064Kg,07*128Kg/0xFFFF0000/01*064Ka");
    assert_int_equal(layout_sector_count(&layout), 13);
    struct layout_sector by_index, by_addr;
    for (uint32_t i = 0; i < 13; i++) {
        assert_true(layout_get_sector(&layout, i, &by_index));
        assert_true(layout_find_sector(&layout, by_index.addr, &by_addr));
        check_sector(&by_index, &by_addr);
        assert_int_equal(by_index.index, i);
    }
    assert_false(layout_get_sector(&layout, 13, &by_index));
    assert_false(layout_get_sector(&layout, UINT32_MAX, &by_index));
    assert_int_equal(by_index.index, 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings_of_st_come_out_as_they_went_in),
        cmocka_unit_test(other_strings_get_the_canonical_form),
        cmocka_unit_test(what_is_written_reads_back_the_same),
        cmocka_unit_test(a_buffer_that_is_too_small_gets_no_half_string),
        cmocka_unit_test(the_sector_of_an_address_is_found),
        cmocka_unit_test(sectors_are_counted_over_all_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
