/* SPDX-License-Identifier: MIT
 * Carries the commands of the control socket out on the boards. */
#include "twin/app/obey.h"

#include <string.h>

#include "base/fail.h"
#include "twin/app/report.h"

enum { LOG_PIECE_BYTES = 4096, ANSWER_BYTES_MAX = 65536 };

static const double NS_PER_SECOND = 1e9;

static void tell_leds(const struct desk_board *board, struct buffer *answer)
{
    const uint32_t lit = board_leds(board->board);
    buffer_append_text(answer, ": %s", board->label);
    for (uint32_t i = 0; i < board_led_count(board->board); i++) {
        buffer_append_text(answer, "  LED%u %s", i + 1, (lit >> i & 1) != 0 ? "on" : "off");
    }
    buffer_append_text(answer, "\n");
}

/* Only to look at the LEDs, no board needs to be named. */
static int choose_board(const struct desk *desk, const struct order *order, uint32_t *index,
                        struct dfk_error *err)
{
    if (order->board > desk->board_count) {
        return dfk_fail(err, DFK_E_USAGE, "there is no board 1-%u: the last is 1-%u", order->board,
                        desk->board_count);
    }
    if (order->board == 0 && desk->board_count > 1 && order->verb != ORDER_LEDS) {
        return dfk_fail(err, DFK_E_USAGE, "%u boards: choose one with --board 1-1 to 1-%u",
                        desk->board_count, desk->board_count);
    }
    *index = order->board == 0 ? 0 : order->board - 1;
    return 0;
}

static void look_at_leds(const struct desk *desk, const struct order *order, struct buffer *answer)
{
    for (uint32_t i = 0; i < desk->board_count; i++) {
        if (order->board == 0 || order->board == i + 1) {
            tell_leds(&desk->boards[i], answer);
        }
    }
}

static void press(struct desk *desk, struct errand *errand)
{
    struct desk_board *board = &desk->boards[errand->board];
    const struct order *order = &errand->order;
    if (order->press == PRESS_FOR) {
        report_event(desk, board, "user button pressed for %.3f s",
                     (double)order->length_ns / NS_PER_SECOND);
        board_press_for(board->board, order->length_ns);
        errand->open = true;
        return;
    }
    report_event(desk, board, "user button %s", order->press == PRESS_DOWN ? "pressed" : "let go");
    board_press(board->board, order->press == PRESS_DOWN);
}

static int reset(struct desk *desk, struct desk_board *board, struct dfk_error *err)
{
    const bool boot0 = board_boot0(board->board);
    if (board_unplugged(board->board)) {
        return dfk_fail(err, DFK_E_USAGE, "%s is without power: plug it in first", board->label);
    }
    report_event(desk, board, "reset button pressed, BOOT0 %s", boot0 ? "high" : "low");
    board->started = false;
    board_reset(board->board, false, boot0);
    return 0;
}

static void power_on(struct desk *desk, struct desk_board *board)
{
    const bool boot0 = board_boot0(board->board);
    report_event(desk, board, "power on, BOOT0 %s", boot0 ? "high" : "low");
    board->started = false;
    board_reset(board->board, true, boot0);
}

static void set_boot0(struct desk *desk, struct desk_board *board, bool high)
{
    report_event(desk, board, "BOOT0 set %s", high ? "high" : "low");
    board_set_boot0(board->board, high);
}

static void unplug(struct desk *desk, struct desk_board *board)
{
    report_event(desk, board, "unplugged");
    board_unplug(board->board);
}

static void tell_piece(const char *text, size_t length, struct buffer *answer)
{
    const char *end = text + length;
    while (text < end) {
        const char *line_end = memchr(text, '\n', (size_t)(end - text));
        const char *stop = line_end != NULL ? line_end : end;
        buffer_append_text(answer, "%c ", line_end != NULL ? ':' : '+');
        buffer_append(answer, text, (size_t)(stop - text));
        buffer_append_text(answer, "\n");
        text = line_end != NULL ? line_end + 1 : end;
    }
}

static void tell_log(struct desk *desk, struct errand *errand, struct buffer *answer)
{
    char text[LOG_PIECE_BYTES];
    size_t length = 1;
    while (length > 0 && answer->length < ANSWER_BYTES_MAX) {
        length = board_log(desk->boards[errand->board].board, errand->log_from, text, sizeof text);
        errand->log_from += length;
        tell_piece(text, length, answer);
    }
    errand->open = length > 0 || errand->order.follow;
}

int obey_begin(struct desk *desk, const struct order *order, struct errand *errand,
               struct buffer *answer, struct dfk_error *err)
{
    uint32_t index = 0;
    int result = choose_board(desk, order, &index, err);
    if (result != 0) {
        return result;
    }
    struct desk_board *board = &desk->boards[index];
    *errand = (struct errand){.order = *order, .board = index};
    switch (order->verb) {
    case ORDER_RESET: return reset(desk, board, err);
    case ORDER_POWER_CYCLE: power_on(desk, board); break;
    case ORDER_BOOT0: set_boot0(desk, board, order->high); break;
    case ORDER_PRESS: press(desk, errand); break;
    case ORDER_LEDS: look_at_leds(desk, order, answer); break;
    case ORDER_LOG: tell_log(desk, errand, answer); break;
    case ORDER_UNPLUG: unplug(desk, board); break;
    case ORDER_PLUG:
        if (board_unplugged(board->board)) {
            power_on(desk, board);
        }
        break;
    }
    return 0;
}

void obey_go_on(struct desk *desk, struct errand *errand, struct buffer *answer)
{
    if (errand->order.verb == ORDER_LOG) {
        tell_log(desk, errand, answer);
    } else {
        errand->open = board_pressed(desk->boards[errand->board].board);
    }
}

void obey_abandon(struct desk *desk, struct errand *errand)
{
    if (errand->open && errand->order.verb == ORDER_PRESS) {
        board_press(desk->boards[errand->board].board, false);
    }
    errand->open = false;
}
