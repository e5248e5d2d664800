/* SPDX-License-Identifier: MIT
 * Connections that are refused, slow, full or gone: each call ends, and in time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "bus/socket.h"

enum { SOON_MS = 40, LONG_MS = 5000, LATE_MS = 2000 };

/* Both ends of a connection; ours does not block, like those of socket_connect. */
static void make_pair(int ends[2])
{
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
}

static void drop_pair(const int ends[2])
{
    (void)close(ends[0]);
    (void)close(ends[1]);
}

/* A socket that listens on a free port of this computer. */
static int listen_somewhere(char port[8])
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof here;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&here, sizeof here), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&here, &size), 0);
    (void)snprintf(port, 8, "%u", ntohs(here.sin_port));
    return fd;
}

static void a_listening_server_is_reached(void **state)
{
    (void)state;
    char port[8];
    uint8_t byte = 0;
    int fd = -1;
    int listener = listen_somewhere(port);
    struct dfk_error err = {0};
    assert_int_equal(socket_connect("127.0.0.1", port, LONG_MS, &fd, &err), 0);
    int peer = accept(listener, NULL, NULL);
    assert_int_equal(send(peer, "x", 1, 0), 1);
    assert_int_equal(socket_read(fd, &byte, 1, LONG_MS), SOCKET_OK);
    assert_int_equal(byte, 'x');
    assert_int_not_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
    (void)close(fd);
    (void)close(peer);
    (void)close(listener);
}

static void where_nobody_listens_the_reason_is_told(void **state)
{
    (void)state;
    char port[8];
    char wanted[80];
    int fd = -1;
    struct dfk_error err = {0};
    (void)close(listen_somewhere(port));
    assert_int_equal(socket_connect("127.0.0.1", port, LONG_MS, &fd, &err), -DFK_E_CONNECTION);
    (void)snprintf(wanted, sizeof wanted,
                   "no USB/IP server at 127.0.0.1 port %s: Connection refused", port);
    assert_string_equal(err.what, wanted);
    assert_int_equal(fd, -1);
}

static void bytes_that_come_in_pieces_are_read_whole(void **state)
{
    (void)state;
    int ends[2];
    uint8_t got[8] = {0};
    make_pair(ends);
    assert_int_equal(send(ends[1], "abcdefgh!", 9, 0), 9);
    assert_int_equal(socket_read(ends[0], got, 3, LONG_MS), SOCKET_OK);
    assert_int_equal(socket_read(ends[0], got + 3, 5, LONG_MS), SOCKET_OK);
    assert_memory_equal(got, "abcdefgh", 8);
    assert_int_equal(socket_read(ends[0], got, 0, 0), SOCKET_OK);
    assert_memory_equal(got, "abcdefgh", 8);
    drop_pair(ends);
}

static void silence_ends_with_the_limit(void **state)
{
    (void)state;
    int ends[2];
    uint8_t got[4];
    struct clock clock = clock_real();
    make_pair(ends);
    assert_int_equal(send(ends[1], "abc", 3, 0), 3);
    struct deadline deadline = deadline_start(&clock, LATE_MS, "the test", "patience");
    assert_int_equal(socket_read(ends[0], got, 4, SOON_MS), SOCKET_TIMEOUT);
    assert_true(deadline_elapsed_ms(&deadline) >= SOON_MS);
    assert_false(deadline_passed(&deadline));
    assert_int_equal(socket_read(ends[0], got, 1, 0), SOCKET_TIMEOUT);
    drop_pair(ends);
}

static void a_closed_connection_is_no_silence(void **state)
{
    (void)state;
    int ends[2];
    uint8_t got[4];
    make_pair(ends);
    assert_int_equal(send(ends[1], "abc", 3, 0), 3);
    (void)close(ends[1]);
    assert_int_equal(socket_read(ends[0], got, 4, LONG_MS), SOCKET_CLOSED);
    assert_int_equal(socket_write(ends[0], got, 1, LONG_MS), SOCKET_CLOSED);
    (void)close(ends[0]);
    assert_int_equal(socket_read(-1, got, 1, LONG_MS), SOCKET_CLOSED);
    assert_int_equal(socket_write(-1, got, 1, LONG_MS), SOCKET_CLOSED);
}

static void a_server_that_does_not_listen_stops_a_write_in_time(void **state)
{
    (void)state;
    enum { MUCH_BYTES = 16 * 1024 * 1024 };
    int ends[2];
    struct clock clock = clock_real();
    uint8_t *much = calloc(1, MUCH_BYTES);
    assert_non_null(much);
    make_pair(ends);
    struct deadline deadline = deadline_start(&clock, LATE_MS, "the test", "patience");
    assert_int_equal(socket_write(ends[0], much, MUCH_BYTES, SOON_MS), SOCKET_TIMEOUT);
    assert_false(deadline_passed(&deadline));
    free(much);
    drop_pair(ends);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_listening_server_is_reached),
        cmocka_unit_test(where_nobody_listens_the_reason_is_told),
        cmocka_unit_test(bytes_that_come_in_pieces_are_read_whole),
        cmocka_unit_test(silence_ends_with_the_limit),
        cmocka_unit_test(a_closed_connection_is_no_silence),
        cmocka_unit_test(a_server_that_does_not_listen_stops_a_write_in_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
