/* SPDX-License-Identifier: MIT
 * Transfers between a client's queues and its board, each at its moment. */
#ifndef TWIN_SERVE_EXCHANGE_H
#define TWIN_SERVE_EXCHANGE_H

#include "twin/serve/connection.h"

/* Answers a transfer that never reaches the board. */
void exchange_answer(struct connection *connection, uint32_t seqnum, int32_t status);

/* Answers a transfer that reached the board: with what moved of it, also when it went wrong.
 *
 * data      of one to the host, length bytes; NULL for one to the device */
void exchange_answer_data(struct connection *connection, uint32_t seqnum, int32_t status,
                          const uint8_t *data, uint32_t length);

/* Takes a transfer back, and answers the request for that.
 *
 * Source    Linux Documentation/usb/usbip_protocol.rst, USBIP_RET_UNLINK */
void exchange_unlink(struct connection *connection, uint32_t seqnum, uint32_t unlink_seqnum);

#endif
