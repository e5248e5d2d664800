/* SPDX-License-Identifier: MIT
 * A board's socket: time passes, transfers are answered, the device comes and
 * goes. */
#include <string.h>

#include "twin/board/inside.h"
#include "twin/board/port.h"

static struct board *board_of_port(struct usb_port *port)
{
    return (struct board *)port;
}

static bool is_attached(const struct board *board)
{
    return !board->unplugged && !board->stuck && !board->application &&
           board->guest->connected(board->guest);
}

/* A device that was away counts as a new one. */
static void notice_attachment(struct board *board)
{
    bool attached = is_attached(board);
    board->generation += attached && !board->attached_before ? 1 : 0;
    board->attached_before = attached;
}

static void handle_stop(struct board *board, enum guest_stop stop)
{
    switch (stop) {
    case GUEST_RESET: board_start(board, RESET_SOFTWARE); break;
    case GUEST_JUMP: board_enter(board, board->guest->jump_addr); break;
    case GUEST_SYSTEM: board_enter_rom(board); break;
    case GUEST_LOCKUP: board->stuck = true; break;
    case GUEST_UNTIL:
    case GUEST_IDLE: break;
    }
}

static void release_if_due(struct board *board)
{
    if (board->time.now_ns >= board->release_ns) {
        board_press(board, false);
    }
}

/* Plugged in again, the board starts from power-on. */
static void replug_if_due(struct board *board)
{
    if (board->unplugged && board->time.now_ns >= board->replug_ns) {
        board->unplugged = false;
        board->replug_ns = UINT64_MAX;
        board_start(board, RESET_POWER_ON);
    }
}

static uint64_t next_event(struct board *board)
{
    uint64_t wake = board->unplugged ? board->replug_ns : UINT64_MAX;
    bool running = !board->unplugged && !board->stuck && !board->application;
    uint64_t guest = running ? board->guest->wake(board->guest) : UINT64_MAX;
    wake = board->release_ns < wake ? board->release_ns : wake;
    return guest < wake ? guest : wake;
}

/* The flash knows when the power is cut; until somebody switches it on again, the board is off. */
static void notice_power(struct board *board)
{
    if (board->flash.power_lost) {
        board->unplugged = true;
    }
}

static void step(struct board *board)
{
    replug_if_due(board);
    release_if_due(board);
    if (!board->unplugged && !board->stuck && !board->application) {
        enum guest_stop stop = board->guest->run(board->guest, board->time.now_ns);
        notice_power(board);
        handle_stop(board, board->unplugged ? GUEST_IDLE : stop);
    }
    notice_attachment(board);
}

void board_run_until(struct board *board, uint64_t until_ns)
{
    step(board);
    while (board->time.now_ns < until_ns) {
        uint64_t wake = next_event(board);
        board->time.now_ns = wake > board->time.now_ns && wake < until_ns ? wake : until_ns;
        step(board);
    }
}

static enum ep0_answer refuse(struct board *board, enum board_strike strike)
{
    switch (strike) {
    case STRIKE_STALL: return EP0_STALL;
    case STRIKE_DROP: board->drop_this = true; return EP0_NAK;
    default: notice_attachment(board); return EP0_GONE;
    }
}

static void count(struct board *board, const struct usb_setup *setup, uint16_t length)
{
    bool in = (setup->request_type & USB_DIR_IN) != 0;
    uint32_t wire_ns = usb_control_time_ns(in ? length : setup->length);
    board->counters.usb_ns += wire_ns;
    board->counters.transfers++;
    board->counters.bytes_in += in ? length : 0;
    board->counters.bytes_out += in ? 0 : setup->length;
    board->counters.erase_ns = board->flash.counters.erase_ns;
    board->counters.program_ns = board->flash.counters.program_ns;
    board->counters.erases = board->flash.counters.erases;
    board->counters.programs = board->flash.counters.programs;
    board_run_until(board, board->time.now_ns + (board->guest->timed || !in ? 0 : wire_ns));
}

/* What the host sends is there when it has crossed the wire. */
static void cross_wire(struct board *board, const struct usb_setup *setup)
{
    bool out = (setup->request_type & USB_DIR_IN) == 0;
    if (out && !board->guest->timed) {
        board_run_until(board, board->time.now_ns + usb_control_time_ns(setup->length));
    }
}

static enum ep0_answer port_control(struct usb_port *port, const struct usb_setup *setup,
                                    uint8_t *data, uint16_t *length)
{
    struct board *board = board_of_port(port);
    step(board);
    if (!is_attached(board)) {
        board->in_transfer = false;
        return EP0_GONE;
    }
    if (!board->in_transfer) {
        board->drop_this = false;
        enum board_strike strike = board_strike(board, setup, data);
        if (strike != STRIKE_NONE) {
            board->in_transfer = strike == STRIKE_DROP;
            return refuse(board, strike);
        }
        cross_wire(board, setup);
    }
    if (!is_attached(board)) {
        board->in_transfer = false;
        return EP0_GONE;
    }
    enum ep0_answer answer =
        board->drop_this ? EP0_NAK : board->guest->control(board->guest, setup, data, length);
    board->in_transfer = answer == EP0_NAK;
    if (answer == EP0_ACK) {
        board_corrupt(board, data, (setup->request_type & USB_DIR_IN) != 0 ? *length : 0);
    }
    if (answer != EP0_NAK) {
        count(board, setup, answer == EP0_ACK ? *length : 0);
    }
    return answer;
}

static enum ep0_answer port_data(struct usb_port *port, const struct usb_pipe *pipe, uint8_t *data,
                                 uint32_t *length)
{
    struct board *board = board_of_port(port);
    step(board);
    if (!is_attached(board)) {
        return EP0_GONE;
    }
    struct guest *guest = board->guest;
    return guest->data == NULL ? EP0_STALL : guest->data(guest, pipe, data, length);
}

static bool port_cancel_data(struct usb_port *port, uint8_t endpoint)
{
    struct guest *guest = board_of_port(port)->guest;
    return guest->data != NULL && guest->cancel_data(guest, endpoint);
}

static bool port_attached(struct usb_port *port)
{
    return is_attached(board_of_port(port));
}

static uint32_t port_generation(struct usb_port *port)
{
    return board_of_port(port)->generation;
}

static uint64_t port_now(struct usb_port *port)
{
    return board_of_port(port)->time.now_ns;
}

static uint64_t port_wake(struct usb_port *port)
{
    return next_event(board_of_port(port));
}

static void port_run(struct usb_port *port, uint64_t until_ns)
{
    board_run_until(board_of_port(port), until_ns);
}

static void port_cancel(struct usb_port *port)
{
    struct board *board = board_of_port(port);
    board->in_transfer = false;
    if (board->guest->cancel != NULL) {
        board->guest->cancel(board->guest);
    }
}

static void port_reset(struct usb_port *port)
{
    struct board *board = board_of_port(port);
    board->in_transfer = false;
    if (board->guest->bus_reset != NULL && is_attached(board)) {
        board->guest->bus_reset(board->guest);
    }
    step(board);
}

struct usb_port board_make_port(void)
{
    return (struct usb_port){.attached = port_attached,
                             .generation = port_generation,
                             .control = port_control,
                             .now = port_now,
                             .wake = port_wake,
                             .run = port_run,
                             .cancel = port_cancel,
                             .reset = port_reset,
                             .data = port_data,
                             .cancel_data = port_cancel_data};
}
