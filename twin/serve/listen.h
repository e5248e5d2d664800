/* SPDX-License-Identifier: MIT
 * The TCP sockets of the server. */
#ifndef TWIN_SERVE_LISTEN_H
#define TWIN_SERVE_LISTEN_H

#include "include/dfukit.h"

/* Opens a non-blocking socket that listens.
 *
 * address   numeric, IPv4 or IPv6
 * port      0: any free one
 * Returns   the descriptor, which is the caller's; -DFK_E_CONNECTION, -DFK_E_USAGE */
int listen_open(const char *address, uint16_t port, struct dfk_error *err);

/* Gives the TCP port of a listening socket, 0 when it is none. */
uint16_t listen_get_port(int listener);

/* Takes the next client.
 *
 * Returns   a non-blocking descriptor that sends at once, the caller's; -1 when nobody waits */
int listen_accept(int listener);

#endif
