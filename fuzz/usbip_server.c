/* SPDX-License-Identifier: MIT
 * A client's stream against the USB/IP server, without sockets. */
#include "tests/support/fake_port.h"
#include "twin/serve/connection.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);

enum { PIECE_BYTES = 40, PIECE_NS = 300000, TAIL_PIECES = 8 };

/* The first byte of an input says what kind of board it meets. */
enum {
    BOARD_ANSWER = 0x03, /* enum ep0_answer */
    BOARD_SLOW = 0x04,   /* NAKs for a while */
    BOARD_LEAVES = 0x08,
    BOARD_FREE = 0x10,  /* virtual time is not paced */
    BOARD_PIPED = 0x20, /* has bulk and interrupt endpoints */
};

static void set_up(struct fake_port *fake, uint8_t kind)
{
    *fake = fake_port_make();
    fake->answer = (enum ep0_answer)(kind & BOARD_ANSWER);
    fake->ready_ns = (kind & BOARD_SLOW) != 0 ? 2000000 : 0;
    fake->piped = (kind & BOARD_PIPED) != 0;
    fake->leave_ns = (kind & BOARD_LEAVES) != 0 ? 1500000 : UINT64_MAX;
}

static void check_output(struct connection *connection)
{
    size_t length = 0;
    const uint8_t *bytes = connection_output(connection, &length);
    if (length > 0 && bytes == NULL) {
        abort();
    }
    if (connection->urbs.count > URB_QUEUE_MAX || connection->pipes.count > PIPES_URBS_MAX ||
        connection->pipes.waiting_bytes > PIPES_WAITING_BYTES_MAX) {
        abort();
    }
    connection_sent(connection, length);
}

static void converse(struct connection *connection, const uint8_t *data, size_t length)
{
    uint64_t wall_ns = 0;
    size_t at = 0;
    while (at < length) {
        size_t part = length - at < PIECE_BYTES ? length - at : PIECE_BYTES;
        connection_take(connection, data + at, part);
        at += part;
        connection_work(connection, wall_ns += PIECE_NS);
        check_output(connection);
    }
    for (int i = 0; i < TAIL_PIECES; i++) {
        (void)connection_due_ns(connection);
        connection_work(connection, wall_ns += PIECE_NS);
        check_output(connection);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    if (length == 0) {
        return 0;
    }
    struct fake_port fakes[2];
    struct outlet outlets[2];
    for (uint32_t i = 0; i < 2; i++) {
        set_up(&fakes[i], data[0]);
        outlets[i] = outlet_make(&fakes[i].port, i, (data[0] & BOARD_FREE) != 0 ? 0.0 : 1.0, 0);
    }
    const struct outlet_row row = {.outlets = outlets, .count = 2};
    struct connection connection;
    if (connection_open(&connection, &row)) {
        converse(&connection, data + 1, length - 1);
        connection_close(&connection);
    }
    return 0;
}
