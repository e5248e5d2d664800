/* SPDX-License-Identifier: MIT
 * Time, chip and host of a DWC2 core under test. */
#include "tests/support/dwc2_world.h"

#include <string.h>

enum { POLL_NS = 2000, USB_HZ = 48000000 };

static void on_irq(void *chip, uint32_t line, bool level)
{
    struct world *world = chip;
    world->line_number = line;
    world->line = level;
}

uint32_t world_read(struct world *world, uint32_t offset)
{
    return world->parts[0].read(world->parts[0].self, offset, 4);
}

void world_write(struct world *world, uint32_t offset, uint32_t value)
{
    world->parts[0].write(world->parts[0].self, offset, 4, value);
}

void world_start(struct world *world, const struct soc_dwc2_row *row, struct world_style style)
{
    memset(world, 0, sizeof *world);
    world->row = row;
    world->style = style;
    world->lines.chip = world;
    world->lines.time = &world->time;
    world->lines.irq = on_irq;
    world->clocks.usb = USB_HZ;
    world->core = soc_dwc2_new(row, &world->lines, &world->clocks);
    world->wire = soc_wire_new(world->core, &world->time);
    world->parts[0] = soc_dwc2_part(world->core);
    world->parts[1] = soc_wire_part(world->wire);
    firmware_start(world);
}

void world_end(struct world *world)
{
    soc_wire_free(world->wire);
    soc_dwc2_free(world->core);
}

static uint64_t next_due(const struct world *world)
{
    uint64_t due = UINT64_MAX;
    for (int i = 0; i < 2; i++) {
        uint64_t one = world->parts[i].due(world->parts[i].self);
        due = one < due ? one : due;
    }
    return due;
}

static void run_firmware(struct world *world)
{
    if (!world->style.by_interrupt || world->line) {
        firmware_run(world);
    }
    firmware_tick(world);
}

void world_run(struct world *world, uint64_t ns)
{
    uint64_t end = world->time.now_ns + ns;
    while (world->time.now_ns < end) {
        uint64_t poll = world->time.now_ns + POLL_NS;
        uint64_t due = next_due(world);
        world->steps += due <= poll ? 1 : 0;
        uint64_t next = due < poll ? due : poll;
        next = next > world->time.now_ns ? next : world->time.now_ns + 1;
        world->time.now_ns = next < end ? next : end;
        for (int i = 0; i < 2; i++) {
            world->parts[i].advance(world->parts[i].self);
        }
        if (!world->style.deaf) {
            run_firmware(world);
        }
    }
}

bool world_enumerate(struct world *world)
{
    for (uint32_t ms = 0; ms < 3000 && !soc_wire_connected(world->wire); ms++) {
        world_run(world, TWIN_MS);
    }
    return soc_wire_connected(world->wire);
}

enum ep0_answer world_control(struct world *world, const struct usb_setup *setup, uint8_t *data,
                              uint16_t *length, uint32_t limit_ms)
{
    uint64_t end = world->time.now_ns + (uint64_t)limit_ms * TWIN_MS;
    enum ep0_answer answer = soc_wire_control(world->wire, setup, data, length);
    while (answer == EP0_NAK && world->time.now_ns < end) {
        world_run(world, TWIN_US);
        answer = soc_wire_control(world->wire, setup, data, length);
    }
    return answer;
}

enum ep0_answer world_bulk(struct world *world, uint8_t endpoint, uint8_t *data, uint16_t *length,
                           uint32_t limit_ms)
{
    const struct usb_pipe pipe = {endpoint, WORLD_BULK_BYTES, 0, WORLD_BULK_INTERFACE};
    uint32_t bytes = *length;
    uint64_t end = world->time.now_ns + (uint64_t)limit_ms * TWIN_MS;
    enum ep0_answer answer = soc_wire_data(world->wire, &pipe, data, &bytes);
    while (answer == EP0_NAK && world->time.now_ns < end) {
        world_run(world, TWIN_US);
        answer = soc_wire_data(world->wire, &pipe, data, &bytes);
    }
    *length = (uint16_t)bytes;
    return answer;
}
