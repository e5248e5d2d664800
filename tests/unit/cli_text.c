/* SPDX-License-Identifier: MIT
 * cli/text*.c: bars for people, lines for logs, and a plan that says what stays as it is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/text.h"
#include "core/dfu_text.h"

/* The plan that the interface is shown; in the library it is opaque. */
struct dfk_plan {
    const struct dfk_step *steps;
    size_t count;
    struct dfk_plan_summary summary;
};

size_t dfk_plan_step_count(const struct dfk_plan *plan)
{
    return plan->count;
}

const struct dfk_step *dfk_plan_get_step(const struct dfk_plan *plan, size_t index)
{
    return &plan->steps[index];
}

const struct dfk_plan_summary *dfk_plan_get_summary(const struct dfk_plan *plan)
{
    return &plan->summary;
}

const char *dfk_state_name(uint8_t state)
{
    return dfu_state_name(state);
}

const char *dfk_status_name(uint8_t status)
{
    return dfu_status_name(status);
}

/* An interface that writes into memory. */
struct screen {
    struct ui ui;
    char *out, *talk;
    size_t out_length, talk_length;
};

static struct screen open_screen(bool terminal)
{
    return (struct screen){
        .ui = {.calls = &text_calls, .hints = true, .terminal = terminal, .columns = 100}};
}

static void begin(struct screen *screen)
{
    screen->ui.out = open_memstream(&screen->out, &screen->out_length);
    screen->ui.talk = open_memstream(&screen->talk, &screen->talk_length);
}

static void end(struct screen *screen)
{
    (void)fclose(screen->ui.out);
    (void)fclose(screen->ui.talk);
}

static void free_screen(struct screen *screen)
{
    free(screen->out);
    free(screen->talk);
}

static const struct dfk_event phase = {
    .kind = DFK_EVENT_PHASE, .phase = DFK_PHASE_WRITE, .bytes_total = 100000, .estimate_ms = 4200};
static const struct dfk_event half = {.kind = DFK_EVENT_PROGRESS,
                                      .phase = DFK_PHASE_WRITE,
                                      .addr = 0x0800C350,
                                      .bytes_done = 50000,
                                      .bytes_total = 100000,
                                      .elapsed_ms = 2000};

static void a_terminal_gets_a_bar_with_address_rate_and_time_left(void **state)
{
    struct screen screen = open_screen(true);
    (void)state;
    begin(&screen);
    text_calls.event(&screen.ui, &phase);
    text_calls.event(&screen.ui, &half);
    end(&screen);
    assert_non_null(strstr(screen.talk, "write     100000 bytes, about 4.2 s\n"));
    assert_non_null(strstr(screen.talk, "\rwrite     0x0800C350 [###############...............]"
                                        "  50 %     24 KiB/s  2.0 s left"));
    free_screen(&screen);
}

static void a_log_gets_a_line_per_phase_without_a_carriage_return(void **state)
{
    struct screen screen = open_screen(false);
    (void)state;
    begin(&screen);
    text_calls.event(&screen.ui, &phase);
    text_calls.event(&screen.ui, &half);
    end(&screen);
    assert_string_equal(screen.talk, "write     100000 bytes, about 4.2 s\n");
    free_screen(&screen);
}

static void a_bar_is_not_redrawn_for_every_block(void **state)
{
    struct screen screen = open_screen(true);
    struct dfk_event next = half;
    (void)state;
    begin(&screen);
    text_calls.event(&screen.ui, &phase);
    text_calls.event(&screen.ui, &half);
    next.addr = 0x0800D000;
    next.elapsed_ms = 2050;
    text_calls.event(&screen.ui, &next);
    end(&screen);
    assert_null(strstr(screen.talk, "0x0800D000"));
    free_screen(&screen);
}

static void no_line_is_wider_than_the_terminal(void **state)
{
    struct screen screen = open_screen(true);
    (void)state;
    screen.ui.columns = 40;
    begin(&screen);
    text_calls.event(&screen.ui, &half);
    end(&screen);
    assert_int_equal(strlen(screen.talk), 1 + 39);
    free_screen(&screen);
}

static void an_error_ends_the_bar_first(void **state)
{
    struct screen screen = open_screen(true);
    struct dfk_error err = {.code = DFK_E_LOST, .what = "gone", .next = "look"};
    (void)state;
    begin(&screen);
    text_calls.event(&screen.ui, &half);
    text_calls.error(&screen.ui, &err);
    end(&screen);
    assert_non_null(strstr(screen.talk, " \rdfukit: error: gone\n  try: look\n"));
    free_screen(&screen);
}

static void an_error_names_what_the_device_said(void **state)
{
    struct screen screen = open_screen(false);
    struct dfk_error err = {.code = DFK_E_DEVICE,
                            .what = "write refused",
                            .why = "it is protected",
                            .next = "look",
                            .device = {.known = true, .state = 10, .status = 8, .text = "no"}};
    (void)state;
    begin(&screen);
    text_calls.error(&screen.ui, &err);
    end(&screen);
    assert_string_equal(screen.talk, "dfukit: error: write refused\n"
                                     "  device: state dfuERROR, status errADDRESS, says \"no\"\n"
                                     "  why: it is protected\n"
                                     "  try: look\n");
    free_screen(&screen);
}

static const struct dfk_step steps[] = {
    {DFK_ACTION_ERASE, DFK_REASON_IMAGE, DFK_CONTENT_DATA, 0, 0x08000000, 0x20000, 1000},
    {DFK_ACTION_SKIP, DFK_REASON_PADDING, DFK_CONTENT_FAT, 0, 0x08020000, 0x20000, 0},
    {DFK_ACTION_SKIP, DFK_REASON_PADDING, DFK_CONTENT_FAT, 0, 0x08040000, 0x20000, 0},
    {DFK_ACTION_WRITE, DFK_REASON_IMAGE, DFK_CONTENT_UNKNOWN, 0, 0x08000000, 100, 20},
    {DFK_ACTION_LEAVE, DFK_REASON_IMAGE, DFK_CONTENT_UNKNOWN, 0, 0x08000000, 0, 0},
};
static const struct dfk_plan plan = {
    steps,
    5,
    {.sectors_erased = 1, .sectors_padding = 2, .bytes_written = 100, .estimate_ms = 1020}};

static void a_plan_says_what_stays_neighbours_as_one(void **state)
{
    struct screen screen = open_screen(false);
    const struct dfk_event event = {.kind = DFK_EVENT_PLAN, .plan = &plan};
    (void)state;
    begin(&screen);
    text_calls.event(&screen.ui, &event);
    end(&screen);
    assert_string_equal(
        screen.talk,
        "left      0x08020000-0x0805FFFF is only 0xFF in the file and stays as it is (--blank "
        "erases it); it holds a FAT file system (a flash drive)\n"
        "plan      erase 1 sector, write 100 bytes, start 0x08000000; about 1.0 "
        "s\n");
    free_screen(&screen);
}

static void a_dry_run_is_a_result_with_every_step(void **state)
{
    struct screen screen = open_screen(false);
    const struct dfk_flash_options how = {.dry_run = true};
    const struct dfk_event event = {.kind = DFK_EVENT_PLAN, .plan = &plan};
    (void)state;
    begin(&screen);
    text_calls.job(&screen.ui, &(struct job){"flash", &how, false});
    text_calls.event(&screen.ui, &event);
    end(&screen);
    assert_string_equal(screen.talk, "");
    assert_non_null(strstr(screen.out, "    1     erase   0x08000000-0x0801FFFF    131072 bytes"));
    assert_non_null(strstr(screen.out, "    5     leave   0x08000000  start the application\n"));
    free_screen(&screen);
}

static const struct dfk_known_fault faults[] = {
    {"bank-2-wedge", "hangs in bank 2", "recovers", "S", DFK_FAULT_ERASE, 0x08100000},
    {"no-mass-erase", "cannot erase all", "sector by sector", "S", DFK_FAULT_ERASE_ALL, 0},
    {"no-leave", "does not start", "press reset", "S", DFK_FAULT_LEAVE, 0},
};

static void only_the_faults_that_a_plan_can_meet_are_named(void **state)
{
    struct screen screen = open_screen(false);
    const struct dfk_event event = {.kind = DFK_EVENT_PLAN, .plan = &plan};
    const struct dfk_device_info info = {.faults = faults, .fault_count = 3};
    (void)state;
    screen.ui.device = &info;
    begin(&screen);
    text_calls.event(&screen.ui, &event);
    end(&screen);
    assert_null(strstr(screen.talk, "bank-2-wedge"));
    assert_null(strstr(screen.talk, "no-mass-erase"));
    assert_non_null(strstr(screen.talk, "fault     no-leave: does not start\n"));
    free_screen(&screen);
}

static void sizes_and_times_are_spelled_for_people(void **state)
{
    char text[TEXT_SIZE_MAX];
    (void)state;
    assert_string_equal(text_size(text, 2097152), "2 MiB");
    assert_string_equal(text_size(text, 131072), "128 KiB");
    assert_string_equal(text_size(text, 1025), "1025 bytes");
    assert_string_equal(text_size(text, 0), "0 bytes");
    assert_string_equal(text_time(text, 999), "999 ms");
    assert_string_equal(text_time(text, 7349), "7.3 s");
    assert_string_equal(text_time(text, 125000), "2 min 5 s");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_terminal_gets_a_bar_with_address_rate_and_time_left),
        cmocka_unit_test(a_log_gets_a_line_per_phase_without_a_carriage_return),
        cmocka_unit_test(a_bar_is_not_redrawn_for_every_block),
        cmocka_unit_test(no_line_is_wider_than_the_terminal),
        cmocka_unit_test(an_error_ends_the_bar_first),
        cmocka_unit_test(an_error_names_what_the_device_said),
        cmocka_unit_test(a_plan_says_what_stays_neighbours_as_one),
        cmocka_unit_test(a_dry_run_is_a_result_with_every_step),
        cmocka_unit_test(only_the_faults_that_a_plan_can_meet_are_named),
        cmocka_unit_test(sizes_and_times_are_spelled_for_people),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
