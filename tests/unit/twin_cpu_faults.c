/* SPDX-License-Identifier: MIT
 * Faults of an ARM guest: which, where, and what becomes of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/arm/bench.h"

#define COUNT(notes) (sizeof(notes) / sizeof(notes)[0])

enum { CODE_LOW = 0x08000000 };

/* The instruction at an address of the program. */
static uint16_t code_at(const struct arm_bench *bench, uint32_t addr)
{
    uint16_t code = 0;
    memcpy(&code, bench->flash.cells + (addr - CODE_LOW), sizeof code);
    return code;
}

static void open_and_run(struct arm_bench *bench, const struct arm_chip *chip, uint32_t program)
{
    arm_bench_open(bench, chip, program);
    arm_bench_run(bench, 10 * TWIN_MS);
}

/* Notes from index on: exception, CFSR, HFSR. */
static void expect_fault(struct arm_bench *bench, uint32_t index, const uint32_t *wanted)
{
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(arm_bench_note(bench, index + i), wanted[i]);
    }
}

static void undefined_instruction(void **state)
{
    (void)state;
    struct arm_bench bench;
    open_and_run(&bench, &arm_chip_f405, ARM_DO_undefined);
    expect_fault(&bench, 0, (const uint32_t[]){6, 0x10000, 0});
    assert_int_equal(code_at(&bench, arm_bench_note(&bench, 3)), 0xDE00);
    expect_fault(&bench, 5, (const uint32_t[]){3, 0x10000, 0x40000000});
    assert_int_equal(code_at(&bench, arm_bench_note(&bench, 8)), 0xDE00);
    expect_fault(&bench, 10, (const uint32_t[]){3, 0x10000, 0x40000000});
    assert_int_equal(code_at(&bench, arm_bench_note(&bench, 13)), 0xF7F0);
    assert_int_equal(arm_bench_note(&bench, 15), ARM_NOTE_DONE);
    arm_bench_close(&bench);
}

/* In the middle of a block of code, and the register is as it was. */
static void bus_fault_is_precise(void **state)
{
    (void)state;
    struct arm_bench bench;
    open_and_run(&bench, &arm_chip_h743, ARM_DO_bus_fault);
    expect_fault(&bench, 0, (const uint32_t[]){5, 0x8200, 0});
    assert_int_equal(code_at(&bench, arm_bench_note(&bench, 3)) & 0xF800, 0x6800);
    assert_int_equal(arm_bench_note(&bench, 5), 7);
    assert_int_equal(arm_bench_note(&bench, 6), 0x50000000);
    assert_non_null(strstr(bench.log, "bus fault at 0x08004000"));
    expect_fault(&bench, 7, (const uint32_t[]){5, 0x8200, 0});
    assert_int_equal(code_at(&bench, arm_bench_note(&bench, 10)) & 0xF800, 0x6000);
    assert_int_equal(arm_bench_note(&bench, 12), 0x70000004);
    expect_fault(&bench, 13, (const uint32_t[]){5, 0x8200, 0}); /* flash without a controller */
    assert_int_equal(arm_bench_note(&bench, 18), 0x08004000);
    assert_int_equal(arm_bench_note(&bench, 19), ARM_NOTE_DONE);
    arm_bench_close(&bench);
}

/* The handler skips an instruction without moving the IT state on, so that the next ones of the
 * block take the conditions of those before them: 0xB2 comes out only if it was kept exactly. */
static void it_blocks_go_on_after_exceptions(void **state)
{
    (void)state;
    struct arm_bench bench;
    open_and_run(&bench, &arm_chip_f405, ARM_DO_it);
    expect_fault(&bench, 0, (const uint32_t[]){5, 0x8200, 0});
    assert_int_equal(arm_bench_note(&bench, 5), 0xB2);
    assert_int_equal(arm_bench_note(&bench, 6), 0x5C000007);
    assert_int_equal(arm_bench_note(&bench, 10), 0xB2);
    assert_int_equal(arm_bench_note(&bench, 11), ARM_NOTE_DONE);
    arm_bench_close(&bench);
}

static void breakpoint_without_debugger(void **state)
{
    (void)state;
    struct arm_bench bench;
    open_and_run(&bench, &arm_chip_f405, ARM_DO_breakpoint);
    expect_fault(&bench, 0, (const uint32_t[]){3, 0, 0x80000000});
    assert_int_equal(arm_bench_note(&bench, 5), ARM_NOTE_DONE);
    arm_bench_close(&bench);
}

static void fault_in_hard_fault_locks_up(void **state)
{
    (void)state;
    struct arm_bench bench;
    open_and_run(&bench, &arm_chip_f405, ARM_DO_lock_up);
    expect_fault(&bench, 0, (const uint32_t[]){3, 0x10000, 0x40000000});
    assert_int_equal(bench.stop, GUEST_LOCKUP);
    bench.guest->reset(bench.guest, RESET_PIN);
    arm_bench_run(&bench, TWIN_MS / 2);
    assert_int_equal(bench.stop, GUEST_LOCKUP);
    arm_bench_close(&bench);
}

static void ask_for_reset(struct arm_bench *bench)
{
    bench->lines->reset(bench->lines->chip, RESET_WATCHDOG);
}

/* The guest reports no lock-up while something may still reset the chip. */
static void watchdog_ends_a_lock_up(void **state)
{
    (void)state;
    struct arm_bench bench;
    arm_bench_open(&bench, &arm_chip_f405, ARM_DO_lock_up);
    bench.on_due = ask_for_reset;
    bench.due_ns = 3 * TWIN_MS;
    arm_bench_run(&bench, 2 * TWIN_MS);
    assert_int_equal(bench.stop, GUEST_UNTIL);
    assert_int_equal(bench.resets, 1);
    arm_bench_run(&bench, 2 * TWIN_MS);
    assert_int_equal(bench.resets, 2);
    assert_int_equal(bench.cause, RESET_WATCHDOG);
    assert_int_equal(bench.stop, GUEST_LOCKUP);
    arm_bench_close(&bench);
}

static void blank_flash_locks_up(void **state)
{
    (void)state;
    struct arm_bench bench;
    arm_bench_open(&bench, &arm_chip_h743, ARM_DO_svc);
    memset(bench.flash.cells, 0xFF, 0x8000);
    bench.guest->reset(bench.guest, RESET_POWER_ON);
    arm_bench_run(&bench, TWIN_MS);
    assert_int_equal(bench.stop, GUEST_LOCKUP);
    arm_bench_close(&bench);
}

static void errors_may_be_ignored(void **state)
{
    (void)state;
    struct arm_bench bench;
    open_and_run(&bench, &arm_chip_h743, ARM_DO_ignored);
    assert_int_equal(arm_bench_note(&bench, 0), 1);
    assert_int_equal(arm_bench_note(&bench, 1), 0);
    assert_int_equal(arm_bench_note(&bench, 2), 2);
    expect_fault(&bench, 3, (const uint32_t[]){3, 0x8200, 0x40000000});
    assert_int_equal(arm_bench_note(&bench, 8), 3);
    assert_int_equal(arm_bench_note(&bench, 9), ARM_NOTE_DONE);
    arm_bench_close(&bench);
}

static void unaligned_access_to_a_device_faults(void **state)
{
    (void)state;
    struct arm_bench bench;
    open_and_run(&bench, &arm_chip_f405, ARM_DO_unaligned);
    expect_fault(&bench, 0, (const uint32_t[]){6, 0x1000000, 0});
    assert_int_equal(arm_bench_note(&bench, 5), 0x88112233);
    assert_int_equal(arm_bench_note(&bench, 6), ARM_NOTE_DONE);
    arm_bench_close(&bench);
}

static void fpu_is_off_until_it_is_switched_on(void **state)
{
    (void)state;
    struct arm_bench bench;
    open_and_run(&bench, &arm_chip_h743, ARM_DO_no_fpu);
    expect_fault(&bench, 0, (const uint32_t[]){6, 0x80000, 0});
    assert_int_equal(code_at(&bench, arm_bench_note(&bench, 3)), 0xEE00);
    assert_int_equal(arm_bench_note(&bench, 5), 4);
    expect_fault(&bench, 6, (const uint32_t[]){3, 0x80000, 0x40000000});
    assert_int_equal(arm_bench_note(&bench, 11), ARM_NOTE_DONE);
    arm_bench_close(&bench);
}

static void code_must_be_thumb_and_there(void **state)
{
    (void)state;
    struct arm_bench bench;
    open_and_run(&bench, &arm_chip_f405, ARM_DO_no_thumb);
    expect_fault(&bench, 0, (const uint32_t[]){6, 0x20000, 0});
    assert_int_equal(arm_bench_note(&bench, 3), 0x08000100);
    arm_bench_close(&bench);
    open_and_run(&bench, &arm_chip_f405, ARM_DO_fetch);
    expect_fault(&bench, 0, (const uint32_t[]){5, 0x100, 0});
    assert_int_equal(arm_bench_note(&bench, 3), 0x60000000);
    arm_bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(undefined_instruction),
        cmocka_unit_test(bus_fault_is_precise),
        cmocka_unit_test(it_blocks_go_on_after_exceptions),
        cmocka_unit_test(breakpoint_without_debugger),
        cmocka_unit_test(fault_in_hard_fault_locks_up),
        cmocka_unit_test(watchdog_ends_a_lock_up),
        cmocka_unit_test(blank_flash_locks_up),
        cmocka_unit_test(errors_may_be_ignored),
        cmocka_unit_test(unaligned_access_to_a_device_faults),
        cmocka_unit_test(fpu_is_off_until_it_is_switched_on),
        cmocka_unit_test(code_must_be_thumb_and_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
