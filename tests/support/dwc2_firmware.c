/* SPDX-License-Identifier: MIT
 * A small USB device on a DWC2 core, written from the reference manual's programming model. */
#include <string.h>

#include "tests/support/dwc2_names.h"
#include "tests/support/dwc2_world.h"

static void set(struct world *world, uint32_t offset, uint32_t bits)
{
    world_write(world, offset, world_read(world, offset) | bits);
}

static uint32_t ep0_bytes(const struct world *world)
{
    return world->style.ep0_bytes == 0 ? 64 : world->style.ep0_bytes;
}

static void arm_out(struct world *world)
{
    world_write(world, doep(0, 0x10), 3U << 29 | 1U << 19 | ep0_bytes(world));
    set(world, doep(0, 0), EPENA | CNAK);
}

void firmware_connect(struct world *world, bool on)
{
    uint32_t dctl = world_read(world, DCTL);
    world_write(world, DCTL, on ? dctl & ~2U : dctl | 2U);
}

void firmware_start(struct world *world)
{
    bool newer = world->row->cid >= 0x2000;
    set(world, GUSBCFG, 1U << 6);
    set(world, GRSTCTL, 1);
    if (newer) {
        world_write(world, GCCFG, 1U << 16);
        set(world, GOTGCTL, 3U << 6);
    } else {
        world_write(world, GCCFG, 1U << 16 | 1U << 21);
    }
    firmware_connect(world, false);
    world_write(world, GUSBCFG, 1U << 30 | 6U << 10 | 1U << 6 | 7);
    set(world, DCFG, 3);
    world_write(world, PCGCCTL, 0);
    world_write(world, GRXFSIZ, 128);
    world_write(world, DIEPTXF0, 64U << 16 | 128);
    world_write(world, DIEPTXF1, 64U << 16 | 192);
    set(world, GRSTCTL, 1U << 4);
    set(world, GRSTCTL, 1U << 5 | 0x10U << 6);
    world_write(world, GINTSTS, 0xFFFFFFFFU);
    world_write(world, DIEPMSK, 1);
    world_write(world, DOEPMSK, 1U | 1U << 3);
    world_write(world, GINTMSK, RXFLVL | USBSUSP | USBRST | ENUMDNE | IEPINT | OEPINT | WKUINT);
    world_write(world, GAHBCFG, world->style.by_interrupt ? 1U : 0);
    firmware_connect(world, true);
}

/* --- endpoint 0, towards the host --- */

static void fill_fifo(struct world *world, uint32_t n, const uint8_t *data, uint32_t bytes)
{
    for (uint32_t at = 0; at < bytes; at += 4) {
        uint32_t word = 0;
        for (uint32_t i = 0; i < 4 && at + i < bytes; i++) {
            word |= (uint32_t)data[at + i] << (8 * i);
        }
        world_write(world, 0x1000 + 0x1000 * n, word);
    }
}

static uint32_t in_packet(const struct world *world)
{
    uint32_t left = world->in_bytes - world->in_at;
    return left < ep0_bytes(world) ? left : ep0_bytes(world);
}

static void write_in(struct world *world)
{
    uint32_t bytes = in_packet(world);
    fill_fifo(world, 0, world->in + world->in_at, bytes);
    world->in_at += bytes;
}

static void send_packet(struct world *world)
{
    uint32_t bytes = in_packet(world);
    world_write(world, diep(0, 0x10), 1U << 19 | bytes);
    set(world, diep(0, 0), EPENA | CNAK);
    if (bytes == 0) {
        world->in_zero = false;
    } else if (world->style.by_interrupt) {
        set(world, DIEPEMPMSK, 1);
    } else {
        write_in(world);
    }
}

static void send_status(struct world *world)
{
    world->status_in = true;
    world_write(world, diep(0, 0x10), 1U << 19);
    set(world, diep(0, 0), EPENA | CNAK);
}

static void send_data(struct world *world, uint32_t bytes, uint32_t wanted)
{
    world->in_bytes = bytes < wanted ? bytes : wanted;
    world->in_at = 0;
    world->in_zero = world->in_bytes < wanted && world->in_bytes % ep0_bytes(world) == 0;
    send_packet(world);
}

static void stall(struct world *world)
{
    set(world, diep(0, 0), STALL);
    set(world, doep(0, 0), STALL);
}

/* --- requests --- */

static void arm_bulk_out(struct world *world)
{
    world_write(world, doep(1, 0x10), 1U << 19 | WORLD_BULK_BYTES);
    set(world, doep(1, 0), EPENA | CNAK);
}

static void echo_bulk(struct world *world)
{
    world_write(world, diep(1, 0x10), 1U << 19 | world->bulk_bytes);
    set(world, diep(1, 0), EPENA | CNAK);
    fill_fifo(world, 1, world->bulk, world->bulk_bytes);
}

static void open_bulk(struct world *world)
{
    world_write(world, diep(1, 0), BULK | USBAEP | SD0PID | 1U << 22 | WORLD_BULK_BYTES);
    world_write(world, doep(1, 0), BULK | USBAEP | SD0PID | WORLD_BULK_BYTES);
    arm_bulk_out(world);
    world_write(world, DAINTMSK, 0x00030003);
    if (world->style.streams) {
        world->bulk_bytes = WORLD_BULK_BYTES;
        echo_bulk(world);
    }
}

static void device_descriptor(struct world *world, uint32_t wanted)
{
    static const uint8_t descriptor[] = {18, 1,    0,    2, 0, 0, 0, 64, 0x83,
                                         4,  0x11, 0xDF, 0, 2, 1, 2, 3,  1};
    memcpy(world->in, descriptor, sizeof descriptor);
    world->in[7] = (uint8_t)ep0_bytes(world);
    send_data(world, sizeof descriptor, wanted);
}

static void standard_request(struct world *world, uint32_t value, uint32_t wanted)
{
    switch (world->setup[1]) {
    case 5:
        world->address = value;
        if (!world->style.late_address) {
            world_write(world, DCFG, (world_read(world, DCFG) & ~0x7F0U) | value << 4);
        }
        send_status(world);
        break;
    case 6:
        if (value == 0x0100) {
            device_descriptor(world, wanted);
        } else {
            stall(world);
        }
        break;
    case 9:
        open_bulk(world);
        send_status(world);
        break;
    case 11:
        if (world->setup[4] == WORLD_BULK_INTERFACE) {
            open_bulk(world);
        }
        send_status(world);
        break;
    case 0:
        memset(world->in, 0, 2);
        send_data(world, 2, wanted);
        break;
    case 1:
        if (value == 0) { /* endpoint 1 again */
            world_write(world, diep(1, 0), (world_read(world, diep(1, 0)) & ~STALL) | SD0PID);
            send_status(world);
        }
        break;
    default: stall(world); break;
    }
}

static void vendor_request(struct world *world, uint32_t value, uint32_t wanted)
{
    switch (world->setup[1]) {
    case ASK_READ:
        for (uint32_t i = 0; i < value && i < sizeof world->in; i++) {
            world->in[i] = (uint8_t)(i + (i >> 8));
        }
        send_data(world, value, wanted);
        break;
    case ASK_LATER:
    case ASK_WRITE:
        world->out_wanted = wanted;
        if (wanted == 0) {
            send_status(world);
        }
        break;
    case ASK_WAIT: world->answer_ns = world->time.now_ns + (uint64_t)value * TWIN_MS; break;
    default: stall(world); break;
    }
}

static void on_setup(struct world *world)
{
    uint32_t value = world->setup[2] | (uint32_t)world->setup[3] << 8;
    uint32_t wanted = world->setup[6] | (uint32_t)world->setup[7] << 8;
    world->setups++;
    world->status_in = world->status_out = false;
    world->answer_ns = 0;
    world->out_bytes = world->out_wanted = 0;
    world_write(world, GRSTCTL, 1U << 5); /* what an aborted transfer left behind */
    world_write(world, DIEPEMPMSK, world_read(world, DIEPEMPMSK) & ~1U);
    arm_out(world);
    if ((world->setup[0] & 0x60) == 0x40) {
        vendor_request(world, value, wanted);
    } else {
        standard_request(world, value, wanted);
    }
}

/* --- from the host --- */

static void on_out_packet(struct world *world)
{
    if (world->out_wanted == 0) {
        return; /* a status stage */
    }
    if (world->setup[1] == ASK_LATER) {
        stall(world);
    } else if (world->out_bytes < world->out_wanted) {
        arm_out(world);
    } else {
        world->out_wanted = 0;
        send_status(world);
    }
}

static void read_bytes(struct world *world, uint8_t *data, uint32_t bytes)
{
    for (uint32_t at = 0; at < bytes; at += 4) {
        uint32_t word = world_read(world, 0x1000);
        for (uint32_t i = 0; i < 4 && at + i < bytes; i++) {
            data[at + i] = (uint8_t)(word >> (8 * i));
        }
    }
}

static void on_rx(struct world *world)
{
    uint32_t status = world_read(world, GRXSTSP);
    uint32_t bytes = status >> 4 & 0x7FF;
    switch (status >> 17 & 0xF) {
    case 2:
        if ((status & 0xF) == 0) {
            read_bytes(world, world->out + world->out_bytes, bytes);
            world->out_bytes += bytes;
        } else {
            read_bytes(world, world->bulk, bytes);
            world->bulk_bytes = bytes;
        }
        break;
    case 6:
        read_bytes(world, world->setup, 8);
        world->data1_setups += (status >> 15 & 3) != 0;
        break;
    default: break;
    }
}

static void on_out_interrupts(struct world *world)
{
    uint32_t flags = world_read(world, doep(0, 8));
    uint32_t bulk = world_read(world, doep(1, 8));
    world_write(world, doep(0, 8), flags);
    world_write(world, doep(1, 8), bulk);
    world->b2b += flags >> 6 & 1;
    if ((flags & 1) != 0) {
        world->out_done++;
        on_out_packet(world);
    }
    if ((flags & 8) != 0) {
        on_setup(world);
    }
    if ((bulk & 1) != 0 && world->style.streams) {
        arm_bulk_out(world);
    } else if ((bulk & 1) != 0) {
        echo_bulk(world);
    }
}

static void on_in_done(struct world *world)
{
    world->completed_in++;
    if (world->status_in) {
        world->status_in = false;
        if (world->style.late_address && world->address != 0) {
            world_write(world, DCFG, (world_read(world, DCFG) & ~0x7F0U) | world->address << 4);
        }
    } else if (world->in_at < world->in_bytes || world->in_zero) {
        send_packet(world);
    }
}

static void on_in_interrupts(struct world *world)
{
    uint32_t flags = world_read(world, diep(0, 8));
    uint32_t bulk = world_read(world, diep(1, 8));
    world_write(world, diep(0, 8), flags & 1);
    world_write(world, diep(1, 8), bulk & 1);
    if ((flags & 1) != 0) {
        on_in_done(world);
    }
    if ((world_read(world, DIEPEMPMSK) & 1) != 0 && (world_read(world, diep(0, 8)) & 0x80) != 0 &&
        (world_read(world, diep(0, 0x18)) & 0xFFFF) >= (in_packet(world) + 3) / 4) {
        world_write(world, DIEPEMPMSK, 0);
        write_in(world);
    }
    if ((bulk & 1) != 0 && world->style.streams) {
        echo_bulk(world);
    } else if ((bulk & 1) != 0) {
        arm_bulk_out(world);
    }
}

static void on_bus_reset(struct world *world)
{
    world->resets++;
    set(world, doep(0, 0), SNAK);
    set(world, GRSTCTL, 1U << 4);
    set(world, GRSTCTL, 1U << 5 | 0x10U << 6);
    world_write(world, DAINTMSK, 0x00010001);
    world_write(world, DIEPEMPMSK, 0);
    if (!world->style.keeps_address) {
        world_write(world, DCFG, world_read(world, DCFG) & ~0x7F0U);
    }
    world->status_in = false;
    world->answer_ns = 0;
    world->in_bytes = world->in_at = 0;
    world->in_zero = false;
    arm_out(world);
}

static void on_bus(struct world *world, uint32_t flags)
{
    if ((flags & USBRST) != 0) {
        on_bus_reset(world);
    }
    if ((flags & ENUMDNE) != 0) {
        static const uint8_t sizes[] = {3, 2, 2, 1, 1, 1, 1, 0};
        world->enumerated++;
        set(world, diep(0, 0), sizes[(ep0_bytes(world) - 1) / 8]);
    }
    world->suspends += (flags & USBSUSP) != 0;
    world->wakes += (flags & WKUINT) != 0;
    world->sofs += (flags & SOF) != 0;
}

void firmware_tick(struct world *world)
{
    if (world->answer_ns == 0 || world->time.now_ns < world->answer_ns) {
        return;
    }
    world->answer_ns = 0;
    if ((world->setup[0] & 0x80) != 0) {
        send_data(world, 4, world->setup[6]);
    } else {
        send_status(world);
    }
}

void firmware_run(struct world *world)
{
    const uint32_t clear = SOF | ESUSP | USBSUSP | USBRST | ENUMDNE | WKUINT;
    uint32_t flags = world_read(world, GINTSTS);
    world_write(world, GINTSTS, flags & clear);
    on_bus(world, flags);
    if ((flags & RXFLVL) != 0) {
        on_rx(world);
    }
    if ((world_read(world, GINTSTS) & OEPINT) != 0) {
        on_out_interrupts(world);
    }
    if ((world_read(world, GINTSTS) & IEPINT) != 0) {
        on_in_interrupts(world);
    }
}
