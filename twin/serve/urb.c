/* SPDX-License-Identifier: MIT
 * The control transfers that one client has asked for, in their order. */
#include "twin/serve/urb.h"

#include <stdlib.h>
#include <string.h>

bool urb_add(struct urb_queue *queue, uint32_t seqnum, const struct usb_setup *setup,
             const uint8_t *payload)
{
    if (queue->count == URB_QUEUE_MAX) {
        return false;
    }
    struct urb urb = {.seqnum = seqnum, .setup = *setup};
    if (setup->length > 0) {
        urb.data = calloc(1, setup->length);
        if (urb.data == NULL) {
            return false;
        }
        if (payload != NULL) {
            memcpy(urb.data, payload, setup->length);
        }
    }
    queue->urbs[queue->count++] = urb;
    return true;
}

struct urb *urb_head(struct urb_queue *queue)
{
    return queue->count > 0 ? &queue->urbs[0] : NULL;
}

uint32_t urb_find(const struct urb_queue *queue, uint32_t seqnum)
{
    uint32_t place = 0;
    while (place < queue->count && queue->urbs[place].seqnum != seqnum) {
        place++;
    }
    return place;
}

void urb_remove(struct urb_queue *queue, uint32_t place)
{
    free(queue->urbs[place].data);
    queue->count--;
    memmove(&queue->urbs[place], &queue->urbs[place + 1],
            (queue->count - place) * sizeof queue->urbs[0]);
}

void urb_clear(struct urb_queue *queue)
{
    while (queue->count > 0) {
        urb_remove(queue, queue->count - 1);
    }
}
