/* SPDX-License-Identifier: MIT
 * The control transfers that one client has asked for, in their order. */
#ifndef TWIN_SERVE_URB_H
#define TWIN_SERVE_URB_H

#include <stdbool.h>
#include <stdint.h>

#include "core/usb.h"

/* A control transfer that waits for its answer. */
struct urb {
    uint32_t seqnum;
    struct usb_setup setup; /* length is the data stage's, cut to the client's buffer */
    uint8_t *data;          /* setup.length bytes; NULL when that is 0 */
};

/* More than any host keeps on endpoint 0, and few enough that a client cannot eat the memory. */
enum { URB_QUEUE_MAX = 32 };

/* All zero is an empty queue. */
struct urb_queue {
    struct urb urbs[URB_QUEUE_MAX];
    uint32_t count;
};

/* Adds a transfer at the end.
 *
 * payload   setup->length bytes, copied; NULL for a transfer without one
 * Returns   false when the queue is full or memory ran out */
bool urb_add(struct urb_queue *queue, uint32_t seqnum, const struct usb_setup *setup,
             const uint8_t *payload);

/* Gives the transfer whose turn it is, NULL when there is none.
 * Owns      nothing: valid until the queue changes */
struct urb *urb_head(struct urb_queue *queue);

/* Finds a transfer by its number. Returns its place, queue->count when there is none. */
uint32_t urb_find(const struct urb_queue *queue, uint32_t seqnum);

/* Removes and frees the transfer at a place, 0..count-1. */
void urb_remove(struct urb_queue *queue, uint32_t place);

/* Removes all. */
void urb_clear(struct urb_queue *queue);

#endif
