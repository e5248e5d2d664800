/* SPDX-License-Identifier: MIT
 * core/dfu_machine.c compared cell by cell with the hand transcription of the specification. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/dfu_machine.h"

static bool stalls(uint8_t action)
{
    return action == DFU_ACTION_STALL || action == DFU_ACTION_STALL_QUIET ||
           action == DFU_ACTION_STALL_EARLY;
}

/* A cell is "[!]STATE[|STATE]". */
static void check_cell(uint8_t state, uint8_t event, const char *cell)
{
    struct dfu_step step = dfu_machine_step(state, event);
    bool wants_stall = cell[0] == '!';
    char *rest = NULL;
    unsigned long first = strtoul(cell + (wants_stall ? 1 : 0), &rest, 10);
    unsigned long second = *rest == '|' ? strtoul(rest + 1, NULL, 10) : first;
    if (stalls(step.action) != wants_stall || (step.next != first && step.next != second)) {
        fail_msg("state %u, event %u: specification %s, machine goes to %u with action %u", state,
                 event, cell, step.next, step.action);
    }
}

static void dfu_machine_agrees_with_the_specification(void **context)
{
    (void)context;
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/tests/spec/dfu11_states.txt", getenv("DFUKIT_SOURCE"));
    FILE *table = fopen(path, "r");
    assert_non_null(table);
    char line[256];
    unsigned cells = 0;
    while (fgets(line, sizeof line, table) != NULL) {
        char *rest = NULL;
        char *word = line[0] == '#' ? NULL : strtok_r(line, " \n", &rest);
        if (word == NULL) {
            continue;
        }
        uint8_t state = (uint8_t)strtoul(word, NULL, 10);
        for (uint8_t event = 0; event < DFU_EVENT_COUNT; event++) {
            word = strtok_r(NULL, " \n", &rest);
            assert_non_null(word);
            check_cell(state, event, word);
            cells++;
        }
    }
    (void)fclose(table);
    assert_int_equal(cells, DFU_STATE_COUNT * DFU_EVENT_COUNT);
}

static void numbers_out_of_range_are_treated_as_error_and_other(void **context)
{
    (void)context;
    struct dfu_step step = dfu_machine_step(200, 200);
    struct dfu_step same = dfu_machine_step(DFU_ERROR, DFU_EVENT_OTHER);
    assert_int_equal(step.next, same.next);
    assert_int_equal(step.action, same.action);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dfu_machine_agrees_with_the_specification),
        cmocka_unit_test(numbers_out_of_range_are_treated_as_error_and_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
