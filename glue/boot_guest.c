/* SPDX-License-Identifier: MIT
 * The bootloader compiled for this computer, as a guest of a virtual board. */
#include "glue/boot_guest.h"

#include <stdlib.h>
#include <string.h>

#include "glue/native.h"

enum { STEPS_MAX = 4096, RESETS_IN_A_ROW = 255, DOUBLE_MS = 500, IDLE_MS = 50 };

static struct native *native_of(struct guest *guest)
{
    return (struct native *)guest;
}

static enum boot_cause cause_of(enum reset_cause cause)
{
    switch (cause) {
    case RESET_PIN: return BOOT_CAUSE_PIN;
    case RESET_SOFTWARE: return BOOT_CAUSE_SOFTWARE;
    case RESET_WATCHDOG: return BOOT_CAUSE_WATCHDOG;
    default: return BOOT_CAUSE_POWER;
    }
}

/* Two presses of reset in a row; the chip measures it with its calendar. */
static bool is_double(struct native *native, enum reset_cause cause)
{
    uint64_t now = native->parts.time->now_ns;
    uint64_t last = native->pressed_ns;
    native->pressed_ns = cause == RESET_PIN ? now : UINT64_MAX;
    return cause == RESET_PIN && last != UINT64_MAX && now - last < (uint64_t)DOUBLE_MS * TWIN_MS;
}

static void native_reset(struct guest *guest, enum reset_cause cause)
{
    struct native *native = native_of(guest);
    native_make_current(native);
    bool watchdog = cause == RESET_WATCHDOG && native->watchdog_resets < RESETS_IN_A_ROW;
    native->watchdog_resets = watchdog ? (uint8_t)(native->watchdog_resets + 1) : 0;
    struct boot_start start = {.order = cause == RESET_POWER_ON ? BOOT_ORDER_NONE : native->order,
                               .cause = (uint8_t)cause_of(cause),
                               .double_reset = is_double(native, cause),
                               .watchdog_resets = native->watchdog_resets};
    memcpy(start.uid, native->parts.uid, BOOT_UID_BYTES);
    native->order = BOOT_ORDER_NONE;
    memset(native->banks, 0, sizeof native->banks);
    memset(&native->boot, 0, sizeof native->boot);
    native->start_ns = native->parts.time->now_ns;
    native->stalled_ns = 0;
    native->connected_ns = UINT64_MAX;
    native->leds = 0;
    native->event = PORT_EP0_NONE;
    native->open = native->was_reset = false;
    native->stop = GUEST_IDLE;
    boot_begin(&native->boot, native->parts.board, &start);
}

/* A ROM jumps; the start-up code makes a reset of it. */
static void native_enter(struct guest *guest, uint32_t addr)
{
    (void)addr;
    native_reset(guest, RESET_SOFTWARE);
}

static bool is_connected(const struct native *native)
{
    return native->parts.time->now_ns >= native->connected_ns;
}

/* Turns of the main loop, until it would sleep. */
static void turn(struct native *native)
{
    native_make_current(native);
    bool more = native->parts.time->now_ns >= native->stalled_ns;
    for (uint32_t i = 0; i < STEPS_MAX && more && native->stop == GUEST_IDLE; i++) {
        more = boot_step(&native->boot) && native->parts.time->now_ns >= native->stalled_ns;
    }
}

/* An event of the bus, and what the bootloader does of it. */
static void happen(struct native *native, enum port_ep0 event)
{
    native->event = event;
    turn(native);
}

static enum guest_stop native_run(struct guest *guest, uint64_t until_ns)
{
    struct native *native = native_of(guest);
    (void)until_ns;
    if (native->stop == GUEST_IDLE && is_connected(native) && !native->was_reset) {
        native->was_reset = true;
        happen(native, PORT_EP0_RESET);
    }
    if (native->stop == GUEST_IDLE) {
        turn(native);
    }
    enum guest_stop stop = native->stop;
    native->stop = stop == GUEST_JUMP ? GUEST_IDLE : stop;
    return stop;
}

/* The loop of a chip turns every millisecond; one that only waits for a request turns less often
 * here, since a request wakes it anyway. */
static uint64_t native_wake(struct guest *guest)
{
    const struct native *native = native_of(guest);
    bool waits = native->boot.phase == BOOT_DFU && native->boot.count == 0 &&
                 native->boot.wanted == 0 && native->was_reset;
    uint64_t now = native->parts.time->now_ns;
    uint64_t wake = now + (waits ? (uint64_t)IDLE_MS : 1) * TWIN_MS;
    for (uint32_t i = 0; i < BOOT_BANKS; i++) {
        uint64_t end = native->banks[i].end_ns;
        wake = end > now && end < wake ? end : wake;
    }
    return wake;
}

static bool native_connected(struct guest *guest)
{
    return is_connected(native_of(guest));
}

/* What has come of a transfer so far. */
static enum ep0_answer settle(struct native *native, const uint8_t *sent, uint8_t *data,
                              uint16_t *length)
{
    if (native->ep0 == EP0_RECEIVE) {
        memcpy(native->in, sent, native->length);
        native->ep0 = EP0_NOTHING;
        happen(native, PORT_EP0_DATA);
    }
    enum ep0_answer answer = native->ep0 == EP0_NOTHING  ? EP0_NAK
                             : native->ep0 == EP0_REFUSE ? EP0_STALL
                                                         : EP0_ACK;
    native->open = answer == EP0_NAK;
    if (answer == EP0_ACK) {
        if ((native->setup[0] & USB_DIR_IN) != 0) {
            *length = (uint16_t)native->length;
        }
        if (native->length > 0) {
            memcpy(data, native->out, native->length);
        }
        happen(native, PORT_EP0_DONE);
    }
    return answer;
}

static enum ep0_answer native_control(struct guest *guest, const struct usb_setup *setup,
                                      uint8_t *data, uint16_t *length)
{
    struct native *native = native_of(guest);
    uint8_t bytes[USB_SETUP_BYTES];
    usb_setup_put(setup, bytes);
    if (native->parts.time->now_ns < native->stalled_ns) {
        return EP0_NAK;
    }
    if (!native->open || memcmp(bytes, native->setup, sizeof bytes) != 0) {
        memcpy(native->setup, bytes, sizeof bytes);
        native->open = true;
        native->ep0 = EP0_NOTHING;
        happen(native, PORT_EP0_SETUP);
    } else {
        turn(native);
    }
    return settle(native, data, data, length);
}

static void native_cancel(struct guest *guest)
{
    native_of(guest)->open = false;
}

static void native_bus_reset(struct guest *guest)
{
    struct native *native = native_of(guest);
    native->open = false;
    happen(native, PORT_EP0_RESET);
}

static void native_bus_suspend(struct guest *guest)
{
    happen(native_of(guest), PORT_EP0_SUSPEND);
}

static void native_button(struct guest *guest, bool down)
{
    native_of(guest)->down = down;
}

static uint32_t native_leds(struct guest *guest)
{
    return native_of(guest)->leds;
}

static void native_free(struct guest *guest)
{
    free(native_of(guest));
}

struct guest *boot_guest_new(const struct boot_parts *parts)
{
    struct native *native = calloc(1, sizeof *native);
    if (native == NULL) {
        return NULL;
    }
    native->parts = *parts;
    native->connected_ns = native->pressed_ns = UINT64_MAX;
    native->guest = (struct guest){.kind = "native",
                                   .reset = native_reset,
                                   .enter = native_enter,
                                   .run = native_run,
                                   .wake = native_wake,
                                   .connected = native_connected,
                                   .control = native_control,
                                   .cancel = native_cancel,
                                   .bus_reset = native_bus_reset,
                                   .bus_suspend = native_bus_suspend,
                                   .button = native_button,
                                   .leds = native_leds,
                                   .free = native_free};
    return &native->guest;
}

const struct boot *boot_guest_get(const struct guest *guest)
{
    return &((const struct native *)guest)->boot;
}

void boot_guest_order(struct guest *guest, uint32_t order)
{
    native_of(guest)->order = order;
}

uint32_t boot_guest_mode(const struct guest *guest)
{
    return ((const struct native *)guest)->mode;
}
