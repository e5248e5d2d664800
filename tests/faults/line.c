/* SPDX-License-Identifier: MIT
 * What goes wrong on a line, as far as it happens to the board. */
#include "tests/faults/line.h"

#include "core/dfu.h"
#include "twin/board/inside.h"

enum { AWAY_MS = 400, BUTTON_MS = 2200 };

static const uint64_t second_ns = 1000000000;

const char *mishap_name(enum mishap kind)
{
    static const char *const names[MISHAP_COUNT] = {
        [MISHAP_NONE] = "none",
        [MISHAP_STALL] = "stall",
        [MISHAP_NO_REQUEST] = "lost-request",
        [MISHAP_NO_ANSWER] = "lost-answer",
        [MISHAP_SHORT] = "short",
        [MISHAP_FLIP] = "flip",
        [MISHAP_GONE] = "gone",
        [MISHAP_BACK] = "back",
        [MISHAP_BACK_SPOILT] = "back-in-error",
        [MISHAP_SPOILT] = "in-error",
        [MISHAP_RESET] = "reset",
        [MISHAP_TWICE] = "twice",
    };
    return names[kind];
}

static struct usb_port *port_of(const struct line *line)
{
    return board_port(line->board);
}

static void ask(struct line *line, const struct usb_setup *setup, uint8_t *data)
{
    uint16_t length = setup->length;
    (void)usb_port_transfer(port_of(line), setup, data, &length, second_ns);
}

/* Block 1 is reserved: every bootloader refuses it, and asks to be told that this was understood.
 * Source AN3156, "Write memory" */
static void spoil(struct line *line)
{
    const struct usb_setup setup = {DFU_REQUEST_OUT, DFU_DNLOAD, 1, 0, 1};
    uint8_t nothing = 0;
    ask(line, &setup, &nothing);
}

static void unplug(struct line *line, bool for_good)
{
    struct board *board = line->board;
    board_unplug(board);
    if (for_good) {
        return;
    }
    board->replug_ns = board->time.now_ns + (uint64_t)AWAY_MS * TWIN_MS;
    if (line->from_flash) {
        board_press_for(board, (uint64_t)(AWAY_MS + BUTTON_MS) * TWIN_MS);
    }
}

/* What the system does of its own, and tells nobody. Source USB 2.0, "Reset Signaling" */
static void reset(struct line *line)
{
    const struct usb_setup setup = {0, USB_SET_CONFIGURATION, 1, 0, 0};
    struct usb_port *port = port_of(line);
    port->reset(port);
    ask(line, &setup, NULL);
}

static void happen(struct line *line)
{
    switch (line->kind) {
    case MISHAP_GONE: unplug(line, true); break;
    case MISHAP_BACK: unplug(line, false); break;
    case MISHAP_BACK_SPOILT:
        unplug(line, false);
        line->spoil_due = true;
        break;
    case MISHAP_SPOILT: spoil(line); break;
    case MISHAP_RESET: reset(line); break;
    default: return;
    }
    line->struck = true;
}

enum mishap line_next(struct line *line)
{
    struct usb_port *port = port_of(line);
    line->seen++;
    if ((line->limit != 0 && line->seen > line->limit) ||
        (line->end_ns != 0 && port->now(port) > line->end_ns)) {
        line->hung = true;
        unplug(line, true);
    }
    if (line->seen != line->at || line->hung) {
        return MISHAP_NONE;
    }
    happen(line);
    return line->struck ? MISHAP_NONE : line->kind;
}

void line_look(struct line *line)
{
    struct usb_port *port = port_of(line);
    if (line->spoil_due && port->attached(port)) {
        line->spoil_due = false;
        reset(line);
        spoil(line);
    }
}

uint16_t line_short(uint16_t length)
{
    return length / 2;
}

bool line_flip(struct line *line, uint8_t *data, uint16_t length)
{
    if (length == 0) {
        return false;
    }
    uint32_t bit = line->dice % (length * 8u);
    data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    line->struck = true;
    return true;
}
