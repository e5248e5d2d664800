/* SPDX-License-Identifier: MIT
 * The virtual boards that are plugged into this process, and the one time that they live in. */
#include "tests/shim/world.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "tests/shim/device.h"

static const uint64_t ns_per_ms = 1000000;
static const uint64_t start_up_ns = 500000000; /* every ROM is on the bus after 0.1 s */

static struct shim_world world;
static _Atomic uint64_t now_ns; /* other threads look at the clock without the lock */
static pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

struct shim_world *shim_world(void)
{
    return &world;
}

void shim_enter(void)
{
    (void)pthread_mutex_lock(&lock);
}

void shim_leave(void)
{
    (void)pthread_mutex_unlock(&lock);
}

uint64_t shim_now_ns(void)
{
    return atomic_load(&now_ns);
}

static void follow(uint64_t until_ns)
{
    if (until_ns > shim_now_ns()) {
        atomic_store(&now_ns, until_ns);
    }
    for (size_t i = 0; i < world.count; i++) {
        struct usb_port *port = board_port(world.boards[i]);
        port->run(port, until_ns + world.offset_ns[i]);
    }
}

static void pulse(void)
{
    if (world.pulse != NULL) {
        world.pulse();
    }
}

void shim_plug(struct board *board)
{
    struct usb_port *port = board_port(board);
    port->run(port, port->now(port) + start_up_ns);
    world.offset_ns[world.count] = port->now(port) - shim_now_ns();
    world.boards[world.count++] = board;
}

bool shim_unplug_all(void)
{
    bool clean = world.opened == 0 && world.claimed == 0;
    for (size_t i = 0; i < world.count; i++) {
        clean = board_close(world.boards[i], NULL) == 0 && clean;
    }
    shim_devices_forget();
    memset(&world, 0, sizeof world);
    return clean;
}

void shim_advance(uint64_t length_ns)
{
    shim_enter();
    uint64_t start = shim_now_ns();
    follow(length_ns > UINT64_MAX / 4 ? UINT64_MAX / 4 : start + length_ns);
    shim_leave();
    pulse();
}

/* The time of the next thing that any board does, at most end. */
static uint64_t next_event(uint64_t end)
{
    for (size_t i = 0; i < world.count; i++) {
        struct usb_port *port = board_port(world.boards[i]);
        uint64_t wake = port->wake(port);
        uint64_t at = wake == UINT64_MAX ? end : wake - world.offset_ns[i];
        end = at < end ? at : end;
    }
    return end;
}

void shim_wait_change(uint64_t length_ns)
{
    shim_enter();
    uint64_t end = shim_now_ns() + length_ns;
    while (!shim_devices_refresh() && shim_now_ns() < end) {
        uint64_t next = next_event(end);
        follow(next > shim_now_ns() ? next : shim_now_ns() + 1);
    }
    shim_leave();
    pulse();
}

enum ep0_answer shim_transfer(size_t board, const struct usb_setup *setup, uint8_t *data,
                              uint16_t *length, unsigned timeout_ms)
{
    shim_enter();
    struct usb_port *port = board_port(world.boards[board]);
    uint64_t left_ns = world.limit_ns == 0              ? UINT64_MAX
                       : world.limit_ns > shim_now_ns() ? world.limit_ns - shim_now_ns()
                                                        : 0;
    uint64_t limit_ns = timeout_ms == 0 ? left_ns : timeout_ms * ns_per_ms;
    enum ep0_answer answer = usb_port_transfer(port, setup, data, length, limit_ns);
    follow(port->now(port) - world.offset_ns[board]);
    shim_leave();
    pulse();
    return answer;
}
