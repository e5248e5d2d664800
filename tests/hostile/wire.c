/* SPDX-License-Identifier: MIT
 * A USB/IP server of virtual boards behind the bus's own sockets, in virtual time. */
#include "tests/hostile/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bus/socket.h"

enum { READ_BYTES = 8192, DRIP_MS_MAX = 400, LAST_PUMPS = 4 /* what was said, then its end */ };

static const uint64_t ns_per_ms = 1000000;

/* What the linker's --wrap leads here has no argument of ours. */
static struct wire *the_wire;

int __real_poll(struct pollfd *fds, nfds_t count, int timeout_ms);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout_ms);
struct clock __wrap_clock_real(void);
int __wrap_socket_connect(const char *host, const char *port, uint32_t limit_ms, int *fd,
                          struct dfk_error *err);

static uint64_t now_ns(struct clock *clock)
{
    (void)clock;
    return the_wire->liar->now_ns;
}

static void sleep_ns(struct clock *clock, uint64_t length_ns)
{
    (void)clock;
    liar_advance(the_wire->liar, length_ns);
}

struct clock __wrap_clock_real(void)
{
    return (struct clock){now_ns, sleep_ns};
}

/* What the client said goes to the server. */
static void hear(struct wire_line *line)
{
    uint8_t bytes[READ_BYTES];
    ssize_t got = recv(line->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (got > 0) {
        connection_take(&line->connection, bytes, (size_t)got);
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        connection_close(&line->connection);
        (void)close(line->fd);
        line->open = line->served = false;
    }
}

/* What the server answers, true or not, waits to be said. */
static void answer(struct wire *wire, struct wire_line *line)
{
    struct chance *chance = &wire->liar->chance;
    size_t length = 0;
    const uint8_t *bytes = connection_output(&line->connection, &length);
    size_t room = WIRE_PENDING_BYTES - line->pending_bytes;
    bool leaves = line->connection.end != CONNECTION_OPEN;
    if (length > 0 && length <= room) {
        uint8_t *at = line->pending + line->pending_bytes;
        memcpy(at, bytes, length);
        connection_sent(&line->connection, length);
        if (wire->mute) {
            length = at[3] == USBIP_REP_DEVLIST ? wire_repeat(chance, at, length, room) : 0;
        } else if (chance_permille(chance, wire->lies_permille)) {
            length = wire_lie(chance, at, length, room, &leaves);
        }
        line->pending_bytes += length;
    }
    line->cut = line->cut || leaves;
}

static void say(struct wire *wire, struct wire_line *line)
{
    bool drips = line->drip > 0;
    if (line->pending_bytes > 0 && (!drips || wire->liar->now_ns >= line->next_ns)) {
        size_t part = drips && line->drip < line->pending_bytes ? line->drip : line->pending_bytes;
        ssize_t sent = send(line->fd, line->pending, part, MSG_NOSIGNAL | MSG_DONTWAIT);
        size_t done = sent > 0 ? (size_t)sent : 0;
        line->pending_bytes -= done;
        memmove(line->pending, line->pending + done, line->pending_bytes);
        line->next_ns =
            wire->liar->now_ns + chance_below(&wire->liar->chance, DRIP_MS_MAX) * ns_per_ms;
    }
    if (line->cut && line->pending_bytes == 0) {
        (void)shutdown(line->fd, SHUT_WR);
    }
}

static void pump(struct wire *wire)
{
    for (size_t i = 0; i < WIRE_LINES_MAX; i++) {
        struct wire_line *line = &wire->lines[i];
        if (line->open) {
            hear(line);
        }
        if (line->open && !line->cut) {
            connection_work(&line->connection, wire->liar->now_ns);
            answer(wire, line);
        }
        if (line->open) {
            say(wire, line);
        }
    }
}

/* Who left is noticed before who comes. */
static void settle(struct wire *wire)
{
    for (uint32_t i = 0; i < LAST_PUMPS; i++) {
        pump(wire);
    }
}

static bool make_ends(int ends[2])
{
    int room_bytes = WIRE_PENDING_BYTES;
    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0 &&
           setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &room_bytes, sizeof room_bytes) == 0;
}

int __wrap_socket_connect(const char *host, const char *port, uint32_t limit_ms, int *fd,
                          struct dfk_error *err)
{
    struct wire *wire = the_wire;
    struct chance *chance = &wire->liar->chance;
    int ends[2];
    size_t free_line = 0;
    (void)limit_ms;
    settle(wire);
    while (free_line < WIRE_LINES_MAX && wire->lines[free_line].open) {
        free_line++;
    }
    if (free_line == WIRE_LINES_MAX || chance_permille(chance, wire->lies_permille / 10) ||
        !make_ends(ends)) {
        return dfk_fail(err, DFK_E_CONNECTION, "no USB/IP server at %s port %s", host, port);
    }
    struct wire_line *line = &wire->lines[free_line];
    line->open = true;
    line->cut = false;
    line->fd = ends[1];
    line->pending_bytes = 0;
    line->drip =
        chance_permille(chance, wire->lies_permille / 4) ? 1 + chance_below(chance, 50) : 0;
    line->served = connection_open(&line->connection, &wire->row);
    wire->connects++;
    *fd = ends[0];
    return 0;
}

/* The next moment at which the server has something to do. */
static uint64_t next_ns(const struct wire *wire)
{
    uint64_t next = UINT64_MAX;
    for (size_t i = 0; i < WIRE_LINES_MAX; i++) {
        const struct wire_line *line = &wire->lines[i];
        uint64_t due_ns =
            line->open && !line->cut ? connection_due_ns(&line->connection) : UINT64_MAX;
        uint64_t say_ns = line->open && line->pending_bytes > 0 ? line->next_ns : UINT64_MAX;
        next = due_ns < next ? due_ns : next;
        next = say_ns < next ? say_ns : next;
    }
    return next;
}

/* The server works while the client waits. */
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
    struct wire *wire = the_wire;
    struct liar *liar = wire->liar;
    uint64_t until_ns = liar->now_ns + (timeout_ms > 0 ? (uint64_t)timeout_ms : 0) * ns_per_ms;
    liar->transfers++;
    if (timeout_ms < 0) {
        liar->broken = "waits at a socket without a limit";
    }
    pump(wire);
    int ready = __real_poll(fds, count, 0);
    while (ready == 0 && liar->now_ns < until_ns) {
        uint64_t step_ns = next_ns(wire);
        step_ns = step_ns > liar->now_ns ? step_ns - liar->now_ns : 0;
        step_ns = step_ns < ns_per_ms ? ns_per_ms : step_ns;
        uint64_t left_ns = until_ns - liar->now_ns;
        liar_advance(liar, step_ns < left_ns ? step_ns : left_ns);
        pump(wire);
        ready = __real_poll(fds, count, 0);
    }
    return ready;
}

void wire_begin(struct wire *wire, struct liar *liar, struct board *const *boards, size_t count)
{
    wire->liar = liar;
    for (size_t i = 0; i < count; i++) {
        wire->boards[i] = boards[i];
        wire->outlets[i] = outlet_make(board_port(boards[i]), (uint32_t)i, 0.0, liar->now_ns);
    }
    wire->row = (struct outlet_row){wire->outlets, (uint32_t)count};
    the_wire = wire;
}

bool wire_end(struct wire *wire)
{
    bool closed = true;
    settle(wire);
    for (size_t i = 0; i < WIRE_LINES_MAX; i++) {
        struct wire_line *line = &wire->lines[i];
        closed = closed && !line->open;
        if (line->open) {
            connection_close(&line->connection);
            (void)close(line->fd);
        }
    }
    return closed;
}
