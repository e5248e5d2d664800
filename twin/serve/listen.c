/* SPDX-License-Identifier: MIT
 * The TCP sockets of the server. */
#include "twin/serve/listen.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fail.h"

enum { BACKLOG = 8 };

static int fail_listen(const char *address, uint16_t port, struct dfk_error *err)
{
    const int number = errno;
    (void)dfk_fail(err, DFK_E_CONNECTION, "cannot listen on %s port %u: %s", address, port,
                   strerror(number));
    if (number == EADDRINUSE) {
        dfk_fail_why(err, "another program, perhaps another twin or usbipd, listens there");
        dfk_fail_next(err, "choose another port with --port, or --port 0 for any free one");
    } else {
        dfk_fail_next(err, "choose another address or port");
    }
    return -DFK_E_CONNECTION;
}

static int listen_on(const struct addrinfo *place)
{
    const int yes = 1;
    int listener = socket(place->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener < 0) {
        return -1;
    }
    (void)setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, place->ai_addr, place->ai_addrlen) != 0 || listen(listener, BACKLOG) != 0) {
        const int number = errno;
        (void)close(listener);
        errno = number;
        return -1;
    }
    return listener;
}

int listen_open(const char *address, uint16_t port, struct dfk_error *err)
{
    char service[8];
    (void)snprintf(service, sizeof service, "%u", port);
    const struct addrinfo hints = {.ai_family = AF_UNSPEC,
                                   .ai_socktype = SOCK_STREAM,
                                   .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};
    struct addrinfo *place = NULL;
    if (getaddrinfo(address, service, &hints, &place) != 0) {
        return dfk_fail(err, DFK_E_USAGE,
                        "'%s' is not an address: wanted numbers, as 127.0.0.1 or ::1", address);
    }
    int listener = listen_on(place);
    if (listener < 0) {
        listener = fail_listen(address, port, err);
    }
    freeaddrinfo(place);
    return listener;
}

uint16_t listen_get_port(int listener)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } name = {.any = {0}};
    socklen_t length = sizeof name;
    if (getsockname(listener, &name.any, &length) != 0) {
        return 0;
    }
    return ntohs(name.any.sa_family == AF_INET6 ? name.v6.sin6_port : name.v4.sin_port);
}

int listen_accept(int listener)
{
    const int yes = 1;
    int client = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (client >= 0) {
        /* a control transfer is one small message each way: waiting for more costs 40 ms */
        (void)setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    }
    return client;
}
