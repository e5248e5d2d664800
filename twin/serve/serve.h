/* SPDX-License-Identifier: MIT
 * A USB/IP server that puts virtual boards on the network. */
#ifndef TWIN_SERVE_SERVE_H
#define TWIN_SERVE_SERVE_H

#include "base/clock.h"
#include "include/dfukit.h"
#include "twin/usb_port.h"

struct server;

/* Where and how to serve. */
struct server_config {
    const char *address; /* numeric; NULL: 127.0.0.1 */
    uint16_t port;       /* 0: any free one */
    double speed;        /* virtual seconds per real second; 0: no pacing beyond real time */
    struct usb_port *const *ports; /* the boards, bus ids 1-1, 1-2, ... */
    uint32_t port_count;           /* 1..16 */
};

/* Starts to listen.
 *
 * Owns      *server is the caller's: server_close
 * Returns   0, -DFK_E_CONNECTION, -DFK_E_USAGE, -DFK_E_NO_MEMORY */
int server_open(const struct server_config *config, struct server **server, struct dfk_error *err);

/* Gives the TCP port that is listened on. */
uint16_t server_get_port(const struct server *server);

/* Serves until limit_ms of real time have passed or *stop becomes true.
 *
 * stop      may be NULL
 * Returns   0, -DFK_E_CONNECTION */
int server_run(struct server *server, uint32_t limit_ms, const volatile bool *stop,
               struct dfk_error *err);

/* Closes all connections. NULL does nothing. */
void server_close(struct server *server);

#endif
