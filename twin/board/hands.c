/* SPDX-License-Identifier: MIT
 * What a person does to a board, and sees of it: buttons, jumper, cable, LEDs, serial output. */
#include "twin/board/inside.h"

void board_reset(struct board *board, bool power_cycle, bool boot0)
{
    board->unplugged = false;
    board->replug_ns = UINT64_MAX;
    board->boot0 = boot0;
    board->attached_before = false;
    board_start(board, power_cycle ? RESET_POWER_ON : RESET_PIN);
}

void board_reset_by(struct board *board, int cause)
{
    board->attached_before = false;
    board_start(board, (enum reset_cause)cause);
}

void board_set_boot0(struct board *board, bool high)
{
    board->boot0 = high;
}

bool board_boot0(const struct board *board)
{
    return board->boot0;
}

void board_press(struct board *board, bool down)
{
    board->pressed = down;
    board->release_ns = UINT64_MAX;
    if (board->program != NULL && board->program->button != NULL) {
        board->program->button(board->program, down);
    }
}

void board_press_for(struct board *board, uint64_t length_ns)
{
    board_press(board, true);
    board->release_ns = board->time.now_ns + length_ns;
}

bool board_pressed(const struct board *board)
{
    return board->pressed;
}

void board_unplug(struct board *board)
{
    board->unplugged = true;
    board->replug_ns = UINT64_MAX;
}

bool board_unplugged(const struct board *board)
{
    return board->unplugged;
}

void board_suspend(struct board *board)
{
    if (board->guest->bus_suspend != NULL && !board->application) {
        board->guest->bus_suspend(board->guest);
    }
}

uint32_t board_leds(struct board *board)
{
    struct guest *guest = board->guest;
    const bool lit = guest->leds != NULL && !board->application && !board->unplugged;
    return lit ? guest->leds(guest) : 0;
}

uint32_t board_led_count(const struct board *board)
{
    return board->row->leds;
}

size_t board_log(struct board *board, size_t from, char *text, size_t capacity)
{
    struct guest *program = board->program;
    return program != NULL && program->log != NULL ? program->log(program, from, text, capacity)
                                                   : 0;
}
