/* SPDX-License-Identifier: MIT
 * A client of the control socket, byte by byte, on a board whose program is a fake. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "twin/app/control_client.h"
#include "twin/chip.h"
#include "twin/guest.h"

enum { BIG_LOG_BYTES = 300000 };

/* A program that does nothing but write to its serial line. */
struct fake {
    struct guest guest;
    bool down;
    size_t length;
    char log[BIG_LOG_BYTES];
};

struct bench {
    struct options options;
    struct desk desk;
    struct fake *fake;
    struct control_client client;
    char *heard; /* of the last answer; a piece of a log can be long */
};

static struct fake *fake_of(struct guest *guest)
{
    return (struct fake *)guest;
}

static void fake_reset(struct guest *guest, enum reset_cause cause)
{
    (void)guest;
    (void)cause;
}

static enum guest_stop fake_run(struct guest *guest, uint64_t until_ns)
{
    (void)guest;
    (void)until_ns;
    return GUEST_IDLE;
}

static uint64_t fake_wake(struct guest *guest)
{
    (void)guest;
    return UINT64_MAX;
}

static bool fake_connected(struct guest *guest)
{
    (void)guest;
    return false;
}

static void fake_button(struct guest *guest, bool down)
{
    fake_of(guest)->down = down;
}

static uint32_t fake_leds(struct guest *guest)
{
    (void)guest;
    return 0x5;
}

static size_t fake_log(struct guest *guest, size_t from, char *text, size_t capacity)
{
    const struct fake *fake = fake_of(guest);
    const size_t left = from < fake->length ? fake->length - from : 0;
    const size_t length = left < capacity ? left : capacity;
    memcpy(text, fake->log + from, length);
    return length;
}

static void fake_free(struct guest *guest)
{
    free(guest);
}

static struct guest *make_fake(const struct chip *chip)
{
    (void)chip;
    struct fake *fake = calloc(1, sizeof *fake);
    assert_non_null(fake);
    fake->guest = (struct guest){.kind = "fake",
                                 .reset = fake_reset,
                                 .run = fake_run,
                                 .wake = fake_wake,
                                 .connected = fake_connected,
                                 .button = fake_button,
                                 .leds = fake_leds,
                                 .log = fake_log,
                                 .free = fake_free};
    return &fake->guest;
}

static int set_up(void **state)
{
    const struct board_config config = {
        .name = "pybv11", .boot0_low = true, .make_program = make_fake};
    struct dfk_error err = {.code = DFK_OK};
    struct bench *bench = calloc(1, sizeof *bench);
    assert_non_null(bench);
    bench->options.quiet = true;
    bench->desk = (struct desk){.options = &bench->options, .board_count = 1};
    struct desk_board *board = &bench->desk.boards[0];
    assert_int_equal(board_open(&config, &board->board, &err), 0);
    strcpy(board->label, "1-1 pybv11");
    bench->fake = fake_of(board_guest(board->board));
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;
    struct dfk_error err = {.code = DFK_OK};
    control_client_close(&bench->client, &bench->desk);
    assert_int_equal(board_close(bench->desk.boards[0].board, &err), 0);
    free(bench->heard);
    free(bench);
    return 0;
}

/* Says bytes, in as many pieces as there is room for. */
static void say(struct bench *bench, const char *bytes, size_t length)
{
    while (length > 0) {
        size_t room = 0;
        char *to = control_client_room(&bench->client, &room);
        const size_t piece = length < room ? length : room;
        assert_true(piece > 0);
        memcpy(to, bytes, piece);
        control_client_take(&bench->client, piece);
        control_client_work(&bench->client, &bench->desk);
        bytes += piece;
        length -= piece;
    }
}

/* Gives what was answered since the last time. */
static const char *hear(struct bench *bench)
{
    free(bench->heard);
    const size_t length = bench->client.answer.length;
    bench->heard = calloc(1, length + 1);
    assert_non_null(bench->heard);
    if (length > 0) {
        memcpy(bench->heard, bench->client.answer.data, length);
        control_client_sent(&bench->client, length);
    }
    return bench->heard;
}

static const char *answer_to(struct bench *bench, const char *line)
{
    say(bench, line, strlen(line));
    return hear(bench);
}

static void write_log(struct bench *bench, const char *text)
{
    memcpy(bench->fake->log + bench->fake->length, text, strlen(text));
    bench->fake->length += strlen(text);
}

static void pass(struct bench *bench, uint64_t length_ms)
{
    struct clock *clock = board_clock(bench->desk.boards[0].board);
    clock->sleep_ns(clock, length_ms * 1000000);
    control_client_work(&bench->client, &bench->desk);
}

static void lines_are_obeyed_one_by_one(void **state)
{
    struct bench *bench = *state;
    assert_string_equal(answer_to(bench, "boot0 hi"), "");
    assert_string_equal(answer_to(bench, "gh\r\nboot0 l"), "ok\n");
    assert_true(board_boot0(bench->desk.boards[0].board));
    assert_string_equal(answer_to(bench, "ow\nnonsense\nleds\n"),
                        "ok\nerror: there is no command 'nonsense': wanted reset, press, "
                        "power-cycle, boot0, leds, log, unplug or plug\n"
                        ": 1-1 pybv11  LED1 on  LED2 off  LED3 on  LED4 off\nok\n");
    assert_false(board_boot0(bench->desk.boards[0].board));
}

static void a_press_is_answered_when_the_button_is_up(void **state)
{
    struct bench *bench = *state;
    assert_string_equal(answer_to(bench, "press usr 2s\nleds\n"), "");
    assert_true(bench->fake->down);
    pass(bench, 1999);
    assert_string_equal(hear(bench), "");
    assert_true(bench->fake->down);
    pass(bench, 1);
    assert_string_equal(hear(bench),
                        "ok\n: 1-1 pybv11  LED1 on  LED2 off  LED3 on  LED4 off\nok\n");
    assert_false(bench->fake->down);
}

static void down_and_up_are_answered_at_once(void **state)
{
    struct bench *bench = *state;
    assert_string_equal(answer_to(bench, "press usr down\n"), "ok\n");
    pass(bench, 10000);
    assert_true(bench->fake->down);
    assert_string_equal(answer_to(bench, "press usr up\n"), "ok\n");
    assert_false(bench->fake->down);
}

static void who_leaves_lets_the_button_go(void **state)
{
    struct bench *bench = *state;
    assert_string_equal(answer_to(bench, "press usr 2s\n"), "");
    assert_true(bench->fake->down);
    control_client_close(&bench->client, &bench->desk);
    assert_false(bench->fake->down);
}

static void the_log_is_told_in_lines(void **state)
{
    struct bench *bench = *state;
    assert_string_equal(answer_to(bench, "log\n"), "ok\n");
    write_log(bench, "hello\r\n\nok\nerror: x\n>>> ");
    assert_string_equal(answer_to(bench, "log\n"), ": hello\r\n: \n: ok\n: error: x\n+ >>> \nok\n");
    assert_string_equal(answer_to(bench, "log\n"), ": hello\r\n: \n: ok\n: error: x\n+ >>> \nok\n");
}

static void a_followed_log_goes_on(void **state)
{
    struct bench *bench = *state;
    write_log(bench, "one\ntw");
    assert_string_equal(answer_to(bench, "log --follow\n"), ": one\n+ tw\n");
    pass(bench, 100);
    assert_string_equal(hear(bench), "");
    write_log(bench, "o\n");
    pass(bench, 100);
    assert_string_equal(hear(bench), ": o\n");
    control_client_take(&bench->client, 0);
    assert_false(control_client_done(&bench->client));
}

static void a_long_log_waits_for_its_reader(void **state)
{
    struct bench *bench = *state;
    size_t told = 0;
    memset(bench->fake->log, 'x', BIG_LOG_BYTES);
    bench->fake->length = BIG_LOG_BYTES;
    say(bench, "log\n", 4);
    for (unsigned turn = 0; turn < 3; turn++) {
        control_client_work(&bench->client, &bench->desk);
        assert_true(bench->client.answer.length < 2 * 65536);
    }
    for (unsigned turn = 0; turn < 100 && bench->client.answer.length > 0; turn++) {
        const char *piece = hear(bench);
        for (; *piece != '\0'; piece++) {
            told += *piece == 'x';
        }
        control_client_work(&bench->client, &bench->desk);
    }
    assert_int_equal(told, BIG_LOG_BYTES);
    assert_string_equal(answer_to(bench, "press usr up\n"), "ok\n");
}

static void a_long_line_is_skipped(void **state)
{
    struct bench *bench = *state;
    char line[1000];
    memset(line, 'x', sizeof line);
    say(bench, line, sizeof line);
    assert_string_equal(hear(bench), "error: a command has at most 255 bytes\n");
    assert_string_equal(answer_to(bench, "reset\nlog\n"), "ok\n");
    memset(line, ' ', 255);
    memcpy(line, "log", 3);
    line[255] = '\n';
    say(bench, line, 256);
    assert_string_equal(hear(bench), "ok\n");
}

static void a_nul_hides_nothing(void **state)
{
    struct bench *bench = *state;
    say(bench, "log\0\n", 5);
    assert_string_equal(hear(bench), "error: a command is printable ASCII\n");
}

static void the_last_line_needs_no_end(void **state)
{
    struct bench *bench = *state;
    assert_string_equal(answer_to(bench, "log"), "");
    control_client_take(&bench->client, 0);
    control_client_work(&bench->client, &bench->desk);
    assert_false(control_client_done(&bench->client));
    assert_string_equal(hear(bench), "ok\n");
    assert_true(control_client_done(&bench->client));
}

static void without_power_nothing_is_reset(void **state)
{
    struct bench *bench = *state;
    assert_string_equal(answer_to(bench, "unplug\nreset\n"),
                        "ok\nerror: 1-1 pybv11 is without power: plug it in first\n");
    assert_string_equal(answer_to(bench, "leds\n"),
                        ": 1-1 pybv11  LED1 off  LED2 off  LED3 off  LED4 off\nok\n");
    assert_string_equal(answer_to(bench, "plug\nreset\nplug\n"), "ok\nok\nok\n");
    assert_string_equal(answer_to(bench, "unplug\npower-cycle\nreset\n"), "ok\nok\nok\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(lines_are_obeyed_one_by_one),
        TEST(a_press_is_answered_when_the_button_is_up),
        TEST(down_and_up_are_answered_at_once),
        TEST(who_leaves_lets_the_button_go),
        TEST(the_log_is_told_in_lines),
        TEST(a_followed_log_goes_on),
        TEST(a_long_log_waits_for_its_reader),
        TEST(a_long_line_is_skipped),
        TEST(a_nul_hides_nothing),
        TEST(the_last_line_needs_no_end),
        TEST(without_power_nothing_is_reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
