/* SPDX-License-Identifier: MIT
 * Exceptions of an ARM guest: order, nesting, masks, frames, stacks, returns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/arm/bench.h"

#define COUNT(notes) (sizeof(notes) / sizeof(notes)[0])

static void check(uint32_t program, const uint32_t *notes, size_t count)
{
    const struct arm_chip *chips[] = {&arm_chip_f405, &arm_chip_h743};
    for (size_t i = 0; i < COUNT(chips); i++) {
        struct arm_bench bench;
        arm_bench_open(&bench, chips[i], program);
        arm_bench_run(&bench, 10 * TWIN_MS);
        arm_bench_expect(&bench, notes, (uint32_t)count);
        arm_bench_close(&bench);
    }
}

static void supervisor_call_and_its_result(void **state)
{
    (void)state;
    const uint32_t notes[] = {0x5C00002A, 0xFFFFFFF9, 0, 0x01000000, 0xA5};
    check(ARM_DO_svc, notes, COUNT(notes));
}

static void higher_priority_nests(void **state)
{
    (void)state;
    const uint32_t notes[] = {0x00408000, 0x15000015, 0x16000016, 0x15FFFFFF};
    check(ARM_DO_nest, notes, COUNT(notes));
}

static void equal_priority_waits(void **state)
{
    (void)state;
    const uint32_t notes[] = {0x00808000, 0x15000015, 0x15FFFFFF, 0x16000016};
    check(ARM_DO_no_nest, notes, COUNT(notes));
}

static void primask_delays_until_cpsie(void **state)
{
    (void)state;
    const uint32_t notes[] = {1, 0x16000016, 2, 3, 0xDE00000E, 4};
    check(ARM_DO_primask, notes, COUNT(notes));
}

static void basepri_masks_from_its_priority_on(void **state)
{
    (void)state;
    const uint32_t notes[] = {0x16000016, 1, 0x15000015, 0x15FFFFFF, 2};
    check(ARM_DO_basepri, notes, COUNT(notes));
}

static void process_stack_and_privilege(void **state)
{
    (void)state;
    struct arm_bench bench;
    arm_bench_open(&bench, &arm_chip_f405, ARM_DO_process);
    arm_bench_run(&bench, 10 * TWIN_MS);
    assert_int_equal(arm_bench_note(&bench, 0), 0x5C000001);
    assert_int_equal(arm_bench_note(&bench, 1), 0xFFFFFFFD);
    assert_int_equal(arm_bench_note(&bench, 2), 1); /* SPSEL is 0 in the handler */
    /* the system control space is out of reach */
    assert_int_equal(arm_bench_note(&bench, 4), 5);
    assert_int_equal(arm_bench_note(&bench, 5), 0x8200);
    assert_int_equal(arm_bench_note(&bench, 8), 0xFFFFFFFD);
    assert_int_equal(arm_bench_note(&bench, 9), 3);
    assert_int_equal(arm_bench_note(&bench, 10), 1);
    assert_int_equal(arm_bench_note(&bench, 11), ARM_NOTE_DONE);
    arm_bench_close(&bench);
}

static void float_registers_are_stacked(void **state)
{
    (void)state;
    const uint32_t notes[] = {4, 0xDE00000E, 4,          0x3F800000, 0x40490FDB,
                              4, 0x5C000003, 0xFFFFFFE9, 0,          0x01000000};
    check(ARM_DO_float, notes, COUNT(notes));
}

static void misaligned_stack_is_aligned(void **state)
{
    (void)state;
    const uint32_t notes[] = {0x5C000009, 0xFFFFFFF9, 0, 0x01000000, 1, 1};
    check(ARM_DO_align, notes, COUNT(notes));
}

static void wrong_return_value_is_a_fault(void **state)
{
    (void)state;
    struct arm_bench bench;
    arm_bench_open(&bench, &arm_chip_f405, ARM_DO_bad_return);
    arm_bench_run(&bench, 10 * TWIN_MS);
    assert_int_equal(arm_bench_note(&bench, 0), 3);
    assert_int_equal(arm_bench_note(&bench, 1), 0x40000);
    assert_int_equal(arm_bench_note(&bench, 2), 0x40000000);
    arm_bench_close(&bench);
}

static void nmi_comes_through_faultmask(void **state)
{
    (void)state;
    const uint32_t notes[] = {0x33000002, 1};
    check(ARM_DO_nmi, notes, COUNT(notes));
}

/* A line that stays high comes again after each return, and not when it has fallen. */
static void level_input_pends_again(void **state)
{
    (void)state;
    struct arm_bench bench;
    arm_bench_open(&bench, &arm_chip_f405, ARM_DO_level);
    arm_bench_run(&bench, TWIN_MS);
    assert_int_equal(arm_bench_count(&bench), 1);
    bench.lines->irq(bench.lines->chip, 7, true);
    arm_bench_run(&bench, TWIN_MS);
    bench.lines->irq(bench.lines->chip, 7, false);
    arm_bench_run(&bench, TWIN_MS);
    const uint32_t notes[] = {1, 0x17000017, 0x17000017, 0x17000017};
    arm_bench_expect(&bench, notes, COUNT(notes));
    arm_bench_close(&bench);
}

static void registers_of_the_core(void **state)
{
    (void)state;
    const uint32_t m4[] = {0x410FC241, 0xF0000000, 0x70000000, 0,          0x00000800, 0xFA050300,
                           0xFA050300, 0x08000004, 0x20000003, 0x0306001F, 0x410F,     0};
    const uint32_t m7[] = {0x411FC271, 0xF0000000, 0x70000000, 0xF01FE009, 0x00001000, 0xFA050300,
                           0xFA050300, 0x08000004, 0x20000003, 0x0306001F, 0x411F,     0};
    struct arm_bench bench;
    arm_bench_open(&bench, &arm_chip_f405, ARM_DO_registers);
    arm_bench_run(&bench, TWIN_MS);
    arm_bench_expect(&bench, m4, COUNT(m4));
    arm_bench_close(&bench);
    arm_bench_open(&bench, &arm_chip_h743, ARM_DO_registers);
    arm_bench_run(&bench, TWIN_MS);
    arm_bench_expect(&bench, m7, COUNT(m7));
    arm_bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(supervisor_call_and_its_result),
        cmocka_unit_test(higher_priority_nests),
        cmocka_unit_test(equal_priority_waits),
        cmocka_unit_test(primask_delays_until_cpsie),
        cmocka_unit_test(basepri_masks_from_its_priority_on),
        cmocka_unit_test(process_stack_and_privilege),
        cmocka_unit_test(float_registers_are_stacked),
        cmocka_unit_test(misaligned_stack_is_aligned),
        cmocka_unit_test(wrong_return_value_is_a_fault),
        cmocka_unit_test(nmi_comes_through_faultmask),
        cmocka_unit_test(level_input_pends_again),
        cmocka_unit_test(registers_of_the_core),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
