/* SPDX-License-Identifier: MIT
 * Conversations with the DFU machine: what a host does, what the device has to do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/dfu_machine.h"

struct turn {
    uint8_t event, action, next;
};

static void converse(uint8_t state, const struct turn *turns, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct dfu_step step = dfu_machine_step(state, turns[i].event);
        if (step.next != turns[i].next || step.action != turns[i].action) {
            fail_msg("turn %zu: state %u, action %u; wanted %u, %u", i, step.next, step.action,
                     turns[i].next, turns[i].action);
        }
        state = step.next;
    }
}

#define CONVERSE(state, turns) converse(state, turns, sizeof(turns) / sizeof(turns)[0])

static void a_download_is_worked_on_between_two_reports(void **state)
{
    (void)state;
    static const struct turn turns[] = {
        {DFU_EVENT_GETSTATUS_DONE, DFU_ACTION_REPORT, DFU_IDLE},
        {DFU_EVENT_DNLOAD_DATA, DFU_ACTION_ACCEPT, DFU_DNLOAD_SYNC},
        {DFU_EVENT_GETSTATE, DFU_ACTION_REPORT, DFU_DNLOAD_SYNC},
        {DFU_EVENT_GETSTATUS_WORKING, DFU_ACTION_START_WORK, DFU_DNBUSY},
        {DFU_EVENT_POLL_ELAPSED, DFU_ACTION_NONE, DFU_DNLOAD_SYNC},
        {DFU_EVENT_GETSTATUS_DONE, DFU_ACTION_REPORT, DFU_DNLOAD_IDLE},
        {DFU_EVENT_DNLOAD_DATA, DFU_ACTION_ACCEPT, DFU_DNLOAD_SYNC},
        {DFU_EVENT_GETSTATUS_DONE, DFU_ACTION_REPORT, DFU_DNLOAD_IDLE},
        {DFU_EVENT_ABORT, DFU_ACTION_ACCEPT, DFU_IDLE},
    };
    CONVERSE(DFU_IDLE, turns);
}

static void the_end_of_a_download_leads_to_manifestation(void **state)
{
    (void)state;
    static const struct turn turns[] = {
        {DFU_EVENT_DNLOAD_END, DFU_ACTION_ACCEPT, DFU_MANIFEST_SYNC},
        {DFU_EVENT_GETSTATUS_WORKING, DFU_ACTION_MANIFEST, DFU_MANIFEST},
        {DFU_EVENT_POLL_ELAPSED, DFU_ACTION_NONE, DFU_MANIFEST_SYNC},
        {DFU_EVENT_GETSTATUS_DONE, DFU_ACTION_REPORT, DFU_IDLE},
    };
    CONVERSE(DFU_DNLOAD_IDLE, turns);
}

static void an_upload_ends_with_its_first_short_frame(void **state)
{
    (void)state;
    static const struct turn turns[] = {
        {DFU_EVENT_UPLOAD_SHORT, DFU_ACTION_ACCEPT, DFU_IDLE},
        {DFU_EVENT_UPLOAD_FULL, DFU_ACTION_ACCEPT, DFU_UPLOAD_IDLE},
        {DFU_EVENT_UPLOAD_FULL, DFU_ACTION_ACCEPT, DFU_UPLOAD_IDLE},
        {DFU_EVENT_GETSTATUS_WORKING, DFU_ACTION_REPORT, DFU_UPLOAD_IDLE},
        {DFU_EVENT_UPLOAD_SHORT, DFU_ACTION_ACCEPT, DFU_IDLE},
        {DFU_EVENT_UPLOAD_FULL, DFU_ACTION_ACCEPT, DFU_UPLOAD_IDLE},
        {DFU_EVENT_ABORT, DFU_ACTION_ACCEPT, DFU_IDLE},
        {DFU_EVENT_ABORT, DFU_ACTION_ACCEPT, DFU_IDLE},
    };
    CONVERSE(DFU_IDLE, turns);
}

static void an_error_stays_until_it_is_cleared(void **state)
{
    (void)state;
    static const struct turn turns[] = {
        {DFU_EVENT_DNLOAD_END, DFU_ACTION_STALL, DFU_ERROR},
        {DFU_EVENT_DNLOAD_DATA, DFU_ACTION_STALL_QUIET, DFU_ERROR},
        {DFU_EVENT_ABORT, DFU_ACTION_STALL_QUIET, DFU_ERROR},
        {DFU_EVENT_POLL_ELAPSED, DFU_ACTION_NONE, DFU_ERROR},
        {DFU_EVENT_GETSTATUS_DONE, DFU_ACTION_REPORT, DFU_ERROR},
        {DFU_EVENT_CLRSTATUS, DFU_ACTION_CLEAR, DFU_IDLE},
        {DFU_EVENT_CLRSTATUS, DFU_ACTION_STALL, DFU_ERROR},
    };
    CONVERSE(DFU_IDLE, turns);
}

static void a_busy_device_refuses_even_a_question(void **state)
{
    (void)state;
    static const struct turn getstatus[] = {
        {DFU_EVENT_GETSTATUS_WORKING, DFU_ACTION_STALL, DFU_ERROR}};
    static const struct turn getstate[] = {{DFU_EVENT_GETSTATE, DFU_ACTION_STALL, DFU_ERROR}};
    CONVERSE(DFU_DNBUSY, getstatus);
    CONVERSE(DFU_MANIFEST, getstatus);
    CONVERSE(DFU_MANIFEST_WAIT_RESET, getstatus);
    CONVERSE(DFU_DNBUSY, getstate);
}

static void an_application_detaches_and_refuses_the_rest_quietly(void **state)
{
    (void)state;
    static const struct turn turns[] = {
        {DFU_EVENT_DNLOAD_DATA, DFU_ACTION_STALL_QUIET, DFU_APP_IDLE},
        {DFU_EVENT_GETSTATUS_DONE, DFU_ACTION_REPORT, DFU_APP_IDLE},
        {DFU_EVENT_DETACH, DFU_ACTION_DETACH, DFU_APP_DETACH},
        {DFU_EVENT_GETSTATE, DFU_ACTION_REPORT, DFU_APP_DETACH},
        {DFU_EVENT_DETACH, DFU_ACTION_STALL_QUIET, DFU_APP_IDLE},
    };
    CONVERSE(DFU_APP_IDLE, turns);
}

static void every_cell_names_a_state_and_an_action(void **state)
{
    (void)state;
    for (unsigned row = 0; row < 256; row++) {
        for (unsigned column = 0; column < 256; column++) {
            struct dfu_step step = dfu_machine_step((uint8_t)row, (uint8_t)column);
            assert_true(step.next < DFU_STATE_COUNT);
            assert_true(step.action <= DFU_ACTION_DETACH);
        }
    }
}

static void from_every_state_a_host_finds_back_to_idle(void **state)
{
    (void)state;
    for (uint8_t start = DFU_IDLE; start < DFU_STATE_COUNT; start++) {
        uint8_t now = dfu_machine_step(start, DFU_EVENT_OTHER).next;
        assert_int_equal(now, DFU_ERROR);
        assert_int_equal(dfu_machine_step(now, DFU_EVENT_CLRSTATUS).next, DFU_IDLE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_download_is_worked_on_between_two_reports),
        cmocka_unit_test(the_end_of_a_download_leads_to_manifestation),
        cmocka_unit_test(an_upload_ends_with_its_first_short_frame),
        cmocka_unit_test(an_error_stays_until_it_is_cleared),
        cmocka_unit_test(a_busy_device_refuses_even_a_question),
        cmocka_unit_test(an_application_detaches_and_refuses_the_rest_quietly),
        cmocka_unit_test(every_cell_names_a_state_and_an_action),
        cmocka_unit_test(from_every_state_a_host_finds_back_to_idle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
