/* SPDX-License-Identifier: MIT
 * A TCP connection on which every read and write has an end. */
#ifndef BUS_SOCKET_H
#define BUS_SOCKET_H

#include "base/fail.h"

enum socket_result { SOCKET_OK, SOCKET_TIMEOUT, SOCKET_CLOSED };

/* Connects to a host by name or number.
 *
 * *fd       the caller's: close()
 * Waits     at most limit_ms for each address of the host
 * Returns   0, -DFK_E_CONNECTION */
int socket_connect(const char *host, const char *port, uint32_t limit_ms, int *fd,
                   struct dfk_error *err);

/* Reads exactly length bytes. */
enum socket_result socket_read(int fd, uint8_t *data, size_t length, uint32_t limit_ms);

/* Writes all of length bytes. */
enum socket_result socket_write(int fd, const uint8_t *data, size_t length, uint32_t limit_ms);

#endif
