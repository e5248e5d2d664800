/* SPDX-License-Identifier: MIT
 * A bus of devices that lie: the transfers, and who is there. */
#include "tests/hostile/liar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/hostile/liar_inside.h"

enum {
    TRANSFER_NS = 100000,
    TRANSFER_BYTES_MAX = 4096, /* Linux' usbfs and WinUSB take no more */
    TIMEOUT_MS_MAX = 600000,
    SILENCE_S = 500,        /* two mass erases in a row, with a margin */
    RUSH_TRANSFERS = 10000, /* in a row that bring nothing, with no pause between them: what is read
                             * word by word, four times over */
    GRACE_S = 400, /* a mass erase under way: twice the datasheet's maximum, and the way out */
    GRACE_TRANSFERS = 5000,
    RUNAWAY_TRANSFERS = 100000, /* after everything was refused */
    RETURN_MS_MAX = 4000,
    REQUEST_TYPE_MASK = 0x60,
    REQUEST_CLASS = 0x20,
};

static const uint64_t ns_per_ms = 1000000;

static struct liar *liar_of_clock(struct clock *clock)
{
    return (struct liar *)((char *)clock - offsetof(struct liar, clock));
}

static uint64_t now_ns(struct clock *clock)
{
    return liar_of_clock(clock)->now_ns;
}

static void sleep_ns(struct clock *clock, uint64_t length_ns)
{
    liar_advance(liar_of_clock(clock), length_ns);
}

/* A device that is plugged in again starts anew, and may be another one. */
static void plug_again(struct liar_device *device)
{
    struct liar_machine *machine = &device->machine;
    device->present = true;
    device->returns_ns = UINT64_MAX;
    if (device->detaching && device->has_other) {
        device->kind = device->other;
        device->has_other = false;
    }
    device->detaching = false;
    machine->state = (uint8_t)(device->has_other ? DFU_APP_IDLE : DFU_IDLE);
    machine->status = DFU_OK;
    machine->works = false;
}

bool liar_is_tired(struct liar *liar)
{
    if (!liar->tired &&
        (liar->now_ns >= liar->patience_ns || liar->transfers >= liar->patience_transfers)) {
        liar->tired = true;
        liar_begin_verb(liar);
    }
    return liar->tired;
}

void liar_progress(struct liar *liar)
{
    liar->progress_ns = liar->now_ns;
    liar->rush = 0;
}

void liar_begin_verb(struct liar *liar)
{
    liar_progress(liar);
    liar->tired_ns = liar->now_ns;
    liar->tired_transfers = liar->transfers;
}

static void check_silence(struct liar *liar)
{
    if (liar->now_ns - liar->progress_ns > SILENCE_S * 1000 * ns_per_ms) {
        liar->broken = "nothing happens, and nothing is said, for minutes";
    }
}

/* A device that is asked without a pause is not waited for any more. */
static void check_rush(struct liar *liar)
{
    liar->rush = liar->now_ns == liar->answered_ns ? liar->rush + 1 : 0;
    if (liar->rush > RUSH_TRANSFERS) {
        liar->broken = "asks and asks, without a pause";
    }
}

void liar_advance(struct liar *liar, uint64_t length_ns)
{
    liar->now_ns += length_ns;
    for (size_t i = 0; i < liar->device_count; i++) {
        struct liar_device *device = &liar->devices[i];
        if (!device->present && liar->now_ns >= device->returns_ns) {
            plug_again(device);
        }
    }
    check_silence(liar);
    if (!liar_is_tired(liar)) {
        return;
    }
    uint64_t stop_ns = liar->now_ns - liar->tired_ns;
    liar->longest_stop_ns = stop_ns > liar->longest_stop_ns ? stop_ns : liar->longest_stop_ns;
    liar->hung = liar->hung || stop_ns > GRACE_S * 1000 * ns_per_ms ||
                 liar->transfers - liar->tired_transfers > GRACE_TRANSFERS;
    if (liar->hung) {
        liar->broken = "does not end, though the person has stopped it";
    }
}

void liar_unplug(struct liar *liar, struct liar_device *device)
{
    (void)liar;
    device->present = false;
    device->generation++;
    device->returns_ns = UINT64_MAX;
}

static enum bus_result gone(struct dfk_error *err)
{
    (void)dfk_fail(err, DFK_E_LOST, "the device is not on the bus any more");
    return BUS_GONE;
}

static void check_rules(struct liar *liar, const struct usb_setup *setup, uint32_t timeout_ms)
{
    if (setup->length > TRANSFER_BYTES_MAX) {
        liar->broken = "asks for a transfer of more than 4096 bytes";
    }
    if (timeout_ms == 0 || timeout_ms > TIMEOUT_MS_MAX) {
        liar->broken = "makes a transfer without a limit";
    }
    if (liar->hung && liar->transfers - liar->tired_transfers > RUNAWAY_TRANSFERS) {
        abort();
    }
}

/* Something else than the answer. Returns BUS_OK when the device is to answer. */
static enum bus_result bend_result(struct liar *liar, struct liar_device *device,
                                   uint32_t timeout_ms, struct dfk_error *err)
{
    if (!chance_permille(&liar->chance, liar->temper.result_permille)) {
        return BUS_OK;
    }
    switch (chance_below(&liar->chance, 8)) {
    case 0:
        liar_unplug(liar, device);
        if (chance_below(&liar->chance, 3) > 0) {
            device->returns_ns =
                liar->now_ns + chance_below(&liar->chance, RETURN_MS_MAX) * ns_per_ms;
        }
        return gone(err);
    case 1: (void)dfk_fail(err, DFK_E_PROTOCOL, "the bus reports an error"); return BUS_ERROR;
    case 2:
    case 3: liar_advance(liar, timeout_ms * ns_per_ms); return BUS_TIMEOUT;
    default: return BUS_STALL;
    }
}

static uint16_t put(uint8_t *data, uint16_t room, const uint8_t *from, uint16_t length)
{
    uint16_t part = length < room ? length : room;
    memcpy(data, from, part);
    return part;
}

static enum bus_result describe(const struct kind *kind, const struct usb_setup *setup,
                                uint8_t *data, uint16_t *actual)
{
    uint8_t index = (uint8_t)setup->value;
    switch (setup->value >> 8) {
    case USB_DEVICE: *actual = put(data, setup->length, kind->device, USB_DEVICE_BYTES); break;
    case USB_CONFIGURATION:
        *actual = put(data, setup->length, kind->configuration, kind->configuration_bytes);
        break;
    case USB_STRING:
        index %= KIND_STRINGS;
        *actual = put(data, setup->length, kind->strings[index], kind->string_bytes[index]);
        break;
    default: return BUS_STALL;
    }
    return *actual > 0 ? BUS_OK : BUS_STALL;
}

static enum bus_result answer(struct liar *liar, struct liar_device *device,
                              const struct usb_setup *setup, uint8_t *data, uint16_t *actual)
{
    *actual = setup->length;
    if ((setup->request_type & REQUEST_TYPE_MASK) == REQUEST_CLASS) {
        return liar_dfu(liar, device, setup, data, actual);
    }
    if (setup->request == USB_GET_DESCRIPTOR) {
        return describe(&device->kind, setup, data, actual);
    }
    device->machine.alternate =
        (uint8_t)(setup->request == USB_SET_INTERFACE ? setup->value : device->machine.alternate);
    return BUS_OK;
}

/* Other bytes than those of the device, or fewer. */
static void bend_data(struct liar *liar, const struct usb_setup *setup, uint8_t *data,
                      uint16_t *actual)
{
    if ((setup->request_type & USB_DIR_IN) == 0 || *actual == 0 ||
        !chance_permille(&liar->chance, liar->temper.data_permille)) {
        return;
    }
    switch (chance_below(&liar->chance, 3)) {
    case 0: *actual = (uint16_t)chance_below(&liar->chance, *actual); break;
    case 1: chance_fill(&liar->chance, data, *actual); break;
    default:
        data[chance_below(&liar->chance, *actual)] ^=
            (uint8_t)(1u << chance_below(&liar->chance, 8));
        break;
    }
}

/* What the host reads is what it may believe. */
static void note_read(struct liar *liar, const struct liar_device *device,
                      const struct usb_setup *setup, const uint8_t *data, uint16_t actual)
{
    bool dfuse = liar->device != NULL && device_get_traits(liar->device)->is_dfuse;
    if (setup->request_type != DFU_REQUEST_IN || setup->request != DFU_UPLOAD ||
        liar->device == NULL || (dfuse && setup->value < DFUSE_FIRST_DATA_BLOCK)) {
        return;
    }
    uint32_t block = setup->value;
    uint32_t addr = dfuse ? device->machine.pointer + (block - 2) * setup->length
                          : block * device_get_traits(liar->device)->block_bytes;
    liar_claim_read(liar, addr, data, actual);
}

enum bus_result liar_control(struct bus_handle *handle, const struct usb_setup *setup,
                             uint8_t *data, uint16_t *actual, uint32_t timeout_ms,
                             struct dfk_error *err)
{
    struct liar_handle *open = (struct liar_handle *)handle;
    struct liar *liar = liar_of(handle->bus);
    struct liar_device *device = open->device;
    bool slow = (liar->temper.moods & MOOD_SLOW) != 0;
    uint16_t got = 0;
    liar->transfers++;
    check_rules(liar, setup, timeout_ms);
    check_rush(liar);
    liar_advance(liar, slow ? timeout_ms * ns_per_ms * 9 / 10 : TRANSFER_NS);
    liar->answered_ns = liar->now_ns;
    if (liar->hung || !device->present || open->generation != device->generation) {
        return gone(err);
    }
    enum bus_result result = bend_result(liar, device, timeout_ms, err);
    if (result != BUS_OK) {
        return result;
    }
    result = answer(liar, device, setup, data, &got);
    if (result == BUS_GONE) {
        return gone(err);
    }
    if (result == BUS_OK) {
        bend_data(liar, setup, data, &got);
        note_read(liar, device, setup, data, got);
        if (setup->request_type == DFU_REQUEST_IN && setup->request == DFU_UPLOAD) {
            liar_progress(liar); /* a large sector that is read says nothing before its end */
        }
        *actual = got;
    }
    return result;
}

enum bus_result liar_set_alternate(struct bus_handle *handle, uint8_t interface, uint8_t alternate,
                                   struct dfk_error *err)
{
    struct usb_setup setup = {1, USB_SET_INTERFACE, alternate, interface, 0};
    uint16_t actual = 0;
    return liar_control(handle, &setup, NULL, &actual, 1000, err);
}

enum bus_result liar_reset(struct bus_handle *handle, struct dfk_error *err)
{
    struct liar_handle *open = (struct liar_handle *)handle;
    struct liar *liar = liar_of(handle->bus);
    struct liar_device *device = open->device;
    liar_advance(liar, TRANSFER_NS * 100);
    if (!device->present || open->generation != device->generation) {
        return gone(err);
    }
    if (device->detaching || chance_below(&liar->chance, 4) == 0) {
        liar_unplug(liar, device);
        device->returns_ns = liar->now_ns + chance_below(&liar->chance, RETURN_MS_MAX) * ns_per_ms;
        return gone(err);
    }
    plug_again(device);
    return BUS_OK;
}

void liar_init(struct liar *liar, struct chance chance, const struct liar_temper *temper)
{
    memset(liar, 0, sizeof *liar);
    liar->bus.ops = &liar_ops;
    (void)snprintf(liar->bus.uri, sizeof liar->bus.uri, "liar:");
    liar->clock = (struct clock){.now_ns = now_ns, .sleep_ns = sleep_ns};
    liar->chance = chance;
    liar->temper = *temper;
    liar->patience_ns = UINT64_MAX;
    liar->patience_transfers = UINT32_MAX;
    memset(liar->cells, 0xFF, sizeof liar->cells);
}

void liar_plug(struct liar *liar, const struct kind *kind, const struct kind *other)
{
    static const uint32_t jobs[] = {1, 4, 12, 40, 300};
    struct liar_device *device = &liar->devices[liar->device_count++];
    memset(device, 0, sizeof *device);
    (void)snprintf(device->path, sizeof device->path, "1-%zu", liar->device_count);
    device->kind = *kind;
    device->has_other = other != NULL;
    if (other != NULL) {
        device->other = *other;
    }
    device->machine.jobs_until_forever =
        chance_below(&liar->chance, CHANCE_PICK(&liar->chance, jobs));
    device->machine.stuck_state = (uint8_t)chance_below(&liar->chance, DFU_STATE_COUNT);
    plug_again(device);
}
