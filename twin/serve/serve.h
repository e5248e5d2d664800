/* SPDX-License-Identifier: MIT
 * A USB/IP server that puts virtual boards on the network. */
#ifndef TWIN_SERVE_SERVE_H
#define TWIN_SERVE_SERVE_H

#include "base/clock.h"
#include "include/dfukit.h"
#include "twin/usb_port.h"

struct server;

/* What happens between a client and a board, for a log. */
enum server_event {
    SERVER_ATTACHED, /* the board is on the bus */
    SERVER_DETACHED, /* it left */
    SERVER_IMPORTED, /* a client has it */
    SERVER_RELEASED, /* the client let go, or was let go because the board left */
    SERVER_REFUSED,  /* a client asked for a board that is not there or not free; no board */
    SERVER_BROKE,    /* a client broke the protocol and was let go; no board */
};

/* Where and how to serve. */
struct server_config {
    const char *address; /* numeric; NULL: 127.0.0.1 */
    uint16_t port;       /* 0: any free one */
    double speed;        /* virtual seconds per real second; 0: no pacing beyond real time */
    struct usb_port *const *ports; /* the boards, bus ids 1-1, 1-2, ... */
    uint32_t port_count;           /* 1..16 */
    void *user;                    /* handed to event */
    /* Called from within server_run; board is 0..port_count-1, or port_count for none. NULL: not
     * called. */
    void (*event)(void *user, enum server_event event, uint32_t board);
};

/* Starts to listen.
 *
 * Owns      *server is the caller's: server_close
 * Returns   0, -DFK_E_CONNECTION, -DFK_E_USAGE, -DFK_E_NO_MEMORY */
int server_open(const struct server_config *config, struct server **server, struct dfk_error *err);

/* Gives the TCP port that is listened on. */
uint16_t server_get_port(const struct server *server);

/* Has a file descriptor watched as well: ready is called with the server's user from within
 * server_run whenever fd can be read. One at a time; the last one counts.
 *
 * Owns      the caller: fd stays open as long as the server runs */
void server_watch(struct server *server, int fd, void (*ready)(void *user));

/* Serves until limit_ms of real time have passed or *stop becomes true.
 *
 * stop      may be NULL
 * Returns   0, -DFK_E_CONNECTION */
int server_run(struct server *server, uint32_t limit_ms, const volatile bool *stop,
               struct dfk_error *err);

/* Closes all connections. NULL does nothing. */
void server_close(struct server *server);

#endif
