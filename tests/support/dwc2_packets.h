/* SPDX-License-Identifier: MIT
 * Single packets at a DWC2 core, and what its FIFO tells of them. */
#ifndef TESTS_SUPPORT_DWC2_PACKETS_H
#define TESTS_SUPPORT_DWC2_PACKETS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/dwc2_names.h"
#include "tests/support/dwc2_world.h"

/* A core on a running bus, with its driver in the test's hands, at address 0. */
static inline struct world *on_bus(struct world *world, const struct soc_dwc2_row *row)
{
    world_start(world, row, (struct world_style){.deaf = true});
    soc_dwc2_bus(world->core, SOC_USB_RESET);
    soc_dwc2_bus(world->core, SOC_USB_FRAMES);
    world_write(world, GINTSTS, 0x40003C00);
    return world;
}

static inline struct soc_usb_packet packet(uint8_t endpoint, bool data1, uint32_t bytes)
{
    struct soc_usb_packet made = {.endpoint = endpoint, .data1 = data1, .bytes = bytes};
    for (uint32_t i = 0; i < bytes; i++) {
        made.data[i] = (uint8_t)(i + 1);
    }
    return made;
}

static inline enum soc_usb_answer setup(struct world *world, uint8_t length)
{
    struct soc_usb_packet made = packet(0, false, 8);
    made.data[6] = length;
    made.data[7] = 0;
    return soc_dwc2_setup(world->core, &made);
}

static inline enum soc_usb_answer out(struct world *world, uint8_t endpoint, bool data1,
                                      uint32_t bytes)
{
    struct soc_usb_packet made = packet(endpoint, data1, bytes);
    return soc_dwc2_out(world->core, &made);
}

static inline enum soc_usb_answer in(struct world *world, uint8_t endpoint,
                                     struct soc_usb_packet *got)
{
    *got = packet(endpoint, false, 0);
    return soc_dwc2_in(world->core, got);
}

static inline void expect_status(struct world *world, uint32_t status, uint32_t bytes, uint32_t pid)
{
    uint32_t word = world_read(world, GRXSTSP);
    assert_int_equal(word >> 17 & 0xF, status);
    assert_int_equal(word >> 4 & 0x7FF, bytes);
    assert_int_equal(word >> 15 & 3, pid);
}

#endif
