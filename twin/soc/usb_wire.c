/* SPDX-License-Identifier: MIT
 * The USB host's port: attach, reset, address, sleep, and the transfers it is asked for. */
#include "twin/soc/usb_wire.h"

#include <stdlib.h>
#include <string.h>

#include "twin/soc/usb_wire_inside.h"

/* Source USB 2.0, "Reset Signaling", "Resume", "Set Address Processing". The debounce is a tenth
 * of a real host's 100 ms: nothing bounces here. */
enum {
    DEBOUNCE_MS = 10,
    RESET_MS = 10,
    RECOVERY_MS = 10,
    SETTLE_MS = 2,
    RESUME_MS = 20,
    RESUME_RECOVERY_MS = 10,
    REQUEST_LIMIT_MS = 5000, /* of the host's own requests; as Linux has it */
    AGAIN_MS = 100,          /* before another try */
    TRIES = 4                /* as Linux has it */
};

enum { HOST_ADDRESS = 1, FIRST_BYTES = 64, MAX_PACKET_AT = 7 };

static void enter(struct soc_wire *wire, enum wire_state state, uint64_t after_ms)
{
    wire->state = state;
    wire->due_ns = wire->time->now_ns + after_ms * TWIN_MS;
}

static void rest(struct soc_wire *wire, enum wire_state state)
{
    wire->state = state;
    wire->due_ns = UINT64_MAX;
}

static bool is_up(const struct soc_wire *wire)
{
    return wire->plugged && soc_dwc2_pulled_up(wire->core);
}

static struct wire_transfer *control_of(struct soc_wire *wire)
{
    return &wire->transfers[0];
}

static void drop_transfers(struct soc_wire *wire)
{
    for (uint32_t i = 0; i < WIRE_TRANSFERS; i++) {
        wire_transfer_drop(wire, &wire->transfers[i]);
    }
}

/* The device left, or came, or left for a moment: however short, the host has seen it. */
static bool has_changed(const struct soc_wire *wire)
{
    bool up = is_up(wire);
    return up != wire->up || (up && soc_dwc2_pull_ups(wire->core) != wire->pull_ups);
}

static void notice(struct soc_wire *wire)
{
    if (has_changed(wire)) {
        wire->up = is_up(wire);
        wire->pull_ups = soc_dwc2_pull_ups(wire->core);
        wire->connected = false;
        wire->tries = 0;
        drop_transfers(wire);
        soc_dwc2_bus(wire->core, SOC_USB_IDLE);
        if (wire->up) {
            enter(wire, WIRE_DEBOUNCE, DEBOUNCE_MS);
        } else {
            rest(wire, WIRE_EMPTY);
        }
    }
    if (wire->state == WIRE_ASLEEP && soc_dwc2_wakes_host(wire->core)) {
        soc_wire_sleep(wire, false);
    }
}

static void begin_reset(struct soc_wire *wire)
{
    drop_transfers(wire);
    wire->counts.resets++;
    soc_dwc2_bus(wire->core, SOC_USB_RESET);
    enter(wire, WIRE_RESET, RESET_MS);
}

static void end_reset(struct soc_wire *wire)
{
    soc_dwc2_bus(wire->core, SOC_USB_FRAMES);
    wire->address = 0;
    wire->ep0_bytes = WIRE_EP0_BYTES;
    wire->in_data1 = wire->out_data1 = 0;
    enter(wire, WIRE_RECOVERY, RECOVERY_MS);
}

static void begin_request(struct soc_wire *wire, const struct usb_setup *setup)
{
    struct wire_transfer *transfer = control_of(wire);
    transfer->control = true;
    transfer->setup = *setup;
    transfer->wanted = setup->length;
    if (wire_transfer_room(transfer, setup->length)) {
        wire_transfer_start(wire, transfer);
    }
}

static void describe(struct soc_wire *wire)
{
    static const struct usb_setup setup = {USB_DIR_IN, USB_GET_DESCRIPTOR, USB_DEVICE << 8, 0,
                                           FIRST_BYTES};
    begin_request(wire, &setup);
    enter(wire, WIRE_DESCRIBE, REQUEST_LIMIT_MS);
}

static void give_address(struct soc_wire *wire)
{
    static const struct usb_setup setup = {0, USB_SET_ADDRESS, HOST_ADDRESS, 0, 0};
    begin_request(wire, &setup);
    enter(wire, WIRE_ADDRESS, REQUEST_LIMIT_MS);
}

/* Another reset and another try, or the port is given up until the device leaves. */
static void try_again(struct soc_wire *wire)
{
    wire_transfer_drop(wire, control_of(wire));
    wire->tries++;
    if (wire->tries < TRIES) {
        enter(wire, WIRE_DEBOUNCE, AGAIN_MS);
        return;
    }
    wire->connected = false;
    soc_dwc2_bus(wire->core, SOC_USB_IDLE);
    rest(wire, WIRE_FAILED);
}

/* Reads bMaxPacketSize0. A first packet of 8 bytes is enough for that. */
static bool learn_packet_size(struct soc_wire *wire)
{
    const struct wire_transfer *transfer = control_of(wire);
    uint32_t bytes = transfer->done > MAX_PACKET_AT ? transfer->data[MAX_PACKET_AT] : 0;
    if ((bytes != 8 && bytes != 16 && bytes != 32 && bytes != 64)) {
        return false;
    }
    wire->ep0_bytes = bytes;
    return true;
}

/* The host's own request has ended. */
static void own_request_ended(struct soc_wire *wire)
{
    bool good = control_of(wire)->stage == WIRE_ACKED;
    wire_transfer_drop(wire, control_of(wire));
    if (good && wire->state == WIRE_DESCRIBE && learn_packet_size(wire)) {
        give_address(wire);
    } else if (good && wire->state == WIRE_ADDRESS) {
        enter(wire, WIRE_SETTLE, SETTLE_MS);
    } else {
        try_again(wire);
    }
}

static void step_state(struct soc_wire *wire)
{
    switch (wire->state) {
    case WIRE_DEBOUNCE: begin_reset(wire); break;
    case WIRE_RESET: end_reset(wire); break;
    case WIRE_RECOVERY: describe(wire); break;
    case WIRE_DESCRIBE:
    case WIRE_ADDRESS: try_again(wire); break;
    case WIRE_SETTLE:
        wire->connected = true;
        wire->tries = 0;
        rest(wire, WIRE_READY);
        break;
    case WIRE_RESUME:
        soc_dwc2_bus(wire->core, SOC_USB_FRAMES);
        enter(wire, WIRE_RESUMED, RESUME_RECOVERY_MS);
        break;
    case WIRE_RESUMED: rest(wire, WIRE_READY); break;
    default: break;
    }
}

static uint64_t wire_due(void *self)
{
    const struct soc_wire *wire = self;
    uint64_t due = wire->due_ns;
    bool wakes = wire->state == WIRE_ASLEEP && soc_dwc2_wakes_host(wire->core);
    if (has_changed(wire) || wakes) {
        return wire->time->now_ns;
    }
    uint64_t next = wire_transfers_due(wire);
    return next < due ? next : due;
}

static void wire_advance(void *self)
{
    struct soc_wire *wire = self;
    uint64_t now = wire->time->now_ns;
    notice(wire);
    wire_transfers_step(wire);
    bool own = wire->state == WIRE_DESCRIBE || wire->state == WIRE_ADDRESS;
    if (own && !wire_transfer_runs(control_of(wire))) {
        own_request_ended(wire);
    }
    if (wire->due_ns <= now) {
        step_state(wire);
    }
}

bool soc_wire_connected(const struct soc_wire *wire)
{
    return wire->connected && !has_changed(wire);
}

bool wire_may_start(struct soc_wire *wire)
{
    if (wire->state == WIRE_ASLEEP) {
        soc_wire_sleep(wire, false);
    }
    return wire->state == WIRE_READY;
}

enum ep0_answer soc_wire_control(struct soc_wire *wire, const struct usb_setup *setup,
                                 uint8_t *data, uint16_t *length)
{
    struct wire_transfer *transfer = control_of(wire);
    const struct usb_setup *old = &transfer->setup;
    bool in = (setup->request_type & USB_DIR_IN) != 0;
    if (!soc_wire_connected(wire)) {
        return EP0_GONE;
    }
    if (!wire_may_start(wire)) {
        return EP0_NAK;
    }
    bool same = transfer->control && old->request_type == setup->request_type &&
                old->request == setup->request && old->value == setup->value &&
                old->index == setup->index && old->length == setup->length;
    if (transfer->stage != WIRE_NONE && same) {
        uint32_t bytes = *length;
        enum ep0_answer answer = wire_transfer_result(transfer, data, &bytes, in);
        *length = (uint16_t)bytes;
        return answer;
    }
    if (!wire_transfer_room(transfer, setup->length)) {
        return EP0_STALL;
    }
    if (!in && setup->length > 0) {
        memcpy(transfer->data, data, setup->length);
    }
    begin_request(wire, setup);
    return EP0_NAK;
}

void soc_wire_cancel(struct soc_wire *wire)
{
    if (wire->state == WIRE_READY) {
        wire_transfer_drop(wire, control_of(wire));
    }
}

void soc_wire_bus_reset(struct soc_wire *wire)
{
    if (soc_wire_connected(wire)) {
        wire->tries = 0;
        begin_reset(wire);
    }
}

void soc_wire_sleep(struct soc_wire *wire, bool asleep)
{
    if (asleep && wire->state == WIRE_READY && wire->running == 0) {
        soc_dwc2_bus(wire->core, SOC_USB_IDLE);
        rest(wire, WIRE_ASLEEP);
    }
    if (!asleep && wire->state == WIRE_ASLEEP) {
        soc_dwc2_bus(wire->core, SOC_USB_RESUME);
        enter(wire, WIRE_RESUME, RESUME_MS);
    }
}

void soc_wire_plug(struct soc_wire *wire, bool plugged)
{
    wire->plugged = plugged;
    soc_dwc2_vbus(wire->core, plugged);
    notice(wire);
}

struct soc_wire_counts soc_wire_counts(const struct soc_wire *wire)
{
    return wire->counts;
}

static void wire_reset(void *self, enum reset_cause cause)
{
    (void)self;
    (void)cause;
}

struct soc_wire *soc_wire_new(struct soc_dwc2 *core, const struct twin_time *time)
{
    struct soc_wire *wire = calloc(1, sizeof *wire);
    if (wire != NULL) {
        wire->core = core;
        wire->time = time;
        rest(wire, WIRE_EMPTY);
        soc_wire_plug(wire, true);
    }
    return wire;
}

void soc_wire_free(struct soc_wire *wire)
{
    for (uint32_t i = 0; wire != NULL && i < WIRE_TRANSFERS; i++) {
        free(wire->transfers[i].data);
    }
    free(wire);
}

static uint32_t no_register(void *self, uint32_t offset, uint32_t width)
{
    (void)self;
    (void)offset;
    (void)width;
    return 0;
}

static void no_write(void *self, uint32_t offset, uint32_t width, uint32_t value)
{
    (void)self;
    (void)offset;
    (void)width;
    (void)value;
}

struct soc_part soc_wire_part(struct soc_wire *wire)
{
    return (struct soc_part){
        .name = "USB host",
        .self = wire,
        .read = no_register,
        .write = no_write,
        .reset = wire_reset,
        .due = wire_due,
        .advance = wire_advance,
    };
}
