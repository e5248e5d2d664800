/* SPDX-License-Identifier: MIT
 * Memory of an ARM guest: bit-band aliases, code that changes, flash that is busy or spoilt,
 * resets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/arm/bench.h"

#define COUNT(notes) (sizeof(notes) / sizeof(notes)[0])

enum { FLASH = 0x08000000, FUNCTION = 0x8000, SPOILT = 0x20020 };

static void open_and_run(struct arm_bench *bench, const struct arm_chip *chip, uint32_t program)
{
    arm_bench_open(bench, chip, program);
    arm_bench_run(bench, 10 * TWIN_MS);
}

static void bit_band_on_an_m4(void **state)
{
    (void)state;
    const uint32_t notes[] = {1u << 9, 1u << 31 | 1u << 9, 1, 0, 1u << 31, 8};
    struct arm_bench bench;
    open_and_run(&bench, &arm_chip_f405, ARM_DO_bit_band);
    arm_bench_expect(&bench, notes, COUNT(notes));
    arm_bench_close(&bench);
}

static void no_bit_band_on_an_m7(void **state)
{
    (void)state;
    struct arm_bench bench;
    open_and_run(&bench, &arm_chip_h743, ARM_DO_bit_band);
    assert_int_equal(arm_bench_note(&bench, 0), 3);
    arm_bench_close(&bench);
}

static void code_in_ram_may_change(void **state)
{
    (void)state;
    const uint32_t notes[] = {1, 2};
    struct arm_bench bench;
    open_and_run(&bench, &arm_chip_f405, ARM_DO_ram_code);
    arm_bench_expect(&bench, notes, COUNT(notes));
    arm_bench_close(&bench);
}

/* movs r0, #number; bx lr */
static void put_function(struct arm_bench *bench, uint8_t number)
{
    const uint8_t code[] = {number, 0x20, 0x70, 0x47};
    memcpy(bench->flash.cells + FUNCTION, code, sizeof code);
}

static void change_function(struct arm_bench *bench, uint32_t value)
{
    (void)value;
    put_function(bench, 22);
    bench->lines->flash_changed(bench->lines->chip, FLASH + FUNCTION, 4);
}

static void code_in_flash_changes(void **state)
{
    (void)state;
    const uint32_t notes[] = {11, 22};
    struct arm_bench bench;
    arm_bench_open(&bench, &arm_chip_f405, ARM_DO_changed);
    put_function(&bench, 11);
    bench.on_write = change_function;
    arm_bench_run(&bench, TWIN_MS);
    arm_bench_expect(&bench, notes, COUNT(notes));
    arm_bench_close(&bench);
}

static void stall(struct arm_bench *bench, uint32_t value)
{
    (void)value;
    bench->lines->stall(bench->lines->chip, bench->lines->time->now_ns + 3 * TWIN_MS);
}

static void stalled_core_stands_still(void **state)
{
    (void)state;
    struct arm_bench bench;
    arm_bench_open(&bench, &arm_chip_f405, ARM_DO_stall);
    bench.on_write = stall;
    arm_bench_run(&bench, TWIN_MS);
    assert_int_equal(arm_bench_count(&bench), 1);
    arm_bench_run(&bench, 5 * TWIN_MS);
    uint32_t passed = arm_bench_note(&bench, 1) - arm_bench_note(&bench, 0);
    assert_in_range(passed, 3000, 3005);
    arm_bench_close(&bench);
}

static void make_busy(struct arm_bench *bench, uint32_t value)
{
    (void)value;
    bench->busy_ns = bench->lines->time->now_ns + 2 * TWIN_MS;
    bench->due_ns = bench->busy_ns;
}

static void end_busy(struct arm_bench *bench)
{
    const uint32_t word = 0x12345678;
    memcpy(bench->flash.cells + 0x100000, &word, sizeof word);
    bench->lines->flash_changed(bench->lines->chip, 0x08100000, 4);
}

/* The load waits, and gets what is there afterwards. */
static void load_from_busy_bank_waits(void **state)
{
    (void)state;
    struct arm_bench bench;
    arm_bench_open(&bench, &arm_chip_h743, ARM_DO_busy);
    bench.on_write = make_busy;
    bench.on_due = end_busy;
    arm_bench_run(&bench, 5 * TWIN_MS);
    assert_int_equal(arm_bench_note(&bench, 0), 0xFFFFFFFF);
    assert_int_equal(arm_bench_note(&bench, 2), 0x12345678);
    uint32_t passed = arm_bench_note(&bench, 3) - arm_bench_note(&bench, 1);
    assert_in_range(passed, 2000, 2005);
    assert_int_equal(arm_bench_note(&bench, 4), ARM_NOTE_DONE);
    arm_bench_close(&bench);
}

/* Each store reaches the controller once, the cells are its business alone. */
static void stores_go_to_the_controller(void **state)
{
    (void)state;
    const uint32_t wanted[] = {1, 2, 3, 1, 1, 2, 3, 2, 3};
    const uint32_t notes[] = {0x0810001C, 0xFFFFFFFF, 0xFFFFFFFF};
    struct arm_bench bench;
    arm_bench_open(&bench, &arm_chip_h743, ARM_DO_store);
    bench.takes_stores = true;
    arm_bench_run(&bench, TWIN_MS);
    arm_bench_expect(&bench, notes, COUNT(notes));
    assert_int_equal(bench.store_count, COUNT(wanted));
    assert_memory_equal(bench.stores, wanted, sizeof wanted);
    arm_bench_close(&bench);
}

/* A word written twice cannot be read; its neighbours can, and it can when errors are ignored. */
static void spoilt_word_is_a_bus_fault(void **state)
{
    (void)state;
    const uint8_t twice[2] = {0x12, 0x34};
    struct arm_bench bench;
    arm_bench_open(&bench, &arm_chip_h743, ARM_DO_spoilt);
    assert_int_equal(mem_flash_program(&bench.flash, FLASH + SPOILT, &twice[0], 1), MEM_OK);
    assert_int_equal(mem_flash_program(&bench.flash, FLASH + SPOILT, &twice[1], 1), MEM_OK);
    bench.lines->flash_changed(bench.lines->chip, FLASH + SPOILT, 32);
    arm_bench_run(&bench, TWIN_MS);
    assert_int_equal(arm_bench_note(&bench, 0), 5);
    assert_int_equal(arm_bench_note(&bench, 1), 0x8200);
    assert_int_equal(arm_bench_note(&bench, 5), 7);
    assert_int_equal(arm_bench_note(&bench, 6), FLASH + SPOILT);
    assert_int_equal(arm_bench_note(&bench, 7), 0xFFFFFFFF);
    assert_int_equal(arm_bench_note(&bench, 8), 0xFFFFFF10);
    assert_int_equal(arm_bench_note(&bench, 9), ARM_NOTE_DONE);
    arm_bench_close(&bench);
}

static void erased_word_can_be_read_again(void **state)
{
    (void)state;
    const uint8_t twice[2] = {0x12, 0x34};
    struct arm_bench bench;
    arm_bench_open(&bench, &arm_chip_h743, ARM_DO_spoilt);
    (void)mem_flash_program(&bench.flash, FLASH + SPOILT, &twice[0], 1);
    (void)mem_flash_program(&bench.flash, FLASH + SPOILT, &twice[1], 1);
    bench.guest->reset(bench.guest, RESET_PIN);
    assert_true(mem_flash_erase(&bench.flash, FLASH + SPOILT));
    bench.lines->flash_changed(bench.lines->chip, FLASH + 0x20000, 0x20000);
    arm_bench_run(&bench, TWIN_MS);
    assert_int_equal(arm_bench_note(&bench, 0), 0xFFFFFFFF);
    arm_bench_close(&bench);
}

static void system_reset_keeps_ram(void **state)
{
    (void)state;
    const uint32_t notes[] = {0x77, 0, 0};
    struct arm_bench bench;
    open_and_run(&bench, &arm_chip_f405, ARM_DO_reset);
    arm_bench_expect(&bench, notes, COUNT(notes));
    assert_int_equal(bench.resets, 2);
    arm_bench_close(&bench);
}

static void core_reset_spares_the_peripherals(void **state)
{
    (void)state;
    const uint32_t notes[] = {1, 2};
    struct arm_bench bench;
    open_and_run(&bench, &arm_chip_f405, ARM_DO_core_reset);
    arm_bench_expect(&bench, notes, COUNT(notes));
    assert_int_equal(bench.resets, 1);
    arm_bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bit_band_on_an_m4),
        cmocka_unit_test(no_bit_band_on_an_m7),
        cmocka_unit_test(code_in_ram_may_change),
        cmocka_unit_test(code_in_flash_changes),
        cmocka_unit_test(stalled_core_stands_still),
        cmocka_unit_test(load_from_busy_bank_waits),
        cmocka_unit_test(stores_go_to_the_controller),
        cmocka_unit_test(spoilt_word_is_a_bus_fault),
        cmocka_unit_test(erased_word_can_be_read_again),
        cmocka_unit_test(system_reset_keeps_ram),
        cmocka_unit_test(core_reset_spares_the_peripherals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
