/* SPDX-License-Identifier: MIT
 * A TCP connection on which every read and write has an end. */
#include "bus/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

/* Waits until the socket is ready. */
static enum socket_result wait_for(int fd, short events, const struct deadline *deadline)
{
    struct pollfd ready = {.fd = fd, .events = events};
    int count = -1;
    do {
        uint32_t left_ms = deadline_left_ms(deadline);
        count = poll(&ready, 1, left_ms < INT_MAX ? (int)left_ms : INT_MAX);
    } while (count < 0 && errno == EINTR);
    return count > 0 ? SOCKET_OK : SOCKET_TIMEOUT;
}

static bool is_passing(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

static int connect_one(const struct addrinfo *address, uint32_t limit_ms)
{
    struct clock clock = clock_real();
    struct deadline deadline = deadline_start(&clock, limit_ms, "connecting", "option");
    int on = 1;
    int fd = socket(address->ai_family, address->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -1;
    }
    int failed = connect(fd, address->ai_addr, address->ai_addrlen) == 0 ? 0 : errno;
    if (failed == EINPROGRESS) {
        socklen_t size = sizeof failed;
        bool ready = wait_for(fd, POLLOUT, &deadline) == SOCKET_OK;
        failed = ETIMEDOUT;
        if (ready) {
            (void)getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &size);
        }
    }
    if (failed != 0) {
        (void)close(fd);
        errno = failed;
        return -1;
    }
    /* Each transfer waits for its answer: nothing is won by collecting bytes. */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

int socket_connect(const char *host, const char *port, uint32_t limit_ms, int *fd,
                   struct dfk_error *err)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    int failed = getaddrinfo(host, port, &hints, &found);
    if (failed != 0) {
        return dfk_fail(err, DFK_E_CONNECTION, "host %s: %s", host, gai_strerror(failed));
    }
    int made = -1;
    for (const struct addrinfo *at = found; at != NULL && made < 0; at = at->ai_next) {
        made = connect_one(at, limit_ms);
    }
    int why = errno;
    freeaddrinfo(found);
    if (made < 0) {
        return dfk_fail(err, DFK_E_CONNECTION, "no USB/IP server at %s port %s: %s", host, port,
                        strerror(why));
    }
    *fd = made;
    return 0;
}

enum socket_result socket_read(int fd, uint8_t *data, size_t length, uint32_t limit_ms)
{
    struct clock clock = clock_real();
    struct deadline deadline = deadline_start(&clock, limit_ms, "reading", "option");
    size_t done = 0;
    while (done < length) {
        ssize_t got = recv(fd, data + done, length - done, 0);
        if (got == 0 || (got < 0 && !is_passing(errno))) {
            return SOCKET_CLOSED;
        }
        done += got > 0 ? (size_t)got : 0;
        if (got < 0 && wait_for(fd, POLLIN, &deadline) != SOCKET_OK) {
            return SOCKET_TIMEOUT;
        }
    }
    return SOCKET_OK;
}

enum socket_result socket_write(int fd, const uint8_t *data, size_t length, uint32_t limit_ms)
{
    struct clock clock = clock_real();
    struct deadline deadline = deadline_start(&clock, limit_ms, "writing", "option");
    size_t done = 0;
    while (done < length) {
        ssize_t sent = send(fd, data + done, length - done, MSG_NOSIGNAL);
        if (sent < 0 && !is_passing(errno)) {
            return SOCKET_CLOSED;
        }
        done += sent > 0 ? (size_t)sent : 0;
        if (sent < 0 && wait_for(fd, POLLOUT, &deadline) != SOCKET_OK) {
            return SOCKET_TIMEOUT;
        }
    }
    return SOCKET_OK;
}
