/* SPDX-License-Identifier: MIT
 * A USB/IP server of virtual boards whose answers are turned into lies on their way, behind the
 * sockets of the program under test and in virtual time.
 *
 * The linker hands socket_connect, poll and clock_real of the bus to this file (--wrap): no port is
 * opened, and a wait of ten seconds takes none. */
#ifndef TESTS_HOSTILE_WIRE_H
#define TESTS_HOSTILE_WIRE_H

#include "tests/hostile/liar.h"
#include "twin/board/board.h"
#include "twin/serve/connection.h"

enum { WIRE_LINES_MAX = 8, WIRE_BOARDS_MAX = 2, WIRE_PENDING_BYTES = 262144 };

/* One connection, seen from the server. */
struct wire_line {
    bool open; /* the client has not closed it */
    int fd;
    struct connection connection;
    bool served;      /* connection is open */
    bool cut;         /* the server has closed its side */
    uint32_t drip;    /* bytes that pass at a time; 0: all */
    uint64_t next_ns; /* when the next of them pass */
    uint8_t pending[WIRE_PENDING_BYTES];
    size_t pending_bytes;
};

/* All of it. */
struct wire {
    struct liar *liar; /* the time, the chance, and the person's patience */
    uint32_t lies_permille;
    bool mute; /* lists as many devices as are believed, and answers to nothing else */
    struct board *boards[WIRE_BOARDS_MAX];
    struct outlet outlets[WIRE_BOARDS_MAX];
    struct outlet_row row;
    struct wire_line lines[WIRE_LINES_MAX];
    uint32_t connects;
};

/* Makes a server of boards, which stay the caller's, and lets the bus's sockets lead to it. */
void wire_begin(struct wire *wire, struct liar *liar, struct board *const *boards, size_t count);

/* Closes the server. Returns false when the client has left a connection open. */
bool wire_end(struct wire *wire);

/* Makes a list of one device to one of as many as are believed. As wire_lie. */
size_t wire_repeat(struct chance *chance, uint8_t *bytes, size_t length, size_t room);

/* Turns an answer into something else: fields that lie, bytes that are missing or too many, or
 * nothing at all. room: of bytes. *close: the server hangs up behind it.
 *
 * Returns   the new length */
size_t wire_lie(struct chance *chance, uint8_t *bytes, size_t length, size_t room, bool *close);

#endif
