/* SPDX-License-Identifier: MIT
 * What the files of the lying bus share. */
#ifndef TESTS_HOSTILE_LIAR_INSIDE_H
#define TESTS_HOSTILE_LIAR_INSIDE_H

#include "tests/hostile/liar.h"

/* An open device; it is another one when the generation has changed. */
struct liar_handle {
    struct bus_handle handle; /* first */
    struct liar_device *device;
    uint32_t generation;
};

static inline struct liar *liar_of(struct bus *bus)
{
    return (struct liar *)bus;
}

/* As in bus_ops. */
enum bus_result liar_control(struct bus_handle *handle, const struct usb_setup *setup,
                             uint8_t *data, uint16_t *actual, uint32_t timeout_ms,
                             struct dfk_error *err);
enum bus_result liar_set_alternate(struct bus_handle *handle, uint8_t interface, uint8_t alternate,
                                   struct dfk_error *err);
enum bus_result liar_reset(struct bus_handle *handle, struct dfk_error *err);

extern const struct bus_ops liar_ops;

#endif
