/* SPDX-License-Identifier: MIT
 * The line between a host and one virtual board, and the one thing that goes wrong on it. */
#ifndef TESTS_FAULTS_LINE_H
#define TESTS_FAULTS_LINE_H

#include "base/clock.h"
#include "bus/bus.h"
#include "core/usb.h"
#include "twin/board/board.h"

/* What can go wrong with one control transfer. */
enum mishap {
    MISHAP_NONE,
    MISHAP_STALL,       /* the request is refused and not carried out */
    MISHAP_NO_REQUEST,  /* it never reaches the device: no answer */
    MISHAP_NO_ANSWER,   /* it is carried out, but the answer is lost */
    MISHAP_SHORT,       /* fewer bytes than there were; of data to the device: none arrives */
    MISHAP_FLIP,        /* one bit of the data to the host is another */
    MISHAP_GONE,        /* the board loses its power and stays away */
    MISHAP_BACK,        /* it loses its power and is back in DFU mode soon after */
    MISHAP_BACK_SPOILT, /* the same, and it is in dfuERROR when it is found again */
    MISHAP_SPOILT,      /* somebody else's request has brought it into dfuERROR */
    MISHAP_RESET,       /* the port is reset, and the system keeps the device open */
    MISHAP_TWICE,       /* the answer comes twice (USB/IP) */
    MISHAP_COUNT,
};

/* All zero but for the board is a line on which nothing goes wrong. */
struct line {
    struct board *board;
    bool from_flash; /* DFU mode needs a hand at the button after a loss of power */
    enum mishap kind;
    uint32_t at;     /* which transfer of this run, from 1 */
    uint32_t dice;   /* which of the bits */
    uint32_t seen;   /* transfers so far */
    uint32_t limit;  /* so many and no more: a conversation that goes on for ever ends here */
    uint64_t end_ns; /* as a virtual time; 0: none */
    bool struck;     /* it has happened */
    bool hung;       /* limit or end_ns was passed */
    bool spoil_due;
};

/* Gives the word for a mishap, as in the name of a case.
 * Owns      nothing: a constant */
const char *mishap_name(enum mishap kind);

/* A transfer begins. What happens to the board happens now; what happens to the transfer is the
 * caller's, and is returned: MISHAP_STALL to MISHAP_FLIP, MISHAP_TWICE, or MISHAP_NONE. */
enum mishap line_next(struct line *line);

/* The host looks at what is on the bus: a board that came back may have been spoilt meanwhile. */
void line_look(struct line *line);

/* Gives the bytes that are left of a data stage that comes short. */
uint16_t line_short(uint16_t length);

/* Turns one bit of a data stage over. Returns false when there is none. */
bool line_flip(struct line *line, uint8_t *data, uint16_t length);

/* Wraps a bus in this process, so that every transfer goes over the line.
 *
 * inner     stays the caller's, as do line and clock; all outlive the bus
 * Owns      the caller: bus_free. NULL when memory ran out */
struct bus *wire_open(struct bus *inner, struct line *line, struct clock *clock);

/* Makes a USB/IP bus to a server of one board in this process: the client's and the server's code
 * is the product's, only the TCP connection between them is not one.
 *
 * line      stays the caller's and outlives the bus; there is one such bus at a time
 * Owns      the caller: loop_close. NULL when memory ran out */
struct bus *loop_open(struct line *line);
void loop_close(struct bus *bus);

#endif
