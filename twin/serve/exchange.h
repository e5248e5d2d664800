/* SPDX-License-Identifier: MIT
 * Transfers between a client's queue and endpoint 0 of its board, each at its moment. */
#ifndef TWIN_SERVE_EXCHANGE_H
#define TWIN_SERVE_EXCHANGE_H

#include "twin/serve/connection.h"

/* Answers a transfer that never reaches the board. */
void exchange_answer(struct connection *connection, uint32_t seqnum, int32_t status);

/* Takes a transfer back, and answers the request for that.
 *
 * Source    Linux Documentation/usb/usbip_protocol.rst, USBIP_RET_UNLINK */
void exchange_unlink(struct connection *connection, uint32_t seqnum, uint32_t unlink_seqnum);

#endif
