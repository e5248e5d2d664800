/* SPDX-License-Identifier: MIT
 * The firmwares that a host of the tests is tried with, and how it asks them. */
#ifndef TESTS_SUPPORT_DWC2_FLAVOURS_H
#define TESTS_SUPPORT_DWC2_FLAVOURS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/dwc2_names.h"
#include "tests/support/dwc2_world.h"

enum { LIMIT_MS = 1000 };

struct flavour {
    const struct soc_dwc2_row *row;
    struct world_style style;
};

static const struct flavour flavours[] = {
    {&soc_dwc2_f405, {.by_interrupt = false}},
    {&soc_dwc2_f405, {.by_interrupt = true}},
    {&soc_dwc2_h743, {.by_interrupt = false}},
    {&soc_dwc2_h743, {.by_interrupt = true}},
    {&soc_dwc2_f405, {.by_interrupt = true, .ep0_bytes = 8}},
    {&soc_dwc2_h743, {.by_interrupt = false, .ep0_bytes = 32}},
};

static inline void for_each(void (*check)(struct world *world))
{
    for (size_t i = 0; i < sizeof flavours / sizeof flavours[0]; i++) {
        struct world world;
        world_start(&world, flavours[i].row, flavours[i].style);
        assert_true(world_enumerate(&world));
        check(&world);
        world_end(&world);
    }
}

static inline struct world *ready(struct world *world, struct world_style style)
{
    world_start(world, &soc_dwc2_f405, style);
    assert_true(world_enumerate(world));
    return world;
}

static inline enum ep0_answer ask(struct world *world, struct usb_setup setup, uint8_t *data,
                                  uint16_t *length)
{
    return world_control(world, &setup, data, length, LIMIT_MS);
}

#endif
