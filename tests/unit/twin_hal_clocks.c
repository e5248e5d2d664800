/* SPDX-License-Identifier: MIT
 * A chip's clocks, started in the order of ST's library, with ticks that interrupt. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/arm/hal_bench.h"

static void clocks_run_as_set(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint32_t notes[3];
    } rows[] = {{"pybv11", {0, 0x0000940A, 21}}, {"nucleo-h743zi", {0, 0x0000001B, 21}}};
    for (uint32_t i = 0; i < 2; i++) {
        struct hal_bench bench;
        hal_bench_open(&bench, rows[i].name, HAL_DO_clocks);
        hal_bench_expect(&bench, rows[i].notes, 3);
        hal_bench_close(&bench);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clocks_run_as_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
